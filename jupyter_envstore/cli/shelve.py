"""``jupyter envstore shelve`` and ``restore``: builds without their files, and with them again."""

from __future__ import annotations

from .command import Command, Services
from .verify import answer_of, build_ids, lines_about


class Shelve(Command):
    """The command."""

    arguments = "BUILD [BUILD ...]"
    description = """Take the files of builds off the disk.

    Their lockfiles, logs, notes and history are kept, and they can be restored exactly. Current and
    pinned builds, and builds that a program runs from, cannot be shelved. Servers may run."""
    examples = """
    jupyter envstore shelve 4 7
    """

    def work(self, services: Services) -> bool:
        """Shelve each build; what cannot be shelved ends it."""
        wanted = build_ids(self.extra_args)
        for build_id in wanted:
            services.shelving.shelve(build_id)
            self.say(f"Build {build_id} is shelved.")
        self.answer({"shelved": wanted})
        return True


class Restore(Command):
    """The command."""

    arguments = "BUILD [BUILD ...]"
    description = """Bring builds back that were shelved, exactly as they were.

    The packages are those of the lockfile, from the cache or downloaded again. Servers may run."""
    examples = """
    jupyter envstore restore 4
    """

    def work(self, services: Services) -> bool:
        """Restore; all is well if every build is back."""
        wanted = build_ids(self.extra_args)
        ended = []
        for build_id in wanted:
            # One after the other: what cannot be restored ends it, and no other half way.
            services.upkeep.restore(build_id)
            ended.append(services.upkeep.wait(build_id))
            for line in lines_about(ended[-1]):
                self.say(line)
        self.answer([answer_of(one) for one in ended])
        return all(one.state == "done" for one in ended)
