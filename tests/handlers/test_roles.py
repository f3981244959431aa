"""What an administrator, an editor, a viewer and a guest of one server may see and do."""

from __future__ import annotations

import pytest

from jupyter_envstore.handlers.endpoints import ROUTER

from .api_client import until
from .people import EDITOR, GUEST, ROLES, ROOT, VIEWER, People, as_person
from .test_access import path_of

OWN_AFFAIRS = {"mint_token", "revoke_token"}
"""Operations that change nothing of what anybody else sees."""


@pytest.fixture
def envstore_config(envstore_config):
    return {**envstore_config, **ROLES}


@pytest.fixture
def jp_server_config(jp_server_config):
    jp_server_config["ServerApp"]["identity_provider_class"] = People
    return jp_server_config


@pytest.fixture
def root(api):
    return as_person(api, ROOT)


@pytest.fixture
def editor(api):
    return as_person(api, EDITOR)


@pytest.fixture
def viewer(api):
    return as_person(api, VIEWER)


@pytest.fixture
def guest(api):
    return as_person(api, GUEST)


@pytest.fixture
def builds(root, fake_workers, jp_asyncio_loop):
    """Ids of a finished build in each of the namespaces team, other and public-1."""

    async def make():
        ids = {}
        for namespace in ("team", "other", "public-1"):
            ids[namespace] = await root.submit("finish", namespace=namespace)
            await root.completed(ids[namespace])
        return ids

    return jp_asyncio_loop.run_until_complete(make())


class TestWhatPeopleSee:
    async def test_their_permissions_in_conda_stores_words(self, root, editor, viewer, guest):
        everything = (await root.get("permission/")).data
        assert everything["entity_roles"] == {"*/*": ["admin"]}
        assert "environment:create" in everything["entity_permissions"]["*/*"]
        assert len(everything["entity_permissions"]["*/*"]) == 17
        data = (await editor.get("permission/")).data
        assert data["entity_roles"] == {"team/*": ["developer"]}
        assert data["authenticated"] is True
        assert data["expiration"].endswith("Z")
        assert (await viewer.get("permission/")).data["entity_permissions"] == {
            "team/*": ["environment::read", "namespace-role-mapping::read", "namespace::read"]
        }
        assert (await guest.get("permission/")).data["entity_roles"] == {"public-*/*": ["viewer"]}

    async def test_lists_show_only_what_one_may_read(self, root, viewer, guest, builds):
        async def shown(api):
            namespaces = [row["name"] for row in (await api.get("namespace/")).data]
            environments = [
                row["namespace"]["name"] for row in (await api.get("environment/")).data
            ]
            found = [row["id"] for row in (await api.get("build/?sort_by=id")).data]
            usage = list((await api.get("usage/")).data)
            kernels = {row["namespace"] for row in (await api.get("kernels/")).data}
            events = {row["namespace"] for row in (await api.get("events/")).data["events"]}
            return namespaces, environments, found, usage, kernels, events

        def only(name):
            return [name], [name], [builds[name]], [name], {name}, {name}

        assert await shown(viewer) == only("team")
        assert await shown(guest) == only("public-1")
        assert len((await root.get("build/")).data) == 3
        assert (await viewer.get("build/")).json["count"] == 1
        assert (await viewer.get("build/?namespace=other")).data == []

    async def test_a_list_may_be_that_of_a_token(self, root, viewer, builds):
        async def shown(api, token):
            return [
                row["namespace"]["name"]
                for row in (await api.get(f"environment/?jwt={token}")).data
            ]

        bindings = {"role_bindings": {"team/*": ["viewer"], "other/*": ["viewer"]}}
        token = (await root.post("token/", bindings)).data["token"]
        assert await shown(root, token) == ["other", "team"]
        assert await shown(viewer, token) == ["team"]
        assert await shown(root, f"{token}x") == []
        names = (await viewer.get(f"environment-names/?jwt={token}")).json
        assert names["count"] == 1
        after = (
            await root.request("GET", f"api/v2/environment/?jwt={token}", root="envstore/")
        ).json
        assert after["count"] == 2

    async def test_ids_cannot_be_probed(self, viewer, builds):
        """§10: the test for 404 came before that for 403, so ids told what there is."""
        for operation in ROUTER.operations:
            ids = [name for name in operation.parameters if name in ("build_id", "other_id")]
            if not ids:
                continue
            paths = [
                operation.path.format(**{**dict.fromkeys(ids, build), "name": "x"})
                for build in (builds["other"], 4711)
            ]
            replies = [await viewer.request(operation.method, f"{p}/", body={}) for p in paths]
            assert [reply.status for reply in replies] == [404, 404], operation.name
            assert replies[0].error == replies[1].error
            assert replies[0].error["message"] == "build id does not exist"

    async def test_each_of_two_builds_has_to_be_visible(self, viewer, builds):
        for operation in ROUTER.operations:
            if "other_id" in operation.parameters:
                mine, other = builds["team"], builds["other"]
                for values in ((mine, other), (other, mine)):
                    path = operation.path.format(build_id=values[0], other_id=values[1])
                    assert (await viewer.get(f"{path}/")).status == 404

    async def test_names_outside_are_refused_whether_they_exist_or_not(self, viewer, builds):
        for name in ("other", "nowhere"):
            for path in (f"namespace/{name}/", f"environment/{name}/env/"):
                reply = await viewer.get(path)
                assert reply.status == 403
                assert reply.error["message"] == "request not authorized"
        assert (await viewer.get("environment/team/env/")).status == 200
        assert (await viewer.get("environment/team/nothing/")).status == 404


