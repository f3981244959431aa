"""Where everything is: pure functions of the settings, for POSIX and for Windows.

The templates and their defaults are conda-store's. A build's own key version decides its path,
whatever the setting says later.
"""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from .archives import INSTALLER, TAR_GZ
from .path_lengths import PathRules, extended

DEFAULT_BUILD_DIRECTORY = "{store_directory}/{namespace}"
DEFAULT_ENVIRONMENT_DIRECTORY = "{store_directory}/{namespace}/envs/{name}"

_BUILD_KEYS = frozenset(["store_directory", "namespace"])
_ENVIRONMENT_KEYS = frozenset(["store_directory", "namespace", "name"])
_ENVIRONMENTS_OWN = frozenset(["namespace", "name"])
"""What a template of environments has to tell apart."""


@dataclass(frozen=True)
class Layout:
    """The paths of one store.

    `store_directory` is absolute. `windows` chooses the rules of paths, not the machine: the
    rules of one platform can be tested on the other.
    """

    store_directory: str
    build_directory: str = DEFAULT_BUILD_DIRECTORY
    environment_directory: str = DEFAULT_ENVIRONMENT_DIRECTORY
    windows: bool = False
    win_extended_length_prefix: bool = False
    long_paths_enabled: bool | None = None
    """What ``LongPathsEnabled`` in the Windows registry says; None if it could not be read."""

    def __post_init__(self) -> None:
        check_template("build_directory", self.build_directory, _BUILD_KEYS)
        check_template("environment_directory", self.environment_directory, _ENVIRONMENT_KEYS)

    # -- what users and conda see --------------------------------------------------------------

    def prefix(self, namespace: str, key: str, key_version: int) -> str:
        """Return the prefix of the build with this key."""
        directory = self.build_directory.format(
            store_directory=self.store_directory,
            # Version 3 puts every build directly into the store, to keep its path short.
            namespace="" if key_version == 3 else namespace,
        )
        return self._outer(self._path(directory) / key)

    def environment_link(self, namespace: str, name: str, key_version: int) -> str | None:
        """Return the link that names the current build; None in version 3, which has none."""
        if key_version == 3:
            return None
        text = self.environment_directory.format(
            store_directory=self.store_directory, namespace=namespace, name=name
        )
        return self._outer(self._path(text))

    def environments_directory(self, namespace: str) -> str:
        """Return the directory of a namespace's links: what conda's ``envs_dirs`` names."""
        link = self.environment_directory.format(
            store_directory=self.store_directory, namespace=namespace, name="x"
        )
        return str(self._path(link).parent)

    def rules(self, key_version: int | None = None) -> PathRules:
        """Return how long the paths of a build of this key version may be."""
        return PathRules(
            windows=self.windows,
            win_extended_length_prefix=self.win_extended_length_prefix,
            long_paths_enabled=self.long_paths_enabled,
            store_directory=self.store_directory,
            key_version=key_version,
        )

    def check_prefix(self, prefix: str, key_version: int | None = None) -> None:
        """Raise `PathTooLong`, saying what to do, if no package could be installed there."""
        self.rules(key_version).check_prefix(prefix)

    # -- what is ours -------------------------------------------------------------------------

    @property
    def internal(self) -> str:
        """Everything of the store that is not an environment."""
        return str(self._path(self.store_directory) / ".envstore")

    @property
    def database(self) -> str:
        return self._internal("envstore.db")

    @property
    def identity(self) -> str:
        return self._internal("store.json")

    @property
    def index(self) -> str:
        return self._internal("index.json")

    @property
    def cleanup_lock(self) -> str:
        """Locked while a server cleans up; its time is that of the last clean-up."""
        return self._internal("cleanup.lock")

    @property
    def kernels(self) -> str:
        return self._internal("kernels")

    def shared_kernels(self, label: str, directory: str) -> str:
        """Return where the kernels of a shared store are that this store makes for it."""
        # By the directory too: another server may know another store under this label.
        digest = hashlib.sha256(f"{label}\0{directory}".encode()).hexdigest()[:16]
        return self._internal("shared", digest, "kernels")

    @property
    def servers(self) -> str:
        return self._internal("servers")

    @property
    def trash(self) -> str:
        return self._internal("trash")

    @property
    def work(self) -> str:
        return self._internal("work")

    @property
    def logs(self) -> str:
        return self._internal("logs")

    @property
    def cache(self) -> str:
        return self._internal("cache")

    @property
    def package_index(self) -> str:
        """The directory of the index that searches for packages use."""
        return self._internal("cache", "index")

    def attempt(self, build_id: int, attempt: int) -> str:
        """Return the working directory of one attempt."""
        return self._internal("work", f"{build_id}.{attempt}")

    def upkeep(self, server_id: str, name: str) -> str:
        """Return the working directory of a verification or a repair by this server."""
        return self._internal("work", f"upkeep.{server_id}.{name}")

    def log(self, build_id: int) -> str:
        return self._internal("logs", f"{build_id}.log")

    def events(self, build_id: int, attempt: int) -> str:
        """Return where the events of an attempt are kept after it has ended."""
        return self._internal("logs", f"{build_id}.{attempt}.events.jsonl")

    def lock_artifact(self, build_id: int) -> str:
        return self._internal("artifacts", f"{build_id}", "conda-lock.yml")

    def inspection(self, build_id: int) -> str:
        """Return where the outcome of the last verification or repair is."""
        return self._internal("artifacts", f"{build_id}", "inspection.json")

    def yaml_artifact(self, build_id: int) -> str:
        """Return where the pinned ``environment.yml`` is, once it has been asked for."""
        return self._internal("artifacts", f"{build_id}", "environment.yml")

    @property
    def archives(self) -> str:
        """The archives of all builds: a cache, in one directory that is looked through at once."""
        return self._internal("archives")

    def archive(self, build_id: int, suffix: str) -> str:
        """Return where an archive of a build is, once it has been asked for."""
        return self._internal("archives", f"{build_id}.{suffix}")

    def on_request(self, build_id: int) -> dict[str, str]:
        """Return where those artifacts are, by type, that are made when somebody asks for them."""
        forms = [TAR_GZ] if self.windows else [TAR_GZ, INSTALLER]
        archives = {form.artifact: self.archive(build_id, form.suffix) for form in forms}
        return {"YAML": self.yaml_artifact(build_id), **archives}

    # -- helpers ------------------------------------------------------------------------------

    def _internal(self, *parts: str) -> str:
        return str(self._path(self.store_directory).joinpath(".envstore", *parts))

    def _path(self, text: str) -> PurePath:
        return PureWindowsPath(text) if self.windows else PurePosixPath(text)

    def _outer(self, path: PurePath) -> str:
        is_extended = self.windows and self.win_extended_length_prefix
        return extended(str(path)) if is_extended else str(path)


def check_template(trait: str, template: str, allowed: frozenset[str]) -> None:
    """Raise ValueError, naming the trait, if a template is malformed or names an unknown key."""
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    except ValueError as error:
        raise ValueError(f"c.EnvStore.{trait}: {template!r} is not a template: {error}") from None
    unknown = sorted(names - allowed)
    if unknown:
        raise ValueError(
            f"c.EnvStore.{trait}: unknown key {{{unknown[0]}}} in {template!r}; "
            f"it may use {', '.join(f'{{{key}}}' for key in sorted(allowed))}"
        )
    missing = sorted((allowed & _ENVIRONMENTS_OWN) - names) if "name" in allowed else []
    if missing:
        raise ValueError(
            f"c.EnvStore.{trait}: {template!r} lacks {{{missing[0]}}}; without it, environments "
            "would share a link"
        )
