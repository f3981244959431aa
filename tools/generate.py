"""Write, or check, what is made from the code: the API's description, parts of the docs, texts.

``python -m tools.generate`` writes; with ``--check`` it only says what is stale, and fails.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from jupyter_envstore import __version__
from jupyter_envstore.api.openapi import openapi_document
from jupyter_envstore.config import CONDA_STORE_NAMES, EnvStore
from jupyter_envstore.handlers.endpoints import ROUTER

from .api_reference import api_reference
from .lifecycle_table import lifecycle_diagram, lifecycle_table
from .modules_table import modules_table
from .translations import translated_files

ROOT = Path(__file__).parents[1]
OPENAPI = Path("docs/reference/openapi.json")
TYPES = Path("src/api/schema.ts")
SETTINGS = Path("docs/reference/settings.md")
ENDPOINTS = Path("docs/reference/rest-api.md")
LIFECYCLE = Path("docs/explanation/lifecycle.md")
HOUSE = Path("docs/explanation/house.md")

BEGIN, END = "<!-- generated: make generate -->\n", "<!-- end of what is generated -->\n"
"""Between these two lines, a page that people write has a part that is made."""


def main(arguments: list[str] | None = None) -> int:
    """Generate or check; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tools.generate")
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    check = parser.parse_args(arguments).check
    stale = {path: text for path, text in generated().items() if _read(path) != text}
    for path, text in stale.items():
        if check:
            print(f"{path} is stale: run make generate.", file=sys.stderr)
        else:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
            print(f"{path} written.")
    return 1 if check and stale else 0


def generated() -> dict[Path, str]:
    """Return the text of every generated file."""
    api = openapi_document(ROUTER.operations, __version__)
    document = json.dumps(api, indent=2) + "\n"
    return {
        OPENAPI: document,
        TYPES: _types(document),
        SETTINGS: settings_reference(),
        ENDPOINTS: api_reference(api),
        LIFECYCLE: with_generated_part(
            (ROOT / LIFECYCLE).read_text(encoding="utf-8"),
            f"{lifecycle_table()}\n{lifecycle_diagram()}",
        ),
        HOUSE: with_generated_part((ROOT / HOUSE).read_text(encoding="utf-8"), modules_table()),
        **translated_files(),
    }


def with_generated_part(page: str, part: str) -> str:
    """Return a page with `part` between its marks; raise `ValueError` if it has not one of each."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"The page needs each of these lines once: {BEGIN}{END}")
    return f"{before}{BEGIN}\n{part}\n{END}{after}"


def settings_reference() -> str:
    """Return the page that documents every trait."""
    lines = [
        "# Settings",
        "",
        "Set these in a configuration file of Jupyter Server, e.g. `jupyter_server_config.py`, as",
        "`c.EnvStore.<name> = <value>`, or on the command line as `--EnvStore.<name>=<value>`.",
        "",
    ]
    lines += [
        "A configuration written for conda-store goes on working: these of its traits are read,",
        "with a warning that says how to rename them, unless ours is set. Others are named and",
        "ignored.",
        "",
        "| conda-store | here |",
        "|---|---|",
    ]
    lines += [
        f"| `c.{section}.{old}` | `c.EnvStore.{new}` |"
        for (section, old), new in CONDA_STORE_NAMES.items()
    ]
    lines.append("")
    for name, trait in sorted(EnvStore.class_own_traits(config=True).items()):
        lines += [f"## `{name}`", "", " ".join(trait.help.split()), ""]
        lines += [f"Type: {trait.info()}. Default: `{trait.default()!r}`.", ""]
    return "\n".join(lines)


def _types(document: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "openapi.json"
        source.write_text(document, encoding="utf-8")
        made = _node("openapi-typescript", str(source))
        return _node("prettier", "--stdin-filepath", str(TYPES), stdin=made)


def _node(program: str, *arguments: str, stdin: str | None = None) -> str:
    """Run a program of the node modules; return what it prints."""
    command = [str(ROOT / "node_modules" / ".bin" / program), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, input=stdin
    )
    return done.stdout


def _read(path: Path) -> str | None:
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
