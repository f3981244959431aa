"""A program that behaves as conda, mamba or micromamba do, also as a real one cannot be made to.

It solves by taking the newest of each name, links as conda does (hard links, placeholders
replaced, a record for each package), and does what the test plans: says what was recorded of a
real one, ends with any status, links a part, hangs. Every call is noted with its arguments and its
environment.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PROGRAM = r"""
import json, os, pathlib, sys, time
from urllib.parse import urlsplit

here = pathlib.Path(__file__).resolve().parent
setup = json.loads((here / "setup.json").read_text())
arguments = sys.argv[1:]
if arguments == ["--version"]:
    print(setup["version"])
    sys.exit(0)
with (here / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps({"arguments": arguments, "environment": dict(os.environ)}) + "\n")
command = arguments[0]
noted = [json.loads(line) for line in (here / "calls.jsonl").open()]
number = sum(call["arguments"][0] == command for call in noted)
plan = setup["plan"].get(command, [])
step = plan[min(number, len(plan)) - 1] if plan else {}
prefix = pathlib.Path(arguments[arguments.index("--prefix") + 1])
packages = pathlib.Path(os.environ["CONDA_PKGS_DIRS"])


def records():
    found = {}
    channels = [arguments[i + 1] for i, a in enumerate(arguments) if a == "--channel"]
    for channel in channels:
        for subdir in (os.environ["CONDA_SUBDIR"], "noarch"):
            index = pathlib.Path(urlsplit(channel).path, subdir, "repodata.json")
            if index.exists():
                for fn, raw in json.loads(index.read_text())["packages"].items():
                    full = {**raw, "fn": fn, "url": f"{channel}/{subdir}/{fn}",
                            "channel": f"{channel}/{subdir}"}
                    found.setdefault(raw["name"], []).append(full)
    return found


def solve():
    every, chosen = records(), {}
    todo = [a for a in arguments[arguments.index("--channel") + 2:] if not a.startswith("-")]
    todo = [a for a in todo if "://" not in a or "::" in a]
    while todo:
        name = todo.pop().rpartition("::")[2].replace("=", " ").replace(">", " ").split()[0]
        if name in chosen or name not in every:
            continue
        chosen[name] = every[name][-1]
        todo += chosen[name]["depends"]
    order = sorted(chosen.values(), key=lambda raw: len(raw["depends"]))
    if setup["family"] == "conda":
        links = [{"base_url": r["channel"].rpartition("/")[0], "build_number": r["build_number"],
                  "build_string": r["build"], "channel": "x", "name": r["name"],
                  "dist_name": f'{r["name"]}-{r["version"]}-{r["build"]}',
                  "platform": r["subdir"], "version": r["version"]} for r in order]
    else:
        links = order
    actions = {"FETCH": order[::-1], "LINK": links, "PREFIX": str(prefix)}
    print(json.dumps({"success": True, "dry_run": True, "prefix": str(prefix), "actions": actions}))


def entries():
    return {json.loads((e / "info/repodata_record.json").read_text())["url"]: e
            for e in packages.iterdir() if e.is_dir()}


def link(most):
    lines = pathlib.Path(arguments[arguments.index("--file") + 1]).read_text().split()
    cached = entries()
    for line in lines[1:][:most]:
        entry = cached[line.partition("#")[0]]
        record = json.loads((entry / "info/repodata_record.json").read_text())
        paths = json.loads((entry / "info/paths.json").read_text())["paths"]
        for path in paths:
            source, target = entry / path["_path"], prefix / path["_path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            placeholder = path.get("prefix_placeholder")
            if placeholder is None:
                if not target.exists():
                    os.link(source, target)
                continue
            text = source.read_bytes()
            old, new = placeholder.encode(), str(prefix).encode()
            if path["file_mode"] == "binary":
                head, _, tail = text.partition(old)
                rest, nul, more = tail.partition(b"\0")
                text = head + new + rest + b"\0" * (len(old) - len(new)) + nul + more
            else:
                text = text.replace(old, new)
            target.write_bytes(text)
        record |= {"files": [p["_path"] for p in paths], "paths_data": {"paths": paths},
                   "link": {"source": str(entry), "type": 1},
                   "extracted_package_dir": str(entry), "requested_spec": "everything"}
        name = f'{record["name"]}-{record["version"]}-{record["build"]}.json'
        (prefix / "conda-meta" / name).write_text(json.dumps(record))


if "wait_for" in step:
    (here / "waiting").touch()
    while not pathlib.Path(step["wait_for"]).exists():
        time.sleep(0.01)
if step.get("act", True):
    if command == "create":
        solve()
    else:
        link(step.get("most"))
        if "lose" in step:
            (prefix / step["lose"]).unlink()
sys.stdout.write(step.get("output", ""))
sys.stderr.write(step.get("errors", ""))
sys.stdout.flush()
if step.get("signal"):
    os.kill(os.getpid(), step["signal"])
sys.exit(step.get("status", 0))
"""

VERSIONS = {"conda": "conda 26.7.1", "mamba": "2.8.1", "micromamba": "1.1.0"}


@dataclass
class StandIn:
    """The program in a directory; its plan is read at each call."""

    directory: Path
    engine: str
    plan: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True)
        self.path.write_text(f"#!{sys.executable} -I\n{_PROGRAM}")
        self.path.chmod(0o755)
        self.will()

    @property
    def path(self) -> Path:
        return self.directory / self.engine

    def will(self, **plan: list[dict[str, Any]]) -> None:
        """Plan what the calls of a command do, one after the other; the last goes on."""
        self.plan |= plan
        family = "conda" if self.engine == "conda" else "mamba"
        setup = {"version": VERSIONS[self.engine], "family": family, "plan": self.plan}
        (self.directory / "setup.json").write_text(json.dumps(setup))

    @property
    def calls(self) -> list[dict[str, Any]]:
        noted = self.directory / "calls.jsonl"
        return [json.loads(line) for line in noted.read_text().splitlines()]

    @property
    def is_waiting(self) -> bool:
        return (self.directory / "waiting").exists()

    @property
    def order(self) -> dict[str, str]:
        """What an order says of it."""
        return {"engine": self.engine, "engine_executable": str(self.path)}
