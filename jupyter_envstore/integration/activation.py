"""Activation of a build without conda: a script that is sourced before its kernel starts.

It does what ``conda activate`` does (conda/activate.py): the previous environment's scripts of
``etc/conda/deactivate.d``, then PATH and the CONDA_ variables, then the variables of packages
(``etc/conda/env_vars.d/*.json``) and of the specification (``conda-meta/state``), then the
scripts of ``etc/conda/activate.d``, which run at each start because they may look at the host.

On top of conda's rules, a kernel sees the packages of its build and no others:

- PYTHONHOME is unset (it names the library of another Python), and so is PYTHONPATH, whose
  packages were made for the Python that runs the server;
- VIRTUAL_ENV is unset and its programs leave PATH: uv would install into it, not into the build;
- PYTHONNOUSERSITE is 1, unless `user_site` is asked for.

A variable of the specification, or of the kernel's own ``env``, wins over these.
"""

from __future__ import annotations

import json
import logging
import re
import shlex
from collections.abc import Collection
from pathlib import Path, PureWindowsPath
from typing import Any

from .small_files import read_small_text

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSET = "***unset***"
_RESERVED = frozenset(["PATH"])
"""conda/base/constants.py: CONDA_ENV_VARS_UNSET_VAR, RESERVED_ENV_VARS."""

_FOREIGN_PACKAGES = ("PYTHONHOME", "PYTHONPATH")

# The scripts are sourced in a function, so that a `set --` in one cannot change the command that
# is started; and an `exit` in one, or an unset variable under its `set -u`, starts it at once.
_BASH_HEAD = """\
__envstore_command=("$@")
if [ "$#" -gt 0 ]; then
    trap 'exec "${__envstore_command[@]}"' EXIT
fi

__envstore_source() {
    local __envstore_script=$1
    . "$1" </dev/null ||
        printf '%s: status %s is ignored.\\n' "$__envstore_script" "$?" >&2
    set +eu
}

__envstore_drop_from_path() {
    local path=":${PATH-}:"
    while [[ $path == *":$1:"* ]]; do
        path=${path/":$1:"/:}
    done
    path=${path#:}
    PATH=${path%:}
}

__envstore_leave() {
    local scripts index
    if [ -n "${VIRTUAL_ENV-}" ]; then
        __envstore_drop_from_path "$VIRTUAL_ENV/bin"
        unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    fi
    # Anything may set CONDA_PREFIX; only a conda environment's directory leaves PATH.
    if [ -d "${CONDA_PREFIX-}/conda-meta" ]; then
        if [ "$CONDA_PREFIX" != "$__envstore_prefix" ]; then
            scripts=("$CONDA_PREFIX"/etc/conda/deactivate.d/*.sh)
            for ((index = ${#scripts[@]} - 1; index >= 0; index--)); do
                if [ -f "${scripts[index]}" ]; then
                    __envstore_source "${scripts[index]}"
                fi
            done
        fi
        __envstore_drop_from_path "$CONDA_PREFIX/bin"
    fi
    for ((index = 1; index < 10; index++)); do
        unset "CONDA_PREFIX_$index" "CONDA_STACKED_$index"
    done
}

__envstore_leave
__envstore_drop_from_path "$__envstore_prefix/bin"
export PATH="$__envstore_prefix/bin${PATH:+:$PATH}"
export CONDA_PREFIX="$__envstore_prefix"
export CONDA_SHLVL=1
"""

_BASH_TAIL = """\
if [ "${#__envstore_command[@]}" -gt 0 ]; then
    trap - EXIT
fi
unset -f __envstore_source __envstore_drop_from_path __envstore_leave
unset __envstore_command __envstore_prefix
"""


