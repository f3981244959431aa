from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.http_channel import HttpChannel
from tests.engine.tiny_channel import TinyChannel

from .people import Person, people

MODULE = "tests.sharing.store_program"


@pytest.fixture(scope="session")
def _open_directory() -> Iterator[Path]:
    """A directory that everybody may look into: pytest's own is for one user alone."""
    directory = Path(tempfile.mkdtemp(prefix="es-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def _people(_open_directory: Path) -> Iterator[dict[str, Person]]:
    with people(_open_directory, "alice", "bob") as made:
        yield made


@pytest.fixture
def ground(_open_directory: Path) -> Iterator[Path]:
    """A directory of the test's own, in which everybody may look and root may write."""
    directory = Path(tempfile.mkdtemp(dir=_open_directory))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def alice(_people: dict[str, Person], ground: Path) -> Person:
    return _at_home(_people["alice"], ground / "alice")


@pytest.fixture
def bob(_people: dict[str, Person], ground: Path) -> Person:
    return _at_home(_people["bob"], ground / "bob")


def _at_home(person: Person, home: Path) -> Person:
    home.mkdir()
    os.chown(home, person.uid, person.gid)
    return dataclasses.replace(person, home=home)


@pytest.fixture
def tiny(ground: Path) -> TinyChannel:
    channel = TinyChannel(ground / "channel")
    for name in ("first", "second"):
        files = {f"share/{name}/{number}": f"{name} {number}" for number in range(3)}
        channel.add(name, files=files, modes={f"share/{name}/0": 0o755})
    return channel


@pytest.fixture
def served(tiny: TinyChannel) -> Iterator[HttpChannel]:
    """A channel whose answers have an entity tag, and hold for no time at all."""
    with HttpChannel(tiny.directory, max_age=0).serve() as channel:
        yield channel


class Opened:
    """A store that a user has open."""

    def __init__(self, person: Person, channel: str, umask: int, settings: dict[str, Any]) -> None:
        self.person = person
        self.directory = person.home / "store"
        self._channel = channel
        values = {"store_directory": str(self.directory), "storage_threshold": 0, **settings}
        self._process = person.start("-m", MODULE, json.dumps(values), umask=umask)

    def ask(self, *dependencies: str) -> None:
        """Begin a build of an environment."""
        text = {"name": "env", "channels": [self._channel], "dependencies": dependencies}
        self._send("build", {"specification": text})

    def answer(self) -> Any:
        """Wait for the answer to what was asked for first."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            _, error = self._process.communicate()
            raise AssertionError(error)
        return json.loads(line)

    def build(self, *dependencies: str) -> dict[str, Any]:
        self.ask(*dependencies)
        return dict(self.answer())

    def do(self, request: str, **arguments: Any) -> Any:
        """Have a function of `store_program` called, and return its answer."""
        self._send(request, arguments)
        return self.answer()

    def _send(self, request: str, arguments: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([request, arguments]) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """Stop the server, if it still runs."""
        if self._process.returncode is not None:
            return
        try:
            self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def open_store(served: HttpChannel) -> Iterator[Any]:
    """Open stores of users; they are closed at the end."""
    opened: list[Opened] = []

    def open_(person: Person, *, umask: int = 0o022, channel: str = "", **settings: Any) -> Opened:
        store = Opened(person, channel or served.url, umask, settings)
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()
