"""The list of all modules with the first sentence of each: a part of the page about the house."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "jupyter_envstore"

FLOORS = (
    "extension", "console", "composition", "server_kernels", "server_activity", "config",
    "handlers", "cli", "api", "service", "builder", "store", "engine", "integration", "domain",
)  # fmt: skip
"""In the order of the house, from the front door down."""


def modules_table() -> str:
    """Return a heading and a table for each floor."""
    modules = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
    root = modules.pop("")
    lines = [f"`jupyter_envstore`: {first_sentence(root)}"]
    for floor in FLOORS:
        names = [name for name in modules if name == floor or name.startswith(f"{floor}.")]
        lines += ["", f"### {floor}", "", "| module | |", "|---|---|", *_rows(names, modules)]
    return "\n".join(lines) + "\n"


def first_sentence(path: Path) -> str:
    """Return what a module says of itself; raise `ValueError` if it says nothing."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    found = re.match(r".*?[.!?](?=\s|$)", paragraph)
    if found is None:
        raise ValueError(f"{path.name} has no docstring that begins with a sentence.")
    return found[0].replace("``", "`")


def _rows(names: Iterable[str], modules: dict[str, Path]) -> list[str]:
    return [f"| `{name}` | {first_sentence(modules[name])} |" for name in sorted(names)]


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")
