"""What people of different roles may do with comparisons, notes, names, and dry runs."""

from __future__ import annotations

import pytest

from jupyter_envstore.service.access import Caller

from .people import EDITOR, ROLES, ROOT, VIEWER, People, as_person


@pytest.fixture
def envstore_config(envstore_config):
    return {**envstore_config, **ROLES}


@pytest.fixture
def jp_server_config(jp_server_config):
    jp_server_config["ServerApp"]["identity_provider_class"] = People
    return jp_server_config


@pytest.fixture
def builds(api, fake_workers, jp_asyncio_loop):
    """The ids of a build of the team's, and of one that only the administrator sees."""

    async def make():
        root = as_person(api, ROOT)
        ids = [await root.submit("finish", namespace=namespace) for namespace in ("team", "own")]
        for build_id in ids:
            await root.completed(build_id)
        return ids

    return jp_asyncio_loop.run_until_complete(make())


CHANGES = {
    "environment/team/env/rename/": ("POST", {"name": "other"}),
    "environment/team/env/clone/": ("POST", {"name": "copy"}),
    "build/{team}/annotations/": ("PUT", {"note": "x"}),
    "solve/": ("POST", {"specification": "name: env\n", "namespace": "team"}),
}


@pytest.mark.parametrize("path", CHANGES)
async def test_who_may_only_look_changes_nothing(api, builds, path):
    viewer = as_person(api, VIEWER)
    method, body = CHANGES[path]
    assert (await viewer.request(method, path.format(team=builds[0]), body=body)).status == 403
    assert (await viewer.get("environment/team/env/history/")).status == 200


async def test_a_comparison_shows_nothing_of_a_build_that_one_may_not_see(api, builds):
    team, own = builds
    for person, status in ((VIEWER, 404), (ROOT, 200)):
        client = as_person(api, person)
        assert (await client.get(f"build/{team}/diff/{own}/")).status == status
        assert (await client.get(f"build/{own}/diff/{team}/")).status == status


async def test_who_may_build_in_one_namespace_clones_and_renames_only_there(api, builds):
    editor = as_person(api, EDITOR)
    own = {"name": "copy", "namespace": "own"}
    assert (await editor.post("environment/team/env/clone/", own)).status == 403
    assert (await editor.post("environment/own/env/clone/", {"name": "copy"})).status == 403
    assert (await editor.post("environment/own/env/rename/", {"name": "x"})).status == 403
    made = (await editor.post("environment/team/env/clone/", {"name": "copy"})).data["build_id"]
    await editor.completed(made)
    assert (await editor.post("environment/team/copy/rename/", {"name": "mine"})).status == 200
    history = (await editor.get("environment/team/mine/history/")).data
    assert [(entry["deed"], entry["actor"]) for entry in history] == [
        ("asked", EDITOR),
        ("cloned", EDITOR),
        ("published", None),
        ("renamed", EDITOR),
    ]


async def test_the_history_tells_who_did_what(api, builds):
    """The editor asks, and the administrator changes: every deed has its own name."""
    editor, root = as_person(api, EDITOR), as_person(api, ROOT)
    first = builds[0]
    again = (await editor.put(f"build/{first}/")).data["build_id"]
    await editor.completed(again)
    for method, path, body in (
        ("PUT", "environment/team/env/", {"build_id": first}),
        ("PUT", "environment/team/env/", {"description": "new"}),
        ("PUT", f"build/{first}/annotations/", {"note": "x"}),
        ("PUT", f"build/{first}/kernel/", None),
        ("DELETE", f"build/{first}/kernel/", None),
        ("DELETE", f"build/{again}/", None),
    ):
        reply = await root.request(method, path, body=body)
        assert reply.status == 200, (method, path, reply.text)
    history = (await editor.get("environment/team/env/history/")).data
    assert [(entry["deed"], entry["actor"]) for entry in history] == [
        ("asked", ROOT),
        ("published", None),
        ("asked", EDITOR),
        ("published", None),
        *((deed, ROOT) for deed in ("switched", "described", "annotated")),
        *((deed, ROOT) for deed in ("pinned", "unpinned", "deleted")),
    ]


async def test_a_solve_belongs_to_who_began_it(api, builds, extension):
    services = (await extension._ready()).services
    begun = services.solving.begin(
        services.environments.specify(
            "name: e\nchannels: [c]\ndependencies: [sleep]",
            "team",
            services.access.of(Caller(ROOT)),
        )[1],
        "team",
        "mine",
        EDITOR,
    )
    assert (await as_person(api, ROOT).delete("solve/mine/")).status == 404
    assert (await as_person(api, EDITOR).delete("solve/mine/")).status == 200
    assert "canceled" in str(begun.exception(timeout=10))
