"""``jupyter envstore backup FILE``: copies what cannot be made anew into one file, while in use."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

from traitlets import Bool

from ..domain.sizes import describe_size
from .command import Command, Services


class Backup(Command):
    """The command."""

    name = "jupyter envstore backup"
    arguments = "FILE"
    description = """Copy the database, the lockfiles and the logs of the store into one file.

    Servers may run, and builds go on. The file is read again before it replaces one that is there.
    Prefixes are not in it: builds are made again exactly from their lockfiles."""
    examples = """
    jupyter envstore backup /backup/envstore.tar.gz
    jupyter envstore backup /backup/envstore.tar.gz --check
    """
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.flags,
        "check": ({"Backup": {"check": True}}, "Only read a backup that is there: is it whole?"),
    }

    check = Bool(False, help="Only read a backup that is there.").tag(config=True)

    def work(self, services: Services) -> bool:
        """Make a backup, or read one."""
        file = Path(self.extra_args[0]).absolute()
        report = services.backup.check(file) if self.check else services.backup.make(file)
        self.answer(dataclasses.asdict(report))
        self.say(
            f"{report.file} is whole: {report.environments} environments, {report.builds} builds, "
            f"{report.locks} lockfiles, {report.logs} logs; {describe_size(report.size)}, "
            f"made on {report.made_on}."
        )
        return True
