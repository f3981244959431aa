"""Make the channels that are missing, aside, and swap each in when it is whole."""

from __future__ import annotations

import fcntl
import hashlib
import json
import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

from . import generated, link_cases
from .index import index
from .interpreter import Interpreter
from .local import write_local
from .steps import step

Channel = Literal["local", "generated"]

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
                        write_local(interpreter, pool, work, aside)
                    else:
                        _write_generated(pool, work, aside)
                    with step(f"index of {channel}"):
                        index(aside)
                    _swap(aside, out / channel, work)
                    stamps[channel] = stamp
                    _write_stamps(out, stamps)


def _write_generated(pool: ProcessPoolExecutor, work: Path, channel: Path) -> None:
    with step(f"{generated.PACKAGES} generated packages"):
        write = partial(generated.write_generated, work=work, channel=channel)
        list(pool.map(write, range(generated.PACKAGES), chunksize=10))
        generated.write_meta_package(work, channel)
    with step("packages for special cases of linking"):
        link_cases.write_link_cases(work, channel)


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
