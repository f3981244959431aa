"""Every error has one shape, a status, a sentence, and never a stack trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_envstore.domain.errors import EnvStoreError, InvalidInput, Problem
from jupyter_envstore.handlers.decoding import STATUS_OF
from jupyter_envstore.service.namespaces import NamespaceService


def all_errors() -> list[type[EnvStoreError]]:
    found, pending = [], [EnvStoreError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        found += kind.__subclasses__()
    return found


def test_every_error_has_a_status():
    for kind in all_errors():
        assert any(ancestor in STATUS_OF for ancestor in kind.__mro__), kind


@pytest.mark.parametrize("kind", STATUS_OF)
async def test_each_class_of_errors_has_its_status_and_the_same_shape(api, monkeypatch, kind):
    problem = Problem("It is wrong.", "name", "Mend it.", 1, 7)
    error = kind([problem]) if kind is InvalidInput else kind("It is wrong.", "Mend it.")

    def fail(*_):
        raise error

    monkeypatch.setattr(NamespaceService, "get", fail)
    reply = await api.get("namespace/ns/")
    assert reply.status == STATUS_OF[kind]
    body = reply.error
    assert body.keys() == {"status", "message", "hint", "problems"}
    assert body["message"].endswith("It is wrong.")
    assert body["hint"] == "Mend it."
    expected = {"place": "name", "message": "It is wrong.", "hint": "Mend it.", "line": 1}
    expected |= {"column": 7, "end_line": None, "end_column": None, "instead": []}
    expected["missing"] = None
    assert body["problems"] == ([expected] if kind is InvalidInput else [])


async def test_a_mistake_of_the_server_tells_nothing_of_its_inside(api, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(NamespaceService, "get", fail)
    reply = await api.get("namespace/ns/")
    assert reply.status == 500
    assert reply.error["message"]
    assert "secret" not in reply.text
    assert reply.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("path", ["nothing/", "build/abc/", "build/1/nothing/", "environment/a/"])
async def test_an_unknown_path_is_not_found(api, path):
    reply = await api.get(path)
    assert (reply.status, reply.error["message"]) == (404, "Not Found")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "build/"), ("DELETE", "namespace/"), ("PUT", "specification/")]
)
async def test_a_wrong_method_is_named_as_such(api, method, path):
    reply = await api.request(method, path, body={})
    assert (reply.status, reply.error["message"]) == (405, "Method Not Allowed")


@pytest.mark.parametrize(
    ("method", "path", "body", "location"),
    [
        ("GET", "build/?status=queued", None, ["query", "status"]),
        ("GET", "build/?page=first", None, ["query", "page"]),
        ("GET", "build/?size=0", None, ["query", "size"]),
        ("GET", "build/1/logs/?offset=-1", None, ["query", "offset"]),
        ("POST", "specification/", ["a list"], ["body"]),
        ("POST", "specification/", {"specification": 5}, ["body", "specification"]),
        ("POST", "specification/check/", {}, ["body", "specification"]),
        ("PUT", "environment/ns/env/", {"build_id": "x"}, ["body", "build_id"]),
    ],
)
async def test_wrong_types_are_unprocessable_and_the_place_is_named(
    api, method, path, body, location
):
    reply = await api.request(method, path, body=body)
    assert reply.status == 422
    assert reply.error["detail"][0]["loc"] == location
    assert ".".join(location) in reply.error["message"]


async def test_a_body_that_is_not_json_is_unprocessable(api):
    reply = await api.post("specification/", "{not json")
    assert reply.status == 422
    assert "JSON" in reply.error["message"]


async def test_an_unknown_key_of_our_own_endpoints_is_a_mistake(api):
    body = {"specification": "name: a", "namspace": "typo"}
    reply = await api.post("specification/check/", body)
    assert reply.status == 422
    assert reply.error["detail"][0]["loc"] == ["body", "namspace"]


async def test_an_unknown_key_of_an_old_endpoint_is_ignored(api):
    body = {"description": "x", "unknown": 1}
    reply = await api.put("environment/ns/none/", body)
    assert reply.status == 400
    assert reply.error["message"] == "environment namespace=ns name=none does not exist"


async def test_a_body_that_is_too_large_is_refused_in_words(api):
    text = "x" * (4 << 20)
    reply = await api.post("specification/", {"specification": text})
    assert reply.status == 413
    assert "4194304 bytes" in reply.error["message"]


async def test_a_specification_with_problems_names_all_of_them_with_their_places(api):
    text = "name: a b\ndependencies:\n  - numpy=\n  - python\n  - 'scipy 1 2 3 4'\n"
    reply = await api.post("specification/", {"specification": text, "namespace": "ns"})
    assert reply.status == 400
    places = {problem["place"]: problem["line"] for problem in reply.error["problems"]}
    assert places.items() >= {"name": 1, "dependencies[2]": 5}.items()
    checked = await api.post("specification/check/", {"specification": text})
    assert checked.data["problems"] == reply.error["problems"]
    assert checked.data["name"] is None
    assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("GET", "environment/ns/none/", None, 404, "environment does not exist"),
        (
            "DELETE",
            "environment/ns/none/",
            None,
            400,
            "environment namespace=ns name=none does not exist",
        ),
        ("PUT", "environment/ns/none/", {"build_id": 999}, 400, "build id=999 does not exist"),
        ("GET", "build/999/", None, 404, "build id does not exist"),
        ("PUT", "build/999/", None, 404, "build id does not exist"),
        ("PUT", "build/999/cancel/", None, 404, "build id does not exist"),
        ("DELETE", "build/999/", None, 404, "build id does not exist"),
        ("GET", "build/999/logs/", None, 404, "build id does not exist"),
        ("GET", "build/999/packages/", None, 404, "build id does not exist"),
        ("GET", "namespace/none/", None, 404, "namespace does not exist"),
    ],
)
async def test_conda_stores_sentences_for_what_is_not_there(
    api, method, path, body, status, message
):
    reply = await api.request(method, path, body=body)
    assert (reply.status, reply.error["message"]) == (status, message)


class TestUnusableStore:
    @pytest.fixture
    def store_directory(self, tmp_path: Path) -> Path:
        (tmp_path / "file").write_text("in the way")
        return tmp_path / "file" / "s"

    async def test_a_store_that_cannot_be_opened_says_why_and_recovers(self, api, tmp_path):
        reply = await api.get("namespace/")
        assert reply.status == 503
        assert "cannot be written" in reply.error["message"]
        assert "c.EnvStore.store_directory" in reply.error["hint"]
        (tmp_path / "file").unlink()
        assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]


async def test_credentials_in_a_channel_never_come_back(api):
    text = json.dumps(
        {
            "name": "a",
            "channels": ["https://me:s3cret@example.org/t/tk-12345/c"],
            "dependencies": ["x"],
        }
    )
    reply = await api.post("specification/", {"specification": text, "namespace": "ns"})
    build_id = reply.data["build_id"]
    await api.put(f"build/{build_id}/cancel/")
    await api.ended(build_id)
    texts = [reply.text] + [
        (await api.get(path)).text
        for path in (
            f"build/{build_id}/",
            "environment/ns/a/",
            f"build/{build_id}/logs/",
            f"build/{build_id}/events/",
            "build/",
        )
    ]
    assert not [text for text in texts if "s3cret" in text or "tk-12345" in text]
