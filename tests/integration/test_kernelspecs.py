from __future__ import annotations

import json
import multiprocessing
import os
import shlex
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.integration import kernelspecs
from jupyter_envstore.integration.kernel_names import KernelNaming
from jupyter_envstore.integration.kernelspecs import (
    list_kernels,
    reconcile_kernels,
    remove_kernels,
    starts_kernel_of,
    write_kernels,
)

from .conftest import PYTHON, R

NAME = "envstore-bob-data-python3"
R_NAME = "envstore-bob-data-ir"


def listed(kernels: Path) -> dict[str, dict]:
    """What Jupyter sees: the display name and the build of each kernel."""
    manager = KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False)
    return {
        name: (entry["spec"]["display_name"], entry["spec"]["metadata"]["envstore"]["build_id"])
        for name, entry in manager.get_all_specs().items()
    }


def revisions(kernels: Path) -> list[str]:
    beside = kernels.with_name("kernels-revisions")
    return sorted(entry.name for entry in beside.iterdir() if entry.name != ".lock")


def test_all_kernels_of_a_build_are_published(kernels, make_prefix, make_build):
    prefix = make_prefix("1", kernels={"python3": PYTHON, "ir": R})
    cards = write_kernels(kernels, make_build(prefix))
    assert listed(kernels) == {NAME: ("data (bob)", 1), R_NAME: ("data · R (bob)", 1)}
    assert [(card.name, card.raw_name, card.language) for card in cards] == [
        (NAME, "python3", "python"),
        (R_NAME, "ir", "R"),
    ]
    assert cards[0].prefix == str(prefix)
    assert (cards[1].directory / "logo-64x64.png").read_text() == "logo of ir"
    assert sorted(cards, key=lambda card: card.name) == list_kernels(kernels)


def test_a_command_tells_which_store_published_it(kernels, make_prefix, make_build, tmp_path):
    write_kernels(kernels, make_build(make_prefix("1")))
    manager = KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False)
    argv = manager.get_kernel_spec(NAME).argv
    assert starts_kernel_of(kernels, argv)
    assert not starts_kernel_of(tmp_path / "other" / "kernels", argv)
    assert not starts_kernel_of(kernels, ["python", "-m", "ipykernel_launcher"])
    link = tmp_path / "link"
    link.symlink_to(kernels.parent)
    assert starts_kernel_of(link / "kernels", argv)
    remove_kernels(kernels, "bob", "data")
    assert starts_kernel_of(kernels, argv)


def test_a_new_build_takes_the_names_over(kernels, make_prefix, make_build):
    first, second = make_prefix("1", kernels={"python3": PYTHON, "ir": R}), make_prefix("2")
    write_kernels(kernels, make_build(first))
    write_kernels(kernels, make_build(second, id=2))
    assert listed(kernels) == {NAME: ("data (bob)", 2)}
    assert len(revisions(kernels)) == 3, "a running kernel may yet restart on its build"


def test_a_build_may_have_its_kernels_for_itself(kernels, make_prefix, make_build):
    first = make_build(make_prefix("1", kernels={"python3": PYTHON, "ir": R}))
    second = make_build(make_prefix("2"), id=2)
    write_kernels(kernels, first, pinned=[first])
    own = {
        f"{NAME}-b1": ("data · build 1 (bob)", 1),
        f"{R_NAME}-b1": ("data · R · build 1 (bob)", 1),
    }
    assert listed(kernels) == {
        NAME: ("data (bob)", 1),
        R_NAME: ("data · R (bob)", 1),
        **own,
    }
    cards = write_kernels(kernels, second, pinned=[first])
    assert listed(kernels) == {NAME: ("data (bob)", 2), **own}
    assert {(card.name, card.pinned) for card in cards} == {
        (NAME, False),
        (f"{NAME}-b1", True),
        (f"{R_NAME}-b1", True),
    }
    argv = json.loads((kernels / f"{NAME}-b1" / "kernel.json").read_text())["argv"]
    assert f"{first.prefix}/bin/python" in argv
    reconcile_kernels(kernels, [second], pinned=[first])
    assert listed(kernels) == {NAME: ("data (bob)", 2), **own}
    reconcile_kernels(kernels, [second])
    assert listed(kernels) == {NAME: ("data (bob)", 2)}


