"""A store of one user that another reads: its kernels run, soon after they are published."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.builder.waiting import wait_for

from .people import Person
from .test_caches import built

SOON = 5.0
"""Seconds after a publish within which readers see it."""
PUBLISHES = 3


@pytest.fixture
def real_channel(channels: Path, alice: Person) -> str:
    seen = alice.run("-c", f"import os; print(os.access({str(channels)!r}, os.R_OK | os.X_OK))")
    if seen.stdout.strip() != "True":
        pytest.skip(f"other users cannot read the channels in {channels}")
    return (channels / "local").as_uri()


def test_a_shared_kernel_runs_for_somebody_else_and_follows_its_owner(
    alice: Person, bob: Person, real_channel: str, open_store: Callable[..., Any]
) -> None:
    owner = open_store(alice, channel=real_channel)
    python = f"python={sys.version_info.major}.{sys.version_info.minor}"
    prefix = built(owner.build(python, "ipykernel"))
    reader = open_store(bob, shared_stores=[f"team={owner.directory}"])
    (kernel,) = wait_for(lambda: reader.do("kernels"), "the kernel is listed", 60)
    assert kernel["namespace"] == "team:team"
    assert Path(kernel["directory"]).is_relative_to(reader.directory)

    code = "import os, sys; print([sys.prefix, os.getuid(), os.access(sys.prefix, os.W_OK)])"
    said = reader.do("run", kernel=kernel["directory"], code=code)
    assert said.strip() == str([str(prefix), bob.uid, False])
    assert bob.can_change(owner.directory) == []

    # Times on a busy machine say little: one of several has to be as soon as is promised.
    delays = []
    for _ in range(PUBLISHES):
        answer = owner.build(python, "ipykernel")
        published = time.monotonic()
        prefix = built(answer)
        wait_for(partial(is_seen_by, reader, prefix), "it is seen", 60)
        delays.append(time.monotonic() - published)
    assert min(delays) < SOON, delays
    (kernel,) = reader.do("kernels")
    said = reader.do("run", kernel=kernel["directory"], code=code)
    assert said.strip() == str([str(prefix), bob.uid, False])


def is_seen_by(reader: Any, prefix: Path) -> bool:
    """Tell whether a reader lists the kernel of a build."""
    return str(prefix) in [kernel["prefix"] for kernel in reader.do("kernels")]


def test_the_index_lets_no_writer_in(
    alice: Person, bob: Person, open_store: Callable[..., Any]
) -> None:
    """With a umask of 002 in a set-group-id directory, where a group could write by default."""
    alice.home.chmod(0o2775)
    os.chown(alice.home, alice.uid, alice.group)
    owner = open_store(alice, umask=0o002)
    built(owner.build("first"))
    internal = owner.directory / ".envstore"
    assert bob.can_change(owner.directory, internal / "index.json", internal / "kernels") == []
