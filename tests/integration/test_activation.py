from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_envstore.integration.activation import (
    bash_script,
    batch_script,
    environment_variables,
)

BASH = [shutil.which("bash"), "--noprofile", "--norc", "-c", '. "$0"; exec "$@"']
DUMP = "import json, os, sys; json.dump([os.getpid(), sys.argv[1:], dict(os.environ)], sys.stdout)"


class Started:
    """A command that was started the way a kernel is."""

    def __init__(self, script: Path, environ: dict[str, str], arguments: list[str]) -> None:
        process = subprocess.Popen(
            [*BASH, script, sys.executable, "-c", DUMP, *arguments],
            env={"PATH": "/usr/bin:/bin", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        out, self.log = process.communicate(timeout=60)
        assert process.returncode == 0, self.log
        pid, self.arguments, self.environ = json.loads(out[out.index("[") :])
        assert pid == process.pid, "the command replaces the shell"

    @property
    def path(self) -> list[str]:
        return self.environ["PATH"].split(":")


@pytest.fixture
def start(tmp_path):
    def start(prefix, *arguments, environ=None, **options) -> Started:
        script = tmp_path / "scripts with spaces" / "activate.sh"
        script.parent.mkdir(exist_ok=True)
        script.write_text(bash_script(str(prefix), "data", **options), encoding="utf-8")
        return Started(script, environ or {}, list(arguments))

    return start


def test_the_build_is_active(start, make_prefix):
    prefix = make_prefix("1")
    started = start(prefix, "two words", "$HOME")
    assert started.arguments == ["two words", "$HOME"]
    assert started.path == [f"{prefix}/bin", "/usr/bin", "/bin"]
    assert started.environ["CONDA_PREFIX"] == str(prefix)
    assert started.environ["CONDA_DEFAULT_ENV"] == "data"
    assert started.environ["CONDA_PROMPT_MODIFIER"] == "(data) "
    assert started.environ["CONDA_SHLVL"] == "1"
    assert started.environ["PYTHONNOUSERSITE"] == "1"
    assert not [name for name in started.environ if "envstore" in name.lower()]
    assert started.log == ""


def test_without_a_path_there_is_only_the_builds(start, make_prefix):
    prefix = make_prefix("1")
    assert start(prefix, environ={"PATH": ""}).path == [f"{prefix}/bin"]


def test_the_servers_own_environment_is_left(start, make_prefix):
    old = make_prefix(
        "old",
        deactivate={"a.sh": "echo first a >&2\nunset PROJ_LIB", "b.sh": "echo then b >&2; false"},
    )
    prefix = make_prefix("1")
    environ = {
        "PATH": f"{old}/bin:/opt/venv/bin:/usr/bin:{old}/bin:/bin:{prefix}/bin:/bin",
        "CONDA_PREFIX": str(old),
        "CONDA_SHLVL": "2",
        "CONDA_PREFIX_1": "/opt/conda",
        "PROJ_LIB": f"{old}/share/proj",
        "VIRTUAL_ENV": "/opt/venv",
        "PYTHONPATH": "/opt/other/lib",
        "CONDA_EXE": "/opt/conda/bin/conda",
    }
    started = start(prefix, environ=environ)
    assert started.path == [f"{prefix}/bin", "/usr/bin", "/bin", "/bin"]
    for name in ("PROJ_LIB", "VIRTUAL_ENV", "CONDA_PREFIX_1", "PYTHONPATH"):
        assert name not in started.environ
    assert started.environ["CONDA_EXE"] == "/opt/conda/bin/conda"
    lines = started.log.splitlines()
    assert lines[0] == "then b", "in reverse order, as conda does"
    assert "first a" in lines
    assert f"{old}/etc/conda/deactivate.d/b.sh: status 1 is ignored." in lines


def test_a_conda_prefix_that_is_none_leaves_the_path_alone(start, make_prefix):
    assert "/usr/bin" in start(make_prefix("1"), environ={"CONDA_PREFIX": "/usr"}).path


def test_activating_the_active_build_again_changes_nothing(start, make_prefix):
    prefix = make_prefix("1", deactivate={"a.sh": "echo deactivated >&2"})
    environ = {"CONDA_PREFIX": str(prefix), "PATH": f"{prefix}/bin:/bin"}
    started = start(prefix, environ=environ)
    assert started.path == [f"{prefix}/bin", "/bin"]
    assert started.log == ""


def test_python_sees_no_packages_of_elsewhere(start, make_prefix):
    prefix = make_prefix("1")
    environ = {"PYTHONPATH": "/elsewhere", "PYTHONHOME": sys.base_prefix}
    isolated = start(prefix, environ=environ).environ
    assert "PYTHONPATH" not in isolated
    assert "PYTHONHOME" not in isolated
    asked = start(prefix, environ=environ, keep={"PYTHONPATH"}, user_site=True).environ
    assert asked["PYTHONPATH"] == "/elsewhere"
    assert "PYTHONNOUSERSITE" not in asked
    assert "PYTHONHOME" not in asked


def test_the_specification_wins_over_packages_and_over_our_defaults(start, make_prefix):
    prefix = make_prefix(
        "1",
        package_variables={"a.json": {"X": "a", "Y": "a", "Z": "a"}, "b.json": {"Y": "b"}},
        variables={"X": "specification", "N": 3, "PYTHONPATH": "/mine", "GONE": None,
                   "PATH": "/evil", "OFF": "***unset***"},
    )  # fmt: skip
    started = start(prefix, environ={"GONE": "was here", "OFF": "stays"})
    values = {name: started.environ.get(name) for name in ("X", "Y", "Z", "N", "PYTHONPATH")}
    assert values == {"X": "specification", "Y": "b", "Z": "a", "N": "3", "PYTHONPATH": "/mine"}
    assert "GONE" not in started.environ
    assert started.environ["OFF"] == "stays"
    assert "/evil" not in started.path


def test_scripts_run_in_order_and_see_the_variables(start, make_prefix):
    prefix = make_prefix(
        "1",
        variables={"DATA": "x"},
        activate={
            "10-b.sh": 'export ORDER="$ORDER b"',
            "1-a.sh": 'export ORDER="a $DATA" PROJ_LIB="$CONDA_PREFIX/share/proj"',
            "B.sh": 'export ORDER="$ORDER B"',
            "a.sh": 'export ORDER="$ORDER a"',
            "ignored.fish": "exit 1",
        },
    )
    started = start(prefix)
    assert started.environ["ORDER"] == "a x b B a", "by code point, as conda does"
    assert started.environ["PROJ_LIB"] == f"{prefix}/share/proj"


@pytest.mark.parametrize(
    "failure",
    ["false", "return 3", "set -e; false", "if then", "nosuchcommand", "set -- evil args",
     "shift", "exit 4", "set -u; : $NOT_SET", "read line", "exec </dev/null; false",
     "cd /; unset PATH; export PATH=/bin", "trap - EXIT", "echo chatty"],
)  # fmt: skip
def test_no_script_stops_the_command_or_changes_it(failure, start, make_prefix):
    prefix = make_prefix("1", activate={"a.sh": "export A=1", "b.sh": failure})
    started = start(prefix, "argument")
    assert started.arguments == ["argument"]
    assert started.environ["A"] == "1"


def test_a_failed_script_is_named_and_the_others_run(start, make_prefix):
    prefix = make_prefix("1", activate={"a.sh": "set -eu; return 7", "b.sh": "export B=$NONE-b"})
    started = start(prefix)
    assert started.environ["B"] == "-b"
    assert started.log == f"{prefix}/etc/conda/activate.d/a.sh: status 7 is ignored.\n"


HOSTILE = (
    "a 'single' \"double\" $HOME `id` $(id) \\ ! * ~ ; & | \n line\ttab é 漢 🐍 %PATH% \r end "
)


def test_values_arrive_byte_for_byte(start, make_prefix):
    variables = {"A": HOSTILE, "B": "", "C": "'", "D": "\n", "É": "x", "A-B": "x", "A B": "x"}
    started = start(make_prefix("1", variables=variables))
    assert {name: started.environ.get(name) for name in "ABCD"} == {
        name: variables[name] for name in "ABCD"
    }
    assert "A-B" not in started.environ


@settings(max_examples=25, deadline=None)
@given(value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_value_arrives_byte_for_byte(value, tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    (prefix / "conda-meta").mkdir()
    (prefix / "conda-meta" / "state").write_text(json.dumps({"env_vars": {"VALUE": value}}))
    script = prefix / "activate.sh"
    script.write_text(bash_script(str(prefix), "data"), encoding="utf-8", newline="")
    assert Started(script, {}, []).environ["VALUE"] == value


def test_what_cannot_be_read_is_said(make_prefix, caplog):
    prefix = make_prefix(
        "1", variables={"A": "1"}, package_variables={"b.json": {"L": [1], "M": "m"}}
    )
    (prefix / "etc" / "conda" / "env_vars.d" / "a.json").write_text("{")
    assert environment_variables(prefix) == {"M": "m", "A": "1"}
    assert "a.json are not set: it cannot be read" in caplog.text
    assert "'L'" in caplog.text
    (prefix / "conda-meta" / "state").write_text("[]")
    assert environment_variables(prefix) == {"M": "m"}


def test_sourcing_in_a_terminal_leaves_nothing_behind(tmp_path, make_prefix):
    prefix = make_prefix("1", activate={"a.sh": "export A=1"})
    script = tmp_path / "activate.sh"
    script.write_text(bash_script(str(prefix), "data"), encoding="utf-8")
    left = "compgen -v __envstore; compgen -A function __envstore"
    check = f'trap "echo mine" EXIT; . "{script}"; {left}; echo "$A"'
    done = subprocess.run(["bash", "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "1\nmine\n"


def test_the_batch_file(make_prefix):
    """Its text only: there is no Windows here to run it."""
    prefix = make_prefix(
        "1",
        variables={"A": "100% & more", "LINES": "a\nb"},
        activate={"b.bat": "", "a.bat": "", "a.sh": ""},
    )
    text = batch_script(str(prefix), "data")
    lines = text.split("\r\n")
    assert 'set "A=100%% & more"' in lines
    assert "LINES" not in text
    assert [line.rsplit("\\", 1)[-1].rsplit("/", 1)[-1] for line in lines if "call" in line] == [
        'a.bat"',
        'b.bat"',
    ]
    assert lines[-2] == "%*"
    assert 'set "PYTHONPATH="' in lines
    assert 'set "PYTHONPATH="' not in batch_script(str(prefix), "data", keep={"PYTHONPATH"})
