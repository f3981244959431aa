"""Lockfile, environment.yml and archive of a build, and what conda-store answers without them."""

from __future__ import annotations

import json

import pytest

LOCKFILES = ("lockfile", "conda-lock.yml", "conda-lock.yaml")


async def test_the_lockfile_has_three_names_for_builds_and_environments(api, build):
    texts = set()
    for form in LOCKFILES:
        for owner in (f"build/{build}", "environment/ns/env"):
            for slash in ("", "/"):
                reply = await api.get(f"{owner}/{form}{slash}")
                assert reply.status == 200, reply.text
                assert reply.headers["Content-Type"].startswith("application/json")
                texts.add(reply.text)
    (text,) = texts
    assert json.loads(text)["version"] == 1


async def test_the_yaml_pins_every_package_and_names_no_path(api, build, store_directory):
    reply = await api.get(f"build/{build}/yaml/")
    assert reply.headers["Content-Type"].startswith("text/yaml")
    assert reply.text.splitlines() == [
        "name: env",
        "channels:",
        "- https://example.org/c",
        "dependencies:",
        f"- made-up=1.0={(await api.get(f'build/{build}/packages/')).data[0]['build']}",
    ]
    assert str(store_directory) not in reply.text


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "expected"),
    [
        ("bytes=0-4", 206, "bytes 0-4/{size}", slice(0, 5)),
        ("bytes=5-", 206, "bytes 5-{last}/{size}", slice(5, None)),
        ("bytes=-3", 206, "bytes {third}-{last}/{size}", slice(-3, None)),
        ("bytes=0-999999999", 200, None, slice(None)),
        ("bytes=0-1,4-5", 200, None, slice(None)),
        ("lines=0-1", 200, None, slice(None)),
        ("bytes=-", 200, None, slice(None)),
        ("bytes=999999999-", 416, "bytes */{size}", slice(0, 0)),
        ("bytes=4-2", 200, None, slice(None)),
        ("bytes=-0", 416, "bytes */{size}", slice(0, 0)),
    ],
)
async def test_a_part_of_a_file(api, build, asked, status, content_range, expected):
    path, own = f"build/{build}/yaml/", {"Authorization": f"token {api.token}"}
    whole = (await api.get(path)).text
    part = await api.get(path, headers={**own, "Range": asked})
    size = len(whole)
    assert (part.status, part.text) == (status, whole[expected])
    wanted = content_range and content_range.format(size=size, last=size - 1, third=size - 3)
    assert part.headers.get("Content-Range") == wanted


async def test_what_a_client_has_already_is_not_sent_again(api, build):
    path, own = f"build/{build}/lockfile/", {"Authorization": f"token {api.token}"}
    first = await api.get(path)
    again = await api.get(path, headers={**own, "If-None-Match": first.headers["Etag"]})
    assert (again.status, again.text) == (304, "")
    other = await api.get(path, headers={**own, "If-Range": '"other"', "Range": "bytes=0-1"})
    assert (other.status, other.text) == (200, first.text)


@pytest.mark.parametrize("form", ["logs", "yaml", "archive", "installer", "docker", *LOCKFILES])
async def test_a_build_that_is_not_there_has_no_artifacts(api, fake_workers, form):
    """Defect 10 of conda-store: 500 for the archive of an unknown id."""
    reply = await api.get(f"build/999/{form}/")
    assert (reply.status, reply.error["message"]) == (404, "build id does not exist")


@pytest.mark.parametrize("form", LOCKFILES)
async def test_an_environment_that_is_not_there_has_no_lockfile(api, fake_workers, form):
    reply = await api.get(f"environment/ns/none/{form}")
    assert (reply.status, reply.error["message"]) == (404, "environment does not exist")


async def test_images_in_conda_stores_words(api, build):
    reply = await api.get(f"build/{build}/docker/")
    assert reply.status == 400
    assert reply.error["message"] == f"Build {build} doesn't have a docker manifest"


async def test_a_build_that_has_not_ended_has_no_artifacts_yet(api, open_gate):
    waiting = await api.submit("gated")
    for form in ("yaml", "archive", *LOCKFILES):
        reply = await api.get(f"build/{waiting}/{form}/")
        assert reply.status == 404
        assert reply.error["message"].startswith(f"Build {waiting} has no ")
        assert "wait" in reply.error["hint"]
    reply = await api.get(f"build/{waiting}/installer/")
    assert reply.status == 400
    assert reply.error["message"] == f"Build {waiting} doesn't have an installer"
    assert "only a COMPLETED build" in reply.error["hint"]
    open_gate(waiting)
    await api.completed(waiting)


async def test_a_failed_build_has_a_log_alone(api, fake_workers):
    failed = await api.submit("refuse")
    await api.ended(failed)
    assert (await api.get(f"build/{failed}/archive/")).status == 404
    assert "a line of the log" in await api.log(failed)
