"""A program of two hundred bytes that prints a text which it holds: a prefix, for example."""

from __future__ import annotations

import struct

_BASE = 0x400000
_HEADERS = 64 + 56
# fmt: off
_CODE = bytes([
    0x48, 0x8D, 0x35, 0x23, 0, 0, 0,  # lea rsi, [rip + 35]: the text, behind the code
    0x31, 0xD2,                       # xor edx, edx
    0x80, 0x3C, 0x16, 0x00,           # cmp byte [rsi + rdx], 0
    0x74, 0x04,                       # je +4
    0xFF, 0xC2,                       # inc edx
    0xEB, 0xF6,                       # jmp -10
    0xBF, 1, 0, 0, 0,                 # mov edi, 1: standard output
    0xB8, 1, 0, 0, 0,                 # mov eax, 1: write
    0x0F, 0x05,                       # syscall
    0x31, 0xFF,                       # xor edi, edi
    0xB8, 60, 0, 0, 0,                # mov eax, 60: exit
    0x0F, 0x05,                       # syscall
    0x90, 0x90,                       # nop, nop
])
# fmt: on


def program_that_prints(text: str) -> bytes:
    """Return an executable for Linux on x86-64 that prints `text` up to the first NUL."""
    data = text.encode() + b"\0"
    size = _HEADERS + len(_CODE) + len(data)
    identity = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header = identity + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, _BASE + _HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + _CODE + data
