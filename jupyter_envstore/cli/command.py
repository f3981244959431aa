"""What all commands have: the server's configuration, an open store, and two ways to answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol

from jupyter_core.application import JupyterApp, base_aliases, base_flags
from traitlets import Bool
from traitlets.config import Config

from .. import __version__
from ..domain.errors import EnvStoreError, InvalidInput
from ..domain.sharing import SharedPaths
from ..service.adoption import AdoptionService
from ..service.backup import BackupService
from ..service.builds import BuildService
from ..service.cleanup import CleanupService
from ..service.doctor import DoctorService
from ..service.export import ExportService
from ..service.file_builds import FileBuilds
from ..service.imports import ImportService
from ..service.prefix_imports import PrefixImports
from ..service.shelving import ShelvingService
from ..service.upkeep import UpkeepService


class Services(Protocol):
    """The use cases that commands call."""

    @property
    def adoption(self) -> AdoptionService: ...

    @property
    def backup(self) -> BackupService: ...

    @property
    def cleanup(self) -> CleanupService: ...

    @property
    def doctor(self) -> DoctorService: ...

    @property
    def upkeep(self) -> UpkeepService: ...

    @property
    def shelving(self) -> ShelvingService: ...

    @property
    def builds(self) -> BuildService: ...

    @property
    def export(self) -> ExportService: ...

    @property
    def imports(self) -> ImportService: ...

    @property
    def file_builds(self) -> FileBuilds: ...

    @property
    def prefix_imports(self) -> PrefixImports: ...


OpenStore = Callable[[Config], AbstractContextManager[Services]]
"""Opens the store that a configuration describes, without building anything."""

FindStore = Callable[[Config], SharedPaths]
"""Says where the store is, or will be, that a configuration describes."""

CONFIG_FILES = ("jupyter_server_config", "jupyter_envstore_config")
"""What the server reads besides ``jupyter_config``, and the extension besides the server."""


class Command(JupyterApp):
    """One command of ``jupyter envstore``. It ends with 0, or with 1 and a sentence why not."""

    version = __version__
    aliases = base_aliases
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "debug": base_flags["debug"],
        "show-config": base_flags["show-config"],
        "json": ({"Command": {"as_json": True}}, "Answer with JSON, for programs."),
    }
    open_store: ClassVar[OpenStore]
    arguments: ClassVar[str] = ""
    """What a command takes besides options, as people read it: ``FILE [NAME ...]``."""
    find_store: ClassVar[FindStore]

    as_json = Bool(False, help="Answer with JSON.").tag(config=True)

    def work(self, services: Services) -> bool:
        """Do it, say what was done, and return whether all is well."""
        raise NotImplementedError

    def run(self) -> bool:
        """Open the store, and `work`."""
        with type(self).open_store(self.config) as services:
            return self.work(services)

    def load_config_file(  # type: ignore[override]  # JupyterApp's own deviation
        self, suppress_errors: bool = True
    ) -> None:
        """Read the files that the server reads, so that the command finds the same store."""
        for name in CONFIG_FILES:
            self.config_file_name = name
            super().load_config_file(suppress_errors=suppress_errors)

    def start(self) -> None:
        """Work, and exit."""
        super().start()
        if not self._is_called_rightly():
            sys.stderr.write(f"Usage: {self.name} {self.arguments}".rstrip() + "\n")
            self.exit(2)
        try:
            well = self.run()
        except EnvStoreError as error:
            self._fail(error)
            well = False
        self.exit(0 if well else 1)

    def say(self, text: str) -> None:
        """Write lines for people, unless the answer is JSON."""
        if not self.as_json:
            sys.stdout.write(f"{text}\n")

    def answer(self, value: Any) -> None:
        """Write the answer for programs, if it was asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, indent=2) + "\n")

    def _is_called_rightly(self) -> bool:
        least = len(self.arguments.partition("[")[0].split())
        return len(self.extra_args) == least or (
            "..." in self.arguments and len(self.extra_args) > least
        )

    def _fail(self, error: EnvStoreError) -> None:
        if self.as_json:
            self.answer({"error": error.message, "hint": error.hint})
        sys.stderr.write("".join(f"{line}\n" for line in _sentences(error)))


def _sentences(error: EnvStoreError) -> list[str]:
    """Return a line for all that is wrong; of a text, with the line that it is on."""
    if not isinstance(error, InvalidInput):
        return [" ".join(filter(None, (error.message, error.hint)))]
    return [
        f"line {problem.line}: " * (problem.line is not None)
        + " ".join(filter(None, (problem.message, problem.hint)))
        for problem in error.problems
    ]
