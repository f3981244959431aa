from __future__ import annotations

import os
import stat

import pytest

from jupyter_envstore.domain.errors import Conflict, Refused
from jupyter_envstore.integration.condarc import CondarcFile

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def file(tmp_path):
    directory = tmp_path / "home"
    directory.mkdir()
    return CondarcFile(directory / ".condarc")


def write(file, text, **options):
    return file.write(text, file.read().etag, **options)


def names_in(directory):
    return sorted(path.name for path in directory.iterdir())


def test_a_missing_file_is_made_with_the_mode_of_the_umask(file):
    assert file.read().text is None
    old = os.umask(0o027)
    try:
        snapshot = write(file, "a: 1\n")
    finally:
        os.umask(old)
    assert snapshot.text == "a: 1\n"
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o640
    assert names_in(file.path.parent) == [".condarc"]


@pytest.mark.parametrize("content", [b"a: 1\r\n", b"\xef\xbb\xbfa: 1", b"", "ü: 1\n".encode()])
def test_content_is_read_and_written_to_the_byte(file, content):
    file.path.write_bytes(content)
    text = file.read().text
    write(file, text + "b: 2\n")
    assert file.path.read_bytes() == content + b"b: 2\n"
    write(file, text)
    assert file.path.read_bytes() == content


def test_the_mode_stays_and_the_first_content_is_kept_until_it_is_back(file):
    file.path.write_text("a: 1\n")
    file.path.chmod(0o600)
    write(file, "a: 2\n", keep=True)
    write(file, "a: 3\n")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert file.backup.read_text() == "a: 1\n"
    assert stat.S_IMODE(file.backup.stat().st_mode) == 0o600
    write(file, "a: 1\n")
    assert names_in(file.path.parent) == [".condarc"]


def test_a_file_is_removed(file):
    write(file, "a: 1\n")
    assert write(file, None).text is None
    assert not file.path.exists()


def test_a_link_stays_and_its_target_is_written(file, tmp_path):
    target = tmp_path / "dotfiles" / "condarc"
    target.parent.mkdir()
    target.write_text("a: 1\n")
    file.path.symlink_to("../dotfiles/condarc")
    write(file, "a: 2\n")
    assert os.readlink(file.path) == "../dotfiles/condarc"  # noqa: PTH115
    assert target.read_text() == "a: 2\n"
    assert names_in(file.path.parent) == [".condarc"]


def test_a_file_that_was_changed_meanwhile_is_left_alone(file):
    file.path.write_text("a: 1\n")
    etag = file.read().etag
    file.path.write_text("a: 2\n")
    with pytest.raises(Conflict, match="was changed meanwhile, so nothing was written"):
        file.write("a: 3\n", etag)
    assert file.path.read_text() == "a: 2\n"
    assert names_in(file.path.parent) == [".condarc"]


def test_a_change_at_the_last_moment_is_seen(file, monkeypatch):
    """Between the first look and the replacement: while the new file is written to the disk."""
    file.path.write_text("a: 1\n")
    etag = file.read().etag
    fsync = os.fsync

    def somebody_writes(descriptor):
        file.path.write_text("theirs: 1\n")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", somebody_writes)
    with pytest.raises(Conflict):
        file.write("a: 3\n", etag)
    assert file.path.read_text() == "theirs: 1\n"
    assert names_in(file.path.parent) == [".condarc"]


def test_a_missing_and_an_empty_file_are_two_states(file):
    missing = file.read().etag
    file.path.touch()
    assert file.read().etag != missing
    with pytest.raises(Conflict):
        file.write("a: 1\n", missing)


def test_a_read_only_file_is_refused(file):
    file.path.write_text("a: 1\n")
    file.path.chmod(0o444)
    with pytest.raises(Refused, match="is read-only") as refused:
        write(file, "a: 2\n")
    assert "chmod u+w" in refused.value.hint
    assert file.path.read_text() == "a: 1\n"


@needs_root
def test_the_file_of_another_user_is_refused(file):
    file.path.write_text("a: 1\n")
    os.chown(file.path, 12345, -1)
    with pytest.raises(Refused, match=r"belongs to another user \(uid 12345\)"):
        write(file, "a: 2\n")


@needs_root
def test_the_group_stays(file):
    file.path.write_text("a: 1\n")
    os.chown(file.path, -1, 54321)
    write(file, "a: 2\n")
    assert file.path.stat().st_gid == 54321


def test_a_file_with_two_names_is_refused(file):
    file.path.write_text("a: 1\n")
    os.link(file.path, file.path.with_name("other"))
    with pytest.raises(Refused, match=r"2 names \(hard links\)"):
        write(file, "a: 2\n")


def test_what_is_not_a_file_is_refused(file):
    file.path.mkdir()
    with pytest.raises(Refused, match="cannot be read: Is a directory"):
        file.read()
    with pytest.raises(Refused, match="is not a file"):
        file.check_writable()


def test_a_directory_that_is_not_there_is_named(tmp_path):
    file = CondarcFile(tmp_path / "no" / "condarc")
    with pytest.raises(Refused, match="there is no directory"):
        write(file, "a: 1\n")


def test_what_is_not_text_is_refused(file):
    file.path.write_bytes(b"a: \xff\n")
    with pytest.raises(Refused, match=r"not text in UTF-8 \(byte 3\)"):
        _ = file.read().text