class TestWhatPeopleChange:
    async def test_a_viewer_changes_nothing(self, root, viewer, builds):
        before = (await root.get("events/")).data["next"]
        for operation in ROUTER.operations:
            if operation.action == "read" or operation.name in OWN_AFFAIRS:
                continue
            path = path_of(operation, namespace="team").replace("999", str(builds["team"]))
            reply = await viewer.request(operation.method, f"{path}/", body={})
            # To clone takes the right to read what is there, and then that to make what is not.
            needed = set(operation.needed) - {"environment::read"}
            if needed or reply.status == 403:
                assert reply.error["message"] == "request not authorized", operation.name
            else:
                # What it is about is in the body, and an empty one is about nothing.
                assert reply.status in (400, 404, 422), operation.name
        sent = {"specification": "name: x\nchannels: [https://example.org/c]", "namespace": "team"}
        assert (await viewer.post("specification/", sent)).status == 403
        assert (await viewer.post("solve/", sent)).status == 403
        assert (await viewer.get("specification/?channel=c&conda=alpha")).status == 403
        for body in ({"name": "copy"}, {"name": "env", "namespace": "vic"}):
            assert (await viewer.post("environment/team/env/clone/", body)).status == 403
        assert (await viewer.post("cleanup/", {"namespace": "team"})).status == 403
        assert (await root.get("events/")).data["next"] == before

    @pytest.mark.parametrize("path", ["solve/", "specification/check/", "specification/"])
    async def test_rules_are_told_to_nobody_who_may_not_read_them(self, root, editor, path):
        """The refusal of a specification names the channels that are allowed."""
        for namespace in ("other", "team"):
            assert (await root.post(f"namespace/{namespace}/")).status == 200
            rules = {"conda_allowed_channels": ["https://secret-mirror.example/c"]}
            assert (await root.put(f"setting/{namespace}/", rules)).status == 200
        text = "name: x\nchannels: [https://example.org/c]\ndependencies: [finish]"
        reply = await editor.post(path, {"specification": text, "namespace": "other"})
        assert reply.status == 403
        assert "secret-mirror" not in reply.text
        reply = await editor.post(path, {"specification": text, "namespace": "team"})
        assert reply.status == (200 if "check" in path else 400)
        assert "secret-mirror" in reply.text

    async def test_an_editor_builds_and_cancels_and_does_not_delete(self, editor, builds):
        again = (await editor.put(f"build/{builds['team']}/")).data["build_id"]
        assert (await editor.put(f"build/{again}/cancel/")).status == 200
        await editor.ended(again)
        assert (await editor.delete(f"build/{again}/")).status == 403
        assert (await editor.delete("environment/team/env/")).status == 403
        assert (await editor.delete("namespace/team/")).status == 403
        build = await editor.build(again)
        assert build["author"] == EDITOR

    async def test_an_editor_makes_no_namespace_and_nothing_elsewhere(self, root, editor):
        text = "name: x\nchannels: [https://example.org/c]\ndependencies: [queue]"
        for namespace in ("elsewhere", "team"):
            sent = {"specification": text, "namespace": namespace}
            assert (await editor.post("specification/", sent)).status == 403, namespace
        assert [row["name"] for row in (await root.get("namespace/")).data] == ["default"]
        assert (await root.post("namespace/team/")).status == 200
        sent = {"specification": text, "namespace": "team"}
        assert (await editor.post("specification/", sent)).status == 200

    async def test_the_store_as_a_whole_is_for_administrators(self, editor):
        for method, path in (
            ("POST", "store/adopt/"),
            ("POST", "cleanup/"),
            ("GET", "usage/store/"),
            ("GET", "conda-config/"),
        ):
            reply = await editor.request(method, path, body={})
            assert reply.status == 403, path


