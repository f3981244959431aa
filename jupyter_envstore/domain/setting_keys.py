"""The settings that can be changed while the store runs: conda-store's 22, and ours.

Each is set for the whole store and, as far as it may be, for a namespace or an environment. The
nearest level counts; lists replace each other. Where none is set, the trait counts.

Source of names, levels and types: conda-store's ``Settings`` model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .credentials import has_credentials
from .names import name_problem
from .pip_lines import pip_line_problem
from .platforms import PLATFORMS
from .settings import Settings
from .specification import CheckMatchSpec

ARTIFACT_TYPES = (
    "DIRECTORY",
    "LOCKFILE",
    "LOGS",
    "YAML",
    "CONDA_PACK",
    "DOCKER_MANIFEST",
    "CONSTRUCTOR_INSTALLER",
)

Check = Callable[[Any, CheckMatchSpec], str | None]
"""Given a value, say what is wrong with it, or None."""


@dataclass(frozen=True)
class SettingKey:
    """One setting."""

    name: str
    check: Check
    depth: int = 2
    """How far down it can be set: 0 is the whole store, 1 a namespace, 2 an environment."""
    field: str | None = None
    """What it changes of `Settings`; None if nothing: conda-store's clients may set it anyway."""
    why_not: str = ""
    """Why it changes nothing."""
    is_reserved: bool = False
    """On every level, only who may change the whole store's settings may change it."""
    default: Any = None
    """What it is where nothing is set, if it changes nothing."""

    def value_in(self, settings: Settings) -> Any:
        """Return the value as JSON has it."""
        value = self.default if self.field is None else getattr(settings, self.field)
        if isinstance(value, tuple):
            return list(value)
        return int(value) if isinstance(value, float) and value.is_integer() else value


def effective(settings: Settings, levels: Iterable[Mapping[str, Any]]) -> Settings:
    """Return the settings with what is set on each level put over them, the nearest level last.

    What is set counts as an administrator's decision: conda's configuration does not change it.
    """
    values: dict[str, Any] = {
        key.field: tuple(value) if isinstance(value, list) else value
        for level in levels
        for name, value in level.items()
        if (key := KEYS.get(name)) is not None and key.field is not None
    }
    return replace(settings, **values, settled=settings.settled | values.keys())


def wire_values(
    settings: Settings, levels: Iterable[Mapping[str, Any]], depth: int
) -> dict[str, Any]:
    """Return every setting that can be set so far down, by its name, as JSON has it.

    conda-store's are there on every level.
    """
    levels = list(levels)
    merged = effective(settings, levels)
    stored: dict[str, Any] = {}
    for level in levels:
        stored |= level
    return {
        name: stored[name] if name in stored and not key.field else key.value_in(merged)
        for name, key in KEYS.items()
        if key.depth != 1 or depth <= 1
    }


# -- what values may be -----------------------------------------------------------------------


def _whole_number(minimum: int, unit: str) -> Check:
    def check(value: Any, _: CheckMatchSpec) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "Input should be a valid integer"
        if not minimum <= value < 1 << 63:
            return f"Input should be a number of {unit}, at least {minimum}"
        return None

    return check


def _text(value: Any, _: CheckMatchSpec) -> str | None:
    return None if isinstance(value, str) and value.strip() else "Input should be a valid string"


def _name(value: Any, _: CheckMatchSpec) -> str | None:
    problem = name_problem(value, "namespace")
    return None if problem is None else problem[0]


def _octal(value: Any, _: CheckMatchSpec) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"[0-7]{3}", value):
        return None
    return "Input should be a string of three octal digits, as '755'"


def _url(value: Any, _: CheckMatchSpec) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"(https?|file)://\S+", value):
        return "Input should be a URL, as https://conda.anaconda.org"
    return _NO_CREDENTIALS if has_credentials(value) else None


_NO_CREDENTIALS = (
    "Input should be without credentials: builds take them from the credential files of the user "
    "who runs the server"
)


