"""Match specs as conda reads them, with a sentence for what is wrong.

The functions load rattler (about 50 ms the first time): a server calls them in a thread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..domain.package_urls import read_package_url

if TYPE_CHECKING:
    from rattler import MatchSpec

_BUILD = re.compile(r"[\w.+*^$()|\\\[\]-]+")
_ALIAS = "https://conda.anaconda.org"
"""What rattler appends names of channels to."""
_FILE_URL = re.compile(r'url="(?P<url>[^"]*)"')


class InvalidMatchSpec(ValueError):
    """The text is not a match spec; the message says why."""


def parse_match_spec(text: str) -> MatchSpec:
    """Return the match spec; ``numpy 1.26`` and ``numpy=1.26`` mean what they mean to conda.

    Raises `InvalidMatchSpec`.
    """
    from rattler import MatchSpec
    from rattler.exceptions import InvalidMatchSpecError

    if any(ord(character) < 32 for character in text):
        raise InvalidMatchSpec("it must be one line of text.")
    try:
        spec = MatchSpec(text)
    except InvalidMatchSpecError as error:
        raise InvalidMatchSpec(_sentence(str(error))) from error
    # rattler's lenient parser takes whatever follows the version for the build string.
    if spec.build is not None and not _BUILD.fullmatch(spec.build):
        raise InvalidMatchSpec(
            f"after the name and the version {spec.version!s}, {spec.build!r} cannot be a build."
        )
    if spec.version is not None and " " in spec.version:
        raise InvalidMatchSpec(f"{spec.version!r} is not a version or a range of versions.")
    return spec


def installable_match_spec(text: str) -> MatchSpec:
    """Return the match spec of what a build may have; its URL, if it has one, is in a channel.

    Raises `InvalidMatchSpec`.
    """
    spec = parse_match_spec(text)
    url = url_of(spec)
    if url is None:
        return spec
    found = read_package_url(url)
    # Locks and lists of packages name the channel and the platform, which only the URL tells.
    if found is None:
        raise InvalidMatchSpec(
            f"{url} is not the URL of a package in a channel, as in "
            "https://example.org/channel/noarch/name-1.0-0.conda."
        )
    if found.name != name_of(spec):
        raise InvalidMatchSpec(f"{url} is the URL of another package, {found.name}.")
    return spec


def match_spec_problem(text: str) -> str | None:
    """Say what is wrong with a match spec, as a clause for people; None if nothing is."""
    try:
        installable_match_spec(text)
    except InvalidMatchSpec as error:
        return str(error)
    return None


def match_spec_name(text: str) -> str | None:
    """Return the name of the package that a match spec is about; None if the text is not one."""
    try:
        return name_of(parse_match_spec(text))
    except InvalidMatchSpec:
        return None


def match_spec_channel(text: str) -> str | None:
    """Return the channel that a match spec insists on, a name or a URL; None if it takes any.

    That of a package's URL is what is above the platform; a URL of any other form is returned
    whole, so that it is no channel's.
    """
    try:
        spec = parse_match_spec(text)
    except InvalidMatchSpec:
        return None
    if file := url_of(spec):
        parts = read_package_url(file)
        return parts.channel if parts else file
    if spec.channel is None:
        return None
    name, url = spec.channel.name, spec.channel.base_url.rstrip("/")
    # rattler puts names below an alias of its own; those of the store may be another.
    by_name = name is not None and url == f"{_ALIAS}/{name}" and url not in text
    return name if by_name else url


def name_of(spec: MatchSpec) -> str:
    """Return the package name of a parsed match spec, in conda's lower case."""
    return spec.name.normalized


def url_of(spec: MatchSpec) -> str | None:
    """Return the URL of the one archive that a match spec asks for; None if it names none."""
    found = _FILE_URL.search(spec.to_canonical_string())
    return found["url"] if found else None


def _sentence(text: str) -> str:
    first = text.splitlines()[0].strip().rstrip(".")
    # rattler repeats itself: "invalid package name 'x': 'x' is not a valid package name. ..."
    return f"{first.split(': ', 1)[-1] if first.startswith('invalid package name') else first}."
