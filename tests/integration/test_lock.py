"""Locks between servers of one store, also when one of them does not go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.integration import lock

_HOLD = """
import sys
from pathlib import Path
from jupyter_envstore.integration.lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until it gets a line."""
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "lock")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_suspended_holder_is_not_waited_for_without_an_end(tmp_path, holder):
    os.kill(holder.pid, signal.SIGSTOP)
    said = "Another server of this store has held"
    with pytest.raises(Conflict, match=said) as refused, lock.exclusive(tmp_path / "lock", 0.2):
        pass
    assert "suspended" in refused.value.hint


def test_the_lock_of_a_killed_holder_is_free(tmp_path, holder):
    holder.kill()
    holder.wait()
    with lock.exclusive(tmp_path / "lock"):
        pass


def test_a_holder_that_goes_on_is_waited_for(tmp_path, holder):
    holder.stdin.write("\n")
    holder.stdin.flush()
    with lock.exclusive(tmp_path / "lock"):
        pass
