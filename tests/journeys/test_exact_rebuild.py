"""Exactly the same again: from a build, and from its lockfile on a store that has nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.builder.invariants import check_invariants
from tests.builder.waiting import wait_for
from tests.engine.http_channel import HttpChannel
from tests.engine.simple_index import add_wheel

from .server_process import ServerProcess, running

FORMS = ("conda-lock.yml", "explicit.txt", "pixi.lock")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """The URL of a package index."""
    root = tmp_path / "index"
    root.mkdir()
    add_wheel(root, "greeter", "1.2", requires=("helper>=1",))
    add_wheel(root, "helper", "1.0")
    with HttpChannel(root).serve() as http:
        yield f"{http.url}/simple"


@contextmanager
def other_store(home: Path) -> Iterator[ServerProcess]:
    """Run another server, with a store that has no packages, no indexes and no byte code."""
    store = home / "s"
    directories = {"store_directory": store, "repodata_cache_directory": home / "repodata"}
    with running(home / "home", **directories, storage_threshold=0) as server:
        yield server
    check_invariants(store)


def empty_caches(home: Path) -> None:
    for cache in (home / "s/.envstore/cache").iterdir():
        shutil.rmtree(cache)


def ended(server: ServerProcess, build_id: int) -> dict[str, Any]:
    """Return a build once it has ended."""

    def look() -> dict[str, Any] | None:
        build = server.build(build_id)
        return None if build["status"] in ("QUEUED", "BUILDING") else build

    return dict(wait_for(look, "the build ends", 120) or {})


def built(server: ServerProcess, build_id: int) -> dict[str, Any]:
    """Return a build once it is COMPLETED."""
    build = ended(server, build_id)
    assert build["status"] == "COMPLETED", build["status_info"]
    return build


def phases(events: list[dict[str, Any]]) -> list[str]:
    return [event["phase"] for event in events if event["type"] == "phase"]


def files_of(prefix: str) -> dict[str, str]:
    """Return the hash of every file that is alike in all prefixes, and of what it was made."""
    found: dict[str, str] = {}
    for record in sorted(Path(prefix, "conda-meta").glob("*.json")):
        if record.name == "envstore.json":
            continue
        meta = json.loads(record.read_text())
        found[record.name] = f"{meta['url']} {meta['sha256']} {meta['md5']}"
        for entry in meta["paths_data"]["paths"]:
            path, listed = Path(prefix, entry["_path"]), entry.get("sha256")
            if entry["path_type"] != "hardlink":
                continue  # Programs of Python packages have the prefix in their first line.
            if not entry.get("prefix_placeholder"):
                assert hashlib.sha256(path.read_bytes()).hexdigest() == listed, entry["_path"]
            found[entry["_path"]] = listed
    for name in ("greeter", "helper"):
        (module,) = Path(prefix).glob(f"lib/python*/site-packages/{name}.py")
        found[name] = module.read_text()
    return found


async def test_every_form_of_the_lock_gives_the_same_build_on_another_store(
    api, channels, python, index, tmp_path
):
    with HttpChannel(channels / "local").serve() as http:
        asked = await api.submit(
            python,
            "idna",
            {"pip": [f"--index-url {index}", "greeter"]},
            channels=(http.url,),
            variables={"GREETING": "hé"},
        )
        first = await api.completed(asked, timeout=120)
        lock = (await api.get(f"build/{asked}/lockfile/")).text
        files = files_of(first["prefix"])
        texts = {form: (await api.get(f"build/{asked}/{form}")).text for form in FORMS}
        indexes = http.asked_for("*repodata*") + http.asked_for("*shards*")
        assert indexes > 0

        again = (await api.put(f"build/{asked}/", {"exact": True})).data["build_id"]
        rebuilt = await api.completed(again, timeout=120)
        events = (await api.get(f"build/{again}/events/")).data["events"]
        assert "SOLVING" not in phases(events)
        assert (await api.get(f"build/{again}/lockfile/")).text == lock
        assert files_of(rebuilt["prefix"]) == files

        with other_store(tmp_path / "o") as server:
            for form, text in texts.items():
                empty_caches(tmp_path / "o")
                body = {"specification": text, "is_lockfile": True, "environment_name": "env"}
                build_id = server.request("POST", "specification/", body)["build_id"]
                copy = built(server, build_id)
                events = server.request("GET", f"build/{build_id}/events/")["events"]
                assert phases(events)[:3] == ["DOWNLOADING", "LINKING", "PYPI"], form
                assert files_of(copy["prefix"]) == files, form
                assert server.text(f"build/{build_id}/lockfile/") == lock, form
            leave_nothing_of_another_file(server, lock)
            refuse_by_policy(server, texts, build_id)
        assert http.asked_for("*repodata*") + http.asked_for("*shards*") == indexes


def leave_nothing_of_another_file(server: ServerProcess, lock: str) -> None:
    """See to it that nothing is left of a build whose index has another file than its lock."""
    document = json.loads(lock)
    (greeter,) = (package for package in document["package"] if package["name"] == "greeter")
    greeter["hash"] = {"sha256": "f" * 64}
    body = {
        "specification": json.dumps(document),
        "is_lockfile": True,
        "environment_name": "tampered",
    }
    failed = ended(server, server.request("POST", "specification/", body)["build_id"])
    assert failed["status"] == "FAILED"
    assert "Hash mismatch" in failed["status_info"]
    assert "greeter" in failed["status_info"]
    assert not Path(failed["prefix"]).exists()


def refuse_by_policy(server: ServerProcess, texts: dict[str, str], build_id: int) -> None:
    """See to it that a lockfile, or a build of earlier, may only have what is allowed by now."""
    number = len(server.request("GET", "build/"))
    server.request("PUT", "setting/", {"conda_allowed_channels": ["https://example.org/c"]})
    for text in texts.values():
        body = {"specification": text, "is_lockfile": True, "environment_name": "env"}
        assert refusal(server, "POST", "specification/", body).startswith("Conda channels {")
    again = refusal(server, "PUT", f"build/{build_id}/", {"exact": True})
    assert "not allowed in specification" in again
    server.request("DELETE", "setting/?key=conda_allowed_channels")
    server.request("PUT", "setting/", {"conda_required_packages": ["numpy"]})
    for text in texts.values():
        body = {"specification": text, "is_lockfile": True, "environment_name": "env"}
        assert "Conda packages {'numpy'} required" in refusal(
            server, "POST", "specification/", body
        )
    assert len(server.request("GET", "build/")) == number


def refusal(server: ServerProcess, method: str, path: str, body: Any) -> str:
    """Return what is wrong with a request that must be refused."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.request(method, path, body)
    with refused.value as reply:
        assert reply.code == 400
        return str(json.loads(reply.read())["problems"][0]["message"])
