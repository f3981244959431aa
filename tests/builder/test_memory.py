"""What control groups of both versions say, read from files as the kernel writes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_envstore.builder.memory import (
    KillCount,
    MemoryGroup,
    count_kills,
    within_group,
)
from jupyter_envstore.domain.order import WorkOrder
from jupyter_envstore.engine.process import LEAST_MEMORY

MIB = 1 << 20
NO_LIMIT_OF_VERSION_1 = 9223372036854771712


class Machine:
    """A ``/proc`` and the control groups that it names, below one directory."""

    def __init__(self, root: Path) -> None:
        self.proc = root / "proc"
        self.v1 = root / "memory"
        self.v2 = root / "unified with a space"
        (self.proc / "self").mkdir(parents=True)

    def is_in(self, *groups: str) -> None:
        (self.proc / "self" / "cgroup").write_text("".join(f"{group}\n" for group in groups))

    def mounts(self, *, v1: str | None = None, v2: str | None = None) -> None:
        """Mount the hierarchies; what they show begins at the group that is given."""
        lines = ["22 1 254:0 / / rw,relatime - ext4 /dev/vda rw"]
        if v1 is not None:
            lines += [f"30 25 0:26 {v1} {self.v1.parent}/cpu rw - cgroup cgroup rw,cpu"]
            lines += [f"31 25 0:27 {v1} {self.v1} rw,nosuid shared:9 - cgroup cgroup rw,memory"]
        if v2 is not None:
            point = str(self.v2).replace(" ", "\\040")
            lines += [f"32 25 0:28 {v2} {point} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"]
        (self.proc / "self" / "mountinfo").write_text("\n".join(lines) + "\n")

    def group(self, directory: Path, **files: object) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (directory / name.replace("__", ".", 1)).write_text(f"{content}\n")

    def group_v1(self, path: str, limit: int, usage: int, cached: int = 0, kills: int = 0) -> None:
        self.group(
            self.v1 / path,
            memory__limit_in_bytes=limit,
            memory__usage_in_bytes=usage,
            memory__stat=f"cache 7\ntotal_inactive_file {cached}\ntotal_active_file 0",
            memory__oom_control=f"oom_kill_disable 0\nunder_oom 0\noom_kill {kills}",
        )

    def group_v2(
        self, path: str, limit: int | str, usage: int, cached: int = 0, kills: int = 0
    ) -> None:
        self.group(
            self.v2 / path,
            memory__max=limit,
            memory__current=usage,
            memory__stat=f"anon 7\ninactive_file 0\nactive_file {cached}",
            memory__events=f"low 0\nhigh 0\nmax 3\noom 2\noom_kill {kills}\noom_group_kill 0",
        )

    @property
    def memory(self) -> MemoryGroup:
        return MemoryGroup(self.proc)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_version_2(machine):
    machine.is_in("0::/user.slice/jupyter")
    machine.mounts(v2="/")
    machine.group_v2("user.slice/jupyter", 1000 * MIB, 600 * MIB, cached=100 * MIB, kills=3)
    machine.group_v2("user.slice", "max", 5000 * MIB)
    assert machine.memory.limit() == 1000 * MIB
    assert machine.memory.available() == 500 * MIB
    assert machine.memory.oom_kills() == 3


def test_version_1(machine):
    machine.is_in("5:cpu,cpuacct:/x", "4:memory:/jupyter", "0::/")
    machine.mounts(v1="/", v2="/")
    machine.group_v1("jupyter", 1000 * MIB, 600 * MIB, cached=100 * MIB, kills=3)
    machine.group_v1("", NO_LIMIT_OF_VERSION_1, 9000 * MIB)
    machine.group_v2("", 1 * MIB, 1 * MIB)  # Hybrid: the controller of memory is not there.
    assert machine.memory.limit() == 1000 * MIB
    assert machine.memory.available() == 500 * MIB
    assert machine.memory.oom_kills() == 3


def test_the_tightest_of_nested_limits_decides(machine):
    machine.is_in("0::/outer/inner")
    machine.mounts(v2="/")
    machine.group_v2("outer/inner", 900 * MIB, 100 * MIB)
    machine.group_v2("outer", 1000 * MIB, 700 * MIB)
    assert machine.memory.limit() == 900 * MIB
    assert machine.memory.available() == 300 * MIB


@pytest.mark.parametrize(
    ("own", "root"),
    [
        ("/docker/abc", "/docker/abc"),  # The host's path; the mount shows the container's part.
        ("/docker/abc", "/"),  # The host's path, and a mount that hides it.
        ("/", "/"),  # A namespace of its own.
        ("/../../other", "/"),  # Moved out of the namespace's root.
    ],
)
def test_a_container_sees_its_group_at_the_mount_point(machine, own, root):
    machine.is_in(f"0::{own}")
    machine.mounts(v2=root)
    machine.group_v2("", 800 * MIB, 300 * MIB, kills=1)
    assert machine.memory.available() == 500 * MIB
    assert machine.memory.oom_kills() == 1


def test_no_limit_and_no_control_groups(machine):
    assert machine.memory.limit() is machine.memory.available() is None
    assert machine.memory.oom_kills() is None
    machine.is_in("0::/")
    machine.mounts(v2="/")
    machine.group(machine.v2)  # The root of version 2 has none of the files.
    assert machine.memory.limit() is machine.memory.available() is None
    assert count_kills(machine.proc) == KillCount(None, None)
    (machine.proc / "vmstat").write_text("pgmajfault 12\noom_kill 7\n")
    assert count_kills(machine.proc) == KillCount(None, 7)


def test_a_group_that_is_overdrawn_leaves_nothing(machine):
    machine.is_in("0::/")
    machine.mounts(v2="/")
    machine.group_v2("", 100 * MIB, 101 * MIB)
    assert machine.memory.available() == 0


def test_kills_are_counted_from_a_moment_on():
    assert KillCount(5, None).since(KillCount(3, 1)) == KillCount(2, None)


@pytest.mark.parametrize(
    ("left", "limit", "scarce"),
    [(None, 2000, False), (2000, 2000, False), (1999, 1999, True), (3, LEAST_MEMORY // MIB, True)],
)
def test_an_order_gets_what_the_group_leaves_but_enough_to_begin(machine, left, limit, scarce):
    machine.is_in("0::/")
    machine.mounts(v2="/")
    machine.group_v2("", "max" if left is None else 5000 * MIB, (5000 - (left or 0)) * MIB)
    names = ("store_id", "namespace", "name", "directory", "prefix", "log", "engine")
    order = WorkOrder(
        build_id=1,
        attempt=1,
        channels=(),
        subdir="",
        match_specs=(),
        memory_limit=2000 * MIB,
        **dict.fromkeys(names, ""),
    )
    expected = replace(order, memory_limit=limit * MIB, memory_is_scarce=scarce)
    assert within_group(order, machine.memory) == expected


def test_this_machine_can_be_asked():
    group = MemoryGroup()
    if group.limit() is not None:
        assert 0 <= group.available() <= group.limit()
