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
_USER, _GROUP, _MASK = 0x02, 0x08, 0x10
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
