"""A build that ends where it would begin to download: solved, and nothing written to the store."""

from __future__ import annotations

from pathlib import Path

from rattler import RepoDataRecord

from ..domain.build import Phase
from ..domain.events import Finished, Solved
from ..domain.order import WorkOrder
from ..domain.solution import SOLUTION_FILE, Solution
from .children import Children
from .credentials import connect
from .engines import engine_of
from .foreign_layers import ForeignLayers
from .package_cache import PackageCache
from .packages import package_rows
from .question import Question, question_of
from .report import Report


async def dry_run(order: WorkOrder, lock: int, report: Report) -> Finished:
    """Solve what the order asks for, leave the `Solution` in its directory, return the verdict.

    `lock` is as for `build`. Raises `BuildRefused`, with the same words as the build would.
    """
    report.enter(Phase.SOLVING)
    connections = connect(order, report.warn)
    question = question_of(order)
    children = Children(lock, Path(order.directory))
    engine = engine_of(order, children, connections, connections.client(), report)
    records = await engine.solve(question)
    solution = _leave_solution(order, question, records)
    report.emit(Solved(len(records), solution.download_size))
    return Finished(solution.size, 0, SOLUTION_FILE, report.finish())


def _leave_solution(
    order: WorkOrder, question: Question, records: list[RepoDataRecord]
) -> Solution:
    cache = PackageCache(Path(order.package_cache), create=False)
    layers = ForeignLayers(order.foreign_caches, lambda _: None)
    rows = package_rows(records, question.names, cache)
    missing = (
        row.url
        for row, record in zip(rows, records, strict=True)
        if not (cache.contains(record) or layers.offers(record))
    )
    solution = Solution(tuple(rows), frozenset(missing))
    Path(order.directory, SOLUTION_FILE).write_text(solution.to_text(), encoding="utf-8")
    return solution