def test_a_build_without_kernels_has_none(kernels, make_prefix, make_build):
    write_kernels(kernels, make_build(make_prefix("1")))
    assert write_kernels(kernels, make_build(make_prefix("2", kernels={}), id=2)) == []
    assert listed(kernels) == {}


def written(path):
    """Which file it is and when it was written; that it was read does not count."""
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns


def test_writing_again_changes_nothing(kernels, make_prefix, make_build):
    build = make_build(make_prefix("1"))
    write_kernels(kernels, build)
    content = kernels / NAME / "kernel.json"
    before = revisions(kernels), written(content)
    write_kernels(kernels, build)
    assert (revisions(kernels), written(content)) == before


def test_a_kernel_that_runs_can_restart_after_its_environment_moved_on(
    kernels, make_prefix, make_build
):
    prefix = make_prefix("1")
    (card,) = write_kernels(kernels, make_build(prefix))
    argv = json.loads((card.directory / "kernel.json").read_text())["argv"]
    write_kernels(kernels, make_build(make_prefix("2"), id=2))
    reconcile_kernels(kernels, [make_build(make_prefix("3"), id=3)])
    script, program = argv[5:7]
    assert f"__envstore_prefix={shlex.quote(str(prefix))}" in Path(script).read_text()
    assert program == f"{prefix}/bin/python"


def test_kernels_of_one_language_and_of_many_environments_are_told_apart(
    kernels, make_prefix, make_build
):
    fork = {**PYTHON, "display_name": "My fork"}
    write_kernels(kernels, make_build(make_prefix("1", kernels={"python3": PYTHON, "fork": fork})))
    short = KernelNaming(name_format="{environment}")
    write_kernels(kernels, make_build(make_prefix("2"), id=2, name="other"), short)
    write_kernels(kernels, make_build(make_prefix("3"), id=3, name="other", namespace="eve"), short)
    assert listed(kernels) == {
        NAME: ("data (bob)", 1),
        "envstore-bob-data-fork": ("data · My fork (bob)", 1),
        "envstore-bob-other-python3": ("other", 2),
        "envstore-eve-other-python3": ("other [envstore-eve-other-python3]", 3),
    }


def test_removing_takes_one_environments_kernels(kernels, make_prefix, make_build):
    write_kernels(kernels, make_build(make_prefix("1")))
    write_kernels(kernels, make_build(make_prefix("2"), id=2, name="other"))
    assert remove_kernels(kernels, "bob", "data") == [NAME]
    assert list(listed(kernels)) == ["envstore-bob-other-python3"]
    assert remove_kernels(kernels, "bob", "data") == []


def test_reconciling_mends_whatever_differs(kernels, make_prefix, make_build):
    prefixes = [make_prefix(str(n)) for n in range(4)]
    current = make_build(prefixes[0], id=10)
    write_kernels(kernels, make_build(prefixes[1], id=9))
    write_kernels(kernels, make_build(prefixes[2], id=2, name="deleted"))
    missing = make_build(prefixes[3], id=3, name="never-written")
    gone = make_build(prefixes[0].with_name("gone"), id=4, name="gone")
    cards = reconcile_kernels(kernels, [current, missing, gone], KernelNaming("bob"))
    assert listed(kernels) == {NAME: ("data", 10), "envstore-bob-never-written-python3":
                               ("never-written", 3)}  # fmt: skip
    assert {card.name for card in cards} == set(listed(kernels))


def test_left_overs_go_and_the_revisions_of_builds_that_are_gone(kernels, make_prefix, make_build):
    old, current = make_prefix("old"), make_build(make_prefix("1"), id=2)
    write_kernels(kernels, make_build(old))
    write_kernels(kernels, current)
    half = kernels.with_name("kernels-revisions") / ".tmp-0123"
    half.mkdir()
    (half / "kernel.json").write_text('{"metadata": {"env')
    reconcile_kernels(kernels, [current])
    assert not half.exists()
    assert len(revisions(kernels)) == 2
    shutil.rmtree(old)
    reconcile_kernels(kernels, [current])
    assert len(revisions(kernels)) == 1
    assert listed(kernels) == {NAME: ("data (bob)", 2)}


