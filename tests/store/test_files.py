from __future__ import annotations

import json
import threading

import pytest

from jupyter_envstore.domain.own_files import MARKER
from jupyter_envstore.store.files import Trash, read_marker, write_atomically

# -- written whole or not at all ------------------------------------------------------------------


def test_written_and_replaced(tmp_path):
    path = tmp_path / "index.json"
    write_atomically(path, "one")
    assert path.read_text() == "one"
    write_atomically(str(path), "größer")
    assert path.read_text(encoding="utf-8") == "größer"
    assert list(tmp_path.iterdir()) == [path]


def test_readers_never_see_a_half(tmp_path):
    path = tmp_path / "index.json"
    texts = [letter * 200_000 for letter in "ab"]
    write_atomically(path, texts[0])
    done = threading.Event()

    def write():
        for number in range(60):
            write_atomically(path, texts[number % 2])
        done.set()

    seen = set()
    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        seen.add(path.read_text())
    writer.join(60)
    assert seen <= set(texts)


def test_two_writers_do_not_mix(tmp_path):
    path = tmp_path / "index.json"
    texts = [letter * 50_000 for letter in "abcd"]
    threads = [
        threading.Thread(target=lambda text=text: [write_atomically(path, text) for _ in range(10)])
        for text in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_text_and_no_litter(tmp_path):
    path = tmp_path / "index.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new" * 100_000 + "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_in_the_way_is_left_alone(tmp_path):
    path = tmp_path / "index.json"
    (path / "x").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_atomically(path, "new")
    assert list(tmp_path.iterdir()) == [path]


# -- whose prefix it is ---------------------------------------------------------------------------


def test_a_marker_says_whose_a_prefix_is(tmp_path):
    marker = {"store_id": "s", "build_id": 7, "attempt": 1}
    (tmp_path / "conda-meta").mkdir()
    (tmp_path / MARKER).write_text(json.dumps(marker))
    assert read_marker(tmp_path) == marker


@pytest.mark.parametrize("content", [None, b"", b"{", b"[1]", b"\xff\xfe"])
def test_what_has_no_marker_is_not_ours(tmp_path, content):
    (tmp_path / "conda-meta").mkdir()
    if content is not None:
        (tmp_path / MARKER).write_bytes(content)
    assert read_marker(tmp_path) is None
    assert read_marker(tmp_path / "nowhere") is None


# -- thrown away ----------------------------------------------------------------------------------


@pytest.fixture
def trash(tmp_path):
    return Trash(str(tmp_path / "trash"))


def make_prefix(path):
    (path / "lib" / "x").mkdir(parents=True)
    (path / "lib" / "x" / "module.py").write_text("x")
    return path


def test_taken_out_of_sight_at_once_and_removed_later(tmp_path, trash):
    prefix = make_prefix(tmp_path / "prefix")
    assert trash.take(prefix) is True
    assert not prefix.exists()
    (kept,) = (tmp_path / "trash").iterdir()
    assert (kept / "lib" / "x" / "module.py").read_text() == "x", "one rename, and nothing more"
    trash.empty()
    assert list((tmp_path / "trash").iterdir()) == []


def test_nothing_there_is_said(tmp_path, trash):
    assert trash.take(tmp_path / "nowhere") is False
    trash.empty()


def test_the_same_name_twice(tmp_path, trash):
    for _ in range(2):
        assert trash.take(make_prefix(tmp_path / ("long" * 60)))
    assert len(list((tmp_path / "trash").iterdir())) == 2


def test_links_are_removed_and_not_followed(tmp_path, trash):
    kept = make_prefix(tmp_path / "kept")
    prefix = make_prefix(tmp_path / "prefix")
    (prefix / "link").symlink_to(kept)
    (tmp_path / "current").symlink_to(kept)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("prefix", "current", "dangling"):
        assert trash.take(tmp_path / name)
    trash.empty()
    assert list((tmp_path / "trash").iterdir()) == []
    assert (kept / "lib" / "x" / "module.py").exists()


def test_what_is_read_only_is_removed_too(tmp_path, trash):
    prefix = make_prefix(tmp_path / "prefix")
    (prefix / "lib" / "x" / "module.py").chmod(0o444)
    (prefix / "lib" / "x").chmod(0o555)
    (prefix / "lib").chmod(0o555)
    trash.take(prefix)
    trash.empty()
    assert list((tmp_path / "trash").iterdir()) == []


def test_two_servers_may_empty_the_same_trash(tmp_path, trash):
    for number in range(20):
        trash.take(make_prefix(tmp_path / f"prefix-{number}"))
    failed = []

    def empty():
        try:
            Trash(str(tmp_path / "trash")).empty()
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=empty) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert list((tmp_path / "trash").iterdir()) == []
