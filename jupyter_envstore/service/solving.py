"""Dry runs: what a specification would be built of, found out in a process of its own.

At most `max_concurrent_solves` run at once; a few more wait. Nothing is written to the store, and
what a process leaves in its temporary directory goes with it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..builder.attempts import Attempts
from ..builder.supervisor import supervise
from ..domain.diff import CompareVersions, PackageDifference, compare_packages
from ..domain.errors import Conflict, NotFound, Problem, StoreUnusable
from ..domain.events import Refused
from ..domain.solution import SOLUTION_FILE, Solution, solution_from_text
from ..domain.specification import Specification, locate
from ..engine.protocol import CANCEL_FILE
from ..store.environments import Environments
from ..store.listing import Listing
from ..store.packages import Packages

_MOST_WAITING = 16
"""Solves that may wait for their turn: more would only wait for nothing."""


@dataclass(frozen=True)
class Solved:
    """The answer to one question: a solution, or why there is none."""

    id: str
    solution: Solution | None
    failure: Refused | None
    warnings: tuple[Problem, ...]
    pip: tuple[str, ...]
    """What pip would be asked for in addition: it is resolved when the build runs."""
    current_build_id: int | None = None
    """The current build of the environment that the specification names, if there is one."""
    difference: PackageDifference | None = None
    """From that build to the solution, conda's packages only."""


@dataclass
class _Solve:
    specification: Specification
    namespace: str
    directory: Path | None = None
    canceled: bool = False
    done: Future[Solved] = field(default_factory=Future)


class SolvingService:
    """Solves for whoever asks. A solve is known by an id, and by whose it is."""

    def __init__(
        self,
        *,
        attempts: Attempts,
        environments: Environments,
        packages: Packages,
        compare_versions: CompareVersions,
        subdir: str,
        most: int,
    ) -> None:
        self._attempts = attempts
        self._environments = environments
        self._packages = packages
        self._compare_versions = compare_versions
        self._subdir = subdir
        self._most = most
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="envstore-solve")
        self._solves: dict[tuple[str | None, str], _Solve] = {}
        self._lock = threading.Lock()
        self._stopped = False

    def begin(
        self, specification: Specification, namespace: str, solve_id: str, owner: str | None
    ) -> Future[Solved]:
        """Return the future of the answer; `Conflict` is its exception if it was canceled.

        Raises `Conflict` if too many wait already, or the owner has a solve of this id.
        """
        key = (owner, solve_id)
        solve = _Solve(specification, namespace)
        with self._lock:
            if self._stopped:
                raise StoreUnusable("The server is stopping.", "Try again when it runs again.")
            if key in self._solves:
                raise Conflict(f"The solve {solve_id} runs already.", "Give each its own id.")
            if len(self._solves) >= self._most + _MOST_WAITING:
                raise Conflict(
                    f"{len(self._solves)} solves run or wait already.",
                    "Try again in a moment, or raise c.EnvStore.max_concurrent_solves.",
                )
            self._solves[key] = solve
            # Within the lock: a stop comes before, or waits for what is handed over here.
            self._threads.submit(self._run, key, solve)
        return solve.done

    def cancel(self, solve_id: str, owner: str | None) -> None:
        """End a solve, within moments if it runs. Raises `NotFound` if its owner has none."""
        with self._lock:
            solve = self._solves.get((owner, solve_id))
            if solve is None:
                raise NotFound(f"There is no solve {solve_id} of yours.", "It may have ended.")
            self._cancel(solve_id, solve)
            if solve.done.done():  # It had not begun: its id and its place are free at once.
                del self._solves[owner, solve_id]

    def stop(self) -> None:
        """End what runs and what waits, and wait for the end."""
        with self._lock:
            self._stopped = True
            for (_, solve_id), solve in self._solves.items():
                self._cancel(solve_id, solve)
        self._threads.shutdown(wait=True, cancel_futures=True)

    def __len__(self) -> int:
        return len(self._solves)

    @staticmethod
    def _cancel(solve_id: str, solve: _Solve) -> None:
        solve.canceled = True
        if solve.directory is None:
            _settle(solve.done, _canceled(solve_id))
            return
        # It may be gone, or going, if the solve has just ended.
        with suppress(OSError):
            (solve.directory / CANCEL_FILE).write_text("cancel", encoding="utf-8")

    # -- one of them -----------------------------------------------------------------------------

    def _run(self, key: tuple[str | None, str], solve: _Solve) -> None:
        try:
            answer: Solved | BaseException = self._answer(key[1], solve)
        except BaseException as error:  # noqa: BLE001 -- who waits has to hear of anything
            answer = error
        with self._lock:
            if self._solves.get(key) is solve:
                del self._solves[key]
        _settle(solve.done, answer)

    def _answer(self, solve_id: str, solve: _Solve) -> Solved:
        if solve.canceled:
            raise _canceled(solve_id)
        directory = Path(tempfile.mkdtemp(prefix="envstore-solve-"))
        try:
            order = self._attempts.begin_dry_run(
                solve.specification, solve.namespace, directory, self._subdir
            )
            with self._lock:
                solve.directory = directory
                canceled = solve.canceled
            if canceled:
                raise _canceled(solve_id)
            outcome = supervise(order)
            if outcome.stopped is not None:
                raise _canceled(solve_id)
            if outcome.refused is not None:
                return self._failure(solve_id, solve, outcome.refused)
            if outcome.finished is None:
                raise Conflict(outcome.lost or "The solve was lost.", "Ask again.")
            text = (directory / SOLUTION_FILE).read_text(encoding="utf-8")
            return self._compared(solve_id, solve, solution_from_text(text))
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def _failure(self, solve_id: str, solve: _Solve, refused: Refused) -> Solved:
        specification = solve.specification
        failure = replace(refused, problems=locate(specification.text, refused.problems))
        return Solved(solve_id, None, failure, specification.warnings, specification.pip)

    def _compared(self, solve_id: str, solve: _Solve, solution: Solution) -> Solved:
        specification = solve.specification
        answer = Solved(solve_id, solution, None, specification.warnings, specification.pip)
        environment = self._environments.find(solve.namespace, specification.name)
        if environment is None or environment.published_build_id is None:
            return answer
        current = self._packages.of_build(environment.published_build_id, Listing()).items
        before = [stored.package for stored in current if stored.package.manager == "conda"]
        return replace(
            answer,
            current_build_id=environment.published_build_id,
            difference=compare_packages(before, solution.packages, self._compare_versions),
        )


def _settle(done: Future[Solved], answer: Solved | BaseException) -> None:
    # Who waited may have gone and taken the future with him, or knows that it was canceled.
    with suppress(InvalidStateError):
        if isinstance(answer, BaseException):
            done.set_exception(answer)
        else:
            done.set_result(answer)


def _canceled(solve_id: str) -> Conflict:
    return Conflict(f"The solve {solve_id} was canceled.")
