"""The OpenAPI document: valid, complete, the same in the server, in the docs and in the code."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import validate

from jupyter_envstore import __version__
from jupyter_envstore.api.openapi import openapi_document
from jupyter_envstore.handlers.decoding import STATUS_OF
from jupyter_envstore.handlers.endpoints import ROUTER
from tests.handlers.serving import (
    api,
    envstore_config,
    extension,
    jp_server_config,
    store_directory,
)

__all__ = ["api", "envstore_config", "extension", "jp_server_config", "store_directory"]

DOCUMENT = openapi_document(ROUTER.operations, __version__)

OPERATIONS = {
    operation["operationId"]: operation
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
}


@pytest.fixture(scope="module")
def kept() -> dict:
    page = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
    return json.loads(page.read_text(encoding="utf-8"))


def test_the_document_is_valid_openapi():
    validate(DOCUMENT)


def test_the_docs_have_the_document_as_it_is_now(kept):
    assert kept == DOCUMENT, "docs/reference/openapi.json is stale: run make generate"


async def test_the_server_has_the_document_for_whoever_may_ask(api):
    reply = await api.get("openapi.json", root="envstore/api/")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("application/json")
    assert reply.json == json.loads(json.dumps(DOCUMENT))
    stranger = await api.get("openapi.json", root="envstore/api/", headers={})
    assert stranger.status == 403


@pytest.mark.parametrize("path", ["/api/v1/", "/metrics/", "/api/v1/namespace/"])
async def test_addresses_lead_to_the_api_from_where_the_document_is(api, path):
    assert path in DOCUMENT["paths"]
    here = f"{api.base_url}envstore/api/openapi.json"
    server = urljoin(here, DOCUMENT["servers"][0]["url"])
    reply = await api.get(path.lstrip("/"), root=server.removeprefix(api.base_url))
    assert reply.status == 200


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_that_may_come_is_described(name):
    operation = OPERATIONS[name]
    statuses = set(operation["responses"])
    assert {"403", "500", "503"} <= statuses
    places = {parameter["in"] for parameter in operation["parameters"]}
    assert "404" in statuses or "path" not in places
    assert "422" in statuses or not ({"query"} & places or "requestBody" in operation)
    assert "413" in statuses or "requestBody" not in operation


def test_every_status_of_an_error_has_a_meaning():
    described = DOCUMENT["components"]["responses"]
    assert {f"Error{status.value}" for status in STATUS_OF.values()} <= set(described)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_a_reply_carries_has_a_type(name):
    (media,) = OPERATIONS[name]["responses"]["200"]["content"].items()
    kind, described = media
    if kind == "application/json":
        schema = described["schema"]
        data = schema.get("properties", {}).get("data", schema)
        assert data.keys() & {"$ref", "type", "anyOf"}, data
