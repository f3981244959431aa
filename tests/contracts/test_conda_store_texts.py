"""The sentences that conda-store's clients and tests read, word for word, with their statuses.

What comes before and after them is ours: the line, what to do. The whole of it is in ``problems``.
"""

from __future__ import annotations

import json

import pytest

from jupyter_envstore.domain.names import NAME_PATTERN
from tests.handlers.api_client import until

NO_MAPPING = "Input should be a valid dictionary or object to extract fields from"
CHANNEL = "https://example.org/c"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [b", "Unable to parse. Invalid YAML"),
        ("null", NO_MAPPING),
        ("only text", NO_MAPPING),
        ("", NO_MAPPING),
        ("dependencies: [python]", "Field required (type=missing, loc=('name',))"),
        *(
            (
                f"name: {name}",
                (
                    f"String should match pattern '{NAME_PATTERN}' "
                    "(type=string_pattern_mismatch, loc=('name',))"
                ),
            )
            for name in ("a b", "a/b", "''")
        ),
        ("name: 12", "Input should be a valid string"),
        (
            "name: x\ndependencies: [numpy==1.0==2]",
            "Invalid conda package dependency specification numpy==1.0==2",
        ),
        (
            "name: x\ndependencies: [{pip: [--foo bar]}]",
            (
                "Invalid pip option '--foo bar', supported options are "
                "['--index-url', '--extra-index-url', '--trusted-host']"
            ),
        ),
        (
            "name: x\ndependencies: [{pip: ['git+https://example.org/a']}]",
            'Invalid pypi package dependency "git+https://example.org/a"',
        ),
        ("name: x\nchannels: null", "Input should be a valid list"),
        ("name: x\nchannels: conda-forge", "Input should be a valid list"),
    ],
)
async def test_what_is_wrong_with_a_specification(api, text, sentence):
    for body in ({"specification": text}, {"specification": text, "namespace": "new"}):
        refused = await api.post("specification/", body)
        assert refused.status == 400
        assert sentence in refused.error["message"]
        assert sentence in refused.error["problems"][0]["message"]
    assert (await api.get("build/")).json["count"] == 0
    assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]


