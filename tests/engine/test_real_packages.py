"""Builds of real packages: a Python with a kernel, and the generated peculiarities."""

from __future__ import annotations

import os
import subprocess

import pytest

from jupyter_envstore.domain.events import Warned

from .running import Outcome, Workshop


@pytest.fixture
def outcome(workshop: Workshop, local_channel: str) -> Outcome:
    return workshop.build("python", "ipykernel", "numpy", channels=(local_channel,))


def test_a_kernel_with_numpy(outcome: Outcome) -> None:
    assert outcome.finished
    code = "import sys, ipykernel, numpy; print(sys.prefix, numpy.ones(3).sum())"
    python = outcome.prefix / "bin/python"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.split() == [str(outcome.prefix), "3.0"]
    assert (outcome.prefix / "share/jupyter/kernels/python3/kernel.json").is_file()

    staging = os.fsencode(outcome.order.directory)
    files = [path for path in outcome.prefix.rglob("*") if path.is_file()]
    assert [path for path in files if staging in path.read_bytes()] == []
    assert not [path for path in files if path.stat().st_mode & 0o022]


def test_the_generated_peculiarities(
    workshop: Workshop, generated_channel: str, local_channel: str
) -> None:
    workshop.channels = (generated_channel, local_channel)
    outcome = workshop.build(
        "activate-ok", "activate-fails", "files-0666", "clobber-a", "clobber-b", "postlink-ok"
    )
    assert outcome.finished
    assert list((outcome.prefix / "etc/conda/activate.d").glob("*.sh"))
    assert not [p for p in outcome.prefix.rglob("*") if p.is_file() and p.stat().st_mode & 0o022]
    warnings = [warning.message for warning in outcome.of(Warned)]
    assert all("clobber-a" in text and "clobber-b" in text for text in warnings)
    assert warnings
    assert "Running the link script of postlink-ok" in outcome.log
    assert workshop.build("postlink-fails").refused.kind == "link-script"
