"""Programs that the build runs: their output goes to the log, and they hold the attempt's lock."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .prefix import path_directories


class Children:
    """Starts programs for one attempt; `lock` is the descriptor of its lock.

    The lock is passed on: a program that outlives the build's process still works on the
    attempt's files, and nothing may be removed under it.
    """

    def __init__(self, lock: int, directory: Path) -> None:
        self._lock = lock
        self.directory = directory

    def start(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str | None] | None = None,
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int | None = None,
        stderr: int | None = None,
        directory: Path | None = None,
    ) -> subprocess.Popen[str]:
        """Start a program; its streams are the log unless said otherwise.

        A variable of the environment whose value is None is taken away.
        """
        variables = {**os.environ, **(environment or {})}
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=directory or self.directory,
            env={name: value for name, value in variables.items() if value is not None},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if os.name == "nt" else (self._lock,),
        )

    def run(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> int:
        """Run a program to its end, with its output in the log, and return its status."""
        return self.start(command, environment).wait()

    def capture(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Run a program to its end and return its status and everything it wrote."""
        process = self.start(command, environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate()
        return process.returncode, output


def path_in(prefix: Path) -> str:
    """Return the PATH of an activated environment."""
    return os.pathsep.join([*map(str, path_directories(prefix)), os.environ.get("PATH", "")])
