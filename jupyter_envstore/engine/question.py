"""What an order asks the solver."""

from __future__ import annotations

from dataclasses import dataclass

from rattler import MatchSpec

from ..domain.errors import Problem
from ..domain.order import WorkOrder
from .match_specs import InvalidMatchSpec, installable_match_spec, name_of, url_of
from .refusal import BuildRefused


@dataclass(frozen=True)
class Asked:
    """One match spec of the user."""

    text: str
    """As the user wrote it."""
    place: str
    """Where it is in the specification: ``dependencies[0]``."""
    spec: MatchSpec
    argument: str
    """As a program takes it: a channel that it names is a URL."""

    @property
    def name(self) -> str:
        return name_of(self.spec)


@dataclass(frozen=True)
class Question:
    """Channels in order of priority, a platform, and the user's match specs."""

    channels: tuple[str, ...]
    platform: str
    asked: tuple[Asked, ...]

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform, and what is for all of them."""
        return (self.platform, "noarch")

    @property
    def specs(self) -> list[MatchSpec]:
        """The match specs themselves."""
        return [asked.spec for asked in self.asked]

    @property
    def names(self) -> frozenset[str]:
        """The names of the packages that are asked for."""
        return frozenset(asked.name for asked in self.asked)

    @property
    def solver_specs(self) -> list[MatchSpec]:
        """The match specs, and the bare name of each.

        rattler loads only candidates that match a spec. With the bare names it knows all of a
        package, so strict priority holds for the user's own specs too, and its messages name them.
        """
        return [*self.specs, *(MatchSpec(asked.name) for asked in self.asked)]


def question_of(order: WorkOrder) -> Question:
    """Read the match specs of an order, for this machine's platform.

    Raises `BuildRefused`, naming all that cannot be read.
    """
    asked: list[Asked] = []
    problems: list[Problem] = []
    for index, text in enumerate(order.match_specs):
        place = order.places[index] if index < len(order.places) else f"dependencies[{index}]"
        argument = _with_channel_url(text, order.channels)
        spec = _parsed(argument)
        if isinstance(spec, str):
            problems.append(Problem(f"{text!r} is not a match spec: {spec}", place))
        else:
            asked.append(Asked(text, place, spec, argument))
    if problems:
        raise BuildRefused(
            "unsatisfiable",
            problems[0].message,
            "Examples of match specs: numpy, numpy>=1.26,<3, python=3.11.*",
            problems=tuple(problems),
        )
    return Question(order.channels, order.subdir, tuple(asked))


def places_by_url(order: WorkOrder) -> dict[str, str]:
    """Return where the specification names channels and archives, by their URLs.

    What serves a channel in its place is where the channel is. Raises `BuildRefused`.
    """
    places = {
        url: place
        for channel, place in order.channel_places.items()
        for url in (channel, *order.mirrors.get(channel, ()))
    }
    for asked in question_of(order).asked:
        if url := url_of(asked.spec):
            places[url] = asked.place
    return places


def _parsed(text: str) -> MatchSpec | str:
    """Return the match spec, or what is wrong with it."""
    try:
        return installable_match_spec(text)
    except InvalidMatchSpec as error:
        return str(error)


def _with_channel_url(text: str, channels: tuple[str, ...]) -> str:
    """Turn ``name::package`` into a match spec on the URL that the order has for that name.

    rattler would look for the name below conda.anaconda.org, whatever the alias is here.
    """
    name, separator, rest = text.partition("::")
    if not separator or "://" in name:
        return text
    wanted = f"/{name.strip(' /')}"
    url = next((url for url in channels if url.endswith(wanted)), None)
    return text if url is None else f"{url}::{rest}"
