"""The local channel: which packages it is made of, and in which order they are made."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from packaging.utils import parse_wheel_filename

from . import contents, wheels
from .interpreter import Interpreter
from .python_package import needed_libraries, write_python, write_python_abi
from .shared_libraries import library_packages, wheel_libraries, write_library
from .steps import report_end, step

T = TypeVar("T")


def write_local(
    interpreter: Interpreter, pool: ProcessPoolExecutor, work: Path, channel: Path
) -> None:
    """Write all packages of the local channel to the directory ``channel``.

    ``work`` is for temporary files, and on the same file system.
    """
    # Network and processors are busy at once: the wheels come while python is packaged.
    downloaded = work / "wheels"
    downloaded.mkdir()
    with ThreadPoolExecutor() as threads:
        download = threads.submit(_download, downloaded)
        with step("survey of shared libraries"):
            linked, broken = needed_libraries(interpreter)
            libpython = next((p for s, p in linked.items() if s.startswith("libpython")), None)
            own = {s: p for s, p in linked.items() if not s.startswith("libpython")}
            libraries = library_packages({**own, **wheel_libraries()})
        for_wheels = [p.name for p in libraries if p.for_wheels]
        # glibc loads libgcc to end a thread; libstdcxx is for wheels only.
        requirements = [p.requirement for p in libraries if p.name != "libstdcxx"]
        python = pool.submit(
            write_python, interpreter, requirements, libpython, broken, work, channel
        )
        report_end(python, f"python {interpreter.version}")
        with step(f"{len(libraries)} C libraries"):
            write = partial(
                write_library, glibc=interpreter.glibc_requirement, work=work, channel=channel
            )
            _all(pool.submit(write, package) for package in libraries)
        write_python_abi(interpreter, work, channel)
        download.result()
        files = sorted(downloaded.glob("*.whl"))
        wheels.conda_names()
        with step(f"{len(files)} wheels"):
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
    with step("download of wheels"), ThreadPoolExecutor() as threads:
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


def _newest(files: list[Path], prefix: str) -> Path:
    matching = [file for file in files if file.name.startswith(prefix)]
    return max(matching, key=lambda file: parse_wheel_filename(file.name)[1])


def _all(futures: Iterable[Future[T]]) -> list[T]:
    return [future.result() for future in list(futures)]