class TestRoleMappings:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        """Everybody's own namespace is that of their name, as conda-store's sites have it."""
        roles = {"{username}/*": ["admin"]}
        return {
            **envstore_config,
            "primary_namespace": "{username}",
            "authenticated_role_bindings": roles,
        }

    async def test_version_1(self, root, viewer, editor, builds):
        await root.post("namespace/vic/")
        await root.post("namespace/team-a/")
        wanted = {"other/env": ["viewer"], "team-*/*": ["editor", "viewer"]}
        reply = await root.put("namespace/vic/", {"role_mappings": wanted, "metadata": {"k": "v"}})
        assert reply.json == {"status": "ok", "message": None}
        data = (await viewer.get("namespace/vic/")).data
        assert data["metadata_"] == {"k": "v"}
        assert [(m["entity"], m["role"]) for m in data["role_mappings"]] == [
            ("other/env", "viewer"),
            ("team-*/*", "viewer"),
            ("team-*/*", "developer"),
        ]
        assert (await viewer.get("environment/other/env/")).status == 200
        assert (await viewer.put("environment/other/env/", {"description": "x"})).status == 403
        assert (await viewer.get("permission/")).data["primary_namespace"] == "vic"
        assert (await viewer.get("namespace/team-a/")).status == 200
        # A role on one environment shows its namespace, and changes nothing of it.
        assert (await viewer.get("namespace/other/")).status == 200
        assert (await viewer.put("namespace/other/metadata", {"a": 1})).status == 403
        assert (await editor.get("environment/other/env/")).status == 403
        assert (await root.put("namespace/vic/", {"role_mappings": {}})).status == 200
        assert (await viewer.get("environment/other/env/")).status == 403

    @pytest.mark.parametrize(
        ("mappings", "message"),
        [
            ({"team-a": ["viewer"]}, "invalid entity=team-a"),
            ({"team-a/*": ["boss"]}, "invalid entity=boss"),
            ({"../*": ["viewer"], "a b/*": ["viewer"]}, "invalid entity=a b/*"),
        ],
    )
    async def test_version_1_refusals(self, root, mappings, message):
        await root.post("namespace/n/")
        reply = await root.put("namespace/n/", {"role_mappings": mappings, "metadata": {"x": 1}})
        assert reply.status == 400
        assert reply.error["message"] == message
        data = (await root.get("namespace/n/")).data
        assert data["role_mappings"] == []
        assert data["metadata_"] == {}

    async def test_version_2(self, root, viewer, builds):
        await root.post("namespace/vic/")
        role = "namespace/other/role"
        found = await root.get(f"{role}?other_namespace=vic")
        assert (found.status, found.error["message"]) == (404, "failed to find role")
        sent = {"other_namespace": "vic", "role": "viewer"}
        changed = await root.put(role, sent)
        assert (changed.status, changed.error["message"]) == (404, "failed to find role")
        assert (await root.post(role, sent)).json == {"status": "ok", "message": None}
        assert (await viewer.get(f"build/{builds['other']}/")).status == 200
        assert (await root.post(role, sent)).status == 409
        assert (await root.put(role, {**sent, "role": "editor"})).status == 200
        data = (await root.get(f"{role}?other_namespace=vic")).data
        assert data == {
            "id": data["id"],
            "namespace": "other",
            "other_namespace": "vic",
            "role": "developer",
        }
        assert (await root.get("namespace/other/roles")).data == [data]
        assert (await viewer.put("environment/other/env/", {"description": "x"})).status == 200
        assert (await root.delete(role, body={"other_namespace": "vic"})).status == 200
        assert (await root.delete(role, body={"other_namespace": "vic"})).status == 200
        assert (await viewer.get(f"build/{builds['other']}/")).status == 404
        await root.post(role, sent)
        assert (await root.delete("namespace/other/roles")).status == 200
        assert (await root.get("namespace/other/roles")).data == []

    async def test_version_2_refusals(self, root):
        await root.post("namespace/n/")
        sent = {"other_namespace": "nope", "role": "viewer"}
        for reply in (
            await root.get("namespace/n/role?other_namespace=nope"),
            await root.post("namespace/n/role", sent),
            await root.delete("namespace/n/role", body={"other_namespace": "nope"}),
        ):
            assert reply.status == 400
            assert reply.error["message"] == "Namespace='nope' not found"
        reply = await root.post("namespace/n/role", {"other_namespace": "n", "role": "boss"})
        assert (reply.status, reply.error["message"]) == (400, "invalid role=boss")
        assert (await root.get("namespace/nope/roles")).status == 404

    async def test_nobody_gives_more_than_they_have(self, root, viewer, builds):
        """conda-store lets the admin of any namespace become admin of all of them."""
        await viewer.post("namespace/vic/")
        for entity in ("*/*", "other/*", "v*/*"):
            reply = await viewer.put("namespace/vic/", {"role_mappings": {entity: ["admin"]}})
            assert reply.status == 403, entity
        own = {"vic/*": ["admin"], "vic/x-*": ["viewer"], "team/*": ["viewer"]}
        assert (await viewer.put("namespace/vic/", {"role_mappings": own})).status == 200
        assert (await viewer.get(f"build/{builds['other']}/")).status == 404
        # What somebody else has given may stay.
        given = {"other/*": ["viewer"]}
        await root.put("namespace/vic/", {"role_mappings": given})
        assert (await viewer.put("namespace/vic/", {"role_mappings": given})).status == 200

    async def test_there_is_an_end_to_how_many_there_may_be(self, root):
        """Whoever asks for something is looked up in all of them."""
        many = {f"n{number}/*": ["viewer"] for number in range(501)}
        await root.post("namespace/n/")
        assert (await root.put("namespace/n/", {"role_mappings": many})).status == 422
        assert (await root.post("token/", {"role_bindings": many})).status == 422
        many.popitem()
        assert (await root.put("namespace/n/", {"role_mappings": many})).status == 200
        assert (await root.post("token/", {"role_bindings": many})).status == 200

    async def test_metadata_alone(self, root):
        await root.post("namespace/n/")
        assert (await root.put("namespace/n/metadata", {"a": [1, {"b": None}]})).status == 200
        assert (await root.get("namespace/n/")).data["metadata_"] == {"a": [1, {"b": None}]}
        large = {"a": "x" * 70_000}
        assert (await root.put("namespace/n/metadata", large)).status == 400
        assert (await root.put("namespace/nope/metadata", {})).status == 404


