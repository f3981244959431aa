"""The use cases themselves: what they refuse, keep and remember."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict, InvalidInput, NotFound, Refused
from jupyter_envstore.domain.permissions import ADMIN
from jupyter_envstore.service.access import Caller
from jupyter_envstore.service.in_use import processes_by_prefix, refuse_if_used
from jupyter_envstore.store.listing import Listing
from tests.builder.waiting import wait_for

TEXT = "# a comment\nname: env\nchannels: [https://example.org/c]\ndependencies: [finish]\n"


def submit(bench, text: str = TEXT, namespace: str | None = "ns"):
    return bench.environments.submit(text, namespace, author="ada", client="a browser")


def test_the_text_is_kept_as_it_was_sent_with_who_sent_it(open_bench):
    bench = open_bench(start=False)
    build = bench.build(submit(bench).build_id)
    assert build.text == TEXT
    assert (build.author, build.client) == ("ada", "a browser")


def test_a_rebuild_is_of_the_same_specification_and_remembers_its_parent(bench):
    first = bench.completed()
    again = bench.builds.rebuild(first, author="bob", client=None)
    bench.wait_until_recorded(again)
    before, after = bench.build(first), bench.build(again)
    assert after.specification_id == before.specification_id
    assert (after.parent_build_id, after.author) == (first, "bob")
    assert after.prefix != before.prefix
    assert bench.current() == again


def test_two_orders_of_channels_are_two_specifications(open_bench):
    bench = open_bench(start=False)
    text = "name: env\nchannels: [https://a.org/{}, https://a.org/{}]\ndependencies: [finish]\n"
    ids = [submit(bench, text.format(*order)).build_id for order in (("x", "y"), ("y", "x"))]
    one, other = (bench.build(build_id) for build_id in ids)
    assert one.sha256 == other.sha256  # conda-store's, which does not see the order.
    assert one.specification_id != other.specification_id


def test_unknown_keys_are_named_and_left_out(open_bench):
    bench = open_bench(start=False)
    submitted = submit(bench, TEXT + "colour: red\n")
    (warning,) = submitted.warnings
    assert "colour" in warning.message
    view = bench.builds.get(submitted.build_id)
    assert "colour" not in view.specification.model
    assert [w.message for w in view.warnings] == [warning.message]


def test_a_full_disk_refuses_builds_with_figures(open_bench):
    bench = open_bench(start=False, storage_threshold=1 << 60)
    with pytest.raises(Refused) as refused:
        submit(bench)
    assert refused.value.message.startswith("`CondaStore.storage_threshold` reached.")
    assert "c.EnvStore.storage_threshold" in refused.value.hint
    assert bench.environments.list(Listing()).count == 0


@pytest.mark.parametrize("namespace", [".", "..", "a/b", "", "x" * 256, "-\x00"])
def test_a_namespace_that_cannot_be_a_directory_is_refused(open_bench, namespace):
    bench = open_bench(start=False)
    if namespace:
        with pytest.raises(InvalidInput):
            submit(bench, namespace=namespace)
    with pytest.raises(InvalidInput):
        bench.store.services.namespaces.create(namespace)
    assert [entry.name for entry in bench.directory.iterdir()] == [".envstore"]


def test_checking_stores_nothing_and_finds_what_submitting_would(open_bench):
    bench = open_bench(start=False)
    wrong = "name: env\ndependencies: ['a b c d']\n"
    access = bench.store.services.access.of(Caller())
    checked = bench.environments.check(wrong, "ns", access)
    with pytest.raises(InvalidInput) as invalid:
        submit(bench, wrong)
    assert checked.problems == invalid.value.problems
    assert checked.name is None
    assert bench.environments.check(TEXT, "ns", access).name == "env"
    assert bench.environments.check(TEXT, "..", access).problems
    assert bench.rows("SELECT count(*) FROM build")[0][0] == 0


def test_a_path_that_is_too_long_is_a_failed_build_that_was_never_queued(open_bench):
    bench = open_bench()
    name = "x" * (250 - len(str(bench.directory)))
    build = bench.build(bench.submit("finish", name))
    assert build.status is BuildStatus.FAILED
    assert build.status_info.startswith("build_path too long: must be <= 255 characters")
    assert bench.rows("SELECT * FROM attempt") == []
    bench.completed(name="short")


def test_deleting_an_environment_stops_what_is_built_for_it(bench):
    done = bench.completed()
    prefix = Path(bench.build(done).prefix)
    running = bench.submit("ignore-termination")
    bench.wait_until_running(running)
    bench.environments.delete("ns", "env")
    with pytest.raises(NotFound):
        bench.environments.get("ns", "env")
    with pytest.raises(NotFound):
        bench.build(running)
    assert bench.environments.kernels() == ()
    wait_for(lambda: not bench.store.dispatcher.running)
    bench.store._housekeeper.wake()
    wait_for(lambda: not bench.rows("SELECT 1 FROM build"), "the rows go")
    assert not prefix.exists()
    with pytest.raises(Refused):
        bench.environments.delete("ns", "env")


def test_a_name_is_free_at_once_after_its_environment_was_deleted(bench):
    bench.completed()
    bench.environments.delete("ns", "env")
    again = bench.completed()
    assert bench.current() == again


def test_a_namespace_goes_with_its_environments(bench):
    bench.completed(name="a")
    bench.completed(name="b")
    namespaces = bench.store.services.namespaces
    namespaces.delete("ns")
    assert [left.name for left in namespaces.list(Listing()).items] == ["default"]
    with pytest.raises(NotFound):
        namespaces.delete("ns")


def test_a_build_is_deleted_once_only_while_many_ask(bench):
    first = bench.completed()
    bench.completed()
    outcomes = []

    def delete():
        try:
            bench.builds.delete(first)
            outcomes.append("deleted")
        except NotFound:
            outcomes.append("gone")

    threads = [threading.Thread(target=delete) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["deleted", "gone", "gone", "gone"]


def test_the_single_user_owns_everything(bench):
    grants = bench.store.services.access.of(Caller()).grants
    assert grants.roles == {"*/*": (ADMIN,)}
    assert set(grants.by_entity["*/*"]) == ADMIN.permissions


class TestPrefixesInUse:
    """By any program that runs from them, whoever started it."""

    @pytest.fixture
    def program(self, tmp_path):
        prefix = tmp_path / "prefix"
        (prefix / "bin").mkdir(parents=True)
        copy = shutil.copy2(shutil.which("sleep"), prefix / "bin" / "sleep")
        with subprocess.Popen([copy, "1000"]) as process:
            yield prefix, process
            process.kill()

    def test_a_program_is_named_by_its_notebook_or_its_id(self, program):
        prefix, process = program
        wait_for(lambda: processes_by_prefix([str(prefix)]) == {str(prefix): [process.pid]})
        with pytest.raises(Conflict) as conflict:
            refuse_if_used([str(prefix)], lambda: {process.pid: "analysis.ipynb"})
        assert conflict.value.message == "The build is in use by analysis.ipynb."
        with pytest.raises(Conflict) as conflict:
            refuse_if_used([str(prefix)], dict)
        assert conflict.value.message == f"The build is in use by process {process.pid}."

    def test_a_prefix_is_found_through_links_too(self, program, tmp_path):
        prefix, process = program
        (tmp_path / "link").symlink_to(prefix)
        link = str(tmp_path / "link")
        wait_for(lambda: processes_by_prefix([link]) == {link: [process.pid]})

    def test_a_path_that_only_begins_the_same_is_another(self, program):
        prefix, _process = program
        wait_for(lambda: processes_by_prefix([str(prefix)]))
        assert processes_by_prefix([str(prefix)[:-1], f"{prefix}-2"]) == {}
        refuse_if_used([f"{prefix}-2"], dict)


def test_what_happens_while_the_store_is_being_started_is_announced_too(open_bench):
    bench = open_bench(start=False)
    build_id = bench.submit()  # A request may come before the threads run.
    bench.store.start()
    wait_for(lambda: bench.announced("kernels", build_id))
    numbers = [event.seq for event in bench.events if event.seq is not None]
    assert numbers == list(range(1, len(numbers) + 1))
