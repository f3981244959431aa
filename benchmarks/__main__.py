"""The command line: ``python -m benchmarks [NAME ...]``.

Runs the named benchmarks, or all, prints a table, and writes the figures with the machine's facts
to ``.cache/bench/<date>.json``. The exit status is 1 if a figure exceeds its limit, or if a
benchmark failed; the others are measured nevertheless.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
import traceback
from datetime import datetime, timezone
from pathlib import Path

from . import machine
from .figures import Measurement, table
from .workplace import RESULTS

NAMES = (
    "build_ratio",
    "lock_install",
    "loop_lag",
    "load",
    "api_lists",
    "kernel_listing",
    "server_start",
    "idle_memory",
    "kernel_latency",
    "big_solve",
    "package_search",
    "archive",
    "one_gigabyte",
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}")
    names = parser.parse_args(arguments).names or list(NAMES)
    if unknown := sorted(set(names).difference(NAMES)):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    facts = machine.facts(RESULTS)
    print(machine.describe(facts), flush=True)
    measured = {name: _measure(name) for name in names}
    taken = {name: one for name, one in measured.items() if one is not None}
    path = _write(facts, taken)
    figures = [(name, figure) for name, one in taken.items() for figure in one.figures]
    print(
        f"\n{_details(taken)}{table(figures)}\n\nwritten to {path.relative_to(RESULTS.parents[1])}"
    )
    return int(len(taken) < len(names) or any(figure.missed for _, figure in figures))


def _measure(name: str) -> Measurement | None:
    print(f"{name} ...", end=" ", flush=True)
    began = time.monotonic()
    try:
        measured: Measurement = importlib.import_module(f".{name}", __package__).measure()
    except Exception:  # noqa: BLE001 -- what the others took minutes for is not thrown away
        print("failed", flush=True)
        traceback.print_exc()
        return None
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    return measured


def _write(facts: dict[str, object], taken: dict[str, Measurement]) -> Path:
    now = datetime.now(timezone.utc)
    path = RESULTS / f"{now:%Y-%m-%dT%H%M%SZ}.json"
    content = {
        "taken": now.isoformat(timespec="seconds"),
        "machine": facts,
        "benchmarks": {
            name: {
                "figures": [figure.as_json() for figure in measured.figures],
                "details": measured.details,
            }
            for name, measured in taken.items()
        },
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def _details(taken: dict[str, Measurement]) -> str:
    lines = []
    for measured in taken.values():
        for title, values in measured.details.items():
            lines.append(f"{title}: {json.dumps(values)}\n")
    return "".join(lines) + ("\n" if lines else "")


if __name__ == "__main__":
    sys.exit(main())
