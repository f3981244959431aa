"""Set a copy of Debian's standard library back to the layout of upstream's.

Debian and Ubuntu install modules to ``dist-packages`` and keep ``site-packages`` off ``sys.path``,
except in a virtual environment. A conda prefix is neither, so the copy must always do what it does
in a virtual environment.

From 3.11 on, the module ``site`` is also frozen into the interpreter, and that copy is used.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

IN_VIRTUAL_ENVIRONMENT = 'sys.base_prefix != sys.prefix or hasattr(sys, "real_prefix")'

# How Debian's own customisations find their way into an interpreter.
DEBIAN_ONLY = ("sitecustomize.py", "_distutils_system_mod.py")


def set_back(stdlib: Path) -> None:
    """Edit the standard library copied to ``stdlib`` so that site-packages is what it uses.

    What could not be recognised is left alone: the finished interpreter is asked for its paths,
    which tells.
    """
    for name in DEBIAN_ONLY:
        (stdlib / name).unlink(missing_ok=True)
    site = stdlib / "site.py"
    site.write_text(upstream_site(site.read_text(encoding="utf-8")), encoding="utf-8")
    for name in ("sysconfig.py", "sysconfig/__init__.py", "distutils/sysconfig.py"):
        file = stdlib / name
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(IN_VIRTUAL_ENVIRONMENT, "True"), encoding="utf-8")


def set_back_frozen_site(content: bytes) -> bytes:
    """Rename dist-packages to site-packages in the code of ``site`` that a binary file holds.

    The two names are of one length, so nothing moves. What Debian adds is renamed as well, to
    directories that do not exist.
    """
    return content.replace(b"dist-packages", b"site-packages")


def upstream_site(source: str) -> str:
    """Take Debian's additions out of ``getsitepackages`` in the source of ``site.py``.

    Debian appends its own directories one by one, and names the last, which upstream has too,
    dist-packages.
    """
    function = next(
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == "getsitepackages"
    )
    lines = source.splitlines(keepends=True)
    added: list[ast.stmt] = []
    for node in ast.walk(function):
        if isinstance(node, (ast.Expr, ast.If)):
            text = ast.get_source_segment(source, node) or ""
            if re.match(
                r"if is_virtual_environment|sitepackages\.append\(.*dist-packages", text, re.S
            ):
                added.append(node)
    for statement in added:
        for number in range(statement.lineno - 1, statement.end_lineno or statement.lineno):
            lines[number] = ""
    for number in range(function.lineno - 1, function.end_lineno or function.lineno):
        lines[number] = lines[number].replace('"dist-packages"', '"site-packages"')
    return "".join(lines)
