from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.integration import links
from jupyter_envstore.integration.links import (
    is_foreign,
    is_ours,
    make_link,
    needs_junction,
    read_link,
    remove_link,
    replace_link,
    sweep_links,
)


@pytest.fixture
def link(store: Path) -> Path:
    return store / "bob" / "envs" / "data"


def test_a_link_is_made_replaced_and_removed(store, link, make_prefix):
    first, second = make_prefix("1"), make_prefix("2")
    assert read_link(link) is None
    assert replace_link(link, first, store=store)
    assert read_link(link) == str(first)
    assert replace_link(link, second, store=store)
    assert not replace_link(link, second, store=store), "nothing was left to change"
    assert read_link(link) == str(second)
    assert remove_link(link, store=store)
    assert not remove_link(link, store=store)
    assert first.is_dir()
    assert second.is_dir()
    assert list(link.parent.iterdir()) == []


def test_a_link_to_a_build_that_is_gone_is_still_ours(store, link, make_prefix):
    replace_link(link, store / "bob" / "gone", store=store)
    assert is_ours(link, store=store)
    assert replace_link(link, make_prefix("1"), store=store)


def test_a_link_to_a_prefix_of_another_store_is_ours_by_its_marker(tmp_path, store, link):
    elsewhere = tmp_path / "moved" / "1-data"
    (elsewhere / "conda-meta").mkdir(parents=True)
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    assert is_foreign(link, store=store)
    (elsewhere / "conda-meta" / "envstore").write_text("{}")
    assert is_ours(link, store=store)


@pytest.mark.parametrize("kind", ["directory", "file", "link", "dangling"])
def test_what_is_not_ours_is_never_touched(kind, tmp_path, store, link, make_prefix):
    link.parent.mkdir(parents=True)
    if kind == "directory":
        link.mkdir()
        (link / "precious").write_text("x")
    elif kind == "file":
        link.write_text("x")
    else:
        target = tmp_path / "other"
        link.symlink_to(target)
        if kind == "link":
            target.mkdir()
    before = os.lstat(link)
    assert is_foreign(link, store=store)
    for act in (lambda: replace_link(link, make_prefix("1"), store=store),
                lambda: remove_link(link, store=store)):  # fmt: skip
        with pytest.raises(Conflict, match="foreign") as caught:
            act()
        assert str(link) in caught.value.message
        assert "Move it away" in caught.value.hint
    assert os.lstat(link) == before
    assert list(link.parent.iterdir()) == [link], "no temporary link is left"


def test_a_directory_made_between_check_and_rename_is_not_replaced(
    store, link, make_prefix, monkeypatch
):
    prefix = make_prefix("1")
    make_symlink = Path.symlink_to

    def appear(self, target, target_is_directory=False):
        make_symlink(self, target, target_is_directory)
        link.mkdir(exist_ok=True)

    monkeypatch.setattr(Path, "symlink_to", appear)
    with pytest.raises(Conflict, match="foreign"):
        replace_link(link, prefix, store=store)
    assert list(link.parent.iterdir()) == [link]


def test_the_store_may_be_reached_through_a_link(tmp_path, store, make_prefix):
    alias = tmp_path / "alias"
    alias.symlink_to(store)
    link = alias / "bob" / "envs" / "data"
    replace_link(link, make_prefix("1"), store=alias)
    assert is_ours(link, store=alias)
    assert is_ours(link, store=store)


def test_only_temporary_links_are_swept(store, link, make_prefix):
    prefix = make_prefix("1")
    replace_link(link, prefix, store=store)
    for name in ("made", "empty", "used"):
        link.with_name(f".envstore-link-{name}").mkdir()
    link.with_name(".envstore-link-made").joinpath("new").symlink_to(prefix)
    precious = link.with_name(".envstore-link-used") / "precious"
    precious.write_text("of somebody")
    sweep_links(link.parent)
    assert sorted(link.parent.iterdir()) == [precious.parent, link]
    assert precious.exists()
    assert prefix.is_dir()
    sweep_links(store / "nowhere")


