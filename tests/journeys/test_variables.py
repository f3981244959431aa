"""Variables of a specification: in the kernel, in a shell, and where conda looks for them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from jupyter_envstore.integration.activation import bash_script

VARIABLES = {"GREETING": "it's $HOME, «hé»", "LINES": "one\ntwo", "LEVEL": 3, "EMPTY": ""}
EXPECTED = {name: str(value) for name, value in VARIABLES.items()}
DUMP = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture
def prefix(api, channel, python, jp_asyncio_loop) -> Path:
    """The prefix of a build whose specification has the variables."""

    async def make() -> str:
        build_id = await api.submit(python, "ipykernel", channels=channel, variables=VARIABLES)
        return str((await api.completed(build_id, timeout=120))["prefix"])

    return Path(jp_asyncio_loop.run_until_complete(make()))


def seen(output: str) -> dict[str, str]:
    """Return those of the variables that a process has printed."""
    environ = json.loads(output[output.index("{") :])
    return {name: environ[name] for name in EXPECTED if name in environ}


async def test_kernels_have_them_also_those_of_a_lockfile(api, prefix, kernels):
    text = (await api.get("build/1/explicit.txt")).text
    body = {"specification": text, "is_lockfile": True, "environment_name": "copy"}
    again = (await api.post("specification/", {**body, "namespace": "ns"})).data["build_id"]
    copy = await api.completed(again, timeout=120)
    cards = {card["environment"]: card["name"] for card in (await api.get("kernels/")).data}
    names = sorted(EXPECTED)
    for environment, where in (("env", str(prefix)), ("copy", copy["prefix"])):
        kernel = await kernels.start(cards[environment])
        assert await kernels.run(kernel, "sys.prefix") == where
        values = await kernels.run(kernel, f"[os.environ.get(name) for name in {names}]")
        assert dict(zip(names, values, strict=True)) == EXPECTED


def test_an_activated_shell_has_them_and_no_other_shell(prefix, tmp_path):
    script = tmp_path / "activate.sh"
    script.write_text(bash_script(str(prefix), "env"), encoding="utf-8")
    command = f". {shlex.quote(str(script))}; exec python -c {shlex.quote(DUMP)}"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", command],
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        text=True,
    )
    assert seen(done.stdout) == EXPECTED
    assert json.loads(done.stdout)["CONDA_PREFIX"] == str(prefix)
    plain = subprocess.run(
        [prefix / "bin/python", "-c", DUMP], env={}, check=True, capture_output=True, text=True
    )
    assert seen(plain.stdout) == {}


def test_conda_finds_them_where_it_keeps_its_own(prefix):
    state = json.loads((prefix / "conda-meta" / "state").read_text())
    assert state["env_vars"] == EXPECTED


@pytest.mark.skipif(
    "ENVSTORE_TEST_CONDA" not in os.environ,
    reason="ENVSTORE_TEST_CONDA does not name a conda program",
)
def test_conda_itself_has_them(prefix):
    conda = os.environ["ENVSTORE_TEST_CONDA"]
    # conda quotes values by apostrophes, and does not quote those in a value: seen with 26.7.1.
    expected = {name: value.replace("'", "") for name, value in EXPECTED.items()}
    (prefix / "conda-meta" / "state").write_text(json.dumps({"env_vars": expected}))
    python = ["python", "-c", DUMP]
    run = [conda, "run", "--no-capture-output", "-p", str(prefix), *python]
    activate = f'eval "$({shlex.quote(conda)} shell.posix activate {shlex.quote(str(prefix))})"'
    for command in (run, ["bash", "-c", f"{activate}; {shlex.join(python)}"]):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert seen(done.stdout) == expected