def bash_script(
    prefix: str, environment: str, *, keep: Collection[str] = (), user_site: bool = False
) -> str:
    """Return the text of a script for ``bash -c '. "$0"; exec "$@"' <script> <command>...``.

    `keep` names variables that are left as they are: those that a kernel's own ``env`` sets. No
    failure of an activation script stops the command; what it prints goes to the kernel's log.
    """
    lines = [
        "# Activates a build for its kernel. Made by jupyter_envstore: changes are lost.",
        f"__envstore_prefix={shlex.quote(prefix)}",
        _BASH_HEAD,
        f"export CONDA_DEFAULT_ENV={shlex.quote(environment)}",
        f"export CONDA_PROMPT_MODIFIER={shlex.quote(f'({environment}) ')}",
        *(f"unset {name}" for name in _FOREIGN_PACKAGES if name not in keep),
    ]
    if not user_site and "PYTHONNOUSERSITE" not in keep:
        lines.append("export PYTHONNOUSERSITE=1")
    for name, value in environment_variables(prefix).items():
        lines.append(f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}")
    lines += [f"__envstore_source {shlex.quote(str(path))}" for path in _scripts(prefix, ".sh")]
    return "\n".join([*lines, "", _BASH_TAIL])


def batch_script(
    prefix: str, environment: str, *, keep: Collection[str] = (), user_site: bool = False
) -> str:
    """Return the text of a batch file that activates the build, then runs its arguments.

    As `bash_script`, for ``cmd /d /c <script> <command>...``; without the scripts of the
    previous environment. A value with a line break, which no batch file can hold, is left out.
    """
    root = PureWindowsPath(prefix)
    directories = [root, *(root / part for part in _WINDOWS_DIRECTORIES)]
    lines = [
        "@echo off",
        "rem Activates a build for its kernel. Made by jupyter_envstore: changes are lost.",
        "chcp 65001 >nul",
        _set("PATH", ";".join(map(str, directories)), after=";%PATH%"),
        _set("CONDA_PREFIX", prefix),
        _set("CONDA_SHLVL", "1"),
        _set("CONDA_DEFAULT_ENV", environment),
        _set("CONDA_PROMPT_MODIFIER", f"({environment}) "),
        *(_set(name, "") for name in (*_FOREIGN_PACKAGES, "VIRTUAL_ENV") if name not in keep),
    ]
    if not user_site and "PYTHONNOUSERSITE" not in keep:
        lines.append(_set("PYTHONNOUSERSITE", "1"))
    for name, value in environment_variables(prefix).items():
        if value is None or not re.search(r"[\r\n]", value):
            lines.append(_set(name, value or ""))
    lines += [f'call "{_percent(str(path))}"' for path in _scripts(prefix, ".bat")]
    return "\r\n".join([*lines, "%*", ""])


_WINDOWS_DIRECTORIES = (
    r"Library\mingw-w64\bin",
    r"Library\usr\bin",
    r"Library\bin",
    "Scripts",
    "bin",
)


def environment_variables(prefix: str | Path) -> dict[str, str | None]:
    """Return the variables that activating the build sets; None where one is to be unset.

    Those of the specification win over those of packages, and packages over one another by the
    name of their file, as in conda. What cannot be read, and what no shell could hold, is left
    out, and logged.
    """
    found: dict[str, Any] = {}
    for path in sorted(Path(prefix, "etc", "conda", "env_vars.d").glob("*.json")):
        found.update(_read_mapping(path))
    state = _read_mapping(Path(prefix, "conda-meta", "state")).get("env_vars")
    found.update(state if isinstance(state, dict) else {})
    variables: dict[str, str | None] = {}
    for name, value in found.items():
        if value == _UNSET or name in _RESERVED:
            continue
        usable = value is None or (isinstance(value, (str, int, float)) and "\0" not in str(value))
        if not usable or not _NAME.fullmatch(name):
            _log.warning(
                "The variable %r of %s is no variable of a shell, and not set", name, prefix
            )
            continue
        variables[name] = None if value is None else str(value)
    return variables


def _scripts(prefix: str, suffix: str) -> list[Path]:
    # By code point as conda does it, not by the collation of whoever starts the kernel.
    return sorted(Path(prefix, "etc", "conda", "activate.d").glob(f"*{suffix}"))


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_small_text(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _log.warning("The variables of %s are not set: it cannot be read (%s)", path, error)
        return {}
    return content if isinstance(content, dict) else {}


def _set(name: str, value: str, after: str = "") -> str:
    return f'set "{name}={_percent(value)}{after}"'


def _percent(text: str) -> str:
    return text.replace("%", "%%")