def test_one_foreign_kernelspec_holds_no_other_back(kernels, make_prefix, make_build, caplog):
    builds = [make_build(make_prefix("1")), make_build(make_prefix("2"), id=2, name="other")]
    (kernels / NAME).mkdir(parents=True)
    (kernels / NAME / "mine").write_text("x")
    with pytest.raises(Conflict, match="foreign"):
        write_kernels(kernels, builds[0])
    reconcile_kernels(kernels, builds)
    assert list(listed(kernels)) == ["envstore-bob-other-python3"]
    assert "The kernels of bob/data are not published" in caplog.text
    assert (kernels / NAME / "mine").read_text() == "x"


def test_nothing_is_listed_where_nothing_was_written(kernels):
    assert list_kernels(kernels) == []
    assert reconcile_kernels(kernels, []) == []


def _killed_while_writing(kernels: Path, build, step: str) -> None:
    """Write kernels, and die by signal 9 at the first call of `step`."""

    def die(*_args, **_options):
        os.kill(os.getpid(), signal.SIGKILL)

    owner, attribute = {
        "copy": (kernelspecs.shutil, "copyfile"),
        "rename": (Path, "rename"),
        "fill": (kernelspecs, "fill"),
        "copy all": (kernelspecs.shutil, "copytree"),
        "replace": (Path, "replace"),
        "take away": (kernelspecs, "take_away"),
    }[step]
    setattr(owner, attribute, die)
    write_kernels(kernels, build)


@pytest.mark.parametrize("step", ["copy", "rename", "fill", "copy all", "replace", "take away"])
def test_a_writer_killed_at_any_step_leaves_the_old_kernel_or_the_new_one(
    step, kernels, make_prefix, make_build
):
    old = make_build(make_prefix("1", kernels={"python3": PYTHON, "ir": R}))
    new = make_build(make_prefix("2"), id=2)
    write_kernels(kernels, old)
    process = multiprocessing.get_context("spawn").Process(
        target=_killed_while_writing, args=(kernels, new, step)
    )
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    expected = 2 if step == "take away" else 1
    assert listed(kernels)[NAME] == ("data (bob)", expected)
    assert (kernels / NAME / "logo-64x64.png").exists()
    # Its lock died with it, and the next start makes everything right.
    reconcile_kernels(kernels, [new])
    assert listed(kernels) == {NAME: ("data (bob)", 2)}
    assert not [name for name in revisions(kernels) if name.startswith(".tmp-")]
    assert sorted(entry.name for entry in kernels.iterdir()) == [NAME]


def test_readers_never_see_half_or_nothing(kernels, make_prefix, make_build):
    builds = [make_build(make_prefix(str(n)), id=n) for n in range(4)]
    write_kernels(kernels, builds[0])
    stop = threading.Event()
    seen, failures = set(), []

    def read():
        while not stop.is_set():
            found = listed(kernels)
            if list(found) != [NAME] or not (kernels / NAME / "logo-64x64.png").exists():
                failures.append(found)
            seen.update(found.values())

    def write(turns):
        for turn in range(turns):
            write_kernels(kernels, builds[turn % 4])
            reconcile_kernels(kernels, [builds[turn % 4]])

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(60,)) for _ in range(2)]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert failures == []
    assert len(seen) > 1, "the reader has seen more than one build"
    assert len(revisions(kernels)) == 4


def test_names_are_read_again_when_one_has_come_or_gone(tmp_path):
    root = tmp_path / "kernels"
    names_in = kernelspecs._names_in
    assert list(names_in(str(root))) == []
    root.mkdir()
    old = time.time() - 10
    for present in (["a"], ["a", "b"], ["b"], []):
        for name in {entry.name for entry in root.iterdir()} - set(present):
            (root / name).rmdir()
        for name in present:
            (root / name).mkdir(exist_ok=True)
        assert list(names_in(str(root))) == present
        old += 1
        os.utime(root, (old, old))
        assert list(names_in(str(root))) == present
        assert names_in(str(root)) is names_in(str(root))
