"""conda on this machine: where it is, the configuration files that it merges, what they say."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..domain.channel_credentials import token_directory, token_urls
from ..domain.conda_merge import merge
from ..domain.conda_settings import CondaSettings, ConfigurationFile, expand_variables

_NAMES = (".condarc", "condarc")
_SUFFIXES = (".yml", ".yaml")
_MAX_BYTES = 1_000_000


def _system_directories() -> tuple[str, ...]:
    if sys.platform == "win32":
        return ("C:/ProgramData/conda",)
    return ("/etc/conda", "/var/lib/conda")


class CondaFiles:
    """conda as the variables of an environment make it find its files.

    `system` are the directories of the machine's configuration. Nothing is kept: files and
    variables are looked at whenever something is asked.
    """

    def __init__(
        self, variables: Mapping[str, str] | None = None, system: tuple[str, ...] | None = None
    ) -> None:
        self._variables = os.environ if variables is None else variables
        self._system = _system_directories() if system is None else system

    # -- the files --------------------------------------------------------------------------------

    @property
    def written(self) -> Path:
        """The file that ``conda config`` writes: ``$CONDARC``, else ``~/.condarc``."""
        given = self._variables.get("CONDARC")
        return Path(self.expand(given)) if given else self.home / ".condarc"

    def is_read(self, path: Path) -> bool:
        """Tell whether conda reads a file of this name; it leaves out others, without a word."""
        return path.name in _NAMES or path.suffix in _SUFFIXES

    def paths(self) -> tuple[Path, ...]:
        """Return conda's files that exist, the most important one last (conda 26's order)."""
        found = dict.fromkeys(path for place in self._places() for path in self._files_at(place))
        return tuple(found)

    def files(self) -> tuple[ConfigurationFile, ...]:
        """Return the files of `paths` with their texts."""
        return tuple(read_configuration_file(str(path)) for path in self.paths())

    def files_below(self) -> tuple[ConfigurationFile, ...]:
        """Return the files that are less important than the one that is written."""
        found: dict[Path, None] = {}
        for place in self._places():
            if place == self.written:
                break
            found.update(dict.fromkeys(self._files_at(place)))
        return tuple(read_configuration_file(str(path)) for path in found)

    def settings(self, files: Iterable[ConfigurationFile] | None = None) -> CondaSettings:
        """Return what conda's files (read now unless given) and variables say together."""
        return merge(self.files() if files is None else files, self._variables, os.pathsep)

    def _places(self) -> Iterator[Path]:
        directories = [Path(text) for text in self._system]
        if self.root is not None:
            directories.append(self.root)
        if config := self._variables.get("XDG_CONFIG_HOME"):
            directories.append(Path(self.expand(config)) / "conda")
        directories += [self.home / ".config" / "conda", self.home / ".conda"]
        for directory in directories:
            yield from self._in(directory)
        yield self.home / ".condarc"
        if prefix := self._variables.get("CONDA_PREFIX"):
            yield from self._in(Path(prefix))
        if self._variables.get("CONDARC"):
            yield self.written

    def _in(self, directory: Path) -> Iterator[Path]:
        yield from (directory / name for name in (*_NAMES, "condarc.d"))

    def _files_at(self, place: Path) -> Iterator[Path]:
        try:
            if place.is_dir():
                inside = sorted(place.iterdir())
                yield from (path for path in inside if path.suffix in _SUFFIXES and path.is_file())
            elif place.is_file() and self.is_read(place):
                yield place
        except OSError:  # A directory that this user may not look into.
            return

    # -- the installation -------------------------------------------------------------------------

    @property
    def home(self) -> Path:
        """The user's home directory."""
        name = "USERPROFILE" if sys.platform == "win32" else "HOME"
        given = self._variables.get(name)
        return Path(given) if given else Path.home()

    @property
    def root(self) -> Path | None:
        """The prefix of the conda that is found first, or mamba's; None without any."""
        if given := self._variables.get("CONDA_ROOT"):
            return Path(given)
        search = self._variables.get("PATH", "")
        for program in (self._variables.get("CONDA_EXE"), shutil.which("conda", path=search)):
            if program:
                # <root>/bin/conda, <root>/condabin/conda, <root>\Scripts\conda.exe, links to them.
                root = Path(os.path.realpath(program)).parent.parent
                if (root / "conda-meta").is_dir():
                    return root
        given = self._variables.get("MAMBA_ROOT_PREFIX")
        return Path(self.expand(given)) if given else None

    def own_folders(self) -> tuple[str, ...]:
        """Return the folders that conda looks at without being told, in its order."""
        of_home, root = f"~{os.sep}.conda{os.sep}envs", self.root
        if root is None:
            return (of_home,)
        of_root = str(root / "envs")
        return (of_root, of_home) if self.can_create_in(of_root) else (of_home, of_root)

    def package_directories(self) -> tuple[str, ...]:
        """Return the package caches that conda and mamba use, as far as variables tell."""
        given = self._variables.get("CONDA_PKGS_DIRS", "").split(os.pathsep)
        roots = [self.root, self._variables.get("MAMBA_ROOT_PREFIX")]
        found = [*given, *(str(Path(root) / "pkgs") for root in roots if root), "~/.conda/pkgs"]
        return tuple(dict.fromkeys(self.expand(text) for text in found if text))

    def program(self, name: str) -> str | None:
        """Return the path of a program that the user's shell would find; None without it."""
        return shutil.which(name, path=self._variables.get("PATH", ""))

    def can_create_in(self, folder: str) -> bool:
        """Tell whether conda could make an environment in this folder of ``envs_dirs``."""
        return _may_write(Path(self.expand(folder)))

    def expand(self, text: str) -> str:
        """Return a path as conda understands it: absolute, variables and ``~`` replaced."""
        path = expand_variables(text, self._variables)
        if path == "~" or path.startswith(("~/", f"~{os.sep}")):
            path = f"{self.home}{path[1:]}"
        return os.path.abspath(path)  # noqa: PTH100  # Unlike resolve, it follows no link.

    # -- secrets that are not in the files --------------------------------------------------------

    @property
    def netrc(self) -> Path | None:
        """The file of passwords by host that builds use, if there is one."""
        given = self._variables.get("NETRC")
        names = [self.home / ".netrc", self.home / "_netrc"]
        places = [Path(self.expand(given))] if given else names
        return next((path for path in places if path.is_file()), None)

    def token_urls(self) -> tuple[str, ...]:
        """Return the URLs that ``anaconda login`` has stored tokens for, without the tokens."""
        directory = token_directory(self._variables, str(self.home), sys.platform)
        try:
            names = sorted(path.name for path in Path(directory).glob("*.token"))
        except OSError:
            return ()
        return tuple(url for name in names for url in token_urls(name)[1:])


def read_configuration_file(path: str) -> ConfigurationFile:
    """Read one of conda's files; what hinders that is said in the result."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            return ConfigurationFile(path, problem=f"{path} has more than {_MAX_BYTES:,} bytes.")
        return ConfigurationFile(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return ConfigurationFile(path, problem=f"{path} is not text in UTF-8.")
    except OSError as error:
        return ConfigurationFile(path, problem=f"{path} cannot be read: {error.strerror}.")


def _may_write(folder: Path) -> bool:
    """Tell whether the folder, or else the first of its parents that exists, can be written to."""
    for path in (folder, *folder.parents):
        if path.exists():
            return path.is_dir() and os.access(path, os.W_OK | os.X_OK)
    return False
