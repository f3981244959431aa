"""pip's packages, installed by uv on top of conda's packages and never in place of one.

First it is found out which files they are: resolved against the conda packages that are there.
Then these very files are installed, and their hashes checked; a build from a lock begins here.
"""

from __future__ import annotations

import email.message
import email.parser
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name
from rattler import GenericVirtualPackage, RepoDataRecord

from ..domain.build import PackageRow, Phase
from ..domain.errors import Problem
from ..domain.events import Progress
from ..domain.lock import LockedPackage
from .as_built import digest_of
from .pip_elsewhere import StandIns, target_of
from .pip_files import read_resolution, requirements_text
from .pip_section import DEFAULT_INDEX, PipLine, PipSection
from .prefix import python_of
from .recorded_files import files_of_list
from .refusal import BuildRefused
from .report import Report
from .uv import Uv

_PLANNED = re.compile(
    r"^ (?P<sign>[-+]) (?P<name>[A-Za-z0-9._-]+)"
    r"(?:==(?P<version>[^\s(]+))?(?: @ (?P<url>\S+)| \(from (?P<from>\S+)\))?",
    re.MULTILINE,
)
_PYPI_FILES = "files.pythonhosted.org"
_NOWHERE: Mapping[str, str] = {}
_NO_SECTION = PipSection()


