"""Prefixes of exactly 255 characters work; one more is refused, with what to do about it."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from jupyter_envstore.domain.build_key import build_key
from jupyter_envstore.domain.layout import Layout

LONGEST_NAME = 255
LONGEST_KERNEL_NAME = 100


def length_of_prefix(store: Path, version: int, namespace: str, name: str) -> int:
    """Return how long the prefix of the first build in a store will be."""
    now = datetime(2026, 1, 1)  # noqa: DTZ001 - every moment has as many digits.
    key = build_key(
        version, sha256="0" * 64, scheduled_on=now, build_id=1, namespace=namespace, name=name
    )
    return len(Layout(str(store)).prefix(namespace, key, version))


class Case:
    """An environment whose prefix has a certain length.

    The name makes it so long; with key version 3, where the name is not in it, the store does, and
    namespace and name are as long as names may be.
    """

    def __init__(self, base: Path, version: int, length: int) -> None:
        self.version, self.length = version, length
        if version == 3:
            self.namespace, self.name = "n" * LONGEST_NAME, "e" * LONGEST_NAME
            missing = length - length_of_prefix(base, 3, self.namespace, self.name)
            self.store = base / ("d" * (missing - 1))
        else:
            self.namespace, self.store = "ns", base
            self.name = "e" * (length - length_of_prefix(base, version, self.namespace, ""))


@pytest.fixture(params=[1, 2, 3], ids=lambda version: f"v{version}")
def version(request):
    return request.param


@pytest.fixture
def length():
    return 255


@pytest.fixture
def case(new_store, root, version, length) -> Case:
    made = Case(new_store(), version, length)
    cache = made.store / ".envstore" / "cache"
    if not cache.exists():
        cache.parent.mkdir(parents=True)
        cache.symlink_to(root / "cache")
    return made


@pytest.fixture
def store_directory(case):
    return case.store


@pytest.fixture
def envstore_config(envstore_config, version):
    return {**envstore_config, "build_key_version": version}


async def submit(api, case, *dependencies, channel):
    return await api.submit(
        *dependencies, name=case.name, namespace=case.namespace, channels=channel
    )


async def test_at_255_characters_everything_runs(api, case, channel, python, kernels):
    build_id = await submit(api, case, python, "ipykernel", "pip", channel=channel)
    build = await api.completed(build_id, timeout=180)
    prefix = Path(build["prefix"])
    assert len(str(prefix)) == case.length
    assert build["build_key_version"] == case.version
    assert build["published"]

    # A program: its path to its library is in the binary file, in the place of a placeholder.
    interpreter = prefix / "bin" / "python"
    assert str(prefix).encode() in interpreter.read_bytes()
    assert output_of(interpreter, "-c", "import sys; print(sys.prefix)") == str(prefix)
    # An entry point: a script, whose first line would be longer than kernels allow.
    script = prefix / "bin" / "pip"
    assert script.read_bytes().startswith(b"#!/bin/sh\n")
    assert str(prefix) in output_of(script, "--version")

    (kernel,) = (await api.get("kernels/")).data
    assert len(kernel["name"].encode()) <= LONGEST_KERNEL_NAME
    shown = (await kernels.specs())[kernel["name"]]["spec"]
    assert case.name in shown["display_name"]
    running = await kernels.start(kernel["name"])
    assert await kernels.run(running, "sys.prefix") == str(prefix)

    environment = await api.environment(case.name, case.namespace)
    assert environment["current_build_id"] == build_id
    if case.version < 3:
        link = case.store / case.namespace / "envs" / case.name
        assert link.readlink() == prefix


def output_of(*command) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": ""})
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


class TestOneMore:
    @pytest.fixture
    def length(self):
        return 256

    async def test_at_256_characters_it_fails_at_once_and_says_what_helps(self, api, case, channel):
        specification = f"name: {case.name}"
        body = {"specification": specification, "namespace": case.namespace}
        check = (await api.post("specification/check/", body)).data
        assert [w["place"] for w in check["warnings"] if "too long" in w["message"]] == ["name"]

        build_id = await submit(api, case, "activate-ok", channel=channel)
        build = await api.build(build_id)  # No waiting: it has never been in the queue.
        assert build["status"] == "FAILED"
        message, hint = build["status_info"].split("\n")
        assert message == "build_path too long: must be <= 255 characters"
        assert hint.startswith(f"The prefix would have 256 characters: {case.store}/")
        assert "set c.EnvStore.store_directory closer to the root" in hint
        advised = {1: "build_key_version = 2 or 3.", 2: "build_key_version = 3.", 3: "be."}
        assert hint.endswith(advised[case.version])
        assert (build["failure"]["kind"], build["failure"]["hint"]) == ("path", hint)
        # Nothing has been done for it.
        assert (await api.get(f"build/{build_id}/events/")).data["events"] == []
        assert list((case.store / ".envstore" / "work").iterdir()) == []
        # It can be deleted, as any other.
        assert (await api.delete(f"build/{build_id}/")).status == 200


@pytest.mark.parametrize("version", [3])
@pytest.mark.parametrize("field", ["name", "namespace"])
@pytest.mark.parametrize(
    "name",
    [".", "..", ".hidden", "dot.", "CON", "nul.txt", "conin$", "a/b", "ü", "x" * 256, "ü" * 128],
    ids=lambda name: name[:10],
)
async def test_names_that_a_file_system_would_misunderstand_are_refused(api, name, field, case):
    names = {"name": "env", "namespace": "ns", field: name}
    body = {"specification": f"name: '{names['name']}'", "namespace": names["namespace"]}
    refused = await api.post("specification/", body)
    assert refused.status == 400
    assert [problem["place"] for problem in refused.error["problems"]] == [field]
    assert refused.error["problems"][0]["hint"]
    assert (await api.get("build/")).json["count"] == 0
    assert [entry.name for entry in case.store.iterdir()] == [".envstore"]
