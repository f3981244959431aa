"""The build's process: ``python -m jupyter_envstore.engine.worker order.json``.

It is told everything in the order, tells everything by its events and the log, and ends with a
verdict. Its supervisor gives it: stdin, a pipe that is the lifeline; stdout, the events; stderr,
the log; a session of its own.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import traceback
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import NoReturn

from ..domain.events import Finished, Refused, Started
from ..domain.order import BUILD, REPAIR, SOLVE, VERIFY, WorkOrder
from . import process
from .protocol import LOCK_FILE, EventWriter, read_order
from .report import Report


def main(arguments: list[str]) -> NoReturn:
    """Carry out the order in the file that the one argument names, and end the process."""
    if len(arguments) != 1:
        sys.exit("usage: python -m jupyter_envstore.engine.worker ORDER.json")
    started, age = process.birth()
    events = EventWriter(process.keep_stdout_for_events())
    order = read_order(Path(arguments[0]))
    process.end_with_parent()
    process.be_modest()
    process.limit(order.memory_limit)
    lock = process.hold_attempt(Path(order.directory) / LOCK_FILE)

    now = datetime.now(timezone.utc)
    report = Report(events, log=2, age=age)
    if order.task == BUILD:
        heading = f"starting build of conda environment {now.replace(tzinfo=None)} UTC"
        report.log(f"{heading}\nBuild {order.build_id}, attempt {order.attempt}: {order.prefix}")
    elif order.task == REPAIR:
        report.log(f"\nrepairing build {order.build_id} {now.replace(tzinfo=None)} UTC")
    report.emit(Started(os.getpid(), platform.node(), order.engine, started))
    asyncio.run(_work(order, lock, report))
    raise AssertionError("unreachable: the work ends the process")


async def _work(order: WorkOrder, lock: int, report: Report) -> NoReturn:
    verdict = await _verdict(order, lock, report)
    if isinstance(verdict, Refused):
        report.finish()
        what = "REPAIR" if order.task == REPAIR else "BUILD"
        report.log(f"\n{what} FAILED: {verdict.message}")
        for text in (verdict.explanation, verdict.hint):
            if text:
                report.log(text)
    else:
        report.log("\nRepair finished" if order.task == REPAIR else "\nBuild finished")
    process.end_what_was_started()
    report.emit(verdict)
    # Neither the loop nor the interpreter is taken down: a thread may still wait for a lock, and
    # CPython 3.11 sometimes crashes at exit after an installation by rattler.
    os._exit(0 if isinstance(verdict, Finished) else 1)


async def _verdict(order: WorkOrder, lock: int, report: Report) -> Finished | Refused:
    try:
        # Late: the log is where it must be before rattler is loaded.
        from .path_lengths import refuse_if_path_is_too_long
        from .refusal import BuildRefused, refuse_if_disk_fails

        try:
            return await _work_of(order)(order, lock, report)
        except BuildRefused as refused:
            return refused.verdict
        except Exception as error:
            refuse_if_disk_fails(error)
            refuse_if_path_is_too_long(error, order)
            raise
    except MemoryError:
        return Refused(
            "memory",
            "The build needed more memory than it may use.",
            "Raise c.EnvStore.memory_limit.",
        )
    except BaseException as error:  # noqa: BLE001  # A panic in Rust is not an Exception.
        verdict = getattr(error, "verdict", None)
        if isinstance(verdict, Refused):
            return verdict
        report.log(traceback.format_exc())
        return Refused(
            "internal",
            f"The build failed in a way that was not foreseen: {type(error).__name__}: {error}",
            "Build again; if that does not help, report it with the build's log.",
            explanation=str(error),
        )


def _work_of(order: WorkOrder) -> Callable[[WorkOrder, int, Report], Awaitable[Finished]]:
    """Return what carries out the order's task; no more is loaded than that needs."""
    if order.task == SOLVE:
        from .dry_run import dry_run

        return dry_run
    if order.task == VERIFY:
        from .verify import verify

        return verify
    if order.task == REPAIR:
        from .repair import repair

        return repair
    from .build import build

    return build


if __name__ == "__main__":
    main(sys.argv[1:])
