"""What the executors do by themselves; what they have in common is in `tests.contracts`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading

import pytest

from jupyter_envstore.builder.executors import SupervisorLost, ThreadExecutor
from jupyter_envstore.builder.process_executor import ProcessExecutor
from jupyter_envstore.composition import make_executor
from jupyter_envstore.domain.errors import StoreUnusable
from jupyter_envstore.domain.settings import Settings

from .waiting import wait_for

LOADED = """
import sys
from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.settings import Settings
settings = Settings(sys.argv[1], executor="dask", dask_scheduler="tcp://127.0.0.1:9")
store = EnvironmentStore(settings, listener=print, notebooks=dict)
store.start()
store.stop()
print([name for name in ("dask", "distributed") if name in sys.modules])
"""


@pytest.fixture
def processes():
    executor = ProcessExecutor(2)
    yield executor
    executor.shutdown()


def test_the_settings_choose(tmp_path):
    directory = str(tmp_path)
    made = [make_executor(Settings(directory, executor=name)) for name in ("thread", "process")]
    assert [type(executor) for executor in made] == [ThreadExecutor, ProcessExecutor]
    assert [executor.obstacle() for executor in made] == [None, None]
    for executor in made:
        executor.shutdown()


# -- processes ------------------------------------------------------------------------------------


def test_each_call_has_a_process_of_its_own(processes):
    pids = {processes.submit(os.getpid).result(60) for _ in range(2)}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_what_a_call_prints_does_not_get_into_its_answer(processes):
    assert processes.submit(print, "noise").result(60) is None


def test_a_process_that_is_killed_takes_no_other_with_it(processes, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    waiting = processes.submit(pipe.read_text)
    with pytest.raises(SupervisorLost) as lost:
        processes.submit(os.kill, 0, 9).result(60)
    assert lost.value.counted
    pipe.write_text("go on")
    assert waiting.result(60) == "go on"


def test_a_process_imports_no_server(processes):
    program = "import sys, jupyter_envstore.builder.process_executor; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    for name in ("jupyter_server", "tornado", "sqlite3", "pydantic", "rattler", "distributed"):
        assert name not in loaded


def test_a_shutdown_ends_what_runs_and_begins_nothing_more(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    executor = ProcessExecutor(1)
    running = executor.submit(pipe.read_text)
    wait_for(lambda: executor._processes, "the process begins")
    waiting = executor.submit(os.getpid)
    executor.shutdown()
    for future in (running, waiting):
        with pytest.raises(SupervisorLost):
            future.result(0)


# -- Dask -----------------------------------------------------------------------------------------


def test_dask_needs_the_address_of_a_scheduler(tmp_path):
    with pytest.raises(StoreUnusable) as refused:
        make_executor(Settings(str(tmp_path), executor="dask"))
    assert "c.EnvStore.dask_scheduler" in refused.value.hint


def test_dask_needs_distributed(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StoreUnusable) as refused:
        make_executor(Settings(str(tmp_path), executor="dask", dask_scheduler="tcp://h:1"))
    assert "distributed is not installed" in refused.value.message
    assert "pip install 'jupyter-envstore[dask]'" in refused.value.hint


def test_dask_is_not_loaded_before_something_waits(tmp_path):
    command = [sys.executable, "-c", LOADED, str(tmp_path / "store")]
    assert subprocess.check_output(command, text=True, timeout=60) == "[]\n"


@pytest.mark.parametrize("scheduler", ["tcp://127.0.0.1:9", "nonsense://x", "a/missing/file.json"])
def test_a_scheduler_that_cannot_be_reached_is_named_and_holds_nothing_up(tmp_path, scheduler):
    executor = make_executor(Settings(str(tmp_path), executor="dask", dask_scheduler=scheduler))
    try:
        why = wait_for(
            lambda: "cannot be reached" in (why := executor.obstacle() or "") and why,
            "it is tried",
        )
        assert why.startswith(f"The Dask scheduler at {scheduler} cannot be reached: ")
        with pytest.raises(SupervisorLost) as lost:
            executor.submit(os.getpid).result(1)
        assert not lost.value.counted
    finally:
        executor.shutdown()
    assert "envstore-dask" not in [thread.name for thread in threading.enumerate()]