def test_the_name_is_never_missing_and_another_servers_sweep_does_no_harm(store, link, make_prefix):
    prefixes = [make_prefix(str(n)) for n in range(2)]
    replace_link(link, prefixes[0], store=store)
    valid = {str(prefix) for prefix in prefixes}
    stop = threading.Event()
    failures = []

    def read():
        while not stop.is_set():
            # What conda takes for environments.
            names = [
                entry.name for entry in link.parent.iterdir() if (entry / "conda-meta").is_dir()
            ]
            if names != [link.name]:
                failures.append(names)
            if read_link(link) not in valid or not (link / "conda-meta").is_dir():
                failures.append(read_link(link))

    def sweep():
        while not stop.is_set():
            sweep_links(link.parent)

    threads = [threading.Thread(target=read), threading.Thread(target=sweep)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(300):
            replace_link(link, prefixes[turn % 2], store=store)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


# -- Windows --------------------------------------------------------------------------------------


class ErrorOfWindows(OSError):
    """As Python raises it there."""

    def __init__(self, winerror: int) -> None:
        super().__init__(22, "of Windows")
        self.winerror = winerror


NO_PRIVILEGE = ErrorOfWindows(1314)


def refuse(error: OSError):
    def make(_path, _target):
        raise error

    return make


class Junctions:
    """Makes what looks like a junction: a link whose target has the prefix for long paths."""

    def __init__(self) -> None:
        self.made: list[tuple[Path, Path]] = []

    def make(self, path: Path, target: Path) -> None:
        self.made.append((path, target))
        path.symlink_to(target, target_is_directory=True)


@pytest.mark.parametrize(
    ("error", "needed"),
    [
        (NO_PRIVILEGE, True),
        (ErrorOfWindows(5), False),
        (PermissionError(1, "Operation not permitted"), False),
        (FileExistsError(17, "File exists"), False),
    ],
)
def test_a_junction_is_made_only_for_want_of_the_right_to_make_links(
    error, needed, tmp_path, make_prefix
):
    assert needs_junction(error) is needed
    junctions = Junctions()
    link, target = tmp_path / "link", make_prefix("1")

    def make():
        make_link(link, target, make_symlink=refuse(error), make_junction=junctions.make)

    if needed:
        make()
        assert junctions.made == [(link, target)]
    else:
        with pytest.raises(type(error)):
            make()
        assert junctions.made == []


def test_where_links_can_be_made_no_junction_is(tmp_path, make_prefix):
    junctions = Junctions()
    make_link(tmp_path / "link", make_prefix("1"), make_junction=junctions.make)
    assert junctions.made == []
    assert (tmp_path / "link").is_symlink()


def test_a_junction_leads_to_an_absolute_path_without_the_prefix_for_long_ones(tmp_path):
    junctions = Junctions()
    make_link(
        tmp_path / "link",
        Path("\\\\?\\" + str(tmp_path / "1")),
        make_symlink=refuse(NO_PRIVILEGE),
        make_junction=junctions.make,
    )
    assert [str(target) for _, target in junctions.made] == [str(tmp_path / "1")]


@pytest.fixture
def like_windows(monkeypatch) -> Junctions:
    """Links as on Windows, for a user without the right to make symbolic ones."""
    junctions = Junctions()

    def make(path, target):
        make_link(path, target, make_symlink=refuse(NO_PRIVILEGE), make_junction=junctions.make)

    monkeypatch.setattr(links, "make_link", make)
    monkeypatch.setattr(links, "_WINDOWS", True)
    return junctions


def test_junctions_are_made_replaced_and_removed(store, link, make_prefix, like_windows):
    first, second = make_prefix("1"), make_prefix("2")
    assert replace_link(link, first, store=store)
    assert not replace_link(link, Path(f"\\\\?\\{first}"), store=store), "it is the same place"
    assert replace_link(link, second, store=store)
    assert read_link(link) == str(second)
    assert [target for _, target in like_windows.made] == [first, second]
    assert remove_link(link, store=store)
    assert list(link.parent.iterdir()) == []


def test_a_process_that_ends_while_it_replaces_a_junction_leaves_what_can_be_mended(
    store, link, make_prefix, like_windows, monkeypatch
):
    """Between the removal of the old and the renaming of the new one: nothing else can be done."""
    first, second = make_prefix("1"), make_prefix("2")
    replace_link(link, first, store=store)

    def end(*_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", end)
        patch.setattr(Path, "rmdir", end)  # A process that is gone tidies nothing up.
        with pytest.raises(SystemExit):
            replace_link(link, second, store=store)
    assert not os.path.lexists(link)
    sweep_links(link.parent)
    assert list(link.parent.iterdir()) == []
    assert replace_link(link, second, store=store)
    assert read_link(link) == str(second)
    assert first.is_dir()


def test_removing_and_replacing_at_once_takes_nothing_for_foreign(store, link, make_prefix):
    prefixes = [make_prefix(str(n)) for n in range(2)]
    failures = []

    def churn(act):
        try:
            for turn in range(200):
                act(prefixes[turn % 2])
        except Conflict as error:
            failures.append(error)

    threads = [
        threading.Thread(target=churn, args=(act,))
        for act in (
            lambda prefix: replace_link(link, prefix, store=store),
            lambda _prefix: remove_link(link, store=store),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
