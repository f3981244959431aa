"""What a finished prefix tells of itself: its packages, and what was asked for.

For builds whose rows are lost. The packages are those of ``conda-meta/*.json`` and, for the pip
section, of the build's lockfile. Summaries are in the package cache, as long as it has the package.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from ..domain.build import PackageRow
from ..domain.credentials import without_credentials
from ..domain.specification import Specification
from .about import ReadFile, read_about
from .match_specs import match_spec_name
from .pip_section import PipSection, read_pip_section

_NEEDED = ("name", "version", "build")
_UPDATE_SPECS = re.compile(r"^# update specs: (?P<specs>\[.*\])$", re.MULTILINE)
"""As conda's ``conda/history.py`` writes it; the last one counts."""


def installed_packages(
    prefix: Path,
    lockfile: Path,
    specification: Specification,
    read: ReadFile = Path.read_bytes,
) -> list[PackageRow]:
    """Return the packages of a prefix; what cannot be read of them is left out.

    `lockfile` is the build's lock artifact, which may be missing.
    """
    asked = {match_spec_name(text) for text in specification.match_specs}
    return [
        *(_conda_row(record, asked, read) for record in _records(prefix, read)),
        *_pip_rows(lockfile, read_pip_section(specification.pip), read),
    ]


def specification_from_history(prefix: Path, name: str) -> Specification:
    """Return the specification as far as conda's history and the packages' records tell it.

    The order of channels, the pip section and the variables that conda does not keep are lost.
    """
    channels = dict.fromkeys(_channel(record) for record in _records(prefix))
    specification = Specification(
        name=name,
        channels=tuple(channel for channel in channels if channel),
        dependencies=_asked(prefix),
        variables=_variables(prefix),
    )
    model = {key: value for key, value in specification.model.items() if value}
    # JSON is YAML: the text can be read, edited and built like one that a person wrote.
    return Specification(**{**vars(specification), "text": json.dumps(model, indent=2) + "\n"})


def _asked(prefix: Path) -> tuple[str, ...]:
    try:
        text = (prefix / "conda-meta" / "history").read_text(encoding="utf-8")
        found = _UPDATE_SPECS.findall(text)
        specs = ast.literal_eval(found[-1]) if found else []
    except (OSError, ValueError, SyntaxError):
        return ()
    return tuple(spec for spec in specs if isinstance(spec, str))


def _variables(prefix: Path) -> dict[str, str | int] | None:
    try:
        state = json.loads((prefix / "conda-meta" / "state").read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in state["env_vars"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _records(prefix: Path, read: ReadFile = Path.read_bytes) -> list[dict[str, Any]]:
    records = []
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        try:
            raw = json.loads(read(path))
        except (OSError, ValueError):
            continue
        if isinstance(raw, dict) and all(isinstance(raw.get(key), str) for key in _NEEDED):
            records.append(raw)
    return records


def _conda_row(record: dict[str, Any], asked: set[str | None], read: ReadFile) -> PackageRow:
    about = read_about(Path(record.get("extracted_package_dir") or "."), read)
    return PackageRow(
        name=record["name"],
        version=record["version"],
        build=record["build"],
        channel=_channel(record),
        subdir=record.get("subdir") or "noarch",
        build_number=_number(record.get("build_number")),
        url=without_credentials(record.get("url") or ""),
        size=_number(record.get("size")),
        sha256=record.get("sha256"),
        md5=record.get("md5"),
        license=record.get("license") or about.get("license"),
        summary=about.get("summary"),
        depends=tuple(record.get("depends") or ()),
        requested=record["name"] in asked,
    )


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _channel(record: dict[str, Any]) -> str:
    return without_credentials(record.get("channel") or "").rstrip("/")


def _pip_rows(lockfile: Path, section: PipSection, read: ReadFile) -> list[PackageRow]:
    try:
        packages = json.loads(read(lockfile))["package"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [
        PackageRow(
            name=package["name"],
            version=package["version"],
            build="pypi",
            channel=section.index,
            url=package.get("url") or "",
            sha256=package.get("hash", {}).get("sha256"),
            requested=canonicalize_name(package["name"]) in section.names,
            manager="pip",
        )
        for package in packages
        if package.get("manager") == "pip"
    ]
