"""``jupyter envstore repair``: mends builds that are not as they were."""

from __future__ import annotations

from typing import Any, ClassVar

from traitlets import Bool

from ..domain.errors import Refused
from .command import Command, Services
from .verify import answer_of, build_ids, is_well, lines_about


class Repair(Command):
    """The command."""

    name = "jupyter envstore repair"
    arguments = "[BUILD ...]"
    description = """Mend builds that are not as they were when they were finished.

    Files that were changed or are missing come back from the package cache, or are downloaded
    again; files that were added are removed. Kernels and servers may run."""
    examples = """
    jupyter envstore repair 4
    jupyter envstore repair 4 --keep-added
    """
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.flags,
        "keep-added": ({"Repair": {"keep_added": True}}, "Leave files that were added."),
    }

    keep_added = Bool(False, help="Leave files that were added.").tag(config=True)

    def work(self, services: Services) -> bool:
        """Repair; all is well if every build is intact then."""
        wanted = build_ids(self.extra_args)
        if not wanted:
            raise Refused("Which build?", "Name builds by their ids, as in `repair 4`.")
        for build_id in wanted:
            services.upkeep.repair(build_id, keep_added=self.keep_added)
        ended = []
        for build_id in wanted:
            ended.append(services.upkeep.wait(build_id))
            for line in lines_about(ended[-1]):
                self.say(line)
        self.answer([answer_of(one) for one in ended])
        return all(map(is_well, ended))
