"""The policies for specifications, as they are set for an environment at this moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..domain.channels import channel_names
from ..domain.conda_settings import CondaSettings
from ..domain.lock_policies import check_lock
from ..domain.policies import ChannelOf, NameOf, Policies, Reader, apply, check, policies_of
from ..domain.specification import Specification
from .settings import SettingsService


class SpecificationPolicies:
    """Adds to specifications what the administrators include, and refuses what they forbid."""

    def __init__(
        self,
        settings: SettingsService,
        conda_settings: Callable[[], CondaSettings],
        *,
        name_of: NameOf,
        channel_of: ChannelOf,
    ) -> None:
        """`conda_settings` reads conda's configuration, which says what channels' names mean."""
        self._settings = settings
        self._conda_settings = conda_settings
        self._name_of = name_of
        self._channel_of = channel_of

    def apply(self, specification: Specification, namespace: str) -> Specification:
        """Return what is built of the specification; raise `InvalidInput` if nothing may be."""
        rules = self._rules(namespace, specification.name)
        if specification.lock is not None:
            warnings = check_lock(specification.lock, *rules)
            specification = replace(specification, warnings=(*specification.warnings, *warnings))
        return specification if specification.is_lockfile else apply(specification, *rules)

    def check(self, specification: Specification, namespace: str) -> None:
        """Raise `InvalidInput` if a specification from earlier may not be built any more."""
        rules = self._rules(namespace, specification.name)
        if specification.lock is not None:
            check_lock(specification.lock, *rules)
        if not specification.is_lockfile:
            check(specification, *rules)

    def _rules(self, namespace: str, name: str) -> tuple[Policies, Reader]:
        settings = self._settings.of(namespace, name)
        names = channel_names(settings, self._conda_settings())
        return policies_of(settings), Reader(self._name_of, self._channel_of, names.resolve)
