"""Policies for specifications, as users meet them."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def envstore_config(envstore_config):
    return {
        **envstore_config,
        "conda_allowed_channels": ["conda-forge", "https://example.org/c"],
        "conda_included_packages": ["ipykernel"],
        "conda_required_packages": ["finish"],
    }


def sent(*dependencies, namespace="ns", **more):
    specification = {"name": "env", "dependencies": dependencies, **more}
    return {"specification": json.dumps(specification), "namespace": namespace}


async def test_an_included_package_is_built_and_told(api, fake_workers):
    reply = (await api.post("specification/", sent("finish"))).data
    assert [warning["message"] for warning in reply["warnings"]] == [
        "ipykernel was added by conda_included_packages."
    ]
    build = await api.completed(reply["build_id"])
    assert build["specification"]["spec"]["dependencies"] == ["finish", "ipykernel"]
    assert build["specification"]["spec"]["channels"] == ["conda-forge"]
    assert "ipykernel was added" in build["warnings"][0]["message"]


async def test_the_text_stays_as_it_was_sent(api, fake_workers):
    build = await api.completed(await api.submit("finish"))
    assert "ipykernel" not in (await api.environment())["text"]
    assert build["specification"]["spec"]["dependencies"] == ["finish", "ipykernel"]


async def test_what_is_not_allowed_or_missing_is_refused_and_nothing_is_made(api):
    reply = await api.post("specification/", sent("other::numpy"))
    assert reply.status == 400
    channels, packages = reply.error["problems"]
    assert channels["message"] == (
        "Conda channels {'https://conda.anaconda.org/other'} not allowed in specification"
    )
    assert channels["line"] == 1
    assert packages["message"] == (
        "Conda packages {'finish'} required and missing from specification"
    )
    assert (await api.get("environment/")).json["count"] == 0


async def test_the_panel_learns_it_before_it_sends(api):
    checked = (await api.post("specification/check/", sent("finish"))).data
    assert checked["problems"] == []
    assert "ipykernel was added" in checked["warnings"][0]["message"]
    checked = (await api.post("specification/check/", sent("other::finish"))).data
    assert "not allowed in specification" in checked["problems"][0]["message"]


async def test_a_namespace_may_have_rules_of_its_own(api, fake_workers):
    assert (await api.put("setting/free/", {"conda_allowed_channels": []})).status == 200
    assert (await api.put("setting/free/env/", {"conda_included_packages": []})).status == 200
    free = (await api.post("specification/", sent("other::finish", namespace="free"))).data
    assert free["warnings"] == []
    assert (await api.post("specification/", sent("other::finish"))).status == 400


async def test_names_of_channels_are_those_of_the_alias(api, fake_workers):
    await api.put("setting/", {"conda_channel_alias": "https://mirror.example"})
    reply = await api.post("specification/", sent("finish", channels=["conda-forge"]))
    assert reply.status == 200
    far = "https://conda.anaconda.org/conda-forge"
    reply = await api.post("specification/", sent("finish", channels=[far]))
    assert f"{{'{far}'}}" in reply.error["message"]


async def test_a_rebuild_is_subject_to_the_rules_of_now(api, fake_workers):
    build_id = await api.submit("finish")
    await api.completed(build_id)
    await api.put("setting/", {"conda_allowed_channels": ["conda-forge"]})
    reply = await api.put(f"build/{build_id}/")
    assert reply.status == 400
    assert "not allowed in specification" in reply.error["message"]


class TestWrongTraits:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, "conda_included_packages": ["numpy==1.0==2"]}

    async def test_packages_that_cannot_be_are_told_at_the_start(self, api):
        reply = await api.get("environment/")
        assert reply.status == 503
        assert "c.EnvStore.conda_included_packages" in reply.error["message"]
        assert "numpy==1.0==2" in reply.error["message"]
