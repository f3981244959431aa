"""``jupyter envstore import WHAT``: an export, an environment file of any kind, or a prefix."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

from traitlets import Bool, Unicode

from ..domain.errors import NotFound, Refused
from ..domain.lock_text import MAX_BYTES
from ..service.environments import Submitted
from ..service.imports import CLIENT, Imported, ImportedEnvironment
from .command import Command, Services

_GZIP = b"\x1f\x8b"


class Import(Command):
    """The command."""

    name = "jupyter envstore import"
    arguments = "WHAT"
    description = """Import what another store has exported, an environment file, or a prefix.

    WHAT is a file of `jupyter envstore export`; an environment.yml, requirements.txt, explicit
    file, conda-lock.yml, pixi.lock, pixi.toml or pyproject.toml; or the directory of a conda
    environment, which is built anew of the very same packages. A server that runs builds them, and
    not this command. Importing an export can be repeated."""
    examples = """
    jupyter envstore import team.envstore
    jupyter envstore import team.envstore --namespace=from-the-cluster --build
    jupyter envstore import environment.yml
    jupyter envstore import conda-lock.yml --name=team/data
    jupyter envstore import ~/miniforge3/envs/data --name=team/data
    """
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.flags,
        "build": ({"Import": {"build": True}}, "Of an export: build again what was current."),
    }
    aliases: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.aliases,
        "namespace": "Import.namespace",
        "name": "Import.environment",
    }

    build = Bool(False, help="Of an export: build again, exactly, what was current.").tag(
        config=True
    )
    namespace = Unicode(None, allow_none=True, help="The namespace of what is imported.").tag(
        config=True
    )
    environment = Unicode(
        None,
        allow_none=True,
        help="Of a file or a prefix: the environment, with its namespace before a slash.",
    ).tag(config=True)

    def work(self, services: Services) -> bool:
        """Import; all is well if everything was."""
        path = Path(self.extra_args[0]).expanduser().absolute()
        if path.is_dir():
            return self._prefix(services, path)
        if _begins_as_export(path):
            return self._export(services, path)
        return self._file(services, path)

    def _export(self, services: Services, path: Path) -> bool:
        if self.environment is not None:
            raise Refused("An export names its environments itself.", "Leave out --name.")
        report = services.imports.read(path, namespace=self.namespace, build=self.build)
        self.answer(dataclasses.asdict(report))
        for line in _lines(report):
            self.say(line)
        return not report.remarks and not any(one.conflict for one in report.environments)

    def _file(self, services: Services, path: Path) -> bool:
        namespace, name = self._owner()
        submitted = services.file_builds.submit(
            _text(path), str(path), namespace, name=name, client=CLIENT
        )
        return self._queued(submitted)

    def _prefix(self, services: Services, path: Path) -> bool:
        namespace, name = self._owner()
        return self._queued(
            services.prefix_imports.submit(path, namespace, name or path.name, client=CLIENT)
        )

    def _owner(self) -> tuple[str | None, str | None]:
        namespace, slash, name = (self.environment or "").rpartition("/")
        if slash and self.namespace not in (None, namespace):
            raise Refused("Two namespaces are named.", "Leave out --namespace.")
        return namespace or self.namespace, name or None

    def _queued(self, submitted: Submitted) -> bool:
        warnings = [dataclasses.asdict(warning) for warning in submitted.warnings]
        self.answer({"build_id": submitted.build_id, "warnings": warnings})
        for warning in submitted.warnings:
            self.say(" ".join(filter(None, (warning.message, warning.hint))))
        self.say(f"Build {submitted.build_id} is queued: a server of the store makes it.")
        return True


def _begins_as_export(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_GZIP)) == _GZIP
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", "Name another file.") from error


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refused(f"{path} has more than {MAX_BYTES:,} bytes.", "No environment file has.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{path} is not text in UTF-8.", "Name an environment file.") from None


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
