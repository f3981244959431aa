"""Archives of a build, streamed, against conda-pack alone on the same prefix.

Ours is what a user waits for: from the request to the last byte of the reply, of an archive that
is not there yet. conda-pack's is its program, which writes the same files to a file. Both begin a
process, and take turns; an installer is held against the tar.gz that is in it.
"""

from __future__ import annotations

import asyncio
import http.client
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tools.jupyter_process import JupyterServer

from .client import connected
from .figures import Figure, Measurement, median
from .workplace import API, Workplace, environment, real_packages, workplace

MOST = 1.1
"""Times the seconds of conda-pack."""
FIRST_BYTE = 0.3
"""Seconds until the first byte of an archive that is made."""
RUNS = 3
FIRST_BYTES = 5
_FORMATS = {"archive.tar.gz": "tar.gz", "archive.tar.zst": "tar.zst", "archive.zip": "zip"}
"""What is served, and conda-pack's name of the format."""
_INSTALLER = "installer.sh"
_PIECE = 1 << 20


def measure() -> Measurement:
    """Build once, then have each kind of archive made several times."""
    with workplace() as place, place.server() as server:
        build = asyncio.run(_built(server))
        path = f"build/{build}/"
        prefix = Path(asyncio.run(_prefix(server, build)))
        ours: dict[str, list[float]] = {}
        theirs: dict[str, list[float]] = {}
        firsts: list[float] = []
        for _ in range(RUNS):
            for file, form in _FORMATS.items():
                theirs.setdefault(file, []).append(_seconds(lambda: _conda_pack(prefix, form)))  # noqa: B023
                first, whole = _download(place, server, path + file)
                ours.setdefault(file, []).append(whole)
                firsts.append(first)
            first, whole = _download(place, server, path + _INSTALLER)
            ours.setdefault(_INSTALLER, []).append(whole)
            firsts.append(first)
        theirs[_INSTALLER] = theirs["archive.tar.gz"]
    return Measurement(
        (
            *(_ratio(file, ours[file], theirs[file]) for file in ours),
            median("first byte", "s", firsts, limit=FIRST_BYTE),
        ),
        {"seconds of ours": ours, "seconds of conda-pack": theirs},
    )


def _ratio(file: str, ours: list[float], theirs: list[float]) -> Figure:
    """Return the median of the ratios of neighbours: what slows one down slows the other, too."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return median(f"{file}, times conda-pack", "x", ratios, limit=MOST)


async def _built(server: JupyterServer) -> int:
    async with connected(server) as client:
        return (await client.build(real_packages(), "science")).build_id


async def _prefix(server: JupyterServer, build: int) -> str:
    async with connected(server) as client:
        return str((await client.request("GET", f"{API}build/{build}/"))["data"]["prefix"])


def _seconds(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _conda_pack(prefix: Path, form: str) -> None:
    output = prefix.parent / f"packed.{form}"
    program = [sys.executable, "-c", "from conda_pack.cli import main; main()"]
    command = [*program, "--prefix", str(prefix), "--output", str(output)]
    command += ["--format", form, "--quiet", "--force"]
    subprocess.run(command, check=True, env=environment())
    output.unlink()


def _download(place: Workplace, server: JupyterServer, path: str) -> tuple[float, float]:
    """Return the seconds to the first byte and to the last, of an archive that is made anew."""
    for left in (place.store / ".envstore" / "archives").glob("*"):
        left.unlink()
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
    began = time.monotonic()
    headers = {"Authorization": f"token {server.token}"}
    connection.request("GET", f"{address.path}{API}{path}", headers=headers)
    reply = connection.getresponse()
    if reply.status != 200:
        raise RuntimeError(f"{path}: {reply.status} {reply.read()!r}")
    reply.read(1)
    first = time.monotonic() - began
    while reply.read(_PIECE):
        pass
    whole = time.monotonic() - began
    connection.close()
    return first, whole
