"""Where benchmarks work, which channels they use, and the servers that they measure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from tools.channel_choice import CHANNELS, ROOT
from tools.jupyter_process import JupyterServer, jupyter_server

API = "envstore/api/v1/"
WITH, WITHOUT = "jupyter_envstore=True", "jupyter_envstore=False"
RESULTS = ROOT / ".cache" / "bench"


@dataclass(frozen=True)
class Packages:
    """A set of packages to build, all from local channels."""

    title: str
    channels: tuple[str, ...]
    match_specs: tuple[str, ...]

    def specification(self, name: str) -> str:
        """Return the text of a specification of an environment called `name`."""
        return json.dumps(
            {
                "name": name,
                "channels": list(self.channels),
                "dependencies": list(self.match_specs),
            }
        )


def real_packages() -> Packages:
    """Return a usual set for notebooks: Python, its kernel, numpy, and their closure."""
    return Packages("real", (_channel("local"),), ("python", "ipykernel", "numpy"))


def generated_packages() -> Packages:
    """Return 200 generated packages with 10,000 files, the package that names them, and Python."""
    return Packages("generated", (_channel("generated"), _channel("local")), ("generated-all",))


def small_package() -> Packages:
    """Return one generated package that needs nothing else: an installation of a few files."""
    return Packages("small", (_channel("generated"),), ("generated-187",))


@cache
def _channel(name: str) -> str:
    """Return the URL of a channel of tools/local_channel, which is made if it is missing."""
    given = os.environ.get("ENVSTORE_TEST_CHANNELS")
    if not given:
        command = [sys.executable, "-m", "tools.local_channel", "--out", str(CHANNELS)]
        subprocess.run([*command, "--generated"], cwd=ROOT, check=True)
    return (Path(given or CHANNELS) / name).as_uri()


def environment() -> dict[str, str]:
    """Return the environment of measured processes: this one's, as a user's would be.

    Installed packages have byte code. Where it was never written, it must be now, or a server
    would compile every module at each start.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class Workplace:
    """A temporary directory with a store in it and a home of its own for Jupyter."""

    root: Path

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def package_cache(self) -> Path:
        return self.store / ".envstore" / "cache" / "packages"

    @property
    def repodata_cache(self) -> Path:
        return self.root / "repodata"

    @property
    def data_directory(self) -> Path:
        """Where Jupyter looks for the user's own kernels."""
        return self.root / "data"

    @contextmanager
    def server(
        self, extension: str = WITH, options: Mapping[str, object] = MappingProxyType({})
    ) -> Iterator[JupyterServer]:
        """Run a Jupyter server on the store until left.

        `extension` switches one extension besides (``name=True``), or ours off (`WITHOUT`);
        `options` are further traits.
        """
        traits = {
            "EnvStore.store_directory": self.store,
            "EnvStore.repodata_cache_directory": self.repodata_cache,
            "EnvStore.storage_threshold": 0,
            "ServerApp.jpserver_extensions": extension,
            **options,
        }
        with jupyter_server(
            self.root, traits, log=self.root / "jupyter.log", environ=self.jupyter_environment()
        ) as server:
            yield server

    def jupyter_environment(self) -> dict[str, str]:
        """Return the variables that keep the user's own Jupyter out of the measurement."""
        return {
            # An empty value is as good as none for Python; the variable itself is inherited.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPATH": str(ROOT),
            "JUPYTER_CONFIG_DIR": str(self.root / "config"),
            "JUPYTER_DATA_DIR": str(self.data_directory),
            "JUPYTER_RUNTIME_DIR": str(self.root / "runtime"),
        }


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Make a workplace, and remove it with everything that was built there."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="work-", dir=RESULTS) as directory:
        yield Workplace(Path(directory))
