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
from jupyter_envstore.domain.integrity import INSPECTION_FILE, inspection
from jupyter_envstore.domain.order import REPAIR, VERIFY, WorkOrder
from jupyter_envstore.engine import process
from jupyter_envstore.engine.conda_meta import seal, write_marker
from jupyter_envstore.engine.locked import lock_of_packages
from jupyter_envstore.engine.lockfile import write_lockfile
from jupyter_envstore.engine.protocol import EVENTS_FILE, LOCK_FILE, EventWriter, read_order

GATES = "ENVSTORE_TEST_GATES"
UPKEEP = "upkeep"
"""The gate of verifications and repairs."""
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
        seal(Path(self.order.prefix), self.order, 1000, 10)
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

    def finish_and_leave_programs(self) -> None:
        """As link scripts that start programs in the background, one of them a daemon."""
        self._start_relative()
        self._start_relative("setsid")
        self._start_relative("setsid", "fork")
        self.finish()

    def look_after(self) -> None:
        """Find nothing wrong with a finished build, once the gate of upkeep is open."""
        while not Path(os.environ[GATES], UPKEEP).exists():
            time.sleep(0.01)
        self.events.emit(Progress(Phase.VERIFYING, 3, 3))
        found = inspection([], files=3, size=30)
        Path(self.order.directory, INSPECTION_FILE).write_text(found.to_text())
        self.events.emit(Finished(size=30, size_own=0, packages=INSPECTION_FILE))

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

    def be_terminated(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    def crash(self) -> None:
        process.limit(self.order.memory_limit)  # No core dumps.
        os.kill(os.getpid(), signal.SIGSEGV)

    def be_killed_with_a_family(self) -> None:
        self._start_relative("fork", "setsid")
        self.be_killed()

    # -- no end -----------------------------------------------------------------------------------

    def sleep(self) -> NoReturn:
        _sleep()

    def ignore_termination(self) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _sleep()

    def have_a_family(self) -> NoReturn:
        """Programs that do not listen, and that left their group, their session, their parent."""
        self._start_relative()
        self._start_relative("setsid")
        self._start_relative("fork", "setsid", "fork")
        self._start_relative("stop")
        self.ignore_termination()

    def have_a_daemon_that_knows_nothing(self) -> NoReturn:
        """Without a parent, in a session of its own, with an environment of its own."""
        self._start_relative("fork", "setsid", "fork", environment={})
        _sleep()

    def close_its_input(self) -> NoReturn:
        os.close(0)
        _sleep()

    def multiply(self) -> NoReturn:
        """Start a program that starts its successor and ends, and so on."""
        self._start_relative("multiply")
        _sleep()

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

    def take_memory_and_end(self) -> None:
        """Within a moment: nobody has looked meanwhile."""
        taken = b"x" * (1 << 30)
        os._exit(len(taken) % 2 + 3)

    # -- helpers ----------------------------------------------------------------------------------

    def _make_prefix(self) -> None:
        prefix = Path(self.order.prefix)
        kernel = prefix / "share" / "jupyter" / "kernels" / "python3"
        kernel.mkdir(parents=True)
        argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec))
        (prefix / "conda-meta").mkdir()
        write_marker(prefix / "conda-meta", self.order)
        channel = "https://example.org/channel"
        package = PackageRow(
            *("made-up", "1.0", "0", channel),
            url=f"{channel}/noarch/made-up-1.0-0.conda",
            md5="0" * 32,
            sha256="f" * 64,
            size=1234,
            requested=True,
        )
        rows = json.dumps([vars(package)])
        Path(self.order.directory, "packages.json").write_text(rows)
        write_lockfile(self.order, lock_of_packages([package], self.order))

    def _start_relative(self, *deeds: str, environment: dict[str, str] | None = None) -> None:
        """Start a program that ignores SIGTERM; `deeds`, see `RELATIVE`, are done in order."""
        family = Path(self.order.directory, FAMILY_FILE)
        before = family.read_text() if family.exists() else ""
        subprocess.Popen([sys.executable, "-c", RELATIVE, str(family), *deeds], env=environment)
        while not family.exists() or family.read_text() == before:
            time.sleep(0.005)


RELATIVE = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
# A test that is killed ends nobody: what multiplies ends by itself, when every test has.
last = time.monotonic() + 30
for deed in sys.argv[2:]:
    if deed == "setsid":
        try:
            os.setsid()
        except PermissionError:  # It leads its group.
            pass
    if deed in ("fork", "multiply") and os.fork():
        os._exit(0)
    while deed == "multiply" and time.monotonic() < last:
        time.sleep(0.001)
        with open(sys.argv[1], "a") as family:
            family.write(f"{os.getpid()}\\n")
        if os.fork():
            os._exit(0)
with open(sys.argv[1], "a") as family:
    family.write(f"{os.getpid()}\\n")
if "stop" in sys.argv:
    os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(3600)
"""


def _sleep() -> NoReturn:
    while True:
        time.sleep(60)


def main() -> None:
    """Begin as the real worker does, then do what is asked for."""
    started, _ = process.birth()
    events = EventWriter(process.keep_stdout_for_events())
    order = read_order(Path(sys.argv[1]))
    process.end_with_parent()
    process.be_modest()
    process.hold_attempt(Path(order.directory) / LOCK_FILE)
    events.emit(Started(os.getpid(), platform.node(), "fake", started))
    deed = order.match_specs[0].replace("-", "_")
    getattr(FakeWorker(order, events), "look_after" if order.task in (VERIFY, REPAIR) else deed)()
    os._exit(0)


if __name__ == "__main__":
    main()
