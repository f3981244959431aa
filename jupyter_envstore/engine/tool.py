"""One run of conda, mamba or micromamba: its environment, its output in the log, its answer."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..domain.conda_merge import VARIABLES
from ..domain.credentials import without_credentials
from ..domain.order import WorkOrder
from .background import in_thread
from .children import Children
from .refusal import BuildRefused
from .report import Report
from .tool_version import Tool, ToolUnusable, find_tool

_NOT_OURS = frozenset(
    f"CONDA_{name}"
    for name in (
        "CHANNEL",
        "CHANNELS",
        "CHANNEL_PRIORITY",
        "CREATE_DEFAULT_PACKAGES",
        "ENVS_DIRS",
        "ENVS_PATH",
        "OFFLINE",
        "PINNED_PACKAGES",
        "PKGS_DIRS",
    )
)
"""Settings of the server's environment that would change what a build consists of, or where."""
_OVERRIDE = "CONDA_OVERRIDE_"
_SETTINGS = {
    "ADD_PIP_AS_PYTHON_DEPENDENCY": "false",
    "ALLOW_SOFTLINKS": "false",
    "ALWAYS_COPY": "false",
    "ALWAYS_SOFTLINK": "false",
    "ALWAYS_YES": "true",
    "CHANNEL_PRIORITY": "strict",
    "NUMBER_CHANNEL_NOTICES": "0",
    "NOTIFY_OUTDATED_CONDA": "false",
    "PATH_CONFLICT": "clobber",  # Found afterwards, and said with both packages' names.
    "REGISTER_ENVS": "false",
    "REPORT_ERRORS": "false",
    "SHORTCUTS": "false",
}
"""What every run is told, above the user's files: a build has what its specification asks for,
each package from the first channel that has it, and nothing outside its prefix changes. Both
families read them, as CONDA_ and MAMBA_, and neither minds what it does not know."""
_LONGEST_OUTPUT = 64 << 20
"""Bytes of an answer: the solution of a thousand packages is two million."""


@dataclass(frozen=True)
class ToolRun:
    """How a run ended. `status` is negative if a signal ended it."""

    status: int
    output: str
    errors: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    """Its JSON; empty where it gave none, as conda does when it installs from a list."""

    @property
    def said_success(self) -> bool:
        return self.status == 0 and self.answer.get("success") is not False

    @property
    def text(self) -> str:
        """Everything it said that is for people, without credentials."""
        told = [self.answer.get("message") or self.answer.get("error") or ""]
        # Several at once: conda's own message says only that there are several.
        several = self.answer.get("errors")
        if isinstance(several, list):
            told += (part.get("message") for part in several if isinstance(part, dict))
        problems = self.answer.get("solver_problems")
        if isinstance(problems, list):
            told += map(str, problems)
        if not self.answer:
            told.append(self.output)
        told.append(self.errors)
        return without_credentials("\n".join(str(part).strip() for part in told if part).strip())


class CommandLineTool:
    """Runs a tool for one order."""

    def __init__(self, tool: Tool, order: WorkOrder, children: Children, report: Report) -> None:
        self.tool = tool
        self._order = order
        self._children = children
        self._report = report

    async def run(
        self,
        arguments: Sequence[str],
        *,
        packages: Path,
        offline: bool,
        platform: str | None = None,
        watch: Callable[[], None] | None = None,
        timeout: float | None = None,
        path: str | None = None,
    ) -> ToolRun:
        """Run the tool to its end and return what it said; `watch` is called several times a
        second meanwhile.

        `packages` is its package cache, and the place of its channels' indexes; `path` is what it
        has as PATH, if not the present one. Raises
        `asyncio.TimeoutError` after `timeout` seconds, when the tool and all it started have ended.
        """
        command = [self.tool.executable, *arguments]
        self._report.log("$ " + " ".join(command))
        variables = tool_variables(
            os.environ, self._order, packages, offline=offline, platform=platform
        )
        if path is not None:
            variables["PATH"] = path
        process = self._children.start(
            command, variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        output = asyncio.ensure_future(in_thread(lambda: self._communicate(process)))
        try:
            loop = asyncio.get_running_loop()
            deadline = None if timeout is None else loop.time() + timeout
            while not (await asyncio.wait([output], timeout=_LOOK))[0]:
                if watch is not None:
                    watch()
                if deadline is not None and loop.time() >= deadline:
                    raise asyncio.TimeoutError
        except BaseException:
            with suppress(OSError):
                process.kill()
            raise
        return output.result()

    def _communicate(self, process: subprocess.Popen[str]) -> ToolRun:
        """Log what comes on standard error line by line, and keep all of both."""
        lines: list[str] = []

        def follow() -> None:
            for line in process.stderr or ():
                self._report.log(line.rstrip("\n"))
                lines.append(line)

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        output = process.stdout.read(_LONGEST_OUTPUT) if process.stdout else ""
        status = process.wait()
        follower.join()
        return ToolRun(status, output, "".join(lines), read_answer(output))


_LOOK = 0.15
"""Seconds between two looks at a running tool."""


def tool_of(order: WorkOrder, children: Children, report: Report) -> CommandLineTool:
    """Return the tool that the order names. Raises `BuildRefused` if it cannot be used."""
    try:
        tool = find_tool(order.engine, order.engine_executable)
    except ToolUnusable as error:
        raise BuildRefused("engine", error.message, error.hint) from error
    report.log(f"Engine: {tool} ({tool.executable})")
    if tool.is_newer_than_tried:
        report.log(f"{tool} is newer than the versions that this program was tried with.")
    return CommandLineTool(tool, order, children, report)


def tool_variables(
    present: Mapping[str, str],
    order: WorkOrder,
    packages: Path,
    *,
    offline: bool,
    platform: str | None = None,
) -> dict[str, str | None]:
    """Return what a run's environment has besides the present one; None is for what it has not.

    What tells of another conda (an activated environment, its root, shell functions) goes, and so
    do settings about where packages and environments are. The user's files are read as ever, and
    the settings of channels and connections that the environment has.
    """
    changed: dict[str, str | None] = {
        name: None for name in present if _is_foreign(name) or name == "PYTHONPATH"
    }
    settings = {
        **_SETTINGS,
        "PKGS_DIRS": str(packages),
        "OFFLINE": "true" if offline else "false",
    }
    for name, value in settings.items():
        changed[f"CONDA_{name}"] = changed[f"MAMBA_{name}"] = value
    changed["CONDA_SUBDIR"] = platform or order.subdir
    changed["MAMBA_NO_BANNER"] = changed["NO_COLOR"] = "1"
    changed |= {name: text for name, text in order.variables.items() if name.startswith(_OVERRIDE)}
    return changed


def _is_foreign(name: str) -> bool:
    if name.startswith("_CE_"):
        return True
    if name == "MAMBA_ROOT_PREFIX":
        return False  # Where mamba's own configuration is.
    for family in ("CONDA_", "MAMBA_"):
        if name.startswith(family):
            setting = f"CONDA_{name.removeprefix(family)}"
            return setting in _NOT_OURS or setting not in VARIABLES | {"CONDA_SOLVER"}
    return False


def read_answer(output: str) -> dict[str, Any]:
    """Return the JSON object of an answer: the last one, where progress was told before it."""
    for start in (0, output.rfind("\n{"), output.rfind("\0{")):
        with suppress(ValueError):
            found = json.loads(output[max(start, 0) :].strip("\0 \n"))
            if isinstance(found, dict):
                return found
    return {}
