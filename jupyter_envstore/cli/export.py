"""``jupyter envstore export FILE [ENV ...]``: environments in a file, for another store."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

from ..domain.sizes import describe_size
from .command import Command, Services


class Export(Command):
    """The command."""

    name = "jupyter envstore export"
    arguments = "FILE [ENV ...]"
    description = """Write environments into a file, for `jupyter envstore import` in another store.

    With their specifications, builds, lockfiles, logs, notes, tags and history, and without their
    prefixes. ENV is namespace/name, or a namespace; without any it is all. Servers may run."""
    examples = """
    jupyter envstore export all.envstore
    jupyter envstore export team.envstore team default/data
    """
    flags: ClassVar[dict[str, Any]] = {**Command.flags}  # type: ignore[misc]

    def work(self, services: Services) -> bool:
        """Export."""
        file, *wanted = self.extra_args
        report = services.export.export(Path(file).absolute(), wanted)
        self.answer(dataclasses.asdict(report))
        for name in report.environments:
            self.say(name)
        self.say(
            f"{len(report.environments)} environments with {report.builds} builds are in "
            f"{report.file}; {describe_size(report.size)}."
        )
        if report.unfinished:
            self.say(f"{report.unfinished} builds that wait or run are not in it.")
        return True
