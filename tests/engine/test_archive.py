"""Archives of prefixes: what is in them, and how files name the prefix."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from jupyter_envstore.domain.archives import FORMATS, INSTALLER, ZIP, ArchiveOrder
from jupyter_envstore.domain.platforms import subdir
from jupyter_envstore.engine import archive_contents
from jupyter_envstore.engine.archive import facts_of, make_archive
from jupyter_envstore.engine.archive_contents import contents, tag_of
from jupyter_envstore.engine.installer import head

from .running import wait_until

PLACEHOLDER = "/placeholder" + "_hold" * 40
PLATFORM = subdir(sys.platform, platform.machine())


def binary(prefix: str, *texts: str) -> bytes:
    """Return a file as a package has it: texts that end with a zero, and something behind."""
    return b"\x7fELF" + b"".join(text.replace("@", prefix).encode() + b"\0" for text in texts)


def installed(packed: bytes, prefix: str) -> bytes:
    """Return the file as an installer leaves it: shorter texts, and zeros up to the old length."""
    parts = []
    for text in packed.split(b"\0"):
        new = text.replace(PLACEHOLDER.encode(), prefix.encode())
        parts.append(new + b"\0" * (len(text) - len(new)))
    return b"\0".join(parts)


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    prefix = tmp_path / "build"
    for directory in ("conda-meta", "bin", "lib/python3.1/__pycache__", "empty"):
        (prefix / directory).mkdir(parents=True)
    packed = binary(PLACEHOLDER, "@/lib", "-I@/include -L@/lib", "no path", "@")
    (prefix / "lib" / "library.so").write_bytes(installed(packed, str(prefix)))
    (prefix / "lib" / "packed.so").write_bytes(packed)
    (prefix / "lib" / "config").write_text(f"home={prefix}\n")
    (prefix / "lib" / "link").symlink_to("config")
    (prefix / "bin" / "script").write_text(f"#!{prefix}/bin/python\n")
    (prefix / "bin" / "script").chmod(0o755)
    (prefix / "lib/python3.1/x.py").write_text("")
    (prefix / "lib/python3.1/__pycache__/x.cpython-31.pyc").write_bytes(b"\xff")
    (prefix / "lib/python3.1/EXTERNALLY-MANAGED").write_text("")
    (prefix / "lib" / "shared").write_text("read-only, as in the cache")
    (prefix / "lib" / "shared").chmod(0o444)
    for name in ("envstore", "frozen", "history"):
        (prefix / "conda-meta" / name).write_text("{}")
    entries = [
        {"_path": "lib/library.so", "file_mode": "binary", "prefix_placeholder": PLACEHOLDER},
        {"_path": "lib/config", "file_mode": "text", "prefix_placeholder": PLACEHOLDER},
        {"_path": "lib/python3.1/x.py"},
    ]
    record = {"name": "a", "version": "1", "build": "0", "paths_data": {"paths": entries}}
    (prefix / "conda-meta" / "a-1-0.json").write_text(json.dumps(record))
    return prefix


def order(prefix: Path, suffix: str = "tar.gz") -> ArchiveOrder:
    archive = prefix.parent / "archives" / f"1.{suffix}"
    archive.parent.mkdir(exist_ok=True)
    return ArchiveOrder(str(prefix), str(archive), suffix, "ns/env", "env", PLATFORM)


def made(prefix: Path, suffix: str = "tar.gz") -> Path:
    """Make an archive in a process of its own, as servers do; return its path."""
    wanted = order(prefix, suffix)
    command = [sys.executable, "-m", "jupyter_envstore.engine.archive", wanted.to_text()]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return Path(wanted.archive)


def unpack(archive: Path, target: Path) -> Path:
    """Unpack an archive of any format, as people do, and have it finished."""
    if archive.name.endswith(".sh"):
        subprocess.run(["sh", archive, "-b", "-p", target], check=True)
        return target
    target.mkdir()
    if archive.name.endswith(".zip"):
        unzip(archive, target)
    else:
        data = archive.read_bytes()
        if archive.name.endswith(".zst"):
            data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
        with tarfile.open(fileobj=io.BytesIO(data)) as opened:
            opened.extractall(target)
    subprocess.run([sys.executable, target / "bin" / "conda-unpack"], check=True)
    return target


def unzip(archive: Path, target: Path) -> None:
    """Unpack as Info-ZIP does, which knows modes and links where Python's own does not."""
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            mode, path = info.external_attr >> 16, target / info.filename
            if mode & 0o170000 == 0o120000:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(opened.read(info).decode())
            else:
                opened.extract(info, target)
                path.chmod(mode & 0o7777)


