"""How long paths may be: what packages, POSIX and Windows allow, and what to do about it.

Pure functions of the platform and the settings, so that the rules of one platform are tested on
the other. Sources: conda-store's ``BuildPathError`` (255 characters), conda-build's placeholders,
and "Maximum Path Length Limitation" of the Windows API.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Refused

MAX_PREFIX_LENGTH = 255
"""Characters. Packages are built with a placeholder of 255 characters that the prefix replaces."""
MAX_WINDOWS_PATH = 260
"""Characters, the terminating NUL included: ``MAX_PATH`` of the Windows API."""
MAX_WINDOWS_DIRECTORY = MAX_WINDOWS_PATH - 12 - 1
"""Characters. In a directory, Windows wants room for a name of 8.3 characters."""

REGISTRY_KEY = r"SYSTEM\CurrentControlSet\Control\FileSystem"
"""Below ``HKEY_LOCAL_MACHINE``: where ``LongPathsEnabled`` is."""

_EXTENDED = "\\\\?\\"
_EXTENDED_SHARE = "\\\\?\\UNC\\"
"""For ``\\\\server\\share``."""


class PathTooLong(Refused):
    """A path of a build would be longer than packages and the system allow."""


@dataclass(frozen=True)
class PathRules:
    """What decides how long the paths of one store may be.

    `windows` chooses the rules, not the machine. `key_version` is the one of the build that is
    judged; None where it is not known yet.
    """

    windows: bool = False
    win_extended_length_prefix: bool = False
    long_paths_enabled: bool | None = None
    """What ``LongPathsEnabled`` in the Windows registry says; None if it could not be read."""
    store_directory: str = ""
    key_version: int | None = None

    def check_prefix(self, prefix: str) -> None:
        """Raise `PathTooLong`, saying what to do, if no package could be installed there."""
        length = len(without_extended(prefix))
        if length > MAX_PREFIX_LENGTH:
            raise PathTooLong(
                f"build_path too long: must be <= {MAX_PREFIX_LENGTH} characters",
                f"The prefix would have {length} characters: {without_extended(prefix)} -- "
                f"{self.shortening()}.",
            )
        if length > MAX_WINDOWS_DIRECTORY and self._short_paths:
            raise self._too_long(length)

    def check_file(self, directory: str, longest: int) -> None:
        """Raise `PathTooLong` if a file of a package would exceed what Windows allows.

        `longest` is the length in characters of the longest path in any package, which is relative
        to `directory`.
        """
        length = len(without_extended(directory)) + 1 + longest
        if length >= MAX_WINDOWS_PATH and self._short_paths:
            raise self._too_long(length)

    def shortening(self) -> str:
        """Say how a prefix becomes shorter: the words of a hint, without a full stop."""
        if self.key_version == 3:
            # Neither namespace nor name is in such a prefix.
            return (
                "set c.EnvStore.store_directory closer to the root of the file system: with "
                "c.EnvStore.build_key_version = 3, everything else in it is as short as it can be"
            )
        versions = "3" if self.key_version == 2 else "2 or 3"
        return (
            "set c.EnvStore.store_directory closer to the root of the file system, use shorter "
            f"names, or set c.EnvStore.build_key_version = {versions}"
        )

    def remedies(self) -> str:
        """Return the four things that help against error 206 of Windows, and which hold here."""
        extended = "is set already" if self.win_extended_length_prefix else "is not set"
        registry = {
            True: "is on already",
            False: "is off",
            None: "could not be read",
        }[self.long_paths_enabled]
        store = (
            f"is {self.store_directory}, {len(self.store_directory)} characters"
            if self.store_directory
            else "is not known here"
        )
        version = {None: "is not known here", 3: "is set already"}.get(
            self.key_version, f"is {self.key_version} for this build"
        )
        return (
            "Any of these helps. 1: c.EnvStore.win_extended_length_prefix = True, which "
            f"{extended}. 2: LongPathsEnabled = 1 in the registry "
            f"(HKEY_LOCAL_MACHINE\\{REGISTRY_KEY}), which {registry}. 3: a "
            f"c.EnvStore.store_directory closer to the root of the drive, which {store}. "
            f"4: c.EnvStore.build_key_version = 3, which {version}."
        )

    @property
    def _short_paths(self) -> bool:
        return self.windows and not (self.win_extended_length_prefix or self.long_paths_enabled)

    def _too_long(self, length: int) -> PathTooLong:
        return PathTooLong(
            f"A path of this build would have {length} characters; Windows allows "
            f"{MAX_WINDOWS_PATH - 1}, and {MAX_WINDOWS_DIRECTORY} for a directory (error 206).",
            self.remedies(),
        )


def extended(path: str) -> str:
    """Return an absolute Windows path in the form that may have 32767 characters."""
    if path.startswith(_EXTENDED):
        return path
    return f"{_EXTENDED_SHARE}{path[2:]}" if path.startswith("\\\\") else f"{_EXTENDED}{path}"


def without_extended(path: str) -> str:
    """Return the path without what `extended` adds, which does not count."""
    if path.startswith(_EXTENDED_SHARE):
        return f"\\\\{path.removeprefix(_EXTENDED_SHARE)}"
    return path.removeprefix(_EXTENDED)
