"""``jupyter envstore verify``: says whether builds are as they were when they were finished."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from ..domain.build import BuildStatus
from ..domain.errors import Refused
from ..domain.integrity import Deviation, Inspection
from ..domain.shared_names import is_shared_id
from ..domain.sizes import describe_size
from ..domain.upkeep import Upkeep
from ..store.filters import BuildFilter
from ..store.listing import Listing
from .command import Command, Services

_MOST_LINES = 50
"""Files that are named for a build: the answer as JSON has more."""


class Verify(Command):
    """The command."""

    name = "jupyter envstore verify"
    arguments = "[BUILD ...]"
    description = """Say whether builds are as they were when they were finished.

    Every file is compared with what is recorded of it: what was changed, is missing or was added is
    named. Without ids, all finished builds are verified. Nothing is changed. Servers may run."""
    examples = """
    jupyter envstore verify               # all builds
    jupyter envstore verify 4 7
    """

    def work(self, services: Services) -> bool:
        """Verify; all is well if every build is intact."""
        upkeep = services.upkeep
        wanted = build_ids(self.extra_args) or finished_builds(services)
        for build_id in wanted:
            upkeep.verify(build_id)
        ended = []
        for build_id in wanted:
            ended.append(upkeep.wait(build_id))
            for line in lines_about(ended[-1]):
                self.say(line)
        self.answer([answer_of(one) for one in ended])
        if not wanted:
            self.say("There is no finished build.")
        return all(map(is_well, ended))


def build_ids(arguments: Iterable[str]) -> list[int]:
    """Return ids from the command line. Raises `Refused` for what is none."""
    ids = []
    for text in arguments:
        if not re.fullmatch("[0-9]{1,18}", text):
            raise Refused(f"{text!r} is not the id of a build.", "Ids are numbers, as in lists.")
        ids.append(int(text))
    return list(dict.fromkeys(ids))


def finished_builds(services: Services) -> list[int]:
    """Return the ids of all builds that are COMPLETED, without those of other stores."""
    wanted = BuildFilter(status=BuildStatus.COMPLETED)
    views = services.builds.list(Listing(), wanted).items
    builds = [view.build for view in views]
    return [one.id for one in builds if not is_shared_id(one.id) and one.shelved_on is None]


def is_well(upkeep: Upkeep) -> bool:
    return upkeep.inspection is not None and upkeep.inspection.intact


def answer_of(upkeep: Upkeep) -> dict[str, object]:
    """Return what programs are told."""
    return {
        "build_id": upkeep.build_id,
        "state": upkeep.state,
        "inspection": upkeep.inspection and dataclasses.asdict(upkeep.inspection),
        "failure": upkeep.failure and dataclasses.asdict(upkeep.failure),
    }


def lines_about(upkeep: Upkeep) -> Iterator[str]:
    """Yield what people are told of one build."""
    found, name = upkeep.inspection, f"Build {upkeep.build_id}"
    if found is None and upkeep.state == "done":
        yield f"{name}: restored"
        return
    if found is None:
        why = f": {upkeep.failure.message}" if upkeep.failure else "."
        yield f"{name}: {upkeep.state}{why}"
        if upkeep.failure and upkeep.failure.hint:
            yield f"  {upkeep.failure.hint}"
        return
    what = "intact" if found.intact else ", ".join(f"{n} {kind}" for kind, n in found.counts)
    mended = f", {len(found.mended)} mended" if found.mended else ""
    yield f"{name}: {what}{mended}; {found.files} files, {describe_size(found.size)}"
    yield from _named(found)
    for note in found.notes[:_MOST_LINES]:
        yield f"  {note}"


def _named(found: Inspection) -> Iterator[str]:
    for one in found.mended[:_MOST_LINES]:
        yield f"  mended: {_described(one)}"
    for one in found.deviations[:_MOST_LINES]:
        yield f"  {_described(one)}"
    more = sum(number for _, number in found.counts) - _MOST_LINES
    if more > 0:
        yield f"  and {more} more"


def _described(one: Deviation) -> str:
    detail = f" ({one.detail})" if one.detail else ""
    package = f", of {one.package}" if one.package else ""
    return f"{one.kind}{detail}: {one.path}{package}"
