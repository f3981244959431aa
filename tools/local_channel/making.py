"""Make the channels: what is done in which order, aside, and swapped in when it is whole."""

from __future__ import annotations

import fcntl
import hashlib
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from packaging.utils import parse_wheel_filename

from . import contents, generated, link_cases, wheels
from .index import index
from .interpreter import Interpreter
from .python_package import needed_libraries, write_python, write_python_abi
from .shared_libraries import (
    WHEEL_PACKAGES,
    library_packages,
    wheel_libraries,
    write_library,
)

Channel = Literal["local", "generated"]
T = TypeVar("T")

PROCESSES = 2


def make(out: Path, wanted: list[Channel], interpreter: Interpreter, *, force: bool) -> None:
    """Make those of the ``wanted`` channels that are not in ``out`` yet, or not by this recipe.

    One make at a time works in ``out``; a second one waits, and finds the work done. Each channel
    appears (and replaces an older one) whole.
    """
    out.mkdir(parents=True, exist_ok=True)
    with _lock(out / ".lock"):
        stamps = _read_stamps(out)
        stamp = _stamp(interpreter)
        missing = [c for c in wanted if force or stamps.get(c) != stamp or not (out / c).is_dir()]
        for channel in wanted:
            if channel not in missing:
                print(f"{channel}: up to date in {out / channel}", flush=True)
        if not missing:
            return
        # Left by a make that was killed: whoever holds the lock is alone here.
        for litter in out.glob(".making-*"):
            shutil.rmtree(litter)
        with tempfile.TemporaryDirectory(dir=out, prefix=".making-") as directory:
            work = Path(directory)
            # Not forked: the parent has threads.
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
                for channel in missing:
                    aside = work / channel
                    if channel == "local":
                        _make_local(interpreter, pool, work, aside)
                    else:
                        _make_generated(pool, work, aside)
                    with _step(f"index of {channel}"):
                        index(aside)
                    _swap(aside, out / channel, work)
                    stamps[channel] = stamp
                    _write_stamps(out, stamps)


def _make_local(
    interpreter: Interpreter, pool: ProcessPoolExecutor, work: Path, channel: Path
) -> None:
    # The network and the processors are busy at the same time: wheels come while python is
    # packaged.
    downloaded = work / "wheels"
    downloaded.mkdir()
    with ThreadPoolExecutor() as threads:
        download = threads.submit(_download, downloaded)
        with _step("survey of shared libraries"):
            linked, broken = needed_libraries(interpreter)
            libpython = next((p for s, p in linked.items() if s.startswith("libpython")), None)
            own = {s: p for s, p in linked.items() if not s.startswith("libpython")}
            libraries = library_packages({**own, **wheel_libraries()})
        for_wheels = [p.name for p in libraries if p.name in WHEEL_PACKAGES]
        # glibc loads libgcc to end a thread; libstdcxx is for wheels only.
        requirements = [p.requirement for p in libraries if p.name != "libstdcxx"]
        python = pool.submit(
            write_python, interpreter, requirements, libpython, broken, work, channel
        )
        _report_end(python, f"python {interpreter.version}")
        with _step(f"{len(libraries)} C libraries"):
            write = partial(
                write_library, glibc=interpreter.glibc_requirement, work=work, channel=channel
            )
            _all(pool.submit(write, package) for package in libraries)
        write_python_abi(interpreter, work, channel)
        download.result()
        files = sorted(downloaded.glob("*.whl"))
        wheels.conda_names()
        with _step(f"{len(files)} wheels"):
            convert = partial(
                wheels.convert,
                interpreter=interpreter,
                libraries=for_wheels,
                work=work,
                channel=channel,
            )
            by_size = sorted(files, key=lambda file: file.stat().st_size, reverse=True)
            _all(pool.submit(convert, file) for file in by_size)
            wheels.write_ca_certificates(_newest(files, "certifi-"), work, channel)
            wheels.write_tzdata(_newest(files, "tzdata-"), work, channel)
        python.result()


def _download(directory: Path) -> None:
    with _step("download of wheels"), ThreadPoolExecutor() as threads:
        newest = (*contents.NEWEST, *contents.DATA)
        _all(
            [
                threads.submit(wheels.download, newest, directory, with_dependencies=True),
                *(
                    threads.submit(wheels.download, group, directory, with_dependencies=False)
                    for group in contents.OLDER
                ),
            ]
        )


def _make_generated(pool: ProcessPoolExecutor, work: Path, channel: Path) -> None:
    with _step(f"{generated.PACKAGES} generated packages"):
        write = partial(generated.write_generated, work=work, channel=channel)
        list(pool.map(write, range(generated.PACKAGES), chunksize=10))
        generated.write_meta_package(work, channel)
    with _step("packages for special cases of linking"):
        link_cases.write_link_cases(work, channel)


def _newest(files: list[Path], prefix: str) -> Path:
    matching = [file for file in files if file.name.startswith(prefix)]
    return max(matching, key=lambda file: parse_wheel_filename(file.name)[1])


def _all(futures: Iterable[Future[T]]) -> list[T]:
    return [future.result() for future in list(futures)]


def _report_end(future: Future[T], name: str) -> None:
    started = time.monotonic()
    future.add_done_callback(lambda _: _report(name, started))


def _report(name: str, started: float) -> None:
    print(f"{time.monotonic() - started:6.1f} s  {name}", flush=True)


@contextmanager
def _step(name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    _report(name, started)


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another make of this channel", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _swap(aside: Path, final: Path, work: Path) -> None:
    if final.exists():
        final.rename(work / f"{final.name}.old")
    aside.rename(final)


def _stamp(interpreter: Interpreter) -> dict[str, str]:
    recipe = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        recipe.update(source.read_bytes())
    return {
        "recipe": recipe.hexdigest(),
        "python": f"{interpreter.executable} {sys.version}",
        "glibc": interpreter.libc[1],
    }


def _read_stamps(out: Path) -> dict[str, dict[str, str]]:
    try:
        stamps = json.loads((out / "channel.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or not ours: everything is made anew
        return {}
    return stamps if isinstance(stamps, dict) else {}


def _write_stamps(out: Path, stamps: dict[str, dict[str, str]]) -> None:
    aside = out / ".channel.json"
    aside.write_text(json.dumps(stamps, indent=1) + "\n", encoding="utf-8")
    aside.replace(out / "channel.json")
