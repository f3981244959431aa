"""Builds by a tool: the prefix, the lock and the events are those of any engine."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import psutil
import pytest

from jupyter_envstore.domain.build import Phase
from jupyter_envstore.domain.events import PhaseEntered, Progress, Solved, Started, Warned
from jupyter_envstore.domain.own_files import MARKER

from . import transcripts
from .running import Outcome, Workshop, wait_until
from .stand_in import StandIn
from .tiny_channel import PLACEHOLDER, TinyChannel


@pytest.fixture
def pair(tiny: TinyChannel) -> None:
    tiny.add(
        "library",
        "2.5",
        {
            "lib/library.txt": "content",
            "etc/library.conf": f"prefix={PLACEHOLDER}\n",
            "bin/library": b"\x7fELF\0" + PLACEHOLDER.encode() + b"/share\0rest",
            "TOP": "a file at the top",
        },
        modes={"lib/library.txt": 0o666, "bin/library": 0o755},
        about={"license": "MIT", "summary": "A library."},
    )
    tiny.add("tool", "1.2", {"share/tool": "tool"}, depends=["library >=2"], subdir="noarch")


@pytest.fixture(params=["conda", "mamba", "micromamba"])
def tool(request: pytest.FixtureRequest, tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "tool", request.param)


@pytest.fixture
def conda(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "tool", "conda")


def lock_of(outcome: Outcome) -> bytes:
    return Path(outcome.order.lock_artifact).read_bytes()


def files_of(prefix: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(prefix)): path.read_bytes().replace(bytes(prefix), b"PREFIX")
        for path in prefix.rglob("*")
        if path.is_file() and "conda-meta" not in path.parts and "bin" not in path.parts
    }


def test_a_build_is_that_of_rattler(pair: None, workshop: Workshop, tool: StandIn) -> None:
    by_tool = workshop.build("tool", **tool.order)
    by_rattler = workshop.build("tool")
    assert by_tool.finished
    assert by_rattler.finished
    assert lock_of(by_tool) == lock_of(by_rattler)
    assert files_of(by_tool.prefix) == files_of(by_rattler.prefix)
    phases = [
        [event.phase for event in outcome.of(PhaseEntered)] for outcome in (by_tool, by_rattler)
    ]
    assert phases[0] == phases[1]
    assert by_tool.of(Started)[0].engine == tool.engine
    assert by_tool.of(Solved)[0].packages == 2
    last = [event for event in by_tool.of(Progress) if event.phase is Phase.LINKING][-1]
    assert (last.packages_done, last.packages_total) == (2, 2)


def test_packages_are_fetched_into_the_stores_cache_and_linked_from_it(
    pair: None, workshop: Workshop, tool: StandIn
) -> None:
    outcome = workshop.build("tool", **tool.order)
    assert outcome.finished
    cached = workshop.package_cache / "library-2.5-0" / "lib/library.txt"
    assert cached.samefile(outcome.prefix / "lib/library.txt")
    assert stat.S_IMODE(cached.stat().st_mode) == 0o444
    again = workshop.build("tool", **tool.order)
    assert again.of(Solved)[0].download_bytes == 0


def test_records_tell_where_packages_are_and_what_was_asked_for(
    pair: None, workshop: Workshop, tiny: TinyChannel, tool: StandIn
) -> None:
    outcome = workshop.build("tool 1.*", **tool.order)
    assert outcome.finished
    meta = outcome.prefix / "conda-meta"
    tool_, library = (
        json.loads((meta / name).read_text()) for name in ("tool-1.2-0.json", "library-2.5-0.json")
    )
    assert tool_["requested_spec"] == "tool 1.*"
    assert "requested_spec" not in library
    assert library["channel"] == tiny.url
    entry = str(workshop.package_cache / "library-2.5-0")
    assert (library["link"]["source"], library["extracted_package_dir"]) == (entry, entry)
    assert "# update specs: ['tool 1.*']" in (meta / "history").read_text()
    assert {path.name for path in meta.iterdir() if not path.name.endswith(".json")} == {
        "envstore",
        "envstore-as-built",
        "frozen",
        "history",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in meta.glob("*.json")} == {0o644}


def test_it_installs_from_a_lock_without_solving(
    pair: None, workshop: Workshop, tool: StandIn
) -> None:
    first = workshop.build("tool")
    outcome = workshop.build(lock=first.order.lock_artifact, **tool.order)
    assert outcome.finished
    assert lock_of(outcome) == lock_of(first)
    assert [call["arguments"][0] for call in tool.calls] == ["install"]


def test_an_environment_without_packages_needs_no_tool(
    tiny: TinyChannel, workshop: Workshop, tool: StandIn
) -> None:
    tiny.index()
    outcome = workshop.build(**tool.order)
    assert outcome.finished
    assert not (tool.directory / "calls.jsonl").exists()


# -- success is what conda-meta says -----------------------------------------------------------


def test_status_0_without_an_environment_is_a_failure(
    pair: None, workshop: Workshop, conda: StandIn
) -> None:
    """As conda 26.7.1 did twice, with two processes on one cache."""
    conda.will(install=[{"act": False, "output": transcripts.CONDA_EXITS_ZERO, "status": 0}])
    refused = workshop.build("tool", **conda.order).refused
    assert refused.kind == "internal"
    assert refused.message == (
        "conda 26.7.1 ended with status 0, but the environment is not whole: it has no record of "
        "library-2.5-0, tool-1.2-0."
    )
    assert "CondaSystemExit" in (refused.explanation or "")


def test_a_part_of_the_packages_is_a_failure(pair: None, workshop: Workshop, tool: StandIn) -> None:
    tool.will(install=[{"most": 1}])
    refused = workshop.build("tool", **tool.order).refused
    assert "it has no record of tool-1.2-0" in refused.message


def test_a_missing_file_is_a_failure(pair: None, workshop: Workshop, tool: StandIn) -> None:
    """What lists as an environment after mamba was killed, and does not run."""
    tool.will(install=[{"lose": "share/tool"}])
    refused = workshop.build("tool", **tool.order).refused
    assert "the files share/tool of its packages are missing" in refused.message


def test_a_failure_with_everything_there_is_a_failure(
    pair: None, workshop: Workshop, tool: StandIn
) -> None:
    tool.will(install=[{"status": 1, "errors": "critical libmamba something\n"}])
    refused = workshop.build("tool", **tool.order).refused
    assert refused.kind == "internal"
    assert "the program says that it failed" in refused.message


@pytest.mark.parametrize(
    ("output", "kind", "message"),
    [
        (transcripts.CONDA_LINK_SCRIPT, "link-script", "The link script of the package tool"),
        (transcripts.CONDA_LINK_SCRIPTS, "link-script", "The link script of the package tool"),
        (transcripts.CONDA_CORRUPT, "internal", "conda 26.7.1 ended with status 1"),
    ],
)
def test_failures_of_installing_are_translated(
    output: str, kind: str, message: str, pair: None, workshop: Workshop, conda: StandIn
) -> None:
    conda.will(install=[{"act": False, "output": output, "status": 1}])
    refused = workshop.build("tool", **conda.order).refused
    assert refused.kind == kind
    assert refused.message.startswith(message)
    answer = json.loads(output)
    said = (answer.get("message") or answer["error"]).splitlines()[0]
    assert (refused.explanation or "").startswith(said)


# -- the prefix ----------------------------------------------------------------------------------


def test_what_is_at_the_prefix_already_is_not_touched(
    pair: None, workshop: Workshop, tool: StandIn
) -> None:
    order = workshop.order("tool", **tool.order)
    Path(order.prefix).mkdir(parents=True)
    (Path(order.prefix) / "mine").write_text("mine")
    refused = workshop.start(order).wait().refused
    assert refused.kind == "path"
    assert [path.name for path in Path(order.prefix).iterdir()] == ["mine"]


def test_the_prefix_says_whose_it_is_before_anything_is_in_it(
    pair: None, workshop: Workshop, tool: StandIn, tmp_path: Path
) -> None:
    tool.will(install=[{"wait_for": str(tmp_path / "go")}])
    running = workshop.start(workshop.order("tool", **tool.order))
    wait_until(lambda: tool.is_waiting)
    prefix = Path(running.order.prefix)
    marker = json.loads((prefix / MARKER).read_text())
    assert (marker["build_id"], marker["finished"]) == (running.order.build_id, None)
    assert not (prefix / "lib").exists()
    (tmp_path / "go").touch()
    assert running.wait().finished
    assert json.loads((prefix / MARKER).read_text())["finished"]


def test_the_tool_ends_with_the_builds_process(
    pair: None, workshop: Workshop, tool: StandIn, tmp_path: Path
) -> None:
    tool.will(install=[{"wait_for": str(tmp_path / "never")}])
    running = workshop.start(workshop.order("tool", **tool.order))
    wait_until(lambda: tool.is_waiting)
    running.cut_lifeline()
    running.process.wait(30)
    wait_until(lambda: not _processes_of(tool))


def _processes_of(tool: StandIn) -> list[psutil.Process]:
    running = psutil.process_iter(["cmdline"])
    return [found for found in running if str(tool.path) in (found.info["cmdline"] or ())]


def test_a_changed_file_of_the_cache_is_replaced_and_told(
    pair: None, workshop: Workshop, tool: StandIn
) -> None:
    assert workshop.build("tool").finished
    cached = workshop.package_cache / "library-2.5-0" / "lib/library.txt"
    cached.chmod(0o644)
    cached.write_text("CONTENT")
    outcome = workshop.build("tool", **tool.order)
    assert outcome.finished
    assert (outcome.prefix / "lib/library.txt").read_text() == "content"
    (warning,) = outcome.of(Warned)
    assert "library-2.5-0.tar.bz2 did not match" in warning.message
    assert warning.damaged


@pytest.mark.parametrize("conflict", ["warn", "prevent"])
def test_two_packages_with_one_path(
    conflict: str, tiny: TinyChannel, workshop: Workshop, conda: StandIn
) -> None:
    tiny.add("one", files={"share/same": "one"})
    tiny.add("two", files={"share/same": "two"})
    outcome = workshop.build("one", "two", path_conflict=conflict, **conda.order)
    if conflict == "prevent":
        assert outcome.refused.kind == "conflict"
        message = outcome.refused.message
    else:
        assert outcome.finished
        message = outcome.of(Warned)[0].message
    used = (outcome.prefix / "share/same").read_text()
    unused = {"one": "two", "two": "one"}[used]
    assert message == (
        f"The packages {used} and {unused} both have the file share/same; the one of {used} is "
        "used."
    )


def test_conda_is_left_no_note_of_the_prefix(
    pair: None, workshop: Workshop, conda: StandIn, tmp_path: Path
) -> None:
    """conda 23.1 knows no `register_envs` and writes it all the same."""
    home = tmp_path / "home"
    listed = home / ".conda" / "environments.txt"
    listed.parent.mkdir(parents=True)
    conda.will(install=[{"wait_for": str(tmp_path / "go")}])
    running = workshop.start(workshop.order("tool", **conda.order), HOME=str(home))
    wait_until(lambda: conda.is_waiting)
    listed.write_text(f"/opt/one\n{running.order.prefix}\n/opt/two\n")
    (tmp_path / "go").touch()
    assert running.wait().finished
    assert listed.read_text() == "/opt/one\n/opt/two\n"
