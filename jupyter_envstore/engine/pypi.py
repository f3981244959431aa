"""The pip section, installed by uv on top of conda's packages and never in place of one."""

from __future__ import annotations

import email.message
import email.parser
import math
import re
import textwrap
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..domain.build import PackageRow, Phase
from ..domain.credentials import without_credentials
from ..domain.events import Progress
from .children import Children
from .network import DAMAGED_DELAYS, delay_after, failure_of
from .prefix import python_of
from .refusal import BuildRefused, refuse_if_disk_fails
from .report import Report

DEFAULT_INDEX = "pypi"
"""What a pip package's channel is called where the specification names no index."""

_LONGEST_SUMMARY = 300
_PLANNED = re.compile(
    r"^ (?P<sign>[-+]) (?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s(]+)", re.MULTILINE
)
_LOCKED = re.compile(
    r'^\[\[packages\]\]\nname = "(?P<name>[^"]+)"\nversion = "(?P<version>[^"]+)"(?P<files>.*?)'
    r"(?=^\[\[|\Z)",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r'url = "(?P<url>[^"]+)"[^}]*?sha256 = "(?P<sha256>[0-9a-f]{64})"')
_TORN = "Failed to read from zip file"
"""What uv says of a wheel of which only a part arrived."""
_UV_OPTIONS = {
    "--index-url": "--index-url",
    "--extra-index-url": "--extra-index-url",
    "--trusted-host": "--allow-insecure-host",
}


@dataclass(frozen=True)
class PipSection:
    """Requirements and index options of a pip section."""

    requirements: tuple[str, ...]
    options: tuple[str, ...]
    """As uv spells them."""
    index: str
    """The index that packages are listed under, without credentials."""

    @property
    def names(self) -> set[str]:
        return {name for line in self.requirements if (name := _requirement_name(line))}


def read_pip_section(lines: Iterable[str]) -> PipSection:
    """Separate requirements from options, ``--index-url X`` or ``--index-url=X``."""
    requirements: list[str] = []
    options: list[str] = []
    index = DEFAULT_INDEX
    for line in lines:
        if not line.startswith("-"):
            requirements.append(line)
            continue
        option, _, value = re.sub(r"[\s=]+", " ", line.strip(), count=1).partition(" ")
        options += [_UV_OPTIONS.get(option, option), value]
        if option == "--index-url":
            index = without_credentials(value)
    return PipSection(tuple(requirements), tuple(options), index)


