"""A build's process that installs nothing and misbehaves to order.

Run like the real one, ``python -m fake_worker order.json``. The first match spec of the
order names the function that it carries out. ``ENVSTORE_TEST_GATES`` names a directory: a gate is
a file in it, and `gated` waits for the one with the id of its build.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from jupyter_envstore.domain.build import PackageRow, Phase
from jupyter_envstore.domain.events import Finished, PhaseEntered, Progress, Refused, Started
from jupyter_envstore.domain.order import WorkOrder
from jupyter_envstore.engine import process
from jupyter_envstore.engine.protocol import EVENTS_FILE, LOCK_FILE, EventWriter, read_order

GATES = "ENVSTORE_TEST_GATES"
FAMILY_FILE = "family"
"""In the attempt's directory: the ids of the processes that the worker has started."""


class FakeWorker:
    """What the order asks for, one method each."""

    def __init__(self, order: WorkOrder, events: EventWriter) -> None:
        self.order = order
        self.events = events

    # -- good ends --------------------------------------------------------------------------------

    def finish(self) -> None:
        self._make_prefix()
        self.events.emit(Finished(size=1000, size_own=10, packages="packages.json"))

    def gated(self) -> None:
        """Finish as soon as the gate of this build is open."""
        gate = Path(os.environ[GATES], str(self.order.build_id))
        self.events.emit(PhaseEntered(Phase.LINKING, 0.0))
        self.events.emit(Progress(Phase.LINKING, 1, 2))
        while not gate.exists():
            time.sleep(0.01)
        self.finish()

    def finish_and_linger(self) -> NoReturn:
        """Finish, then not end: a cancel comes too late."""
        self.finish()
        _sleep()

    def finish_and_crash(self) -> None:
        """As CPython 3.11 sometimes does when it exits after an installation."""
        self.finish()
        os.kill(os.getpid(), signal.SIGSEGV)

    def finish_and_leave_a_program(self) -> None:
        """As a link script that starts a program in the background."""
        self._start_relative(own_session=False)
        self.finish()

    # -- bad ends ---------------------------------------------------------------------------------

    def refuse(self) -> None:
        print("a line of the log", file=sys.stderr)
        self.events.emit(Refused("unsatisfiable", "It cannot be.", "Ask for less.", "A needs B."))

    def end_without_verdict(self) -> NoReturn:
        self._make_prefix()
        os._exit(3)

    def tear_the_last_line(self) -> None:
        line = json.dumps({"type": "finished", "size": 1, "size_own": 1, "packages": "p"})
        with Path(self.order.directory, EVENTS_FILE).open("a") as events:
            events.write(line[:-5])

    def abort(self) -> None:
        process.limit(self.order.memory_limit)  # No core dumps.
        os.abort()

    def be_killed(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    # -- no end -----------------------------------------------------------------------------------

    def sleep(self) -> NoReturn:
        _sleep()

    def ignore_termination(self) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _sleep()

    def have_a_family(self) -> NoReturn:
        """Children that do not listen, one of them in a session of its own."""
        self._start_relative(own_session=False)
        self._start_relative(own_session=True)
        self.ignore_termination()

    def stop_itself(self) -> NoReturn:
        os.kill(os.getpid(), signal.SIGSTOP)
        _sleep()

    def work_for_ever(self) -> NoReturn:
        while True:
            pass

    def take_memory(self) -> NoReturn:
        taken = []
        while len(taken) < 40:
            taken.append(b"x" * 10_000_000)
        _sleep()

    # -- helpers ----------------------------------------------------------------------------------

    def _make_prefix(self) -> None:
        prefix = Path(self.order.prefix)
        kernel = prefix / "share" / "jupyter" / "kernels" / "python3"
        kernel.mkdir(parents=True)
        argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec))
        (prefix / "conda-meta").mkdir()
        marker = {
            "store_id": self.order.store_id,
            "build_id": self.order.build_id,
            "attempt": self.order.attempt,
        }
        (prefix / "conda-meta" / "envstore.json").write_text(json.dumps(marker))
        package = PackageRow("made-up", "1.0", "0", "https://example.org/channel", requested=True)
        rows = json.dumps([vars(package)])
        Path(self.order.directory, "packages.json").write_text(rows)

    def _start_relative(self, *, own_session: bool) -> None:
        code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        relative = subprocess.Popen(
            [sys.executable, "-c", code + "print(1, flush=True); time.sleep(3600)"],
            stdout=subprocess.PIPE,
            start_new_session=own_session,
        )
        assert relative.stdout is not None
        relative.stdout.read(1)  # It ignores the signal from now on.
        with Path(self.order.directory, FAMILY_FILE).open("a") as family:
            family.write(f"{relative.pid}\n")


def _sleep() -> NoReturn:
    while True:
        time.sleep(60)


def main() -> None:
    """Begin as the real worker does, then do what is asked for."""
    started, _ = process.birth()
    events = EventWriter(process.keep_stdout_for_events())
    order = read_order(Path(sys.argv[1]))
    process.end_with_parent()
    process.hold_attempt(Path(order.directory) / LOCK_FILE)
    events.emit(Started(os.getpid(), platform.node(), "fake", started))
    getattr(FakeWorker(order, events), order.match_specs[0].replace("-", "_"))()
    os._exit(0)


if __name__ == "__main__":
    main()
