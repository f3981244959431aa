"""The programs that build, or change builds: whether they are as new as they have to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...domain.diagnosis import Finding, Severity
from ...domain.settings import Settings
from ...engine.tool_version import NEWEST_TRIED, Tool, ToolUnusable, find_tool
from ...integration.conda_files import CondaFiles
from .checkup import Found

KNOWS_FROZEN = (25, 5)
"""The first conda that refuses to change an environment with a frozen marker (CEP 22)."""


class EngineCheckup:
    """Looks at the engine that is configured, and at the conda that the user calls."""

    def __init__(
        self,
        settings: Settings,
        conda: CondaFiles,
        find: Callable[[str, str], Tool] = find_tool,
    ) -> None:
        """`find` returns a tool by its name and path, or raises `ToolUnusable`."""
        self._settings = settings
        self._conda = conda
        self._find = find

    def examine(self) -> Iterator[Found]:
        if self._settings.engine != "rattler":
            yield from self._engine()
        yield from self._beside()

    def unexamined(self) -> Iterator[str]:
        return iter(())

    def _engine(self) -> Iterator[Found]:
        engine = self._settings.engine
        try:
            tool = self._find(engine, self._settings.engine_executable)
        except ToolUnusable as unusable:
            yield Found(
                Finding(
                    "engine-unusable",
                    Severity.ERROR,
                    unusable.message,
                    f"{unusable.hint} Until then, no build can be made.",
                    "Everybody who builds.",
                )
            )
            return
        if tool.is_newer_than_tried:
            tried = ".".join(map(str, NEWEST_TRIED[engine]))
            yield Found(
                Finding(
                    "engine-untried",
                    Severity.INFO,
                    f"{tool.executable} is {tool}; the newest that this version was tried with is "
                    f"{engine} {tried}.",
                    "It may say things in other words: failures are then explained less well. "
                    "Success is judged by what is installed, as always.",
                    "Everybody who builds.",
                    None,
                    (tool.executable,),
                )
            )

    def _beside(self) -> Iterator[Found]:
        program = self._conda.program("conda")
        if program is None:
            return
        try:
            tool = self._find("conda", program)
        except ToolUnusable:
            return  # Whatever it is, it is not used here.
        if tool.parts < KNOWS_FROZEN:
            yield Found(
                Finding(
                    "conda-too-old",
                    Severity.WARNING,
                    f"{program} is {tool}, which does not know that builds are frozen.",
                    f"conda {'.'.join(map(str, KNOWS_FROZEN))} or newer refuses to change builds; "
                    "this one changes them in place, where its user may write.",
                    "Those who use a build that somebody has changed.",
                    "conda install -n base 'conda>=25.5'",
                    (program,),
                )
            )