class PipInstaller:
    """Installs pip's packages into the prefix of one build."""

    def __init__(self, prefix: Path, platform: str, uv: Uv, report: Report) -> None:
        self._prefix = prefix
        self._platform = platform
        self._uv = uv
        self._report = report

    def resolve(
        self, section: PipSection, conda: Sequence[PackageRow], asked: Mapping[str, str]
    ) -> list[LockedPackage]:
        """Return the files that the section comes to, with hashes.

        `asked` has the places of conda's packages that the specification asks for, by name.
        Raises `BuildRefused` of kind conflict if a conda package would be replaced, naming both
        sides, and of kind pip with uv's own text if uv fails.
        """
        where: list[str | Path] = [*self._python(), *section.options]
        shown = " ".join([*section.options, *section.requirements])
        self._report.log(f"$ uv pip install {shown}")
        plan = self._uv.run(
            ["pip", "install", *where, "--dry-run", *section.requirements], section=section
        )
        _refuse_replacing(plan, section.names, conda, asked, section)
        pins = [_pin(match) for match in _PLANNED.finditer(plan) if match["sign"] == "+"]
        if not pins:
            return []
        pinned = self._file("pip-pins.txt", "".join(f"{pin}\n" for pin in pins))
        compile_ = ["pip", "compile", "--quiet", "--no-deps", "--generate-hashes"]
        answer = self._uv.run([*compile_, "--format", "pylock.toml", *where, pinned], log=False)
        return read_resolution(answer, self._platform, self._tags(conda))

    def install(
        self,
        packages: Sequence[LockedPackage],
        conda: Sequence[PackageRow],
        section: PipSection,
    ) -> list[PackageRow]:
        """Install the packages' files, and return what came of them.

        Where the section is empty the packages are from a lock, and all of them were asked for.
        Raises `BuildRefused`, of kind integrity if a file has another hash.
        """
        if not packages:
            return []
        where: list[str | Path] = [*self._python(), *section.options]
        where += ["--no-deps", "--require-hashes"]
        files: list[str | Path] = [
            "--requirement",
            self._file("pip-files.txt", requirements_text(packages)),
        ]
        plan = self._uv.run(["pip", "install", *where, "--dry-run", *files], log=False)
        _refuse_replacing(plan, {package.name for package in packages}, conda)
        self._report.progress(Progress(Phase.PYPI, 0, len(packages)))
        self._uv.run(["pip", "install", *where, *files])
        self._report.progress(Progress(Phase.PYPI, len(packages), len(packages)), last=True)
        metadata = self._metadata()
        return [_row(package, section, metadata.get(package.name)) for package in packages]

    def resolve_elsewhere(
        self,
        section: PipSection,
        platform: str,
        records: Sequence[RepoDataRecord],
        virtual: Iterable[GenericVirtualPackage],
    ) -> list[LockedPackage]:
        """Return the files that the section comes to on another platform.

        `records` are the conda packages that it has there, with these virtual packages. Raises
        `BuildRefused` as `resolve` does, naming the platform.
        """
        try:
            return self._resolve_elsewhere(section, platform, records, virtual)
        except BuildRefused as refused:
            raise refused.about(
                f"On {platform}: {refused.verdict.message}",
                f"{platform} is one of conda_solve_platforms, for which every lockfile is made.",
            ) from refused

    def install_beside(
        self,
        packages: Sequence[LockedPackage],
        section: PipSection,
        directory: Path,
        known: Mapping[str, str],
    ) -> Path:
        """Install the packages' files into another directory, with the paths of the prefix in them.

        Returns where they are, below `directory`. `known` has the SHA-256 of files by path, of
        which the packages tell none. Raises `BuildRefused`.
        """
        files = self._file("pip-files.txt", requirements_text(packages))
        asked: list[str | Path] = ["--no-deps", "--require-hashes", "--requirement", files]
        for attempt in ("first", "second"):
            where: list[str | Path] = [*self._python(), "--prefix", directory / attempt]
            self._uv.run(["pip", "install", *where, *section.options, *asked])
            if _is_whole(directory / attempt, known):
                return directory / attempt
            # uv never looks at what it has unpacked once: a program may have changed it since.
            self._report.warn(
                "uv's cache had damaged files of pip packages; they are fetched anew."
            )
            self._uv.run(["cache", "clean", *(package.name for package in packages)])
        raise BuildRefused(
            "integrity",
            "The files of pip's packages are not what their own lists say.",
            "Ask who made the packages.",
        )

    # -- helpers ---------------------------------------------------------------------------------

    def _resolve_elsewhere(
        self,
        section: PipSection,
        platform: str,
        records: Sequence[RepoDataRecord],
        virtual: Iterable[GenericVirtualPackage],
    ) -> list[LockedPackage]:
        version = next((str(r.version) for r in records if r.name.normalized == "python"), None)
        if version is None:
            raise _no_python()
        target = target_of(platform, virtual, version)
        if target is None:
            self._report.warn(
                f"pip's packages are not in the lockfile for {platform}: uv does not know it."
            )
            return []
        stand_ins = StandIns(self._prefix, self._uv.directory / f"stand-ins-{platform}")
        wheels = stand_ins.write(records)
        lines = (f"{name} @ {wheel.as_uri()}\n" for name, wheel in wheels.items())
        self._report.log(f"$ uv pip compile --python-platform {target.uv} (for {platform})")
        answer = self._uv.run(
            [
                *("pip", "compile", "--quiet", "--generate-hashes", "--format", "pylock.toml"),
                *("--python-platform", target.uv, "--python-version", version),
                *self._python(),
                *section.options,
                *("--constraint", self._file("pip-stand-ins.txt", "".join(lines))),
                self._file("pip-section.txt", "\n".join(section.requirements)),
            ],
            log=False,
            variables=target.variables,
        )
        return read_resolution(answer, platform, target.tags, but=wheels)

    def _python(self) -> list[str | Path]:
        python = python_of(self._prefix)
        if not python.exists():
            raise _no_python()
        return ["--python", python]

    def _file(self, name: str, text: str) -> Path:
        path = self._uv.directory / name
        path.write_text(text, encoding="utf-8")
        return path

    def _tags(self, conda: Sequence[PackageRow]) -> list[Tag]:
        """Return the tags of wheels that the build's Python can use, the best first."""
        python = next((row.version for row in conda if row.name == "python"), "")
        version = tuple(int(part) for part in re.findall(r"\d+", python)[:2])
        return [
            *cpython_tags(version),
            *compatible_tags(version, interpreter=f"cp{''.join(map(str, version))}"),
        ]

    def _metadata(self) -> dict[str, email.message.Message]:
        """Return what the installed packages say of themselves, by normalised name."""
        found: dict[str, email.message.Message] = {}
        for file in self._prefix.glob("[lL]ib/**/site-packages/*.dist-info/METADATA"):
            message = email.parser.HeaderParser().parsestr(file.read_text("utf-8", "replace"))
            found[canonicalize_name(message.get("Name", ""))] = message
        return found


