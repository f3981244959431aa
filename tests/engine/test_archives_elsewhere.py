"""Archives of a real build, unpacked elsewhere by another user: a kernel starts there."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from jupyter_envstore.domain.archives import FORMATS, ArchiveFormat, ArchiveOrder

from .running import Outcome, Workshop

SOMEBODY = 61_234
"""The id of a user and a group that nobody has."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0,
    reason="Only root can run programs as another user.",
)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory, local_channel: str) -> Iterator[Outcome]:
    """A build with a kernel, in a directory that only root may look into."""
    shop = Workshop(tmp_path_factory.mktemp("store"), (local_channel,))
    outcome = shop.build("python", "ipykernel")
    assert outcome.finished
    yield outcome
    for running in shop.started:
        running.end()


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A directory of somebody else's, and nobody else's."""
    directory = Path(tempfile.mkdtemp(prefix="envstore-elsewhere-"))
    os.chown(directory, SOMEBODY, SOMEBODY)
    yield directory
    shutil.rmtree(directory)


class Somebody:
    """Another user, who has no more than what is in one directory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._options: dict[str, Any] = {
            "cwd": home,
            "env": {"HOME": str(home), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            "user": SOMEBODY,
            "group": SOMEBODY,
            "extra_groups": [],
        }

    def run(self, *command: str | Path) -> str:
        done = subprocess.run(command, capture_output=True, text=True, **self._options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, **self._options)

    def give(self, file: Path) -> Path:
        own = self.home / file.name
        shutil.copyfile(file, own)
        os.chown(own, SOMEBODY, SOMEBODY)
        return own


def archive_of(build: Outcome, form: ArchiveFormat) -> Path:
    directory = Path(build.order.prefix).parents[1] / "archives"
    directory.mkdir(exist_ok=True)
    archive = directory / f"1.{form.suffix}"
    order = ArchiveOrder(
        build.order.prefix, str(archive), form.suffix, "default/tiny", "tiny", build.order.subdir
    )
    command = [sys.executable, "-m", "jupyter_envstore.engine.archive", order.to_text()]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return archive


UNPACK: dict[str, Sequence[str]] = {
    "tar.gz": ("tar", "-xzf", "@archive", "-C", "@target"),
    "tar.zst": ("tar", "--zstd", "-xf", "@archive", "-C", "@target"),
    "zip": ("unzip", "-q", "@archive", "-d", "@target"),
    "sh": ("sh", "@archive", "-b", "-p", "@target"),
}
"""As the documentation has it."""
CODE = 'json.dumps([sys.prefix, os.environ["CONDA_PREFIX"], os.getuid()])'
NEEDS = {"tar.zst": "zstd", "zip": "unzip"}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.suffix)
def test_a_kernel_starts_for_another_user(
    build: Outcome, elsewhere: Path, form: ArchiveFormat
) -> None:
    program = NEEDS.get(form.suffix, "tar")
    if shutil.which(program) is None:
        pytest.skip(f"There is no {program} on this machine to unpack a {form.suffix} with.")
    somebody = Somebody(elsewhere)
    archive, target = somebody.give(archive_of(build, form)), elsewhere / "geo"
    somebody.run("mkdir", target)
    places = {"@archive": archive, "@target": target}
    somebody.run(*(places.get(word, word) for word in UNPACK[form.suffix]))
    if form.suffix != "sh":  # An installer does it itself.
        somebody.run(target / "bin/python", target / "bin/conda-unpack")

    connection, _ = write_connection_file(str(elsewhere / "kernel.json"), ip="127.0.0.1")
    os.chown(connection, SOMEBODY, SOMEBODY)
    launch = '. "$0/bin/activate" && exec python -m ipykernel_launcher -f "$1"'
    kernel = somebody.start("bash", "-c", launch, target, connection)
    try:
        told = answer_of(connection, kernel)
        assert told == [str(target), str(target), SOMEBODY]
    finally:
        kernel.kill()
        kernel.wait()
    # Whoever has unpacked it owns it, and may change it.
    frozen = target / "conda-meta" / "frozen"
    assert not frozen.exists()
    assert {path.lstat().st_uid for path in target.rglob("*")} == {SOMEBODY}


def answer_of(connection: str, kernel: subprocess.Popen[bytes]) -> Any:
    """Ask a kernel what `CODE` comes to: it answers as soon as it has started."""
    client = BlockingKernelClient(connection_file=connection)
    client.load_connection_file()
    client.start_channels(iopub=False, stdin=False, hb=False)
    try:
        asked = client.execute("import json, os, sys", user_expressions={"told": CODE})
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert kernel.poll() is None, "the kernel has ended"
            with suppress(Empty):
                reply = client.get_shell_msg(timeout=1)
                if reply["parent_header"]["msg_id"] == asked:
                    told = reply["content"]["user_expressions"]["told"]
                    return json.loads(ast.literal_eval(told["data"]["text/plain"]))
    finally:
        client.stop_channels()
    raise AssertionError("the kernel does not answer")
