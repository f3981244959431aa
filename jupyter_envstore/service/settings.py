"""Settings that are changed while the store runs: looked at, set, reset; and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..domain.errors import InvalidInput, Problem, Refused, StoreUnusable, as_set
from ..domain.moments import Clock, utc_now
from ..domain.names import name_problem
from ..domain.setting_keys import KEYS, SettingKey, effective, wire_values
from ..domain.settings import Settings
from ..domain.specification import CheckMatchSpec
from ..store.listing import Listing, Page
from ..store.settings import Level, SettingChange, StoredSettings
from .access import Access

_BOUNDS = (
    ("global", "a namespace or environment", "whole store"),
    ("namespace", "an environment", "namespace"),
)
"""By the depth of a key: what it is, where it cannot be set, and where it can."""


def refuse_wrong_packages(settings: Settings, check_match_spec: CheckMatchSpec) -> None:
    """Raise `StoreUnusable` if a trait has packages that no specification could have.

    Traits do not know match specs, and without this each build would fail for it.
    """
    for key in KEYS.values():
        if key.name.endswith("_packages"):
            wrong = key.check(key.value_in(settings), check_match_spec)
            if wrong is not None:
                raise StoreUnusable(
                    f"c.EnvStore.{key.name}: {wrong}.",
                    "Mend it in the configuration of the server, and start the server again.",
                )


class SettingsService:
    """The administrator's traits, and over them what is set for each level."""

    def __init__(
        self,
        settings: Settings,
        stored: StoredSettings,
        check_match_spec: CheckMatchSpec,
        clock: Clock = utc_now,
    ) -> None:
        self._settings = settings
        self._stored = stored
        self._check_match_spec = check_match_spec
        self._clock = clock

    def of(self, namespace: str = "", environment: str = "") -> Settings:
        """Return what holds now for an environment, a namespace, or the store as a whole."""
        return effective(self._settings, self._stored.levels(Level(namespace, environment)))

    def values(self, level: Level) -> dict[str, Any]:
        """Return every setting by its name, as it holds on a level. Raises `InvalidInput`."""
        _check_names(level)
        return wire_values(self._settings, self._stored.levels(level), level.depth)

    def change(
        self, level: Level, values: Mapping[str, Any], access: Access
    ) -> tuple[Problem, ...]:
        """Set keys on a level, and reset those whose value is None; all of them or none.

        Returns a remark for each key that changes nothing here. Raises `Refused` for keys that do
        not exist or not on this level, `InvalidInput` for values that make no sense, `Forbidden`
        for a key that is reserved.
        """
        _check_names(level)
        keys = [_key(name, level) for name in _known(values)]
        given = {name: value for name, value in values.items() if value is not None}
        self._check_values(given)
        if any(key.is_reserved for key in keys):
            access.require("setting::update")
        reset = sorted(values.keys() - given.keys())
        self._change(level, given, reset, access)
        return tuple(
            Problem(f"{key.name} is kept, but has no effect here.", key.name, key.why_not)
            for key in keys
            if key.field is None and key.name in given
        )

    def reset(self, level: Level, names: Iterable[str], access: Access) -> None:
        """Let a level have what the level above it has, in the named keys or all but reserved ones.

        Raises `Refused` for keys that do not exist, `Forbidden` for one that is reserved.
        """
        _check_names(level)
        named = _known(names)
        if any(KEYS[name].is_reserved for name in named):
            access.require("setting::update")
        others = [name for name, key in KEYS.items() if not key.is_reserved]
        self._change(level, {}, named or others, access)

    def changes(self, level: Level, listing: Listing) -> Page[SettingChange]:
        """Return who changed what and when, on a level and all below it."""
        _check_names(level)
        return self._stored.changes(listing, level)

    def _change(
        self, level: Level, values: Mapping[str, Any], reset: Iterable[str], access: Access
    ) -> None:
        author = access.caller.username
        self._stored.change(level, values, reset, now=self._clock(), author=author)

    def _check_values(self, values: Mapping[str, Any]) -> None:
        problems = [
            Problem(f"validation error for {name}: {wrong}.", name)
            for name, value in values.items()
            if (wrong := KEYS[name].check(value, self._check_match_spec))
        ]
        if problems:
            raise InvalidInput(problems)


def _known(names: Iterable[str]) -> list[str]:
    names = list(names)
    if unknown := [name for name in names if name not in KEYS]:
        raise Refused(
            f"Invalid setting keys {as_set(unknown)}", f"The settings are {', '.join(KEYS)}."
        )
    return names


def _key(name: str, level: Level) -> SettingKey:
    key = KEYS[name]
    if level.depth > key.depth:
        kind, below, above = _BOUNDS[key.depth]
        raise Refused(
            f"Setting {name} is a {kind} setting and cannot be set within {below}",
            f"Set it for the {above}, if you may.",
        )
    return key


def _check_names(level: Level) -> None:
    """Raise `InvalidInput` for what no namespace or environment can be called."""
    problems = [
        Problem(problem[0], what, problem[1])
        for what, name in (("namespace", level.namespace), ("name", level.environment))
        if name and (problem := name_problem(name, what))
    ]
    if problems:
        raise InvalidInput(problems)
