"""Solving by a tool: its answers as records, its failures as sentences with the line at fault."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.domain.events import Repeated, Warned
from jupyter_envstore.domain.solution import SOLUTION_FILE, solution_from_text
from jupyter_envstore.engine.tool_solve import record_of

from . import transcripts
from .running import Outcome, Workshop
from .stand_in import StandIn
from .tiny_channel import TinyChannel


@pytest.fixture
def channel(tiny: TinyChannel) -> TinyChannel:
    tiny.add("lib", "1.0")
    tiny.add("lib", "2.0")
    tiny.add("tool", depends=["lib >=2"])
    tiny.add("app", depends=["lib >=1,<2"])
    tiny.add("python", "3.12.1")
    tiny.add("python", "3.13.0")
    tiny.add("numpy", "1.26.4", depends=["python >=3.12,<3.13.0a0"])
    tiny.add("cuda", depends=["__cuda >=12"])
    return tiny


@pytest.fixture(params=["conda", "micromamba"])
def tool(request: pytest.FixtureRequest, tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "tool", request.param)


@pytest.fixture
def conda(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "tool", "conda")


@pytest.fixture
def micromamba(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "tool", "micromamba")


def says(output: str = "", errors: str = "", status: int = 1) -> dict[str, Any]:
    return {"act": False, "output": output, "errors": errors, "status": status}


def solve(workshop: Workshop, tool: StandIn, *specs: str, **values: Any) -> Outcome:
    values.setdefault("places", tuple(f"dependencies[{i}]" for i in range(len(specs))))
    return workshop.build(*specs, **tool.order, task="solve", **values)


def test_a_solution_is_the_same_as_rattlers(
    channel: TinyChannel, workshop: Workshop, tool: StandIn
) -> None:
    def packages(outcome: Outcome) -> str:
        assert outcome.finished
        text = (Path(outcome.order.directory) / SOLUTION_FILE).read_text()
        return json.dumps(solution_from_text(text).packages, default=vars)

    theirs = packages(solve(workshop, tool, "tool"))
    assert theirs == packages(workshop.build("tool", task="solve"))
    (call,) = tool.calls
    assert "--dry-run" in call["arguments"]
    assert not (workshop.root / "default").exists()


def test_what_the_tool_is_told(channel: TinyChannel, workshop: Workshop, tool: StandIn) -> None:
    order = workshop.order("tool", **tool.order, variables={"CONDA_OVERRIDE_CUDA": "12.4"})
    told = {
        "CONDA_ROOT": "/elsewhere",
        "CONDA_PREFIX": "/elsewhere",
        "CONDA_PINNED_PACKAGES": "lib=1",
        "CONDA_PKGS_DIRS": "/elsewhere",
        "MAMBA_PKGS_DIRS": "/elsewhere",
        "_CE_CONDA": "x",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "CONDA_CHANNEL_ALIAS": "https://conda.example",
        "CONDARC": "/etc/site.condarc",
    }
    assert workshop.start(order, **told).wait().finished
    create, install = (call["environment"] for call in tool.calls)
    for variables in (create, install):
        for gone in ("CONDA_ROOT", "CONDA_PREFIX", "CONDA_PINNED_PACKAGES", "_CE_CONDA"):
            assert gone not in variables
        assert "PYTHONPATH" not in variables
        assert variables["CONDARC"] == "/etc/site.condarc"
        assert variables["CONDA_CHANNEL_ALIAS"] == "https://conda.example"
        assert variables["CONDA_SUBDIR"] == "linux-64"
        assert variables["CONDA_OVERRIDE_CUDA"] == "12.4"
        for family in ("CONDA", "MAMBA"):
            assert variables[f"{family}_CHANNEL_PRIORITY"] == "strict"
            assert variables[f"{family}_REGISTER_ENVS"] == "false"
            assert variables[f"{family}_ADD_PIP_AS_PYTHON_DEPENDENCY"] == "false"
    assert create["CONDA_PKGS_DIRS"] == f"{order.repodata_cache}/{tool.engine}"
    assert (create["CONDA_OFFLINE"], install["CONDA_OFFLINE"]) == ("false", "true")


CONDA_FAILURES = {
    "no such package": (
        ["libb", "tool"],
        transcripts.not_found("libb"),
        "missing-package",
        "No channel of this environment has a package named 'libb'.",
        ["dependencies[0]"],
    ),
    "no such package, conda 23": (
        ["libb", "tool"],
        transcripts.not_found("libb", name="PackagesNotFoundError"),
        "missing-package",
        "No channel of this environment has a package named 'libb'.",
        ["dependencies[0]"],
    ),
    "no such version": (
        ["tool", "lib >=99"],
        transcripts.not_found("lib[version='>=99']"),
        "unsatisfiable",
        "No lib satisfies 'lib >=99': the channels have 2.0, 1.0.",
        ["dependencies[1]"],
    ),
    "two needs": (
        ["tool", "app"],
        transcripts.CONDA_CONFLICT,
        "unsatisfiable",
        "'tool' and 'app' cannot be satisfied together.",
        ["dependencies[0]", "dependencies[1]"],
    ),
    "a need and a match spec": (
        ["python 3.13.*", "numpy 1.26.*"],
        transcripts.CONDA_PYTHON,
        "unsatisfiable",
        "numpy 1.26.* needs python >=3.12,<3.13.0a0, but the specification asks for",
        ["dependencies[0]"],
    ),
    "a virtual package": (
        ["cuda"],
        transcripts.not_found("__cuda[version='>=12']"),
        "unsatisfiable",
        "one of the packages needs __cuda >=12, which this machine does not offer;",
        [""],
    ),
}


@pytest.mark.parametrize("case", CONDA_FAILURES)
def test_failures_of_conda_name_the_line(
    case: str, channel: TinyChannel, workshop: Workshop, conda: StandIn
) -> None:
    specs, output, kind, message, places = CONDA_FAILURES[case]
    conda.will(create=[says(output)])
    refused = solve(workshop, conda, *specs).refused
    assert refused.kind == kind
    assert refused.message.startswith(message)
    assert [problem.place for problem in refused.problems] == places
    assert refused.hint
    assert refused.explanation == json.loads(output)["message"].strip()


def test_names_that_are_close_are_suggested(
    channel: TinyChannel, workshop: Workshop, conda: StandIn
) -> None:
    conda.will(create=[says(transcripts.not_found("libb"))])
    refused = solve(workshop, conda, "libb").refused
    assert refused.suggestions == ("lib",)
    assert refused.hint == "Did you mean lib?"


def test_only_a_channel_of_lower_priority_has_it(
    channel: TinyChannel, workshop: Workshop, conda: StandIn, tmp_path: Path
) -> None:
    second = TinyChannel(tmp_path / "second")
    second.add("lib", "3.0")
    conda.will(create=[says(transcripts.CONDA_OUTRANKED)])
    refused = solve(workshop, conda, "lib 3.*", channels=(channel.url, second.url)).refused
    assert "is only in the channel" in refused.message
    assert refused.suggestions == (f"{second.url}::lib 3.*",)


def test_the_tools_own_text_does_where_the_channels_cannot_be_asked(
    workshop: Workshop, conda: StandIn
) -> None:
    """As where only the tool has a right to them."""
    conda.will(create=[says(transcripts.not_found("libb"))])
    away = ("http://127.0.0.1:9/private",)
    refused = solve(workshop, conda, "tool", "libb", channels=away, solve_timeout=6.0).refused
    assert refused.kind == "missing-package"
    assert refused.message == "No channel of this environment has 'libb'."
    assert [problem.place for problem in refused.problems] == ["dependencies[1]"]


CONNECTIONS = {
    "404": (transcripts.conda_http(404, "NOT FOUND"), "channel", "it answered 404 Not Found"),
    "401": (transcripts.conda_http(401, "Unauthorized"), "channel", "it answered 401"),
    "no directory": (transcripts.CONDA_NO_FILE, "channel", "there is no channel"),
    "no index": (transcripts.CONDA_NOT_AN_INDEX, "channel", "is not the index of a channel"),
}


@pytest.mark.parametrize("case", CONNECTIONS)
def test_what_is_no_channel_is_not_tried_again(
    case: str, workshop: Workshop, conda: StandIn
) -> None:
    output, kind, reason = CONNECTIONS[case]
    conda.will(create=[says(output)])
    refused = solve(workshop, conda, "tool").refused
    assert refused.kind == kind
    assert reason in refused.message
    assert len(conda.calls) == 1


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (transcripts.conda_http(503, "SERVICE UNAVAILABLE"), "answered 503 Service Unavailable"),
        (transcripts.CONDA_REFUSED, "the connection failed (Connection refused)"),
    ],
)
def test_a_failure_that_may_pass_is_repeated_and_told(
    output: str, reason: str, channel: TinyChannel, workshop: Workshop, conda: StandIn
) -> None:
    conda.will(create=[says(output), {}])
    outcome = solve(workshop, conda, "tool")
    assert outcome.finished
    (repeated,) = outcome.of(Repeated)
    assert reason in repeated.what


def test_a_download_error_of_mamba_is_repeated(
    channel: TinyChannel, workshop: Workshop, micromamba: StandIn
) -> None:
    said = "critical libmamba Download error (7) Couldn't connect to server [https://c.example/x]"
    micromamba.will(create=[says(errors=said), {}])
    outcome = solve(workshop, micromamba, "tool")
    assert outcome.finished
    assert "(Couldn't connect to server)" in outcome.of(Repeated)[0].what


MULTI_USER = {
    "file time": (
        transcripts.MAMBA_FOREIGN_TIME,
        "cannot set the time of /shared/pkgs/cache/2204cc85.json, which another user owns",
    ),
    "permissions": (
        transcripts.MAMBA_FOREIGN_MODE,
        "cannot set the permissions of /shared/pkgs/cache, which another user owns",
    ),
}


@pytest.mark.parametrize("case", MULTI_USER)
def test_mambas_multi_user_failures_are_explained_and_worked_round(
    case: str, channel: TinyChannel, workshop: Workshop, micromamba: StandIn
) -> None:
    said, sentence = MULTI_USER[case]
    micromamba.will(create=[says(errors=said), {}])
    outcome = solve(workshop, micromamba, "tool")
    assert outcome.finished
    (warning,) = outcome.of(Warned)
    assert sentence in warning.message
    assert "c.EnvStore.repodata_cache_directory" in (warning.hint or "")
    first, second = (call["environment"]["CONDA_PKGS_DIRS"] for call in micromamba.calls)
    assert first != second
    assert second == f"{outcome.order.directory}/indexes"


@pytest.mark.parametrize(
    "said", [says(transcripts.CONDA_NO_CACHE), says(errors=transcripts.MAMBA_NO_CACHE)]
)
def test_an_index_directory_that_cannot_be_written(
    said: dict[str, Any], workshop: Workshop, tool: StandIn
) -> None:
    tool.will(create=[said])
    refused = solve(workshop, tool, "tool").refused
    assert refused.kind == "disk"
    assert "c.EnvStore.repodata_cache_directory" in (refused.hint or "")


@pytest.mark.parametrize(
    "end",
    [
        {"signal": signal.SIGABRT},
        {"errors": "MemoryError\n", "status": 1},
        {"errors": "critical libmamba std::bad_alloc\n", "status": 1},
    ],
)
def test_too_little_memory(end: dict[str, Any], workshop: Workshop, tool: StandIn) -> None:
    tool.will(create=[{"act": False, **end}])
    refused = solve(workshop, tool, "tool").refused
    assert refused.kind == "memory"
    assert "memory_limit" in (refused.hint or "")


def test_a_directory_that_mamba_goes_on_without(
    workshop: Workshop, tool: StandIn, tmp_path: Path
) -> None:
    """mamba 1.1 then finds no package, and says no more."""
    tool.will(create=[says(errors="error    libmamba Could not solve for environment specs\n")])
    nowhere = (tmp_path / "nowhere").as_uri()
    refused = solve(workshop, tool, "tool", channels=(nowhere,)).refused
    assert refused.kind == "channel"
    assert nowhere in refused.message


def test_a_solver_that_is_not_installed(workshop: Workshop, conda: StandIn) -> None:
    conda.will(create=[says(transcripts.CONDA_NO_SOLVER)])
    refused = solve(workshop, conda, "tool").refused
    assert refused.kind == "engine"
    assert "the solver libmamba" in refused.message
    assert "CONDA_SOLVER=classic" in (refused.hint or "")


def test_a_full_disk(workshop: Workshop, tool: StandIn) -> None:
    tool.will(create=[says(errors="[Errno 28] No space left on device\n")])
    assert solve(workshop, tool, "tool").refused.kind == "disk"


def test_a_solve_that_takes_too_long(workshop: Workshop, tool: StandIn, tmp_path: Path) -> None:
    tool.will(create=[{"wait_for": str(tmp_path / "never")}])
    refused = solve(workshop, tool, "tool", solve_timeout=1.0).refused
    assert (refused.kind, "solve_timeout" in (refused.hint or "")) == ("timeout", True)


def test_secrets_of_channels_are_nowhere(
    channel: TinyChannel, workshop: Workshop, conda: StandIn
) -> None:
    secret = "https://conda.example/t/tk-1234/c"
    conda.will(create=[says(transcripts.conda_http(403, "Forbidden", secret), f"at {secret}\n")])
    outcome = solve(workshop, conda, "tool")
    assert outcome.refused.kind == "channel"
    assert "tk-1234" not in outcome.log
    assert "tk-1234" not in repr(outcome.events)


def test_an_answer_that_is_not_understood(workshop: Workshop, conda: StandIn) -> None:
    answer = {"success": True, "actions": {"LINK": [{"name": "tool"}], "FETCH": []}}
    conda.will(create=[says(json.dumps(answer), status=0)])
    refused = solve(workshop, conda, "tool").refused
    assert refused.kind == "internal"
    assert "cannot be understood" in refused.message


def test_a_success_without_what_was_asked_for_is_none(
    channel: TinyChannel, workshop: Workshop, tool: StandIn
) -> None:
    """conda ends with 0 and without an environment where one of its processes has died."""
    answer = {"success": True, "actions": {"LINK": []}}
    tool.will(create=[says(json.dumps(answer), status=0)])
    refused = solve(workshop, tool, "app", "lib").refused
    assert refused.kind == "internal"
    assert "says that it succeeded, but found no app, lib." in refused.message


def test_a_match_spec_is_never_an_option(workshop: Workshop, conda: StandIn) -> None:
    refused = solve(workshop, conda, "--file").refused
    assert refused.kind == "unsatisfiable"
    assert not (conda.directory / "calls.jsonl").exists()


def test_a_program_that_is_gone_is_said(workshop: Workshop) -> None:
    order = workshop.order("tool", engine="conda", engine_executable="/nowhere/conda")
    refused = workshop.start(order).wait().refused
    assert refused.kind == "engine"
    assert "/nowhere/conda" in refused.message


def test_credentials_are_cut_out_of_a_record() -> None:
    raw = {
        "name": "x",
        "version": "1.0",
        "build": "0",
        "build_number": 0,
        "url": "https://conda.example/t/tk-1234/c/noarch/x-1.0-0.conda",
        "noarch": True,
        "md5": "0" * 32,
    }
    record = record_of(raw, ["https://conda.example/c"])
    assert record.url == "https://conda.example/c/noarch/x-1.0-0.conda"
    assert (record.subdir, record.sha256, record.md5) == ("noarch", None, bytes(16))
