from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.integration.links import (
    is_foreign,
    is_ours,
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
    (elsewhere / "conda-meta" / "envstore.json").write_text("{}")
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