async def test_the_bus_of_a_shared_server_names_nothing(root, builds, jp_serverapp):
    """Jupyter's event bus asks nobody for roles: it tells that something changed, not what."""
    heard = []

    async def listen(logger, schema_id, data):
        heard.append(data)

    jp_serverapp.event_logger.add_listener(
        schema_id="https://events.jupyter.org/jupyter_envstore/store/v1", listener=listen
    )
    build = await root.submit("finish", namespace="secret", name="hidden")
    await root.completed(build)

    async def told():
        return any(event["kind"] == "kernels" for event in heard)

    await until(told)
    for event in heard:
        assert event["seq"] is not None
        assert {key for key, value in event.items() if value is not None} <= {
            *("seq", "at", "kind"),
            *(key for key in event if key.startswith("__")),
        }


async def test_everybody_hears_that_roles_were_changed(root, editor, guest, builds):
    async def latest() -> int:
        return (await root.get("events/")).data["latest"]

    given = {"role": "viewer", "other_namespace": "other"}
    for method, path, body in (
        ("POST", "namespace/team/role/", given),
        ("PUT", "namespace/team/role/", {**given, "role": "editor"}),
        ("DELETE", "namespace/team/role/", {"other_namespace": "other"}),
        ("PUT", "namespace/team/", {"role_mappings": {"other/*": ["viewer"]}}),
        ("DELETE", "namespace/team/roles/", None),
    ):
        before = await latest()
        assert (await root.request(method, path, body=body)).status == 200
        for person in (root, editor, guest):
            (event,) = (await person.get(f"events/?since={before}")).data["events"]
            # Nobody is told who has which role, and who has lost one hears of it, too.
            assert (event["kind"], event["namespace"]) == ("environment", None)
    # It was not there to be taken.
    before = await latest()
    await root.request("DELETE", "namespace/team/role/", body={"other_namespace": "other"})
    assert await latest() == before
