from __future__ import annotations

import struct

import pytest

from jupyter_envstore.domain.posix_acl import Writer, writers

USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NOBODY = 0xFFFFFFFF


def acl(*entries: tuple[int, int, int], version: int = 2) -> bytes:
    return struct.pack("<I", version) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


BASE = ((USER_OBJ, 6, NOBODY), (GROUP_OBJ, 4, NOBODY), (OTHER, 4, NOBODY))


def test_named_users_and_groups_that_may_write_are_found():
    text = acl(*BASE, (USER, 6, 1001), (GROUP, 7, 50), (USER, 4, 1002), (MASK, 7, NOBODY))
    assert writers(text) == (Writer("user", 1001), Writer("group", 50))


def test_the_mask_takes_the_right_away():
    assert writers(acl(*BASE, (USER, 6, 1001), (MASK, 4, NOBODY))) == ()


@pytest.mark.parametrize(
    "text", [b"", b"\x02", acl(*BASE), acl((USER, 7, 1), version=1), acl((USER, 6, 1))[:-3]]
)
def test_nothing_is_found_where_there_is_no_such_entry(text):
    assert writers(text) == ()
