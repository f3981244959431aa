"""Shared stores through the API: read like ours, and refused to change, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.handlers.admission import _ON_SHARED
from jupyter_envstore.handlers.endpoints import ROUTER
from jupyter_envstore.service import shared_watch
from tests.builder.bench import Bench

from .api_client import Api, until


@pytest.fixture
def owner(tmp_path: Path, fake_workers: Path) -> Iterator[Bench]:
    """The store that is shared: one build, and no server any more."""
    bench = Bench(Settings(str(tmp_path / "o"), storage_threshold=0), fake_workers)
    bench.store.start()
    bench.completed()
    bench.stop()
    return bench


@pytest.fixture
def envstore_config(
    envstore_config: dict[str, Any], owner: Bench, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    monkeypatch.setattr(shared_watch, "LOOK", 0.05)
    return {**envstore_config, "shared_stores": [f"team={owner.directory}"]}


async def shared_build(api: Api) -> int:
    """Return the id of the shared build, as soon as it is there."""

    async def look() -> Any:
        return (await api.get("environment/?namespace=team:ns")).data

    (environment,) = await until(look)
    return int(environment["current_build_id"])


async def test_what_clients_see(api, owner):
    build_id = await shared_build(api)
    listed = (await api.get("namespace/")).data
    assert [item["name"] for item in listed] == ["default", "team:default", "team:ns"]
    namespace = listed[-1]
    reason = f"It belongs to the store in {owner.directory}, which this server only reads"
    assert (namespace["name"], namespace["read_only"]) == ("team:ns", True)
    assert namespace["reason"].startswith(reason)
    told = (await api.get("permission/")).data["read_only"]
    assert told == dict.fromkeys(("team:default", "team:ns"), namespace["reason"])
    assert (await api.get("namespace/team:ns/")).data["reason"] == namespace["reason"]
    environment = await api.environment(namespace="team:ns")
    assert environment["namespace"]["read_only"] is True
    assert environment["published"] is True
    build = await api.build(build_id)
    assert (build["read_only"], build["namespace"], build["status"]) == (
        True,
        "team:ns",
        "COMPLETED",
    )
    assert build["specification"]["spec"]["name"] == "env"
    (status,) = (await api.get("shared-stores/")).data
    assert (status["label"], status["problem"]) == ("team", None)
    assert status["namespaces"] == ["team:default", "team:ns"]
    specs = (await api.request("GET", "api/kernelspecs", root="")).json["kernelspecs"]
    (kernel,) = (await api.get("kernels/")).data
    assert kernel["namespace"] == "team:ns"
    assert specs[kernel["name"]]["spec"]["metadata"]["envstore"]["build_id"] == build_id
    assert (await api.get(f"build/{build_id}/conda-lock.yml")).json["version"] == 1
    log = (await api.get(f"build/{build_id}/logs/?follow=1")).text
    assert log == owner_log(owner)


def owner_log(owner: Bench) -> str:
    return (owner.internal / "logs" / "1.log").read_text()


async def test_every_operation_that_could_change_something_is_refused(api, owner):
    """Whatever the operation wants in its body: it is refused before that is looked at."""
    build_id = await shared_build(api)
    values = {"namespace": "team:ns", "name": "env", "build_id": build_id, "other_id": build_id}
    refused = []
    for operation in ROUTER.operations:
        parameters = set(operation.parameters)
        if not parameters or not parameters <= values.keys() or operation.name in _ON_SHARED:
            continue
        path = operation.address.removeprefix("/api/v1/").format(**values)
        reply = await api.request(operation.method, path, body={})
        assert reply.status == 409, (operation.name, reply.text)
        assert str(owner.directory) in reply.error["message"]
        refused.append(operation.name)
    assert {"delete_build", "delete_environment", "rebuild", "update_environment"} <= set(refused)
    writing = {
        operation.name
        for operation in ROUTER.operations
        if operation.action != "read" and operation.name in _ON_SHARED
    }
    assert writing == {"clone_environment"}


async def test_nothing_is_built_or_cloned_into_a_shared_namespace(api):
    await shared_build(api)
    text = "name: x\ndependencies: [a]\n"
    for namespace in ("team:ns", "team:new", "other:ns"):
        sent = {"specification": text, "namespace": namespace}
        reply = await api.post("specification/", sent)
        assert reply.status == 409
        assert f"Nothing can be built in the namespace {namespace}" in reply.error["message"]
    assert (await api.post("environment/team:ns/env/clone/", {"name": "x"})).status == 409
    assert (await api.post("namespace/team:mine/")).status == 409
    assert (await api.get("namespace/team:mine/")).status == 404
    cloned = await api.post("environment/team:ns/env/clone/", {"name": "x", "namespace": "mine"})
    assert (await api.build(cloned.data["build_id"]))["namespace"] == "mine"


async def test_ids_that_no_shared_store_has(api):
    build_id = await shared_build(api)
    for unknown in (build_id + 1, build_id + (1 << 32), 1 << 52):
        assert (await api.get(f"build/{unknown}/")).status == 404
        assert (await api.delete(f"build/{unknown}/")).status == 404


async def test_conda_is_told_of_their_folders(api, owner, tmp_path, monkeypatch):
    condarc = tmp_path / "condarc.yml"
    monkeypatch.setenv("CONDARC", str(condarc))
    await shared_build(api)
    state = (await api.get("conda-config/?namespace=team:ns")).data
    folder = str(owner.directory / "ns" / "envs")
    assert f"+  - {folder}" in state["register"]["diff"]
    headers = {"Authorization": f"token {api.token}", "If-Match": state["etag"]}
    after = (await api.put("conda-config/", {"register": ["team:ns"]}, headers=headers)).data
    assert folder in condarc.read_text()
    registered = [item["namespace"] for item in after["namespaces"] if item["registered"]]
    assert registered == ["team:ns"]


class TestWithRoles:
    """A server of several people: who sees a shared store is a question of roles, as elsewhere."""

    @pytest.fixture
    def envstore_config(self, envstore_config: dict[str, Any]) -> dict[str, Any]:
        return {**envstore_config, "authenticated_role_bindings": {"own/*": ["admin"]}}

    async def test_without_a_role_nothing_is_seen(self, api, owner):
        async def look() -> Any:
            stores = (await api.get("shared-stores/")).data
            return [store for store in stores if store["store_id"]]

        (status,) = await until(look)
        assert status["namespaces"] == []
        assert (await api.get("environment/")).data == []
        assert (await api.get("environment/team:ns/env/")).status == 403
        assert (await api.delete("environment/team:ns/env/")).status == 403
        assert (await api.get("permission/")).data["read_only"] == {}
