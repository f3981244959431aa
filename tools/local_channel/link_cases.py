"""Small packages for what goes wrong, or differently, when packages are linked into a prefix.

``clobber-a``, ``clobber-b``
    both hold ``share/clobber/contested.txt``
``files-0666``
    its files are writable by all
``activate-ok``
    its activation script exports ``ACTIVATE_OK=yes``
``activate-fails``
    its activation script exports ``ACTIVATE_FAILS=yes``, complains on stderr and returns 3
``postlink-ok``
    its post-link script writes the prefix to ``share/postlink-ok/prefix.txt``
``postlink-fails``
    its post-link script complains on stderr and exits with 7
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .packages import Metadata, write_package

ACTIVATE = "etc/conda/activate.d/{}.sh"
POST_LINK = "bin/.{}-post-link.sh"


@dataclass(frozen=True)
class LinkCase:
    """A package by its files (path to text); those in ``bin`` are executable."""

    name: str
    summary: str
    files: Mapping[str, str] = field(default_factory=dict)
    file_mode: int | None = None


CASES = (
    LinkCase(
        "clobber-a",
        "Holds a file that clobber-b holds too",
        {
            "share/clobber/contested.txt": "from clobber-a\n",
            "share/clobber/a.txt": "only in clobber-a\n",
        },
    ),
    LinkCase(
        "clobber-b",
        "Holds a file that clobber-a holds too",
        {
            "share/clobber/contested.txt": "from clobber-b\n",
            "share/clobber/b.txt": "only in clobber-b\n",
        },
    ),
    LinkCase(
        "files-0666",
        "Files that everybody may write",
        {"share/files-0666/first.txt": "first\n", "share/files-0666/second.txt": "second\n"},
        file_mode=0o666,
    ),
    LinkCase(
        "activate-ok",
        "An activation script that exports a variable",
        {ACTIVATE.format("activate-ok"): "export ACTIVATE_OK=yes\n"},
    ),
    LinkCase(
        "activate-fails",
        "An activation script that fails",
        {
            ACTIVATE.format("activate-fails"): (
                "export ACTIVATE_FAILS=yes\n"
                'echo "activate-fails: this activation script fails" >&2\n'
                "return 3\n"
            )
        },
    ),
    LinkCase(
        "postlink-ok",
        "A post-link script that writes a file",
        {
            POST_LINK.format("postlink-ok"): (
                "#!/bin/sh\n"
                'mkdir -p "$PREFIX/share/postlink-ok"\n'
                'echo "$PREFIX" > "$PREFIX/share/postlink-ok/prefix.txt"\n'
                'echo "postlink-ok: wrote the prefix"\n'
            )
        },
    ),
    LinkCase(
        "postlink-fails",
        "A post-link script that fails",
        {
            POST_LINK.format("postlink-fails"): (
                '#!/bin/sh\necho "postlink-fails: this post-link script fails" >&2\nexit 7\n'
            )
        },
    ),
)


def write_link_cases(work: Path, channel: Path) -> list[Path]:
    """Write all the packages of this module, and return their paths."""
    return [_write(case, work, channel) for case in CASES]


def _write(case: LinkCase, work: Path, channel: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=work) as directory:
        for path, text in case.files.items():
            file = Path(directory, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            if path.startswith("bin/"):
                file.chmod(0o755)
        # Link scripts are for platforms: conda ignores them in noarch packages.
        metadata = Metadata(
            name=case.name,
            version="1.0",
            build_string="g_0",
            license="CC0-1.0",
            summary=case.summary,
        )
        return write_package(Path(directory), metadata, channel, file_mode=case.file_mode)
