"""Archives and upkeep need what the build itself needs: to read it, or to change it."""

from __future__ import annotations

import pytest

from jupyter_envstore.domain.archives import FORMATS
from tests.builder.fake_worker import UPKEEP

from .people import EDITOR, GUEST, ROLES, ROOT, VIEWER, People, as_person


@pytest.fixture
def envstore_config(envstore_config):
    return {**envstore_config, **ROLES}


@pytest.fixture
def jp_server_config(jp_server_config):
    jp_server_config["ServerApp"]["identity_provider_class"] = People
    return jp_server_config


@pytest.fixture
def build(api, fake_workers, jp_asyncio_loop):
    """The id of a build of the team's."""

    async def make():
        root = as_person(api, ROOT)
        build_id = await root.submit("finish", namespace="team")
        await root.completed(build_id)
        return build_id

    return jp_asyncio_loop.run_until_complete(make())


async def test_who_may_read_a_build_may_download_it_and_nobody_else(api, build, archiver):
    archiver.go_on()
    for form in FORMATS:
        path = f"build/{build}/{form.file}"
        for person, status in ((GUEST, 404), (VIEWER, 200), (EDITOR, 200)):
            assert (await as_person(api, person).get(path, on_data=[].append)).status == status
        assert (await api.get(path, headers={})).status == 403
        # What is said of the archive is not told either.
        artifacts = f"build/{build}/artifacts/"
        assert (await as_person(api, GUEST).get(artifacts)).status == 404
    listed = (await as_person(api, VIEWER).get(artifacts)).data
    kinds = {form.artifact for form in FORMATS}
    archives = [one for one in listed if one["artifact_type"] in kinds]
    assert len(archives) == len(FORMATS)
    assert all(one["size"] and one["sha256"] for one in archives)


async def test_who_may_change_an_environment_may_have_its_builds_verified(api, build, fake_workers):
    (fake_workers / UPKEEP).touch()
    viewer, editor = as_person(api, VIEWER), as_person(api, EDITOR)
    for path in (f"build/{build}/verify/", f"build/{build}/repair/"):
        assert (await viewer.post(path)).status == 403
        assert (await as_person(api, GUEST).post(path)).status == 404
    assert (await editor.post(f"build/{build}/verify/")).status == 200
    assert (await viewer.get(f"build/{build}/verify/")).data["actor"] == EDITOR
    assert (await viewer.delete(f"build/{build}/verify/")).status == 403
