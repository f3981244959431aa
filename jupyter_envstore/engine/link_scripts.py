"""The packages' own scripts, run in the final prefix once everything is linked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rattler import RepoDataRecord

from .children import Children, path_in
from .prefix import WINDOWS
from .refusal import BuildRefused
from .report import Report

_MESSAGES = ".messages.txt"


def run_link_scripts(
    prefix: Path, records: list[RepoDataRecord], children: Children, report: Report
) -> None:
    """Run the post-link script of each package that has one; `records` in order of dependency.

    Scripts get what conda gives them: PREFIX, PKG_NAME, PKG_VERSION, PKG_BUILDNUM, and the
    prefix's programs first on PATH. What they write to ``.messages.txt`` is shown in the log.
    Raises `BuildRefused` of kind link-script if one fails.
    """
    directory = prefix / ("Scripts" if WINDOWS else "bin")
    suffix = "-post-link.bat" if WINDOWS else "-post-link.sh"
    try:
        present = {name for name in os.listdir(directory) if name.endswith(suffix)}  # noqa: PTH208
    except FileNotFoundError:
        return
    for record in records:
        name = record.name.normalized
        if f".{name}{suffix}" in present:
            _run(directory / f".{name}{suffix}", prefix, record, children, report)


def _run(
    script: Path, prefix: Path, record: RepoDataRecord, children: Children, report: Report
) -> None:
    name = record.name.normalized
    report.log(f"Running the link script of {name} {record.version}")
    environment = {
        "PREFIX": str(prefix),
        "CONDA_PREFIX": str(prefix),
        "PKG_NAME": name,
        "PKG_VERSION": str(record.version),
        "PKG_BUILDNUM": str(record.build_number),
        "PATH": path_in(prefix),
    }
    status = children.run([*_interpreter(), script], environment)
    messages = prefix / _MESSAGES
    shown = ""
    if messages.is_file():
        shown = messages.read_text(encoding="utf-8", errors="replace").strip()
        report.log(f"Message of {name}: {shown}")
        messages.unlink()
    if status != 0:
        raise BuildRefused(
            "link-script",
            f"The link script of the package {name} {record.version} failed with status {status}.",
            "Its output is in the build's log. Ask for another version of the package, or set "
            "c.EnvStore.run_link_scripts = False to build without link scripts.",
            explanation=shown or None,
        )


def _interpreter() -> list[str]:
    if WINDOWS:
        return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/c"]
    return [shutil.which("bash") or "/bin/sh"]
