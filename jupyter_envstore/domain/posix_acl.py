"""POSIX access control lists as Linux keeps them: in the attribute ``system.posix_acl_access``.

The format is that of ``linux/posix_acl_xattr.h``: a version, then entries of tag, permissions and
id, all little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

ACCESS = "system.posix_acl_access"
DEFAULT = "system.posix_acl_default"
"""What files and directories that are made in a directory begin with."""

_VERSION = 2
_ENTRY = struct.Struct("<HHI")
_OWNER, _USER, _OWNING_GROUP, _GROUP, _MASK, _EVERYBODY = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_NOBODY = 0xFFFFFFFF
"""The id of entries that name nobody."""
_WRITE = 0x02


@dataclass(frozen=True)
class Writer:
    """Somebody other than owner, owning group and everybody, whom a list lets write."""

    kind: str
    """``user`` or ``group``."""
    id: int


def writers(attribute: bytes) -> tuple[Writer, ...]:
    """Return the named users and groups that a list gives the right to write.

    Empty for a text that is not a list of version 2, which Linux would not use either.
    """
    if len(attribute) < 4 or struct.unpack_from("<I", attribute)[0] != _VERSION:
        return ()
    entries = list(_ENTRY.iter_unpack(attribute[4 : 4 + (len(attribute) - 4) // 8 * 8]))
    mask = next((rights for tag, rights, _ in entries if tag == _MASK), 0x07)
    kinds = {_USER: "user", _GROUP: "group"}
    return tuple(
        Writer(kinds[tag], identity)
        for tag, rights, identity in entries
        if tag in kinds and rights & mask & _WRITE
    )


def list_of_mode(mode: int) -> bytes:
    """Return the list that gives the rights of a mode, such as 0o755, and names nobody."""
    rights = ((_OWNER, mode >> 6), (_OWNING_GROUP, mode >> 3), (_EVERYBODY, mode))
    entries = (_ENTRY.pack(tag, right & 0x07, _NOBODY) for tag, right in rights)
    return struct.pack("<I", _VERSION) + b"".join(entries)
