"""The kernels that packages have put into a build, and what the server must start instead.

A package's kernel.json works for a Jupyter that runs inside the build: ``python`` and
``{prefix}`` would mean the server's own. Ours works from anywhere, and activates the build first.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from ..domain.build import Build
from .kernel_names import language_label
from .small_files import read_small_text

KERNELS = ("share", "jupyter", "kernels")
"""Where a kernelspec is in a prefix."""

_log = logging.getLogger(__name__)
_PYTHON = re.compile(r"python(\d+(\.\d+)?)?(\.exe)?", re.IGNORECASE)
_START = '. "$0"; exec "$@"'


@dataclass(frozen=True)
class RawKernel:
    """A kernelspec as it is in a build. `content` is its kernel.json, whole."""

    name: str
    directory: Path
    content: dict[str, Any]

    @property
    def language(self) -> str:
        return _text(self.content, "language")

    @property
    def display_name(self) -> str:
        return _text(self.content, "display_name") or self.name

    @property
    def env(self) -> dict[str, str]:
        """Variables that the kernel itself asks for."""
        env = self.content.get("env")
        return env if isinstance(env, dict) else {}

    @property
    def resources(self) -> list[Path]:
        """Logos and the like: its files, but for those that are links to outside of the build."""
        inside = self.directory.parents[len(KERNELS)].resolve()
        return sorted(
            path
            for path in self.directory.iterdir()
            if path.name != "kernel.json"
            and path.is_file()
            and path.resolve().is_relative_to(inside)
        )


def find_kernels(prefix: str | Path, *, confined: bool = False) -> list[RawKernel]:
    """Return the kernels in a build, ``python3`` first, then by name; an empty list if none.

    One that cannot be read or has no command is left out, and logged; if `confined`, so is one
    whose program is not in the build, once all links have been followed.
    """
    found = []
    for path in Path(prefix, *KERNELS).glob("*/kernel.json"):
        try:
            content = json.loads(read_small_text(path))
        except (OSError, ValueError) as error:
            _log.warning("The kernel of %s is not listed: it cannot be read (%s)", path, error)
            continue
        argv = content.get("argv") if isinstance(content, dict) else None
        if not isinstance(argv, list) or not argv or not all(isinstance(a, str) for a in argv):
            _log.warning("The kernel of %s is not listed: it has no command (argv)", path)
            continue
        raw = RawKernel(path.parent.name, path.parent, content)
        if confined and not _is_confined(raw, Path(prefix)):
            _log.warning("The kernel of %s is not listed: its program is not in its build", path)
            continue
        found.append(raw)
    return sorted(found, key=lambda kernel: (kernel.name != "python3", kernel.name))


def published_content(
    raw: RawKernel,
    build: Build,
    display_name: str,
    script: PurePath,
    *,
    pinned: bool = False,
    windows: bool = sys.platform == "win32",
) -> dict[str, Any]:
    """Return the kernel.json that starts a build's kernel from anywhere, after `script`.

    All that the package says is kept, its metadata too (``debugger``, ``supported_encryption``).
    Keys beginning with ``conda_`` are those that nb_conda_kernels writes; those in ``envstore``
    are ours, with `built_at` in ISO 8601, UTC without an offset; `pinned` tells that the kernel is
    this build's for as long as it is pinned.
    """
    # jupyter_client passes each key to a constructor, together with a resource_dir of its own.
    content = {key: value for key, value in raw.content.items() if key != "resource_dir"}
    metadata = content.get("metadata")
    start = (
        ["cmd", "/d", "/c", str(script)]
        if windows
        else ["bash", "--noprofile", "--norc", "-c", _START, str(script)]
    )
    return {
        **content,
        "argv": [*start, *_command(raw, build.prefix, windows)],
        "display_name": display_name,
        "metadata": {
            **(metadata if isinstance(metadata, dict) else {}),
            "conda_env_name": build.name,
            "conda_env_path": build.prefix,
            "conda_language": language_label(raw.language),
            "conda_raw_kernel_name": raw.name,
            "conda_is_base_environment": False,
            "conda_is_currently_running": False,
            "envstore": {
                "namespace": build.namespace,
                "environment": build.name,
                "build_id": build.id,
                "built_at": build.ended_on.isoformat() if build.ended_on else None,
                "prefix": build.prefix,
                "pinned": pinned,
            },
        },
    }


def _command(raw: RawKernel, prefix: str, windows: bool) -> list[str]:
    # The raw directory never changes; the one that the server lists does, with each build.
    values = {"prefix": prefix, "resource_dir": str(raw.directory)}
    program, *arguments = (
        re.sub(r"\{(prefix|resource_dir)\}", lambda match: values[match[1]], word)
        for word in raw.content["argv"]
    )
    return [_program(program, prefix, windows), *arguments]


def _is_confined(raw: RawKernel, prefix: Path) -> bool:
    program = Path(_command(raw, str(prefix), sys.platform == "win32")[0])
    return program.is_absolute() and program.resolve().is_relative_to(prefix.resolve())


def _program(program: str, prefix: str, windows: bool) -> str:
    """Return the absolute path of a bare program of the build; another one as it is.

    jupyter_client would take a bare ``python`` for the server's own. Other bare names are found
    on the PATH of the activated build.
    """
    if "/" in program or (windows and "\\" in program):
        return program
    root = PureWindowsPath(prefix) if windows else PurePosixPath(prefix)
    here = root / program if windows else root / "bin" / program
    if Path(here).exists():
        return str(here)
    if _PYTHON.fullmatch(program):
        return str(root / "python.exe" if windows else root / "bin" / "python")
    return program


def _text(content: dict[str, Any], key: str) -> str:
    value = content.get(key)
    return value if isinstance(value, str) else ""