@pytest.mark.parametrize("suffix", [form.suffix for form in FORMATS])
def test_what_is_unpacked_names_its_own_prefix(prefix: Path, tmp_path: Path, suffix: str) -> None:
    packed = (prefix / "lib" / "packed.so").read_bytes()
    # Longer than the prefix of the build, as long as a placeholder allows.
    room = len(PLACEHOLDER) - len(str(tmp_path)) - 10
    target = unpack(made(prefix, suffix), tmp_path / ("unpacked-" + "x" * room))
    expected = installed(packed, str(target))
    assert (target / "lib" / "library.so").read_bytes() == expected
    assert (target / "lib" / "config").read_text() == f"home={target}\n"
    assert (target / "bin" / "script").read_text() == "#!/usr/bin/env python\n"
    assert (target / "bin" / "script").stat().st_mode & 0o111
    assert (target / "lib" / "link").readlink() == Path("config")
    assert (target / "empty").is_dir()
    # Whoever has unpacked it may change it.
    assert (target / "lib" / "shared").stat().st_mode & 0o777 == 0o644
    assert (prefix / "lib" / "shared").stat().st_mode & 0o777 == 0o444


def test_binary_files_have_the_placeholder_of_their_packages(prefix: Path) -> None:
    with tarfile.open(made(prefix)) as opened:
        library = opened.extractfile("lib/library.so")
        assert library is not None
        assert library.read() == (prefix / "lib" / "packed.so").read_bytes()


def test_what_is_the_stores_or_made_again_is_left_out(prefix: Path, tmp_path: Path) -> None:
    archive = made(prefix)
    with tarfile.open(archive, "r:gz") as opened:
        names = opened.getnames()
        owners = {(member.uid, member.gid, member.uname) for member in opened}
    assert len(names) == len(set(names))
    assert {"conda-meta/a-1-0.json", "conda-meta/history", "empty", "bin/activate"} <= set(names)
    gone = ("envstore", "frozen", "EXTERNALLY-MANAGED", "x.cpython-31.pyc")
    assert [name for name in names if name.endswith(gone)] == []
    assert owners == {(0, 0, "")}
    left = sorted(path.name for path in archive.parent.iterdir())
    assert left == ["1.tar.gz", "1.tar.gz.json", "1.tar.gz.lock"]


def test_records_do_not_tell_where_packages_were(prefix: Path) -> None:
    path = prefix / "conda-meta" / "a-1-0.json"
    here = {"extracted_package_dir": "/here/a", "link": {"source": "/here/a", "type": 1}}
    path.write_text(json.dumps({**json.loads(path.read_text()), **here}))
    with tarfile.open(made(prefix)) as opened:
        record = opened.extractfile("conda-meta/a-1-0.json")
        assert record is not None
        said = json.load(record)
    assert said["name"] == "a"
    assert (said["extracted_package_dir"], said["link"]) == ("", {"source": "", "type": 1})


def test_files_without_the_prefix_need_not_be_unpacked(prefix: Path) -> None:
    (prefix / "lib" / "of-pip").write_text("no path in it")
    with tarfile.open(made(prefix)) as opened:
        script = opened.extractfile("bin/conda-unpack")
        assert script is not None
        text = script.read().decode()
    assert "'lib/config'" in text
    assert "of-pip" not in text


