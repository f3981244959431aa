"""Where everything is: pure functions of the settings, for POSIX and for Windows.

The templates and their defaults are conda-store's. A build's own key version decides its path,
whatever the setting says later.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from .errors import Refused

MAX_PREFIX_LENGTH = 255
"""Characters. Packages are built with a placeholder of 255 characters that the prefix replaces."""
MAX_WINDOWS_PATH = 260
"""Characters, the terminating NUL included: ``MAX_PATH`` of the Windows API."""

DEFAULT_BUILD_DIRECTORY = "{store_directory}/{namespace}"
DEFAULT_ENVIRONMENT_DIRECTORY = "{store_directory}/{namespace}/envs/{name}"

_EXTENDED = "\\\\?\\"
_BUILD_KEYS = frozenset(["store_directory", "namespace"])
_ENVIRONMENT_KEYS = frozenset(["store_directory", "namespace", "name"])
_ENVIRONMENTS_OWN = frozenset(["namespace", "name"])
"""What a template of environments has to tell apart."""


class PathTooLong(Refused):
    """The prefix of a build would be longer than packages and the system allow."""


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
    long_paths_enabled: bool = False
    """What ``LongPathsEnabled`` in the Windows registry says."""

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

    def check_prefix(self, prefix: str) -> None:
        """Raise `PathTooLong`, saying what to do, if no package could be installed there."""
        bare = prefix[len(_EXTENDED) :] if prefix.startswith(_EXTENDED) else prefix
        if len(bare) > MAX_PREFIX_LENGTH:
            raise PathTooLong(
                f"build_path too long: must be <= {MAX_PREFIX_LENGTH} characters",
                f"The prefix would have {len(bare)} characters: {bare} -- "
                "set c.EnvStore.store_directory closer to the root of the file system, "
                "use shorter names, or set c.EnvStore.build_key_version = 2 or 3.",
            )
        if self.windows and len(bare) >= MAX_WINDOWS_PATH - 12 and not self._long_paths:
            raise PathTooLong(*self._windows_advice(len(bare)))

    def check_longest_path(self, prefix: str, longest_package_path: int) -> None:
        """Raise `PathTooLong` if a file of a package would exceed what Windows allows.

        `longest_package_path` is the length in characters of the longest path in any package,
        relative to the prefix.
        """
        bare = prefix[len(_EXTENDED) :] if prefix.startswith(_EXTENDED) else prefix
        total = len(bare) + 1 + longest_package_path
        if self.windows and total >= MAX_WINDOWS_PATH and not self._long_paths:
            raise PathTooLong(*self._windows_advice(total))

    @property
    def _long_paths(self) -> bool:
        return self.win_extended_length_prefix or self.long_paths_enabled

    def _windows_advice(self, length: int) -> tuple[str, str]:
        return (
            (
                f"A path of this build would have {length} characters; Windows allows "
                f"{MAX_WINDOWS_PATH - 1} (error 206)."
            ),
            (
                "Set c.EnvStore.win_extended_length_prefix = True, turn LongPathsEnabled on in the "
                "registry (it is off), or choose a shorter c.EnvStore.store_directory, "
                "or c.EnvStore.build_key_version = 3."
            ),
        )

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
    def kernels(self) -> str:
        return self._internal("kernels")

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

    def attempt(self, build_id: int, attempt: int) -> str:
        """Return the working directory of one attempt."""
        return self._internal("work", f"{build_id}.{attempt}")

    def log(self, build_id: int) -> str:
        return self._internal("logs", f"{build_id}.log")

    def events(self, build_id: int, attempt: int) -> str:
        """Return where the events of an attempt are kept after it has ended."""
        return self._internal("logs", f"{build_id}.{attempt}.events.jsonl")

    def lock_artifact(self, build_id: int) -> str:
        return self._internal("artifacts", f"{build_id}", "conda-lock.yml")

    # -- helpers ------------------------------------------------------------------------------

    def _internal(self, *parts: str) -> str:
        return str(self._path(self.store_directory).joinpath(".envstore", *parts))

    def _path(self, text: str) -> PurePath:
        return PureWindowsPath(text) if self.windows else PurePosixPath(text)

    def _outer(self, path: PurePath) -> str:
        extended = self.windows and self.win_extended_length_prefix
        return f"{_EXTENDED}{path}" if extended else str(path)


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