async def test_a_body_that_is_no_object_is_unprocessable(api):
    """Clients of conda-store read ``message``: there is one beside FastAPI's ``detail``."""
    for body in ([], "text", 1, None, '{"specification": 1}', "{"):
        refused = await api.post("specification/", body if isinstance(body, str) else [body])
        assert refused.status == 422
        assert [item.keys() for item in refused.error["detail"]] == [
            {"type", "loc", "msg", "input"}
        ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("GET", "namespace/none/", None, 404, "namespace does not exist"),
        ("POST", "namespace/default/", None, 409, "namespace already exists"),
        ("DELETE", "namespace/none/", None, 404, "namespace does not exist"),
        ("PUT", "namespace/none/metadata", {}, 404, "namespace does not exist"),
        ("GET", "namespace/none/roles", None, 404, "namespace does not exist"),
        ("DELETE", "namespace/none/roles", None, 404, "namespace does not exist"),
        (
            "PUT",
            "namespace/default/",
            {"role_mappings": {"team-a": ["viewer"]}},
            400,
            "invalid entity=team-a",
        ),
        (
            "PUT",
            "namespace/default/",
            {"role_mappings": {"a/*": ["boss"]}},
            400,
            "invalid entity=boss",
        ),
        (
            "POST",
            "namespace/default/role",
            {"other_namespace": "ns", "role": "boss"},
            400,
            "invalid role=boss",
        ),
        (
            "GET",
            "namespace/default/role?other_namespace=nope",
            None,
            400,
            "Namespace='nope' not found",
        ),
        ("GET", "namespace/default/role?other_namespace=ns", None, 404, "failed to find role"),
        ("GET", "environment/ns/none/", None, 404, "environment does not exist"),
        ("GET", "environment/ns/none/lockfile/", None, 404, "environment does not exist"),
        ("GET", "environment/ns/none/conda-lock.yml", None, 404, "environment does not exist"),
        (
            "DELETE",
            "environment/ns/none/",
            None,
            400,
            "environment namespace=ns name=none does not exist",
        ),
        (
            "PUT",
            "environment/ns/none/",
            {"description": "x"},
            400,
            "environment namespace=ns name=none does not exist",
        ),
        ("PUT", "environment/ns/env/", {"build_id": 999}, 400, "build id=999 does not exist"),
        *(
            (method, f"build/999/{rest}", None, 404, "build id does not exist")
            for method, rest in (
                ("GET", ""),
                ("PUT", ""),
                ("DELETE", ""),
                ("PUT", "cancel/"),
                ("GET", "packages/"),
                ("GET", "logs/"),
                ("GET", "yaml/"),
                ("GET", "lockfile/"),
                ("GET", "conda-lock.yaml"),
                ("GET", "archive/"),
                ("GET", "installer/"),
                ("GET", "docker/"),
            )
        ),
        ("GET", "build/1/installer/", None, 400, "Build 1 doesn't have an installer"),
        ("GET", "build/1/docker/", None, 400, "Build 1 doesn't have a docker manifest"),
        ("PUT", "setting/", {"bogus": 1}, 400, "Invalid setting keys {'bogus'}"),
        (
            "PUT",
            "setting/ns/",
            {"conda_command": "mamba"},
            400,
            (
                "Setting conda_command is a global setting and cannot be set within a namespace or "
                "environment"
            ),
        ),
        (
            "POST",
            "token/",
            {"expiration": "2999-01-01T00:00:00Z"},
            400,
            "Requested expiration of token is greater than current permissions",
        ),
        ("GET", "nothing/", None, 404, "Not Found"),
        ("PATCH", "build/1/", {}, 405, "Method Not Allowed"),
    ],
)
async def test_what_cannot_be(api, fake_workers, method, path, body, status, message):
    build_id = await api.submit("refuse")
    assert (await api.ended(build_id))["status"] == "FAILED"
    refused = await api.request(method, path, body=body)
    assert (refused.status, refused.error["message"]) == (status, message)


async def test_a_value_of_a_setting_that_is_of_another_kind(api):
    refused = await api.put("setting/", {"storage_threshold": "much"})
    assert refused.status == 400
    assert "validation error" in refused.error["message"]


async def test_what_the_policies_forbid(api):
    rules = {"conda_allowed_channels": [CHANNEL], "conda_required_packages": ["ipykernel"]}
    assert (await api.put("setting/", rules)).status == 200
    text = json.dumps({"name": "x", "channels": ["https://example.org/other"]})
    refused = await api.post("specification/", {"specification": text})
    assert refused.status == 400
    assert [problem["message"] for problem in refused.error["problems"]] == [
        "Conda channels {'https://example.org/other'} not allowed in specification",
        "Conda packages {'ipykernel'} required and missing from specification",
    ]


async def test_a_build_that_runs_cannot_be_deleted(api, fake_workers):
    build_id = await api.submit("gated")

    async def runs():
        return (await api.build(build_id))["status"] == "BUILDING"

    await until(runs)
    refused = await api.delete(f"build/{build_id}/")
    assert (refused.status, refused.error["message"]) == (
        400,
        "cannot delete build since not finished building",
    )
    (fake_workers / str(build_id)).touch()
    await api.completed(build_id)


async def test_too_little_room(api):
    assert (await api.put("setting/", {"storage_threshold": 2**62})).status == 200
    refused = await api.post("specification/", {"specification": "name: x"})
    assert (refused.status, refused.error["message"]) == (
        400,
        (
            "`CondaStore.storage_threshold` reached. Action environment:create prevented due to "
            "insufficient storage space"
        ),
    )
