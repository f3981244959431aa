"""When a channel is made or refused; a whole one is made and used by the journeys."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tools.local_channel import __main__ as command_line
from tools.local_channel import generated, making
from tools.local_channel.interpreter import Interpreter, refusal


def test_an_upstream_python_is_accepted(upstream: Interpreter) -> None:
    assert refusal(upstream) is None


def test_a_debian_python_is_accepted(upstream: Interpreter) -> None:
    assert refusal(replace(upstream, debian_layout=True)) is None


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"implementation": "pypy"}, "pypy"),
        ({"system": "darwin", "libc": ("", "")}, "darwin"),
        ({"system": "win32", "libc": ("", "")}, "win32"),
        ({"machine": "aarch64"}, "aarch64"),
        ({"libc": ("", "")}, "GNU C library"),
        ({"version_info": (3, 9), "version": "3.9.18"}, "3.9.18 is too old"),
        ({"abiflags": "t"}, "free-threaded"),
        ({"from_conda": True}, "conda package already"),
        ({"platlibdir": "lib64"}, "lib64"),
        ({"base_prefix": Path("/nowhere")}, "/nowhere/bin/python3.12"),
    ],
)
def test_any_other_python_is_refused_in_one_sentence(
    upstream: Interpreter, facts: dict[str, object], told: str
) -> None:
    reason = refusal(replace(upstream, **facts))  # type: ignore[arg-type]
    assert reason is not None
    assert told in reason
    assert "\n" not in reason
    assert reason.endswith(".")
    assert ". " not in reason


def test_a_refusal_is_told_on_stderr_with_status_2(
    upstream: Interpreter,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    refused = replace(upstream, implementation="pypy")
    monkeypatch.setattr(Interpreter, "running", classmethod(lambda _: refused))
    assert command_line.main(["--out", str(tmp_path / "channel")]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == f"{refusal(refused)}\n"
    assert not (tmp_path / "channel").exists()


def test_the_running_interpreter_is_described_by_what_it_was_made_from() -> None:
    running = Interpreter.running()
    assert running.base_prefix == Path(sys.base_prefix)
    assert running.tag == f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert (running.stdlib / "os.py").is_file()


def test_a_channel_is_made_once_and_anew_when_forced(
    upstream: Interpreter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(generated, "PACKAGES", 2)
    out = tmp_path / "channels"
    litter = out / ".making-killed"
    litter.mkdir(parents=True)

    making.make(out, ["generated"], upstream, force=False)
    repodata = out / "generated/noarch/repodata.json"
    packages = json.loads(repodata.read_text())["packages.conda"]
    names = {record["name"] for record in packages.values()}
    assert {"generated-000", "generated-001", "generated-all"} <= names
    assert (out / "generated/linux-64/repodata.json.zst").is_file()
    assert (out / "generated/linux-64/repodata_shards.msgpack.zst").is_file()
    assert {p.name for p in out.iterdir()} == {".lock", "channel.json", "generated"}

    made = repodata.stat().st_ino
    capsys.readouterr()
    making.make(out, ["generated"], upstream, force=False)
    assert "up to date" in capsys.readouterr().out
    assert repodata.stat().st_ino == made

    making.make(out, ["generated"], replace(upstream, libc=("glibc", "2.40")), force=False)
    assert "up to date" not in capsys.readouterr().out

    marker = out / "generated/marker"
    marker.touch()
    making.make(out, ["generated"], replace(upstream, libc=("glibc", "2.40")), force=True)
    assert not marker.exists()
