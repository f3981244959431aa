"""conda-store's wire format, and what is ours beside it."""

from __future__ import annotations

import json
from datetime import datetime

from tests.builder.invariants import ON_REQUEST

from .api_client import until

BUILD_KEYS = [
    "id",
    "environment_id",
    "specification",
    "packages",
    "status",
    "status_info",
    "size",
    "scheduled_on",
    "started_on",
    "ended_on",
    "build_artifacts",
]
PERMISSIONS = [
    "build::cancel",
    "build::delete",
    "environment::delete",
    "environment::read",
    "environment::solve",
    "environment::update",
    "environment:create",
    "namespace-role-mapping::create",
    "namespace-role-mapping::delete",
    "namespace-role-mapping::read",
    "namespace-role-mapping::update",
    "namespace::create",
    "namespace::delete",
    "namespace::read",
    "namespace::update",
    "setting::read",
    "setting::update",
]
OURS = {"read_only": False, "reason": None}
"""What a namespace has beside conda-store's keys."""


def is_naive_utc(text: str) -> bool:
    moment = datetime.fromisoformat(text)
    age = datetime.utcnow() - moment  # noqa: DTZ003 -- naive UTC is what is on the wire
    return moment.tzinfo is None and not text.endswith("Z") and 0 <= age.total_seconds() < 600


async def test_the_list_of_namespaces_has_no_message(api):
    for name in ("b", "a"):
        assert (await api.post(f"namespace/{name}/")).json == {"status": "ok", "message": None}
    reply = await api.get("namespace/")
    assert reply.json == {
        "status": "ok",
        "data": [
            {"id": 3, "name": "a", "read_only": False, "reason": None},
            {"id": 2, "name": "b", "read_only": False, "reason": None},
            {"id": 1, "name": "default", "read_only": False, "reason": None},
        ],
        "page": 1,
        "size": 100,
        "count": 3,
    }


async def test_one_namespace(api):
    await api.post("namespace/a/")
    reply = await api.get("namespace/a/")
    data = {"id": 2, "name": "a", "metadata_": {}, "role_mappings": [], **OURS}
    assert reply.json == {"status": "ok", "data": data, "message": None}
    conflict = await api.post("namespace/a/")
    assert (conflict.status, conflict.error["message"]) == (409, "namespace already exists")


