"""Memory that runs out for real: in a control group of the test's own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.builder.memory import MemoryGroup
from tests.builder import fake_worker, waiting

MIB = 1 << 20
LIMIT = 200 * MIB
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group with little memory and no swap, of whichever version there is."""
    top = Path("/sys/fs/cgroup")
    version_1 = (top / "memory" / "memory.limit_in_bytes").exists()
    files = (
        ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
        if version_1
        else ("memory.max", "memory.swap.max")
    )
    directory = (top / "memory" if version_1 else top) / f"envstore-test-{os.getpid()}"
    try:
        directory.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        limit, swap = (directory / name for name in files)
        if not limit.exists():
            pytest.skip("the new control group has no controller of memory")
        limit.write_text(str(LIMIT))
        if swap.exists():
            swap.write_text(str(LIMIT) if version_1 else "0")
        yield directory
    finally:
        waiting.wait_for(lambda: _removed(directory), "the control group is empty")


def _removed(directory: Path) -> bool:
    with contextlib.suppress(OSError):  # Processes that have ended take a moment to leave it.
        directory.rmdir()
    return not directory.exists()


def run_in(
    group: Path, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python in the group from its first moment: all its memory is counted there."""
    join = f'echo $$ > {group}/cgroup.procs; exec "$@"'
    return subprocess.run(
        ["sh", "-c", join, "sh", sys.executable, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_kernel_takes_the_build_and_never_the_server(group, tmp_path):
    """Both are in the group, the server first; the build alone would fit into its own limit."""
    done = run_in(
        group,
        *(Path(__file__).with_name("store_process.py"), tmp_path / "store"),
        PYTHONPATH=f"{ROOT}{os.pathsep}{Path(fake_worker.__file__).parent}",
    )
    assert done.returncode == 0, done.stderr
    taken, next_one = json.loads(done.stdout)
    assert taken["status"] == "FAILED"
    assert taken["failure"]["kind"] == "memory"
    assert taken["failure"]["message"].startswith(
        "The kernel ended the build's process because memory ran out: everything that runs in its "
        "control group, the Jupyter server and its kernels included, may have 200 MiB together."
    )
    assert "c.EnvStore.max_concurrent_builds" in taken["failure"]["hint"]
    assert next_one["status"] == "COMPLETED"


def test_a_group_is_read_as_the_kernel_writes_it(group):
    """In a process in it, as this one stays where it is."""
    told = (
        "from jupyter_envstore.builder.memory import MemoryGroup; g = MemoryGroup();"
        "print(g.limit(), g.available(), g.oom_kills())"
    )
    done = run_in(group, "-c", told)
    limit, available, kills = map(int, done.stdout.split())
    assert limit == min(LIMIT, MemoryGroup().limit() or LIMIT)
    assert 0 < available <= LIMIT
    assert kills == 0
