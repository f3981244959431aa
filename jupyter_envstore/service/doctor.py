"""The doctor: what is wrong around the store, who is hit, what mends it; and mends what it may."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Collection, Iterator, Sequence

from ..domain.diagnosis import Diagnosis, Finding, Severity, in_order
from ..domain.errors import Conflict, EnvStoreError
from ..store.identity import Identity
from .checkups.checkup import Checkup, Found


class DoctorService:
    """Examines a store; several checkups, one diagnosis."""

    def __init__(self, checkups: Sequence[Checkup], identity: Identity) -> None:
        self._checkups = tuple(checkups)
        self._identity = identity
        self._busy = threading.Lock()

    def examine(self) -> Diagnosis:
        """Look at everything, and change nothing.

        Raises `Conflict` while another examination runs: each reads the modes of every file.
        """
        with self._alone():
            return self._diagnosis([found.finding for found in self._found()])

    def mend(self, only: Collection[str] | None = None) -> Diagnosis:
        """Mend what the server may mend by itself, or only findings with these codes.

        What was mended is told with `mended`; what could not be, with `failure`. Raises as
        `examine`.
        """
        with self._alone():
            # All of them before the first is mended: mending one may hide another.
            found = list(self._found())
            wanted = [item for item in found if only is None or item.finding.code in only]
            rest = [item.finding for item in found if item not in wanted]
            return self._diagnosis([*map(_mended, wanted), *rest])

    def _found(self) -> Iterator[Found]:
        doubt = self._identity.doubt
        if doubt is not None:
            yield Found(
                Finding(
                    "unknown-builds",
                    Severity.ERROR,
                    "The database does not know all builds of its store.",
                    doubt,
                    "Everybody whose builds are not listed.",
                    "jupyter envstore adopt",
                )
            )
        for checkup in self._checkups:
            yield from checkup.examine()

    def _diagnosis(self, findings: list[Finding]) -> Diagnosis:
        unexamined = tuple(
            sentence for checkup in self._checkups for sentence in checkup.unexamined()
        )
        return Diagnosis(in_order(findings), unexamined)

    def _alone(self) -> _Alone:
        return _Alone(self._busy)


class _Alone:
    """Holds a lock, or says that somebody else does."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise Conflict("The store is being examined already.", "Ask again when that has ended.")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _mended(found: Found) -> Finding:
    if found.mend is None:
        return found.finding
    try:
        found.mend()
    except EnvStoreError as error:
        return dataclasses.replace(found.finding, failure=error.message)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return dataclasses.replace(found.finding, failure=f"{reason}.")
    return dataclasses.replace(found.finding, mended=True)
