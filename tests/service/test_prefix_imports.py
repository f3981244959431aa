"""Prefixes that others made: read by their records, refused by name where those say too little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict, InvalidInput, NotFound
from jupyter_envstore.engine.foreign_prefix import read_foreign_prefix

CHANNEL = "https://example.org/c"
SITE = "lib/python3.11/site-packages"


def record(prefix: Path, name: str = "finish", **values) -> Path:
    """Write the record of a package as conda does."""
    file = f"{name}-1.0-0.conda"
    raw = {
        "name": name,
        "version": "1.0",
        "build": "0",
        "subdir": "linux-64",
        "url": f"{CHANNEL}/linux-64/{file}",
        "md5": "0" * 32,
        "sha256": "1" * 64,
        "files": [],
        "depends": [],
        **values,
    }
    path = prefix / "conda-meta" / f"{name}-1.0-0.json"
    path.write_text(json.dumps({key: value for key, value in raw.items() if value is not None}))
    return path


def distribution(prefix: Path, name: str, installer: str = "pip", direct: dict | None = None):
    """Write the metadata of a distribution as pip does; return it relative to the prefix."""
    folder = prefix / SITE / f"{name}-2.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n")
    (folder / "INSTALLER").write_text(f"{installer}\n")
    if direct is not None:
        (folder / "direct_url.json").write_text(json.dumps(direct))
    return f"{SITE}/{folder.name}/METADATA"


@pytest.fixture
def prefix(tmp_path) -> Path:
    prefix = tmp_path / "envs" / "data"
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").write_text("")
    return prefix


@pytest.fixture
def imports(bench):
    return bench.store.services.prefix_imports


def test_a_prefix_is_built_of_the_very_same_files(bench, prefix, imports):
    record(prefix)
    record(prefix, "pure", subdir="noarch", url=f"{CHANNEL}/noarch/pure-1.0-0.conda")
    (prefix / "conda-meta" / "state").write_text(
        json.dumps({"env_vars": {"A": "b", "GONE": "***unset***"}})
    )
    submitted = imports.submit(prefix, "ns", "data", client="test")
    build = bench.build(submitted.build_id)
    assert build.locked
    lines = build.text.splitlines()
    assert f"{CHANNEL}/linux-64/finish-1.0-0.conda#sha256:{'1' * 64}" in lines
    specification, _ = bench.builds._builds.specification(build)
    assert specification.is_lockfile
    assert specification.variables == {"A": "b"}
    assert [(p.name, p.md5 or p.sha256) for p in specification.lock.packages] == [
        ("finish", "1" * 64),
        ("pure", "1" * 64),
    ]
    bench.wait_for_status(build.id, BuildStatus.FAILED)  # There is no such channel.


def test_what_pip_has_added_is_pinned(bench, prefix, imports):
    owned = distribution(prefix, "owned")
    distribution(prefix, "by-conda", installer="conda")
    distribution(prefix, "idna")
    (prefix / SITE / "broken-off-1.0.dist-info").mkdir()
    distribution(
        prefix,
        "wheel_of_ours",
        direct={"url": f"{CHANNEL}/w.whl", "archive_info": {"hashes": {"sha256": "2" * 64}}},
    )
    distribution(prefix, "nearby", direct={"url": "file:///tmp/n.whl", "archive_info": {}})
    record(prefix, files=[owned])
    submitted = imports.submit(prefix, "ns", "data")
    text = bench.build(submitted.build_id).text
    assert "- finish=1.0=0\n" in text
    assert "  - idna==2.0\n" in text
    assert "  - nearby==2.0\n" in text
    assert f"wheel-of-ours @ {CHANNEL}/w.whl#sha256={'2' * 64}" in text
    assert "owned" not in text
    assert "by-conda" not in text
    assert any("installed there by pip" in warning.message for warning in submitted.warnings)
    bench.wait_for_end(submitted.build_id)


def test_packages_that_nobody_could_install_again_are_named(prefix):
    record(prefix)
    record(prefix, "local", url=None)
    record(prefix, "older", md5=None, sha256=None)
    distribution(prefix, "mine", direct={"url": "file:///src", "dir_info": {"editable": True}})
    with pytest.raises(InvalidInput) as refused:
        read_foreign_prefix(prefix, "linux-64")
    said = [problem.message for problem in refused.value.problems]
    assert [message.split(" ")[0] for message in said] == ["local", "older", "mine"]
    assert "no URL" in said[0]
    assert "no hash" in said[1]
    assert "a directory or a repository" in said[2]


def test_credentials_stay_there(bench, prefix, imports):
    record(prefix, url="https://ana:secret@example.org/c/linux-64/finish-1.0-0.conda")
    submitted = imports.submit(prefix, "ns", "data")
    assert "secret" not in bench.build(submitted.build_id).text
    assert any("Credentials" in warning.message for warning in submitted.warnings)
    bench.wait_for_end(submitted.build_id)


def test_what_is_no_conda_environment_is_refused_with_the_reason(prefix, tmp_path):
    with pytest.raises(Conflict, match="no records in conda-meta"):
        read_foreign_prefix(prefix, "linux-64")
    with pytest.raises(NotFound):
        read_foreign_prefix(tmp_path / "nowhere", "linux-64")
    with pytest.raises(Conflict, match="cannot be read: File name too long"):
        read_foreign_prefix(tmp_path / ("x" * 300), "linux-64")
    path = record(prefix)
    with pytest.raises(Conflict, match="is for linux-64; builds of this store are for osx-arm64"):
        read_foreign_prefix(prefix, "osx-arm64")
    path.write_text("{")
    with pytest.raises(Conflict, match=f"The record {path} cannot be read"):
        read_foreign_prefix(prefix, "linux-64")
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\n")
    with pytest.raises(Conflict, match=r"virtual environment .* pyvenv\.cfg"):
        read_foreign_prefix(prefix, "linux-64")


def test_names_are_checked(prefix, imports):
    record(prefix)
    with pytest.raises(InvalidInput):
        imports.submit(prefix, "ns", "a/b")
