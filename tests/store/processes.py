"""Python processes that begin together."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_GATE = """
import json, sys
print("ready", flush=True)
sys.stdin.readline()
"""


def run_together(code: str, arguments: list[list[str]]) -> list[Any]:
    """Run `code` in one process for each list of arguments, all let go at the same moment.

    The code finds its arguments in ``sys.argv[1:]``; what it prints last, as JSON, is returned.
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _GATE + code, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in arguments
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    results = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        results.append(json.loads(out.splitlines()[-1]))
    return results
