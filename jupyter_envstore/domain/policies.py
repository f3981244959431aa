"""What specifications must, may and need not name: channels and packages, as administrators decide.

The order is conda-store's: first what is added (channels, then packages where there are none, then
what is always included), then what is checked. What was added is told as a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .credentials import without_credentials
from .errors import InvalidInput, Problem, as_set
from .settings import Settings
from .specification import Specification

NameOf = Callable[[str], str | None]
"""Given a match spec, return the name of its package. The engine provides it."""
ChannelOf = Callable[[str], str | None]
"""Given a match spec, return the channel that it insists on, if any. The engine provides it."""
ResolveChannels = Callable[[Iterable[str]], tuple[str, ...]]
"""Given names or URLs of channels, return their URLs."""


@dataclass(frozen=True)
class PackageRules:
    """What one of the two kinds of packages is subject to: match specs, or requirements."""

    kind: Literal["conda", "pypi"]
    default: tuple[str, ...]
    """The packages of specifications that name none."""
    included: tuple[str, ...]
    """Added wherever the specification does not name the package."""
    required: tuple[str, ...]
    """Without them, a specification is refused."""

    @property
    def label(self) -> str:
        return {"conda": "Conda", "pypi": "PyPi"}[self.kind]


@dataclass(frozen=True)
class Policies:
    """All rules for the specifications of one environment."""

    default_channels: tuple[str, ...]
    allowed_channels: tuple[str, ...]
    """Without any, all channels are allowed."""
    conda: PackageRules
    pypi: PackageRules


@dataclass(frozen=True)
class Reader:
    """How names and match specs are understood where the policies apply."""

    name_of: NameOf
    channel_of: ChannelOf
    resolve: ResolveChannels


def policies_of(settings: Settings) -> Policies:
    """Return the policies that settings describe."""
    return Policies(
        default_channels=settings.conda_default_channels,
        allowed_channels=settings.conda_allowed_channels,
        conda=PackageRules(
            "conda",
            settings.conda_default_packages,
            settings.conda_included_packages,
            settings.conda_required_packages,
        ),
        pypi=PackageRules(
            "pypi",
            settings.pypi_default_packages,
            settings.pypi_included_packages,
            settings.pypi_required_packages,
        ),
    )


def apply(specification: Specification, policies: Policies, reader: Reader) -> Specification:
    """Return the specification with what the policies add to it, and a warning for each package.

    Raises `InvalidInput` with everything that they forbid or miss.
    """
    channels = tuple(without_credentials(channel) for channel in policies.default_channels)
    specification = specification.with_default_channels(channels)
    specification = _with_packages(specification, policies.pypi, requirement_name)
    specification = _with_packages(specification, policies.conda, reader.name_of)
    check(specification, policies, reader)
    return specification


def check(specification: Specification, policies: Policies, reader: Reader) -> None:
    """Raise `InvalidInput` with everything in a specification that the policies forbid or miss."""
    problems = [
        *_forbidden_channels(specification, policies.allowed_channels, reader),
        *_missing(specification, policies.pypi, specification.pip, requirement_name),
        *_missing(specification, policies.conda, specification.match_specs, reader.name_of),
    ]
    if problems:
        raise InvalidInput(problems)


def requirement_name(line: str) -> str | None:
    """Return the normalised name in a line of a pip section; None if it is an option."""
    try:
        return canonicalize_name(Requirement(line).name)
    except InvalidRequirement:
        return None


# -- adding -----------------------------------------------------------------------------------


def _with_packages(
    specification: Specification, rules: PackageRules, name_of: NameOf
) -> Specification:
    packages = specification.match_specs if rules.kind == "conda" else specification.pip
    present = {name_of(package) for package in packages} - {None}
    warnings = []
    added: list[str] = []
    candidates = [("default", package) for package in rules.default if not present]
    candidates += [("included", package) for package in rules.included]
    for reason, package in candidates:
        name = name_of(package)
        if reason == "included" and name in present:
            continue
        present.add(name)
        added.append(without_credentials(package))
        warnings.append(_told(without_credentials(package), rules.kind, reason))
    return replace(
        specification,
        dependencies=_appended(specification.dependencies, added, rules.kind),
        warnings=(*specification.warnings, *warnings),
    )


def _told(package: str, kind: str, reason: str) -> Problem:
    setting = f"{kind}_{reason}_packages"
    hint = "An administrator of the store has decided this, for every specification."
    if reason == "default":
        hint = "The specification names no packages of this kind: these are then installed."
    return Problem(f"{package} was added by {setting}.", "dependencies", hint)


def _appended(
    dependencies: tuple[str | dict[str, list[str]], ...], added: list[str], kind: str
) -> tuple[str | dict[str, list[str]], ...]:
    """Return the dependencies with more match specs, or with a longer pip section."""
    if not added:
        return dependencies
    if kind == "conda":
        return (*dependencies, *added)
    for index, item in enumerate(dependencies):
        if isinstance(item, dict):
            longer = {"pip": [*item["pip"], *added]}
            return (*dependencies[:index], longer, *dependencies[index + 1 :])
    return (*dependencies, {"pip": added})


# -- checking ---------------------------------------------------------------------------------


def _forbidden_channels(
    specification: Specification, allowed: tuple[str, ...], reader: Reader
) -> list[Problem]:
    """Return a problem for each place that names a channel which is not allowed."""
    if not allowed:
        return []
    allowed_urls = set(reader.resolve(without_credentials(channel) for channel in allowed))
    named = [(f"channels[{index}]", name) for index, name in enumerate(specification.channels)]
    for index, item in enumerate(specification.dependencies):
        channel = reader.channel_of(item) if isinstance(item, str) else None
        if channel is not None:
            named.append((f"dependencies[{index}]", channel))
    problems = []
    for place, channel in named:
        forbidden = set(reader.resolve([channel])) - allowed_urls
        if forbidden:
            problems.append(
                _at(
                    specification,
                    place,
                    f"Conda channels {as_set(forbidden)} not allowed in specification",
                    f"Allowed are {', '.join(sorted(allowed_urls))} (conda_allowed_channels).",
                )
            )
    return problems


def _missing(
    specification: Specification,
    rules: PackageRules,
    packages: tuple[str, ...],
    name_of: NameOf,
) -> list[Problem]:
    present = {name_of(package) for package in packages}
    missing = [
        without_credentials(package)
        for package in rules.required
        if name_of(package) not in present
    ]
    if not missing:
        return []
    return [
        _at(
            specification,
            "dependencies",
            f"{rules.label} packages {as_set(missing)} required and missing from specification",
            f"Add {', '.join(missing)}: {rules.kind}_required_packages demands it of every "
            "specification.",
        )
    ]


def _at(specification: Specification, place: str, message: str, hint: str) -> Problem:
    span = specification.spans.get(place)
    if span is None:
        return Problem(message, place, hint)
    return Problem(message, place, hint, span.line, span.column, span.end_line, span.end_column)
