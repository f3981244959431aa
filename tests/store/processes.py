"""Python processes that begin together."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

# What takes time comes before the gate, so that they really meet behind it.
_GATE = """
import json, sys
import jupyter_envstore.store.builds, jupyter_envstore.store.identity
print("ready", flush=True)
sys.stdin.readline()
"""


def run_together(code: str, arguments: list[list[str]]) -> list[Any]:
    """Run `code` in one process for each list of arguments, all let go at the same moment.

    The code finds its arguments in ``sys.argv[1:]``; what it prints last, as JSON, is returned.
    """
    processes = [_start(code, words) for words in arguments]
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        return [_result(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _start(code: str, words: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _GATE + code, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _result(process: subprocess.Popen[str]) -> Any:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])
