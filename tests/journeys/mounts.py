"""Small file systems that a test fills, or breaks. Without the right to mount, it is skipped."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(directory: Path, options: str) -> Iterator[Path]:
    """Mount a file system in memory, with the options of ``tmpfs``, until the block ends."""
    directory.mkdir()
    _mount("-t", "tmpfs", "-o", options, "tmpfs", str(directory))
    try:
        yield directory
    finally:
        forget(directory)


class BreakableDisk:
    """An ext4 in a file, which becomes read-only when it notices an error, as Debian's do."""

    def __init__(self, image: Path, directory: Path) -> None:
        self.directory = directory
        self._image = image
        if shutil.which("mkfs.ext4") is None:
            pytest.skip("mkfs.ext4 is not installed")
        directory.mkdir()
        with image.open("wb") as file:
            file.truncate(64 << 20)
        _run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", str(image))

    def mount(self) -> None:
        _mount("-o", "loop,errors=remount-ro", str(self._image), str(self.directory))

    def fail(self) -> None:
        """Let the kernel find an error: it makes the file system read-only at once.

        What was written until now is on the disk: the kernel sees to that every few seconds.
        """
        _run("sync", "--file-system", str(self.directory))
        device = os.path.realpath(f"/sys/dev/block/{_device_of(self.directory)}")
        trigger = Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error")
        if not trigger.exists():
            pytest.skip(f"this kernel has no {trigger}")
        trigger.write_text("1")

    def mend(self) -> None:
        """Do what an administrator does: unmount, check, mount."""
        _run("umount", str(self.directory))
        subprocess.run(["e2fsck", "-f", "-y", str(self._image)], stdout=subprocess.DEVNULL)
        self.mount()


def forget(directory: Path) -> None:
    """Unmount at the end of a test, at once, whoever still uses it: other tests go on here."""
    _run("umount", "--lazy", str(directory))


def fill(directory: Path, leave: int = 0) -> Path:
    """Write a file until the disk is full, then give back `leave` bytes; return the file."""
    ballast = directory / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    os.truncate(ballast, ballast.stat().st_size - leave)
    return ballast


def fill_inodes(directory: Path, leave: int) -> Path:
    """Make files until the file system can hold no more, then give back `leave` of them."""
    ballast = directory / "ballast"
    ballast.mkdir()
    made = []
    with contextlib.suppress(OSError):
        while True:
            file = ballast / str(len(made))
            file.touch()
            made.append(file)
    for file in made[:leave]:
        file.unlink()
    return ballast


def _mount(*arguments: str) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root of a Linux may mount file systems")
    done = subprocess.run(["mount", *arguments], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")


def _device_of(directory: Path) -> str:
    device = directory.stat().st_dev
    return f"{os.major(device)}:{os.minor(device)}"


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