class PipInstaller:
    """Runs uv for one build; `cache` is the directory of uv's own cache."""

    def __init__(
        self, prefix: Path, cache: Path, children: Children, report: Report, patience: float
    ) -> None:
        """A connection to the index that brings nothing for `patience` seconds has stalled."""
        import uv

        self._uv = uv.find_uv_bin()
        self._prefix = prefix
        self._children = children
        self._report = report
        self._environment = {
            "UV_CACHE_DIR": str(cache),
            "UV_LINK_MODE": "hardlink",
            "UV_NO_PROGRESS": "1",
            # Repeating is ours (`network.delay_after`), so that it is seen.
            "UV_HTTP_RETRIES": "0",
            "UV_HTTP_TIMEOUT": str(max(1, math.ceil(patience))),
            "UV_PYTHON_DOWNLOADS": "never",
            "NO_COLOR": "1",
        }

    def install(self, section: PipSection, conda: list[PackageRow]) -> list[PackageRow]:
        """Install the section and return what came with it.

        Raises `BuildRefused` of kind conflict if a conda package would be replaced, naming both
        sides, and of kind pip with uv's own text if uv fails.
        """
        if not python_of(self._prefix).exists():
            raise BuildRefused(
                "pip",
                "The specification has a pip section, but no Python to install it for.",
                "Add python to the dependencies.",
            )
        where = ["--python", str(python_of(self._prefix)), *section.options]
        install = ["pip", "install", *where]
        self._report.log("$ uv pip install " + " ".join([*section.options, *section.requirements]))
        plan = self._run([*install, "--dry-run", *section.requirements])
        _refuse_replacing(plan, section, conda)
        added = _planned(plan, "+")
        self._report.progress(Progress(Phase.PYPI, 0, len(added)))
        self._run([*install, *section.requirements])
        self._report.progress(Progress(Phase.PYPI, len(added), len(added)), last=True)
        rows = [self._describe(name, version, section) for name, version in added.items()]
        return self._with_hashes(rows, where)

    def _run(self, arguments: list[str]) -> str:
        """Run uv, again while a connection fails in a way that may pass; return its output.

        What uv has fetched is in its cache: trying again goes on where it failed.
        """
        attempt = 0
        while True:
            attempt += 1
            status, output = self._children.capture([self._uv, *arguments], self._environment)
            self._report.log(output.rstrip())
            if status == 0:
                return output
            refuse_if_disk_fails(OSError(output))
            time.sleep(self._delay_after(output, attempt))

    def _delay_after(self, output: str, attempt: int) -> float:
        """Return the seconds until uv is run again; raise `BuildRefused` if that is no use."""
        failure = failure_of(OSError(output))
        if failure is not None and failure.passing:
            return delay_after(failure, "The package index", attempt, self._report)
        if _TORN in output and attempt <= len(DAMAGED_DELAYS):
            delay = DAMAGED_DELAYS[attempt - 1]
            self._report.repeat("A package of the pip section arrived damaged.", attempt, delay)
            return delay
        raise BuildRefused(
            "pip",
            f"uv could not install the pip section: {_summary(output)}",
            "The whole of uv's answer is in the build's log.",
            explanation=output.strip(),
        )

    def _describe(self, name: str, version: str, section: PipSection) -> PackageRow:
        metadata = self._metadata(name, version)
        return PackageRow(
            name=name,
            version=version,
            build="pypi",
            channel=section.index,
            license=metadata.get("License-Expression"),
            summary=metadata.get("Summary"),
            depends=tuple(metadata.get_all("Requires-Dist") or ()),
            requested=canonicalize_name(name) in section.names,
            manager="pip",
        )

    def _metadata(self, name: str, version: str) -> email.message.Message:
        folder = f"{re.sub(r'[-.]+', '_', name)}-{version}.dist-info"
        for file in self._prefix.glob(f"[lL]ib/**/site-packages/{folder}/METADATA"):
            return email.parser.HeaderParser().parsestr(file.read_text("utf-8", "replace"))
        return email.message.Message()

    def _with_hashes(self, rows: list[PackageRow], where: list[str]) -> list[PackageRow]:
        """Add the URL and SHA-256 of each file, from a lock of exactly what was installed."""
        if not rows:
            return rows
        pins = self._children.directory / "pip-packages.txt"
        pins.write_text("".join(f"{row.name}=={row.version}\n" for row in rows), encoding="utf-8")
        command = ["pip", "compile", "--quiet", "--no-deps", "--format", "pylock.toml"]
        status, text = self._children.capture([self._uv, *command, *where, pins], self._environment)
        if status != 0:
            self._report.log(text.rstrip())
            self._report.warn(
                "The lockfile has no hashes of the pip packages: uv could not look them up."
            )
            return rows
        files = {
            canonicalize_name(match["name"]): (file["url"], file["sha256"])
            for match in _LOCKED.finditer(text)
            # The last one is the wheel for this Python, if there is one; an sdist comes before.
            for file in _FILE.finditer(match["files"])
        }
        return [_with_file(row, files.get(canonicalize_name(row.name))) for row in rows]


def _refuse_replacing(plan: str, section: PipSection, conda: list[PackageRow]) -> None:
    removed, added = _planned(plan, "-"), _planned(plan, "+")
    if not removed:
        return
    installed = {canonicalize_name(row.name): row for row in conda}
    sentences = []
    for name, version in removed.items():
        row = installed.get(canonicalize_name(name))
        whose = f"{row.name} {row.version}" if row else f"{name} {version}"
        asked = canonicalize_name(name) in section.names
        who = "asks for" if asked else "needs"
        sentences.append(
            f"The pip section {who} {name} {added.get(name, '(another version)')}, "
            f"but conda installed {whose}."
        )
    raise BuildRefused(
        "conflict",
        " ".join(sentences),
        "Packages of conda are never replaced by pip. Move the requirement to the conda "
        "dependencies, or change one of the two versions.",
        explanation=plan.strip(),
    )


def _planned(text: str, sign: str) -> dict[str, str]:
    """Return names and versions that uv adds (``+``) or removes (``-``)."""
    found = _PLANNED.finditer(text)
    return {match["name"]: match["version"] for match in found if match["sign"] == sign}


def _with_file(row: PackageRow, file: tuple[str, str] | None) -> PackageRow:
    if file is None:
        return row
    return replace(row, url=without_credentials(file[0]), sha256=file[1])


def _summary(output: str) -> str:
    """Return the first sentences of uv's answer that say what is wrong, in one line."""
    lines = [re.sub(r"^\W+", "", line) for line in output.splitlines()]  # uv draws a tree.
    told = [line for line in lines if line and not line.startswith(("Using Python", "Resolved"))]
    text = " ".join(told).removeprefix("error: ")
    return textwrap.shorten(text, _LONGEST_SUMMARY) or "it gave no reason."


def _requirement_name(line: str) -> str | None:
    try:
        return canonicalize_name(Requirement(line).name)
    except InvalidRequirement:
        return None