def _no_python() -> BuildRefused:
    return BuildRefused(
        "pip",
        "The specification has a pip section, but no Python to install it for.",
        "Add python to the dependencies.",
    )


def _is_whole(prefix: Path, known: Mapping[str, str]) -> bool:
    """Tell whether the files that were installed below a prefix are what is said of them."""
    for path in prefix.glob("[lL]ib/**/site-packages/*.dist-info/RECORD"):
        listed = files_of_list(prefix, path.relative_to(prefix).as_posix(), "")
        for file, recorded in listed:
            wanted = {known[file]} if file in known else recorded.digests
            if wanted and digest_of(f"{prefix}/{file}") not in wanted:
                return False
    return True


def _pin(match: re.Match[str]) -> str:
    """Return the requirement that means what uv plans to install."""
    url = match["url"] or match["from"]
    return f"{match['name']} @ {url}" if url else f"{match['name']}=={match['version']}"


def _refuse_replacing(
    plan: str,
    names: set[str],
    conda: Sequence[PackageRow],
    asked: Mapping[str, str] = _NOWHERE,
    section: PipSection = _NO_SECTION,
) -> None:
    """Raise `BuildRefused` of kind conflict if a plan of uv's would replace conda's packages.

    `names` are asked for of pip; `asked` is as for `PipInstaller.resolve`.
    """
    planned = list(_PLANNED.finditer(plan))
    added = {canonicalize_name(match["name"]): match for match in planned if match["sign"] == "+"}
    installed = {canonicalize_name(row.name): row for row in conda}
    sentences: list[str] = []
    problems: list[Problem] = []
    for match in planned:
        name = canonicalize_name(match["name"])
        if match["sign"] == "+":
            continue
        row, new = installed.get(name), added.get(name)
        whose = f"{row.name} {row.version}" if row else f"{match['name']} {match['version']}"
        who = "asks for" if name in names else "needs"
        what = (new["version"] or new["url"]) if new else None
        sentence = (
            f"The pip section {who} {match['name']} {what or '(another version)'}, "
            f"but conda installed {whose}."
        )
        sentences.append(sentence)
        problems += [
            Problem(sentence, line.place, instead=_fitting(line, row))
            for line in section.lines
            if line.name == name
        ]
        if row and row.name in asked:
            problems.append(Problem(sentence, asked[row.name]))
    if sentences:
        raise BuildRefused(
            "conflict",
            " ".join(sentences),
            "Packages of conda are never replaced by pip. Move the requirement to the conda "
            "dependencies, or change one of the two versions.",
            explanation=plan.strip(),
            problems=tuple(problems),
        )


def _fitting(line: PipLine, row: PackageRow | None) -> tuple[str, ...]:
    """Return the requirements that what conda installed meets."""
    exact = (f"{bare}=={row.version}" for bare in line.loosened) if row else ()
    return (*exact, *line.loosened)


def _row(
    package: LockedPackage, section: PipSection, metadata: email.message.Message | None
) -> PackageRow:
    told = metadata if metadata is not None else email.message.Message()
    host = urlsplit(package.url).hostname
    index = DEFAULT_INDEX if host in (None, _PYPI_FILES) else str(host)
    return PackageRow(
        name=package.name,
        version=told.get("Version") or package.version,
        build="pypi",
        channel=section.index if section.requirements else index,
        url=package.url,
        md5=package.md5,
        sha256=package.sha256,
        license=told.get("License-Expression"),
        summary=told.get("Summary"),
        depends=tuple(told.get_all("Requires-Dist") or ()),
        requested=not section.requirements or package.name in section.names,
        manager="pip",
    )
