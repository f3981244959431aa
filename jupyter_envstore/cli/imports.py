"""``jupyter envstore import FILE``: what another store has exported."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

from traitlets import Bool, Unicode

from ..service.imports import Imported, ImportedEnvironment
from .command import Command, Services


class Import(Command):
    """The command."""

    name = "jupyter envstore import"
    arguments = "FILE"
    description = """Import the environments of a file that another store has exported.

    Their builds have lockfiles, logs and their past, and no prefixes. It can be repeated: what is
    there already stays as it is. Servers may run."""
    examples = """
    jupyter envstore import team.envstore
    jupyter envstore import team.envstore --namespace=from-the-cluster --build
    """
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.flags,
        "build": ({"Import": {"build": True}}, "Build again, exactly, what was current."),
    }
    aliases: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.aliases,
        "namespace": "Import.namespace",
    }

    build = Bool(False, help="Build again, exactly, what was current.").tag(config=True)
    namespace = Unicode(
        None, allow_none=True, help="The namespace of all that is imported; else those of the file."
    ).tag(config=True)

    def work(self, services: Services) -> bool:
        """Import; all is well if everything was."""
        file = Path(self.extra_args[0]).absolute()
        report = services.imports.read(file, namespace=self.namespace, build=self.build)
        self.answer(dataclasses.asdict(report))
        for line in _lines(report):
            self.say(line)
        return not report.remarks and not any(one.conflict for one in report.environments)


def _lines(report: Imported) -> list[str]:
    lines = [_about(one) for one in report.environments]
    lines += report.remarks
    came = [one for one in report.environments if one.conflict is None]
    lines.append(
        f"{len(came)} environments of the store {report.store_id} are here, "
        f"{len(report.environments) - len(came)} were left out."
    )
    return lines


def _about(one: ImportedEnvironment) -> str:
    owner = f"{one.namespace}/{one.name}"
    if one.conflict is not None:
        return f"{owner} was left out. {one.conflict}"
    known = f", {one.known} were here" if one.known else ""
    again = f"; build {one.again} makes the current one again" if one.again else ""
    return f"{owner}: {one.builds} builds imported{known}{again}."