async def test_permissions(api):
    reply = await api.get("permission/")
    data = reply.data
    expiration = data.pop("expiration")
    assert data == {
        "authenticated": True,
        "primary_namespace": "default",
        "entity_permissions": {"*/*": PERMISSIONS},
        "entity_roles": {"*/*": ["admin"]},
        "read_only": {},
    }
    # The one time that says it is UTC, without fractions.
    assert datetime.strptime(expiration, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007


async def test_the_root_tells_version_and_identity(api, store_directory):
    data = (await api.get("")).data
    assert data["version"]
    assert data["store_directory"] == str(store_directory)
    identity = json.loads((store_directory / ".envstore" / "store.json").read_text())
    assert data["store_id"] == identity["id"]


async def test_an_environment(api, build, store_directory):
    reply = await api.get("environment/ns/env/")
    data = reply.data
    condas = {
        "id": 1,
        "namespace": {"id": 2, "name": "ns", "metadata_": {}, "role_mappings": [], **OURS},
        "name": "env",
        "current_build_id": build,
        "current_build": None,
        "description": "",
    }
    assert {key: data[key] for key in condas} == condas
    assert list(data)[: len(condas)] == list(condas)
    assert data["published"] is True
    assert data["latest_build"]["id"] == data["published_build"]["id"] == build
    assert data["prefix"] == str(store_directory / "ns" / "envs" / "env")
    assert [kernel["build_id"] for kernel in data["kernels"]] == [build]
    assert json.loads(data["text"])["name"] == "env"
    listed = (await api.get("environment/")).json
    assert listed["data"] == [data]
    assert (listed["page"], listed["count"]) == (1, 1)


async def test_a_new_environment_has_its_queued_build_as_the_current_one(api, build, open_gate):
    """conda-store's clients expect a number there."""
    second = await api.submit("gated", name="other")
    other = await api.environment("other")
    assert other["current_build_id"] == second
    assert (other["published"], other["published_build"]) == (False, None)
    open_gate(second)
    await api.completed(second)


async def test_a_build(api, build):
    reply = await api.get(f"build/{build}/")
    data = reply.data
    assert list(data)[: len(BUILD_KEYS)] == BUILD_KEYS
    specification = data["specification"]
    assert list(specification) == ["id", "name", "spec", "sha256", "created_on"]
    assert list(specification["spec"]) == [
        "channels",
        "dependencies",
        "description",
        "name",
        "prefix",
        "variables",
    ]
    assert data["packages"] is None
    assert (data["status"], data["status_info"], data["size"]) == ("COMPLETED", None, 1000)
    for key in ("scheduled_on", "started_on", "ended_on"):
        assert is_naive_utc(data[key]), data[key]
    assert is_naive_utc(specification["created_on"])
    artifacts = {a["artifact_type"]: a for a in data["build_artifacts"]}
    assert artifacts.keys() == {"LOGS", "LOCKFILE", "DIRECTORY", *ON_REQUEST}
    assert artifacts["DIRECTORY"]["key"] == data["prefix"]
    assert data["prefix"].endswith(f"/ns/{data['build_key']}")
    assert (data["attempts"], data["build_key_version"], data["published"]) == (1, 2, True)
    assert data["client"]


async def test_the_list_of_builds_leaves_the_large_parts_out(api, build):
    (item,) = (await api.get("build/")).data
    assert list(item)[: len(BUILD_KEYS)] == BUILD_KEYS
    assert (item["specification"], item["packages"], item["build_artifacts"]) == (None,) * 3


async def test_packages(api, build):
    (package,) = (await api.get(f"build/{build}/packages/")).data
    assert list(package)[:6] == ["id", "channel", "license", "name", "version", "summary"]
    channel = {"id": 1, "name": "https://example.org/channel", "last_update": None}
    assert package["channel"] == channel
    assert (package["name"], package["version"], package["requested"]) == ("made-up", "1.0", True)
    assert (package["build"], package["size"], package["manager"]) == ("0", 1234, "conda")
    assert package["url"] == "https://example.org/channel/noarch/made-up-1.0-0.conda"
    assert package["sha256"] == "f" * 64
    assert package["required_by"] == []
    assert (await api.get(f"build/{build}/packages/?search=ade")).json["count"] == 1
    assert (await api.get(f"build/{build}/packages/?search=ade&exact=1")).json["count"] == 0
    assert (await api.get(f"build/{build}/packages/?search=m_de")).json["count"] == 0


async def test_kernels(api, build):
    (kernel,) = (await api.get("kernels/")).data
    assert kernel == {
        "name": "envstore-ns-env-python3",
        "display_name": kernel["display_name"],
        "language": "python",
        "namespace": "ns",
        "environment": "env",
        "build_id": build,
        "pinned": False,
    }
    listed = json.loads((await api.request("GET", "api/kernelspecs", root="")).text)
    spec = listed["kernelspecs"][kernel["name"]]["spec"]
    assert spec["display_name"] == kernel["display_name"]


async def test_acknowledgements_and_messages(api, build):
    reply = await api.put("environment/ns/env/", {"description": "new"})
    assert reply.json == {"status": "ok", "message": None}
    assert (await api.environment())["description"] == "new"
    assert (await api.put("environment/ns/env/", {})).json == {"status": "ok", "message": None}
    again = await api.put(f"build/{build}/")
    assert again.json["message"] == "rebuild triggered"
    second = again.data["build_id"]
    await api.completed(second)
    assert (await api.build(second))["parent_build_id"] == build
    late = await api.put(f"build/{second}/cancel/")
    message = f"build {second} was not canceled: it had ended already, COMPLETED"
    assert late.json == {"status": "ok", "message": message}


async def test_whoever_cancels_a_build_that_runs_hears_conda_stores_sentence(api, open_gate):
    build_id = await api.submit("gated")

    async def runs():
        return (await api.build(build_id))["status"] == "BUILDING"

    await until(runs)
    reply = await api.put(f"build/{build_id}/cancel/")
    assert reply.json == {"status": "ok", "message": f"build {build_id} canceled"}
    assert (await api.ended(build_id))["status"] == "CANCELED"
    reason = f"build {build_id} marked as CANCELED due to being canceled from the REST API"
    assert reason in await api.log(build_id)


async def test_conda_stores_reasons_against_a_switch(api, build, open_gate):
    other = await api.submit("gated", name="other")
    for build_id, sentence in (
        (other, "since specification does not match environment name"),
        (999, "build id=999 does not exist"),
    ):
        reply = await api.put("environment/ns/env/", {"build_id": build_id})
        assert reply.status == 400
        assert reply.error["message"].endswith(sentence)
    reply = await api.put("environment/ns/other/", {"build_id": other})
    assert reply.status == 400
    assert reply.error["message"] == "cannot update environment to build id since not completed"
    open_gate(other)
    await api.completed(other)


async def test_the_namespace_is_the_default_one_if_none_is_named(api, fake_workers):
    text = "name: a\nchannels: [https://example.org/c]\ndependencies: [finish]\n"
    reply = await api.post("specification/", {"specification": text, "namespace": None})
    await api.completed(reply.data["build_id"])
    assert (await api.environment("a", "default"))["text"] == text


async def build_ids(api, query: str) -> list[int]:
    return [build["id"] for build in (await api.get(f"build/?{query}")).data]


async def test_pages_sorts_and_filters(api, fake_workers):
    ids = [await api.submit("finish", name=f"e{n % 4}") for n in range(7)]
    for build_id in ids:
        await api.completed(build_id)
    page = (await api.get("build/?page=2&size=3")).json
    assert [build["id"] for build in page["data"]] == ids[3:6]
    assert (page["page"], page["size"], page["count"]) == (2, 3, 7)
    assert await build_ids(api, "page=3&size=3") == ids[6:]
    assert await build_ids(api, "page=9&size=3") == []
    assert await build_ids(api, "page=-1&size=2") == ids[:2]
    assert (await api.get("build/?size=1000")).json["size"] == 100
    newest_first = "sort_by=scheduled_on&order=desc&size=2"
    assert await build_ids(api, newest_first) == ids[:-3:-1]
    assert await build_ids(api, "sort_by=nonsense") == ids
    assert await build_ids(api, "name=e1") == [ids[1], ids[5]]
    assert await build_ids(api, "namespace=ns&status=COMPLETED&environment_id=1") == [
        ids[0],
        ids[4],
    ]
    assert await build_ids(api, "status=FAILED") == []
    # conda-store's CLI appends a slash to every URL, also behind the query.
    assert await build_ids(api, "size=1&page=2/") == ids[1:2]
    assert await build_ids(api, "name=e1/") == [ids[1], ids[5]]
    names = [env["name"] for env in (await api.get("environment/?sort_by=name")).data]
    assert names == ["e0", "e1", "e2", "e3"]
    assert (await api.get("environment/?search=E1")).json["count"] == 1
    assert (await api.get("environment/?search=_")).json["count"] == 0
    assert (await api.get("environment/?namespace=none")).json["count"] == 0
    assert (await api.get("environment/?status=COMPLETED&size=3")).json["count"] == 4


async def test_all_environments_come_without_a_size(api, fake_workers, open_gate):
    ids = [await api.submit("finish", name=f"e{n}") for n in range(12)]
    for build_id in ids:
        await api.completed(build_id)
    assert len((await api.get("environment/?size=5")).data) == 5
    reply = (await api.get("environment/")).json
    assert (len(reply["data"]), reply["size"], reply["count"]) == (12, 12, 12)


async def test_what_runs_tells_its_phase_and_progress(api, open_gate):
    build_id = await api.submit("gated")

    async def progress():
        return (await api.build(build_id))["progress"]

    told = await until(progress)
    assert told == {
        "phase": "LINKING",
        "done": 1,
        "total": 2,
        "unit": "packages",
        "packages_done": 1,
        "packages_total": 2,
        "bytes_done": 0,
        "bytes_total": None,
        "detail": None,
    }
    assert (await api.environment())["latest_build"]["progress"] == told
    open_gate(build_id)
    ended = await api.completed(build_id)
    assert (ended["phase"], ended["progress"]) == (None, None)


async def test_what_conda_store_warns_of_is_marked(api, build):
    for path in ("environment/", "build/1/docker/"):
        assert (await api.get(path)).headers["Deprecation"] == "True"
    assert "Deprecation" not in (await api.get("build/")).headers
