"""``jupyter envstore adopt``: makes builds known that are on disk and not in the database."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from traitlets import Bool

from ..builder.adoption import AdoptionReport
from .command import Command, Services


class Adopt(Command):
    """The command."""

    description = """Make builds known that are on disk and that the database does not know.

    For a store whose database was lost, or put back from a backup that is older than its builds.
    Servers may run. Nothing is built, and what is known already does not change."""
    examples = """
    jupyter envstore adopt --dry-run      # what would be done
    jupyter envstore adopt
    """
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.flags,
        "dry-run": ({"Adopt": {"dry_run": True}}, "Only say what would be done."),
    }

    dry_run = Bool(False, help="Only say what would be done.").tag(config=True)

    def work(self, services: Services) -> bool:
        """Adopt; all is well if the database can be believed afterwards."""
        service = services.adoption
        report = service.preview() if self.dry_run else service.adopt()
        self.answer(dataclasses.asdict(report))
        for line in _lines(report):
            self.say(line)
        return self.dry_run or report.doubt is None


def _lines(report: AdoptionReport) -> list[str]:
    would = "would be " if report.dry_run else ""
    lines = []
    for build in report.adopted:
        former = f" (was {build.former_id})" if build.former_id is not None else ""
        current = ", current" if build.current else ""
        where = f"{build.namespace}/{build.environment}"
        lines.append(f"Build {build.build_id}{former} of {where}{current}: {build.prefix}")
    removed = {True: f" It {would or 'was '}removed.", False: ""}
    lines += [
        f"Left: {left.prefix}\n  {left.reason}{removed[left.removed]}" for left in report.left
    ]
    lines += [
        f"Build {build_id}: its prefix is gone; it {would or 'was '}taken from the lists."
        for build_id in report.missing
    ]
    lines.append(f"{_counted(len(report.adopted))} {would}adopted, {len(report.left)} left.")
    if report.doubt is not None and not report.dry_run:
        lines.append(report.doubt)
    return lines


def _counted(number: int) -> str:
    return "1 build" if number == 1 else f"{number} builds"