@pytest.mark.parametrize("suffix", [form.suffix for form in FORMATS])
def test_the_same_files_give_the_same_bytes(
    prefix: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (prefix / "lib" / "large").write_bytes(os.urandom(3_000_000) + bytes(3_000_000))
    first = made(prefix, suffix)
    facts, data = facts_of(str(first)), first.read_bytes()
    assert facts is not None
    assert (facts.size, facts.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    first.unlink()
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    again = made(prefix, suffix)
    assert facts_of(str(again)) == facts
    assert again.read_bytes() == data


def test_what_changes_the_bytes_changes_the_tag(prefix: Path) -> None:
    def tag() -> str:
        return tag_of(contents(str(prefix)), "tar.gz")

    tags = [tag()]
    assert tag() == tags[0]
    (prefix / "lib" / "config").write_text("other")
    tags.append(tag())
    (prefix / "bin" / "script").chmod(0o700)
    tags.append(tag())
    (prefix / "new").write_text("")
    tags.append(tag())
    tags.append(tag_of(contents(str(prefix)), "zip"))
    assert len(set(tags)) == len(tags)
    assert archive_contents._conda_pack_version().startswith("conda_pack-")


def test_old_and_future_times_do_not_stop_a_zip(prefix: Path) -> None:
    os.utime(prefix / "lib" / "shared", (0, 0))
    os.utime(prefix / "lib" / "config", (2**33, 2**33))
    with zipfile.ZipFile(made(prefix, ZIP.suffix)) as opened:
        assert opened.testzip() is None
        assert opened.getinfo("lib/shared").date_time == (1980, 1, 1, 0, 0, 0)


def test_an_archive_that_is_there_is_not_made_again(prefix: Path) -> None:
    archive = made(prefix)
    before = archive.stat()
    make_archive(order(prefix))
    assert archive.stat().st_ino == before.st_ino


def test_what_a_killed_process_left_is_swept(prefix: Path) -> None:
    wanted = order(prefix)
    for left in (".0123.part", ".json", ".json.new", ""):
        Path(wanted.archive + left).write_text("half")
    Path(wanted.archive + ".scratch").mkdir()
    make_archive(wanted)
    left = sorted(path.name for path in Path(wanted.archive).parent.iterdir())
    assert left == ["1.tar.gz", "1.tar.gz.json", "1.tar.gz.lock"]
    assert tarfile.is_tarfile(wanted.archive)


def test_a_process_killed_in_the_middle_leaves_no_archive(prefix: Path) -> None:
    (prefix / "large").write_bytes(os.urandom(64 << 20))
    wanted = order(prefix)
    command = [sys.executable, "-m", "jupyter_envstore.engine.archive", wanted.to_text()]
    archives = Path(wanted.archive).parent
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        wait_until(lambda: any(part.stat().st_size for part in archives.glob("*.part")))
        process.kill()
    assert facts_of(wanted.archive) is None
    make_archive(wanted)
    assert tarfile.is_tarfile(wanted.archive)
    assert not list(archives.glob("*.part"))


def test_a_process_ends_with_its_server(prefix: Path) -> None:
    (prefix / "large").write_bytes(os.urandom(64 << 20))
    wanted = order(prefix)
    command = [sys.executable, "-m", "jupyter_envstore.engine.archive", wanted.to_text()]
    archives = Path(wanted.archive).parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        wait_until(lambda: any(archives.glob("*.part")))
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) != 0


def test_a_build_that_is_removed_meanwhile_has_no_archive(
    prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = order(prefix)
    monkeypatch.setattr("os.fsync", lambda _: prefix.rename(prefix.with_name("gone")))
    with pytest.raises(FileNotFoundError, match="removed meanwhile"):
        make_archive(wanted)
    assert [path.name for path in Path(wanted.archive).parent.iterdir()] == ["1.tar.gz.lock"]


# -- installers -----------------------------------------------------------------------------------


def run_installer(installer: Path, *options: str | Path, **values: str) -> tuple[int, str]:
    """Run it without a terminal; return the status and all that it said."""
    done = subprocess.run(
        ["sh", installer, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **values},
    )
    return done.returncode, done.stdout


def test_an_installer_says_what_it_does(prefix: Path, tmp_path: Path) -> None:
    installer = made(prefix, INSTALLER.suffix)
    status, said = run_installer(installer, "-h")
    assert status == 0
    assert "ns/env" in said
    assert "-p PREFIX" in said
    assert run_installer(installer, "-x")[0] == 2
    assert run_installer(installer, "word")[0] == 2
    home = tmp_path / "home"
    home.mkdir()
    status, said = run_installer(installer, HOME=str(home))
    assert (status, said.splitlines()[-1]) == (0, f"Done. To use it: . {home}/env/bin/activate")
    assert (home / "env" / "lib" / "config").read_text() == f"home={home}/env\n"


def test_an_installer_replaces_nothing(prefix: Path, tmp_path: Path) -> None:
    installer = made(prefix, INSTALLER.suffix)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    status, said = run_installer(installer, "-b", "-p", tmp_path / "full")
    assert (status, "There is something at" in said) == (1, True)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]
    (tmp_path / "empty").mkdir()
    assert run_installer(installer, "-b", "-p", f"{tmp_path}/empty/")[0] == 0


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_installer_leaves_nothing(prefix: Path, tmp_path: Path, damage: str) -> None:
    (prefix / "lib" / "large").write_bytes(os.urandom(1_000_000))
    installer = made(prefix, INSTALLER.suffix)
    data = bytearray(installer.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    else:
        data[len(data) // 2] ^= 0xFF
    installer.write_bytes(data)
    status, said = run_installer(installer, "-b", "-p", tmp_path / "target")
    assert (status, "damaged or incomplete" in said) == (1, True)
    assert not (tmp_path / "target").exists()


def test_an_installer_refuses_what_cannot_work(prefix: Path, tmp_path: Path) -> None:
    installer = made(prefix, INSTALLER.suffix)
    spaces = run_installer(installer, "-b", "-p", tmp_path / "with space")
    assert (spaces[0], "spaces" in spaces[1]) == (1, True)
    long = run_installer(installer, "-b", "-p", tmp_path / ("x" * 240))
    assert (long[0], f"more than {len(PLACEHOLDER)} characters" in long[1]) == (1, True)
    elsewhere = tmp_path / "elsewhere.sh"
    elsewhere.write_bytes(head("ns/env", "env", "osx-arm64", 255))
    other = run_installer(elsewhere, "-b", "-p", tmp_path / "target")
    assert (other[0], "This is for osx-arm64; here is" in other[1]) == (1, True)
    with pytest.raises(ValueError, match="no installers for win-64"):
        head("ns/env", "env", "win-64", 255)


def test_names_in_an_installer_are_never_commands(tmp_path: Path) -> None:
    script = tmp_path / "installer.sh"
    script.write_bytes(head("$(touch evil)/`touch evil`'", "$(touch evil)", PLATFORM, 255))
    done = subprocess.run(["sh", script, "-h"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert "$(touch evil)/`touch evil`'" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["installer.sh"]
