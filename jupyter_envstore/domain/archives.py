"""Archives of builds: their formats, and what is known of one that is whole.

Light on purpose: the process that makes an archive is waited for from its first moment.
"""

from __future__ import annotations

import json
from typing import NamedTuple


class ArchiveFormat(NamedTuple):
    """One form in which a build can be had; `suffix` names it, and ends the names of its files."""

    suffix: str
    content_type: str
    artifact: str
    """conda-store's name of that kind of artifact."""
    file: str
    """What the archive is called where it is served, below its build."""


TAR_GZ = ArchiveFormat("tar.gz", "application/gzip", "CONDA_PACK", "archive.tar.gz")
TAR_ZST = ArchiveFormat("tar.zst", "application/zstd", "CONDA_PACK", "archive.tar.zst")
ZIP = ArchiveFormat("zip", "application/zip", "CONDA_PACK", "archive.zip")
INSTALLER = ArchiveFormat("sh", "application/octet-stream", "CONSTRUCTOR_INSTALLER", "installer.sh")
"""A shell script with a `TAR_GZ` behind it, for unix only."""

FORMATS = (TAR_GZ, TAR_ZST, ZIP, INSTALLER)
"""The first of a kind is the one that conda-store has."""

FACTS = ".json"
"""Ends the name of the file beside an archive that has its `ArchiveFacts`."""
PART = ".part"
"""Ends the name of an archive that is being made: ``<archive>.<tag>.part``."""
LOCK = ".lock"
"""Ends the name of the file that is locked by whoever makes the archive."""


class ArchiveFacts(NamedTuple):
    """What is known of an archive that is whole: `size` in bytes, `sha256` of all of them."""

    tag: str
    """Tells what the bytes were made from and how: equal tags mean equal bytes."""
    size: int
    sha256: str

    def to_text(self) -> str:
        return json.dumps(self._asdict()) + "\n"

    @classmethod
    def from_text(cls, text: str) -> ArchiveFacts:
        """Read what `to_text` has written; raise ValueError for anything else."""
        try:
            raw = json.loads(text)
            return cls(str(raw["tag"]), int(raw["size"]), str(raw["sha256"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no facts of an archive: {text[:80]!r}") from error


class ArchiveOrder(NamedTuple):
    """What the process that makes an archive is told. Paths are absolute."""

    prefix: str
    archive: str
    suffix: str
    title: str
    """What the installer calls the build: ``namespace/name``."""
    name: str
    """What the installer's directory is called if nobody says otherwise."""
    subdir: str
    """The platform, as conda names it."""

    def to_text(self) -> str:
        return json.dumps(self._asdict())

    @classmethod
    def from_text(cls, text: str) -> ArchiveOrder:
        return cls(**json.loads(text))
