"""conda, mamba or micromamba as the engine: the tool solves, and links into the final prefix.

These tools write their prefix into files, and cannot be told of another: there is no directory
that could be renamed afterwards. The prefix carries the store's marker before the tool begins, and
says that it is whole only when everything is done, as it does after any engine; until then it is
nobody's build, and whatever ends this process, recovery removes it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rattler import RepoDataRecord

from ..domain.build import Phase
from ..domain.events import Progress
from ..domain.order import WorkOrder
from .background import in_thread
from .conda_meta import finish_staging, write_marker
from .engines import Selection
from .environments_txt import unregister
from .fetch import Fetcher
from .link import say_clobbered, warn_of_damage
from .link_script_shim import link_script_failed, path_with_shim
from .match_specs import name_of
from .ownership import drop_default_list, keep_way_to_owner
from .package_cache import PackageCache
from .package_view import explicit_list, make_view
from .question import Question
from .rattler_engine import prefix_is_taken
from .report import Report
from .tool import CommandLineTool
from .tool_failures import install_refusal
from .tool_prefix import amend_records, clobbered_paths, discard_byte_code, what_is_missing
from .tool_solve import ToolSolver
from .validation import damaged_packages

_VIEW = "packages"
_LIST = "explicit.txt"
_SHIM = "shim"


class ToolEngine:
    """See `engines.Engine`."""

    def __init__(
        self, tool: CommandLineTool, solver: ToolSolver, order: WorkOrder, report: Report
    ) -> None:
        self._tool = tool
        self._solver = solver
        self._order = order
        self._directory = Path(order.directory)
        self._prefix = Path(order.prefix)
        self._report = report

    async def solve(self, question: Question) -> list[RepoDataRecord]:
        return await self._solver.solve(question)

    async def link(
        self,
        records: list[RepoDataRecord],
        selection: Selection,
        cache: PackageCache,
        fetcher: Fetcher,
    ) -> None:
        await self._mend(records, cache, fetcher)
        self._claim_prefix()
        if not records:
            return
        view, explicit = self._directory / _VIEW, self._directory / _LIST
        make_view(view, records, cache)
        explicit.write_text(explicit_list(records), encoding="utf-8")
        self._report.log(f"Preparing transaction: {len(records)} packages ... done")
        self._report.log("Executing transaction:")
        run = await self._tool.run(
            [
                *("install", "--prefix", str(self._prefix), "--json", "--yes", "--offline"),
                *(() if self._tool.tool.is_conda else ("--no-pyc",)),
                *("--file", str(explicit)),
            ],
            packages=view,
            offline=True,
            watch=self._progress(len(records)),
            path=None if self._tool.tool.is_conda else path_with_shim(self._directory / _SHIM),
        )
        missing = what_is_missing(self._prefix, records)
        if missing is None and link_script_failed(run.errors):
            missing = "a link script failed"
        if missing is not None or not run.said_success:
            reason = missing or "the program says that it failed"
            raise install_refusal(run, self._tool.tool, reason)
        self._report.progress(Progress(Phase.LINKING, len(records), len(records)), last=True)
        asked = {name_of(spec): str(spec) for spec in selection.specs}
        amend_records(self._prefix, records, cache, asked)

    def finish(self, records: list[RepoDataRecord], selection: Selection) -> None:  # noqa: ARG002
        # Versions that know no `register_envs` have written it there.
        unregister(self._prefix)
        say_clobbered(clobbered_paths(self._prefix), self._order.path_conflict, self._report)
        discard_byte_code(self._prefix)
        finish_staging(self._prefix, self._order, records)

    async def _mend(
        self, records: list[RepoDataRecord], cache: PackageCache, fetcher: Fetcher
    ) -> None:
        """Check every file that will be linked; fetch packages again that were changed."""
        entries = {cache.entry(record): record for record in records}
        found = await in_thread(partial(damaged_packages, entries))
        damaged = [entries[path] for path in found]
        for record in damaged:
            warn_of_damage(record, self._report)
        if damaged:
            await fetcher.replace(damaged, records)

    def _claim_prefix(self) -> None:
        """Make the prefix, and say in it whose build it is, before anything else is there."""
        self._prefix.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._prefix.mkdir()
        except FileExistsError as error:
            raise prefix_is_taken(self._prefix) from error
        keep_way_to_owner(self._prefix, self._order.store_directory)
        drop_default_list(self._prefix)
        meta = self._prefix / "conda-meta"
        meta.mkdir()
        write_marker(meta, self._order)
        # What makes it an environment in the eyes of the tools, so that they install into it.
        (meta / "history").touch()

    def _progress(self, total: int) -> Callable[[], None]:
        meta = self._prefix / "conda-meta"

        def look() -> None:
            with os.scandir(meta) as files:
                done = sum(1 for file in files if file.name.endswith(".json"))
            self._report.progress(Progress(Phase.LINKING, min(done, total), total))

        return look
