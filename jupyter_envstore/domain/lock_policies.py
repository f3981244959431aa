"""What lockfiles may and must have: the policies for specifications, where nothing can be added.

Every package is named that breaks one: a lockfile has hundreds, and somebody has to mend it.
"""

from __future__ import annotations

from collections.abc import Iterable

from packaging.utils import canonicalize_name

from .credentials import without_credentials
from .errors import InvalidInput, Problem, as_set
from .lock import Lock, LockedPackage
from .policies import PackageRules, Policies, Reader, requirement_name

_MOST_NAMED = 10


def check_lock(lock: Lock, policies: Policies, reader: Reader) -> tuple[Problem, ...]:
    """Return warnings for what would have been added to a specification and is missing.

    Raises `InvalidInput` with everything that the policies forbid or miss.
    """
    problems = _forbidden(lock, policies.allowed_channels, reader)
    warnings = []
    for rules in (policies.conda, policies.pypi):
        for platform in lock.platforms:
            there = _names(lock.installed_on(platform), rules)
            missing = _missing(rules.required, rules, there, reader)
            if missing:
                problems.append(_required(rules, missing, platform))
            left_out = _missing(rules.included, rules, there, reader)
            if left_out:
                warnings.append(_included(rules, left_out, platform))
    if problems:
        raise InvalidInput(problems)
    return tuple(warnings)


def _forbidden(lock: Lock, allowed: tuple[str, ...], reader: Reader) -> list[Problem]:
    """Return a problem for each channel that has packages in the lock and is not allowed."""
    if not allowed:
        return []
    allowed_urls = set(reader.resolve(without_credentials(channel) for channel in allowed))
    by_channel: dict[str, dict[str, None]] = {}
    for package in lock.packages:
        if package.manager == "conda":
            (channel,) = reader.resolve([package.file.channel])
            by_channel.setdefault(channel, {})[f"{package.name} {package.version}"] = None
    return [
        Problem(
            f"Conda channels {as_set([channel])} not allowed in specification: "
            f"{_listed(packages)} {'comes' if len(packages) == 1 else 'come'} from there.",
            "package",
            f"Allowed are {', '.join(sorted(allowed_urls))} (conda_allowed_channels). Lock the "
            "environment again with packages of these.",
        )
        for channel, packages in by_channel.items()
        if channel not in allowed_urls
    ]


def _names(packages: Iterable[LockedPackage], rules: PackageRules) -> set[str]:
    """Return the names that count. For pip a conda package of the name is as good as its own."""
    if rules.kind == "pypi":
        return {canonicalize_name(package.name) for package in packages}
    return {package.name for package in packages if package.manager == "conda"}


def _missing(
    wanted: tuple[str, ...], rules: PackageRules, there: set[str], reader: Reader
) -> list[str]:
    name_of = requirement_name if rules.kind == "pypi" else reader.name_of
    named = {without_credentials(package): name_of(package) for package in wanted}
    return [package for package, name in named.items() if name not in there]


def _required(rules: PackageRules, missing: list[str], platform: str) -> Problem:
    return Problem(
        f"{rules.label} packages {as_set(missing)} required and missing from specification: the "
        f"lockfile has none of the name for {platform}.",
        "package",
        f"Add {', '.join(missing)} to the environment and lock it again: "
        f"{rules.kind}_required_packages demands it.",
    )


def _included(rules: PackageRules, left_out: list[str], platform: str) -> Problem:
    return Problem(
        f"The lockfile has no {', '.join(left_out)} for {platform}, which {rules.kind}_included_"
        "packages adds to every specification; nothing is added to a lockfile.",
        "package",
        "Add it to the environment and lock it again.",
    )


def _listed(packages: Iterable[str]) -> str:
    names = list(packages)
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more packages" if more > 0 else "")
