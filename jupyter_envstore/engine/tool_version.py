"""The command-line tools that can be the engine: which of them an executable is, and how old.

``conda --version`` answers ``conda 26.7.1``; mamba 1, which is a Python program around conda,
``mamba 1.5.8`` and ``conda 23.11.0`` on two lines; micromamba, and mamba from version 2 on, which
is the same program, a bare ``2.8.1``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST = {"conda": (23, 1), "mamba": (1, 1), "micromamba": (1, 1)}
NEWEST_TRIED = {"conda": (26, 7), "mamba": (2, 8), "micromamba": (2, 8)}

_PATIENCE = 60.0
"""Seconds that a program gets to tell its version: a cold disk, a busy machine."""
_VARIABLES = {"conda": "CONDA_EXE", "mamba": "MAMBA_EXE", "micromamba": "MAMBA_EXE"}
"""Where the tools' own shell functions say what they call."""
LOCATIONS = ("CONDA_EXE", "MAMBA_EXE", "CONDA_SOLVER")
"""What a build's process inherits of the variables about the tools themselves."""
_NAMED = re.compile(r"^(?P<name>conda|mamba|micromamba) (?P<version>\d\S*)$", re.MULTILINE)
_BARE = re.compile(r"^(?P<version>\d+\.\S+)$", re.MULTILINE)


class ToolUnusable(Exception):
    """The executable is not what the configuration says, or too old: a sentence and a hint."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Tool:
    """A command-line tool that is there and new enough."""

    engine: str
    executable: str
    version: str

    @property
    def parts(self) -> tuple[int, ...]:
        """The first numbers of the version: (26, 7) for 26.7.1 and for 26.7.1.dev3+g1234."""
        return _parts(self.version)

    @property
    def is_conda(self) -> bool:
        """Whether its commands and answers are conda's: those of mamba 1 are."""
        return self.engine == "conda" or (self.engine == "mamba" and self.parts < (2,))

    @property
    def is_newer_than_tried(self) -> bool:
        return self.parts > NEWEST_TRIED[self.engine]

    def __str__(self) -> str:
        return f"{self.engine} {self.version}"


def find_tool(engine: str, executable: str, variables: Mapping[str, str] = os.environ) -> Tool:
    """Return the tool that the settings name; without a path it is looked for on PATH.

    It is asked for its version, which takes up to a second. Raises `ToolUnusable`.
    """
    path = executable or _looked_up(engine, variables)
    if not Path(path).is_file():
        raise ToolUnusable(
            f"There is no program at {path}, which c.EnvStore.engine_executable names.",
            f"Set it to the path of {engine}, or c.EnvStore.engine to 'rattler'.",
        )
    if not os.access(path, os.X_OK):
        raise ToolUnusable(
            f"{path}, which is to be the engine {engine}, cannot be executed by this user.",
            "Give the user who runs the server the right to read and execute it.",
        )
    return identify(engine, path, _ask_version(path))


def identify(engine: str, executable: str, answer: str) -> Tool:
    """Return the tool that gives this answer to ``--version``. Raises `ToolUnusable`."""
    named = _NAMED.search(answer)
    bare = None if named else _BARE.search(answer)
    found = named or bare
    if found is None:
        said = " ".join(answer.split())[:200] or "nothing"
        raise ToolUnusable(
            f"{executable} is not {engine}: asked for its version, it says {said!r}.",
            "Set c.EnvStore.engine_executable to the path of the program itself.",
        )
    version = found["version"]
    real = _real_engine(engine, named["name"] if named else None, version)
    if real != engine:
        raise ToolUnusable(
            f"c.EnvStore.engine is {engine!r}, but {executable} is {real} {version}.",
            f"Set c.EnvStore.engine = {real!r}, or engine_executable to the path of {engine}.",
        )
    tool = Tool(engine, executable, version)
    if tool.parts < OLDEST[engine]:
        oldest = ".".join(map(str, OLDEST[engine]))
        raise ToolUnusable(
            f"{executable} is {tool}, which is too old to be the engine.",
            f"{engine} {oldest} or newer is needed; or set c.EnvStore.engine = 'rattler'.",
        )
    return tool


def _real_engine(wanted: str, name: str | None, version: str) -> str:
    if name is not None:
        return name
    # Nothing tells mamba 2 from micromamba 2: they are one program.
    return "micromamba" if wanted == "conda" or _parts(version) < (2,) else wanted


def _looked_up(engine: str, variables: Mapping[str, str]) -> str:
    given = variables.get(_VARIABLES[engine], "")
    found = given if Path(given).name.removesuffix(".exe") == engine else shutil.which(engine)
    if not found:
        raise ToolUnusable(
            f"c.EnvStore.engine is {engine!r}, but there is no {engine} on the server's PATH.",
            f"Set c.EnvStore.engine_executable to the path of {engine}.",
        )
    return found


def _ask_version(executable: str) -> str:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONDA", "MAMBA", "PYTHON"))
    }
    try:
        answer = subprocess.run(
            [executable, "--version"],
            env=kept,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolUnusable(
            f"{executable} did not tell its version within {_PATIENCE:g} s.",
            "Run it by hand with --version to see what it waits for.",
        ) from error
    except OSError as error:
        raise ToolUnusable(
            f"{executable} cannot be run: {error.strerror or error}.",
            "Set c.EnvStore.engine_executable to the path of the program itself.",
        ) from error
    return answer.stdout.strip() or answer.stderr.strip()


def _parts(version: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)(?:\.(\d+))?", version)
    return tuple(int(part) for part in found.groups() if part) if found else ()