def _list_of(check_item: Check) -> Check:
    def check(value: Any, check_match_spec: CheckMatchSpec) -> str | None:
        if not isinstance(value, list):
            return "Input should be a valid list"
        for item in value:
            if problem := check_item(item, check_match_spec):
                return f"{problem}: {item!r}" if problem != _NO_CREDENTIALS else problem
        return None

    return check


def _channel(value: Any, _: CheckMatchSpec) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"\S+", value):
        return "Input should be the name or the URL of a channel"
    return _NO_CREDENTIALS if has_credentials(value) else None


def _match_spec(value: Any, check_match_spec: CheckMatchSpec) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "Input should be a valid string"
    if has_credentials(value):
        return _NO_CREDENTIALS
    wrong = check_match_spec(value)
    return f"Input should be a match spec, but {wrong.rstrip('.')}" if wrong else None


def _requirement(value: Any, _: CheckMatchSpec) -> str | None:
    if not isinstance(value, str) or value.startswith("-"):
        return "Input should be a requirement, as flask>=3"
    if has_credentials(value):
        return _NO_CREDENTIALS
    wrong = pip_line_problem(value)
    return wrong[0] if wrong else None


def _platform(value: Any, _: CheckMatchSpec) -> str | None:
    return None if value in PLATFORMS else f"Input should be one of {list(PLATFORMS)}"


def _artifact(value: Any, _: CheckMatchSpec) -> str | None:
    return None if value in ARTIFACT_TYPES else f"Input should be one of {list(ARTIFACT_TYPES)}"


# -- the settings -----------------------------------------------------------------------------

_OWNER = "Files belong to the user who runs the server, and nobody else can write them."
_INDEX = "Packages are looked up for the platform of this machine."
_ENGINE = "The engine is c.EnvStore.engine, which is set in the server's configuration."
_ARTIFACTS = "The lockfile is always made, other artifacts when they are asked for."
_KEPT = "All artifacts go with their build."


def _global(name: str, check: Check, field: str | None = None, **more: Any) -> SettingKey:
    return SettingKey(name, check, depth=0, field=field, **more)


def _policy(name: str, check_item: Check) -> SettingKey:
    return SettingKey(name, _list_of(check_item), field=name)


KEYS: Mapping[str, SettingKey] = {
    key.name: key
    for key in (
        _global("default_namespace", _name, "default_namespace"),
        _global("filesystem_namespace", _name, "filesystem_namespace"),
        _global("default_uid", _whole_number(0, "a user"), why_not=_OWNER),
        _global("default_gid", _whole_number(0, "a group"), why_not=_OWNER),
        _global("default_permissions", _octal, why_not=_OWNER),
        _global("storage_threshold", _whole_number(0, "bytes"), "storage_threshold"),
        _global("conda_command", _text, default="rattler", why_not=_ENGINE),
        _global("conda_platforms", _list_of(_text), default=(), why_not=_INDEX),
        _global("conda_max_solve_time", _whole_number(1, "seconds"), "solve_timeout"),
        _global("conda_indexed_channels", _list_of(_channel), "conda_indexed_channels"),
        _global("build_artifacts_kept_on_deletion", _list_of(_artifact), default=(), why_not=_KEPT),
        _policy("conda_solve_platforms", _platform),
        SettingKey("conda_channel_alias", _url, field="conda_channel_alias"),
        _policy("conda_default_channels", _channel),
        _policy("conda_allowed_channels", _channel),
        _policy("conda_default_packages", _match_spec),
        _policy("conda_required_packages", _match_spec),
        _policy("conda_included_packages", _match_spec),
        _policy("pypi_default_packages", _requirement),
        _policy("pypi_required_packages", _requirement),
        _policy("pypi_included_packages", _requirement),
        SettingKey(
            "build_artifacts",
            _list_of(_artifact),
            default=("LOCKFILE", "YAML", "CONDA_PACK"),
            why_not=_ARTIFACTS,
        ),
        SettingKey(
            "namespace_quota",
            _whole_number(0, "bytes"),
            depth=1,
            field="namespace_quota",
            is_reserved=True,
        ),
    )
}
"""Every setting by its name, in conda-store's order; the last is ours."""
