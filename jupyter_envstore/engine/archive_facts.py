"""What is known of a package's archive once it is extracted: where it came from, and its hashes.

In the file where conda keeps it, too: ``info/repodata_record.json``. Lockfiles need both hashes,
and what is to be built may tell only one of them, or none.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ..domain.credentials import without_credentials

FACTS = "info/repodata_record.json"


@dataclass(frozen=True)
class ArchiveFacts:
    """The URL has no credentials; hashes are hexadecimal; the size is in bytes."""

    fn: str
    url: str
    md5: str
    sha256: str
    size: int


def write_facts(extracted: Path, facts: ArchiveFacts) -> None:
    """Note in an extracted package what its archive was."""
    try:
        index = json.loads((extracted / "info" / "index.json").read_bytes())
    except (OSError, ValueError):
        index = {}  # Whoever installs the package will say so.
    public = {**asdict(facts), "url": without_credentials(facts.url)}
    text = json.dumps({**index, **public}, indent=2)
    (extracted / FACTS).write_text(text, encoding="utf-8")


def read_facts(extracted: Path) -> ArchiveFacts | None:
    """Return what is noted in an extracted package; None if nothing is, or no sense."""
    try:
        noted = json.loads((extracted / FACTS).read_bytes())
        return ArchiveFacts(**{name: noted[name] for name in ArchiveFacts.__annotations__})
    except (OSError, ValueError, KeyError, TypeError):
        return None
