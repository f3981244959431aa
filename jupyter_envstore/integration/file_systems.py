"""What kind of file system a path is on, and whether it can do what a store needs."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

NETWORK = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.s3fs",
        "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "pvfs2", "smb3",
        "smbfs",
    }
)  # fmt: skip
"""Types that several machines may have mounted, as the kernel names them."""

MOUNTS = Path("/proc/self/mountinfo")


def file_system_type(path: str | Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the file system that a path is on; None where the kernel does not tell.

    `mounts` has the format of ``/proc/self/mountinfo`` (proc_pid_mountinfo(5)).
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    real = os.path.realpath(path)
    best, found = -1, None
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = _unescaped(fields[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        # Of two at the same place, the later one hides the earlier.
        if inside and len(point) >= best:
            best, found = len(point), after.split(" ", 1)[0]
    return found


def is_network(kind: str | None) -> bool:
    """Tell whether a type is one that machines share."""
    return kind in NETWORK


def can_hard_link(source: Path, target: Path) -> bool:
    """Try to link a new file of one directory into another; nothing is left of it."""
    name = f".link-{uuid.uuid4().hex[:8]}"
    try:
        (source / name).touch()
        os.link(source / name, target / f"{name}.2")
    except OSError:
        return False
    finally:
        for path in (source / name, target / f"{name}.2"):
            with contextlib.suppress(OSError):
                path.unlink()
    return True


def _unescaped(text: str) -> str:
    """Return a mount point without the octal escapes of spaces, tabs, newlines, backslashes."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        text = text.replace(f"\\{code}", character)
    return text
