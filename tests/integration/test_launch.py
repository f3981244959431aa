"""Real kernels, started by Jupyter the way its server does it."""

from __future__ import annotations

import json
import os

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from jupyter_envstore.integration.finder import add_kernel_directory
from jupyter_envstore.integration.kernelspecs import write_kernels

from .conftest import PYTHON

NAME = "envstore-bob-data-python3"
SHOW = "import json, os, sys; print(json.dumps([os.getpid(), sys.path, dict(os.environ)]))"


class RunningKernel:
    def __init__(self, kernels):
        specs = KernelSpecManager(kernel_dirs=[], ensure_native_kernel=False)
        assert add_kernel_directory(specs, kernels) is None
        self.manager = KernelManager(kernel_name=NAME, kernel_spec_manager=specs)
        self.client = None

    def start(self, **environ):
        self.manager.start_kernel(env={**os.environ, **environ})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, interrupt_after: str = "") -> tuple[str, str]:
        """Return the status of the reply and what was printed."""
        printed = []

        def read(message):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])
                if interrupt_after and interrupt_after in printed[-1]:
                    self.manager.interrupt_kernel()

        reply = self.client.execute_interactive(code, timeout=60, output_hook=read)
        return reply["content"]["status"], "".join(printed)

    def show(self):
        return json.loads(self.run(SHOW)[1])

    @property
    def pid(self) -> int:
        return self.manager.provisioner.process.pid

    def stop(self):
        if self.client is not None:
            self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.context.destroy(linger=0)


@pytest.fixture
def start(kernels):
    running = []

    def start(**environ):
        running.append(RunningKernel(kernels))
        running[-1].start(**environ)
        return running[-1]

    yield start
    for kernel in running:
        kernel.stop()


@pytest.fixture
def prefix(make_prefix):
    return make_prefix(
        "1",
        variables={"GREETING": 'it\'s $HOME\n"漢"'},
        activate={
            "a.sh": 'export PROJ_LIB="$CONDA_PREFIX/share/proj"',
            "b.sh": "echo from b >&2; set -eu; false",
            "c.sh": "export AFTER=1; set -- x; exit 5",
        },
    )


def test_a_kernel_starts_in_its_activated_build(start, kernels, prefix, make_build):
    write_kernels(kernels, make_build(prefix))
    pid, _path, environ = start().show()
    assert environ["CONDA_PREFIX"] == str(prefix)
    assert environ["PATH"].split(":")[0] == f"{prefix}/bin"
    assert environ["PROJ_LIB"] == f"{prefix}/share/proj"
    assert environ["GREETING"] == 'it\'s $HOME\n"漢"'
    assert environ["AFTER"] == "1"
    assert pid


def test_the_shell_becomes_the_kernel_and_what_scripts_say_is_in_its_log(
    start, kernels, prefix, make_build, capfd
):
    write_kernels(kernels, make_build(prefix))
    kernel = start()
    assert kernel.show()[0] == kernel.pid
    log = capfd.readouterr().err
    assert "from b" in log
    assert "activate.d/b.sh: status 1 is ignored." in log


def test_interrupt_and_restart(start, kernels, prefix, make_prefix, make_build):
    write_kernels(kernels, make_build(prefix))
    kernel = start()
    code = "import time\nprint('busy', flush=True)\nwhile True: time.sleep(0.01)"
    status, printed = kernel.run(code, interrupt_after="busy")
    assert status == "error"
    assert "busy" in printed
    # Another build becomes current: the kernel that runs keeps its own, until it is started anew.
    write_kernels(kernels, make_build(make_prefix("2"), id=2))
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.show()[2]["CONDA_PREFIX"] == str(prefix)
    assert start().show()[2]["CONDA_PREFIX"] == str(prefix.with_name("2"))


def test_no_packages_of_the_server_leak_into_the_kernel(start, kernels, prefix, make_build):
    write_kernels(kernels, make_build(prefix))
    assert "/elsewhere" not in start(PYTHONPATH="/elsewhere").show()[1]


def test_what_the_kernel_itself_asks_for_wins_over_the_isolation(
    start, kernels, make_prefix, make_build, tmp_path
):
    spec = {**PYTHON, "env": {"PYTHONPATH": str(tmp_path / "spark")}}
    write_kernels(kernels, make_build(make_prefix("1", kernels={"python3": spec})))
    assert str(tmp_path / "spark") in start(PYTHONPATH="/elsewhere").show()[1]
