"""The front door of the command line: ``jupyter envstore``.

It reads the server's configuration and opens its store, without building anything, for the
commands in ``cli``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from jupyter_core.application import JupyterApp
from traitlets.config import Config

from . import __version__
from .cli.adopt import Adopt
from .cli.backup import Backup
from .cli.cleanup import Cleanup
from .cli.command import Command
from .cli.doctor import Doctor
from .cli.export import Export
from .cli.imports import Import
from .cli.repair import Repair
from .cli.share import Share
from .cli.shelve import Restore, Shelve
from .cli.verify import Verify
from .composition import EnvironmentStore, make_layout, shared_paths
from .config import EnvStore, with_conda_store_names
from .domain.errors import StoreUnusable
from .domain.sharing import SharedPaths
from .handlers.call import Services


@contextmanager
def open_store(config: Config) -> Iterator[Services]:
    """Open the store that is there; raise `StoreUnusable` if there is none, or it is unusable."""
    settings = EnvStore(config=with_conda_store_names(config)[0]).settings()
    if not Path(make_layout(settings).internal).is_dir():
        raise StoreUnusable(
            f"There is no store in {settings.store_directory}.",
            "Name the one that is meant: --EnvStore.store_directory=..., or "
            "c.EnvStore.store_directory in jupyter_server_config.py.",
        )
    store = EnvironmentStore(settings, listener=lambda _: None, notebooks=dict, builds_here=False)
    try:
        yield store.services
    finally:
        store.stop()


def find_store(config: Config) -> SharedPaths:
    """Return where the store is, or will be; nothing is opened or made."""
    settings = EnvStore(config=with_conda_store_names(config)[0]).settings()
    return shared_paths(settings)


class EnvStoreConsole(JupyterApp):
    """``jupyter envstore <command>``."""

    name = "jupyter-envstore"
    version = __version__
    description = """Look after the store of environments of a Jupyter server."""
    examples = """
    jupyter envstore adopt --help
    jupyter envstore cleanup --dry-run
    """
    subcommands: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "adopt": (Adopt, "Make builds known that are on disk and not in the database."),
        "backup": (Backup, "Copy the database, lockfiles and logs into one file, and check it."),
        "cleanup": (Cleanup, "Remove what the rules of retention let go."),
        "doctor": (Doctor, "Say what is wrong around the store, and what mends it."),
        "share": (Share, "Let one user build and everybody else read."),
        "verify": (Verify, "Say whether builds are as they were when they were finished."),
        "repair": (Repair, "Mend builds that are not as they were."),
        "shelve": (Shelve, "Take the files of builds off the disk, and keep their lockfiles."),
        "restore": (Restore, "Bring shelved builds back, exactly as they were."),
        "export": (Export, "Write environments into a file, for another store."),
        "import": (Import, "Import environments that another store has exported."),
    }

    def start(self) -> None:
        """Hand over to the command, or say which there are."""
        super().start()
        self.print_help()
        self.exit(2)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; this exits."""
    Command.open_store = staticmethod(open_store)
    Command.find_store = staticmethod(find_store)
    Command.classes = [EnvStore]
    EnvStoreConsole.launch_instance(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    main()
