"""Defects of conda-store that must not be ours: each has a test that names it by its number.

A few are where what they need is: ``Defect 18 of conda-store`` stands in such a test's docstring.
"""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from jupyter_envstore.domain.moments import utc_now
from tests.engine.listed_channel import ListedChannel
from tests.handlers.api_client import Api, until

DEFECTS = {
    1: "A specification with the channels in another order is built with the first order.",
    2: "Settings of one namespace become those of others.",
    3: "The server answers nobody while it solves.",
    4: "Nobody in particular makes tokens, with more rights than nobody has.",
    5: "Artifacts are for whoever guesses their names.",
    6: "An environment can be switched to the build of another namespace.",
    7: "Canceled and queued builds cannot be deleted, and queued ones not canceled.",
    8: "The current build can be deleted; its link then leads nowhere.",
    9: "An environment may be called `..`.",
    10: "A dozen kinds of requests are mistakes of the server, 500.",
    11: "An older build that ends last becomes current.",
    12: "What the solver says is not in the log of the build.",
    13: "With a relative store_directory, prefixes are never removed.",
    14: "What is to be called after a switch never is.",
    15: "Old builds are looked for by the key version of now.",
    16: "Packages that end in .conda are not found.",
    17: "A deleted environment can be read, and takes a new one of its name with it.",
    18: "The command line loops for ever, is refused, or ends in a traceback.",
    19: "`Conda packages False required and missing` names no package.",
    20: "Versions are sorted as text; exact=false means exact.",
    21: "Locks lie beside builds and logs.",
    22: "Quirks of the wire, which clients count on: these are kept.",
}


def test_every_defect_has_a_test_that_names_it():
    texts = [path.read_text("utf-8") for path in Path(__file__).parents[1].rglob("test_*.py")]
    named = re.findall(
        r"def test_defect_(\d+)_|Defects? (\d+(?: and \d+)*) of conda-store", "".join(texts)
    )
    numbers = {int(number) for pair in named for number in re.findall(r"\d+", " ".join(pair))}
    assert numbers == set(DEFECTS)


@pytest.fixture
def channel(tmp_path: Path) -> ListedChannel:
    return ListedChannel(tmp_path / "channel")


@pytest.fixture
def envstore_config(envstore_config, channel: ListedChannel):
    return {**envstore_config, "conda_default_channels": [channel.url]}


async def packages(api: Api, query: str) -> list:
    """Search once the index is made."""

    async def indexed():
        return (await api.get("package/")).json["count"]

    await until(indexed)
    return (await api.get(f"package/?{query}")).data


async def test_defect_10_packages_are_found_by_build_and_a_size_of_0_breaks_nothing(api, channel):
    channel.list("x", build="py311_0").list("x", build="py312_0").write()
    assert [found["build"] for found in await packages(api, "build=py312")] == ["py312_0"]
    assert (await api.get("package/?size=0")).status < 500


async def test_defect_16_conda_packages_are_indexed_as_tar_bz2_ones(api, channel):
    channel.list("new").list("old", suffix=".tar.bz2").write()
    found = await packages(api, "sort_by=name")
    assert [package["name"] for package in found] == ["new", "old"]
    assert found[0]["url"].endswith(".conda")
    assert found[1]["url"].endswith(".tar.bz2")


async def test_defect_20_versions_are_sorted_as_versions(api, channel):
    for version in ("3.9", "3.11", "3.10", "3.11rc1"):
        channel.list("python", version)
    channel.write()
    found = await packages(api, "search=python&exact=true&sort_by=version&order=desc")
    assert [package["version"] for package in found] == ["3.11", "3.11rc1", "3.10", "3.9"]


@pytest.mark.parametrize("no", ["false", "False", "0", ""])
async def test_defect_20_exact_false_is_not_exact(api, channel, no):
    channel.list("pytest").list("pytest-cov").list("py_test").write()
    assert len(await packages(api, f"search=pytest&exact={no}")) == 2
    assert len(await packages(api, "search=pytest&exact=true")) == 1
    # An underscore is itself and not any character.
    assert len(await packages(api, f"search=py_test&exact={no}")) == 1


async def test_defect_2_settings_of_a_namespace_do_not_leak_into_others(api):
    allowed = {"conda_allowed_channels": ["https://example.org/only"]}
    assert (await api.put("setting/strict/", allowed)).status == 200
    for path in ("setting/strict/", "setting/strict/env/"):
        assert (await api.get(path)).data["conda_allowed_channels"] == ["https://example.org/only"]
    for path in ("setting/", "setting/other/", "setting/other/env/"):
        assert (await api.get(path)).data["conda_allowed_channels"] == []
    sent = {"specification": "name: env\nchannels: [https://example.org/c]"}
    refused = await api.post("specification/", {**sent, "namespace": "strict"})
    assert refused.status == 400
    assert (await api.post("specification/", {**sent, "namespace": "other"})).status == 200


async def test_defect_10_metrics_and_submissions_work_before_anything_was_built(api):
    assert (await api.get("metrics", root="envstore/")).status == 200
    sent = {"specification": "name: env\nchannels: [https://example.org/c]"}
    assert (await api.post("specification/", sent)).status == 200


async def test_defect_19_the_packages_that_are_missing_are_named(api):
    required = {"conda_required_packages": ["ipykernel"], "pypi_required_packages": ["flask"]}
    await api.put("setting/", required)
    refused = await api.post("specification/", {"specification": "name: env"})
    assert refused.status == 400
    assert [problem["message"] for problem in refused.error["problems"]] == [
        "PyPi packages {'flask'} required and missing from specification",
        "Conda packages {'ipykernel'} required and missing from specification",
    ]


async def test_defect_22_every_level_of_settings_is_called_global(api):
    for path in ("setting/", "setting/ns/", "setting/ns/env/"):
        reply = await api.put(path, {"build_artifacts": ["YAML"]})
        assert reply.json["message"] == "global setting keys ['build_artifacts'] updated"


async def test_defect_3_the_server_answers_while_it_solves(api, fake_workers, extension):
    pending = [
        asyncio.ensure_future(api.get("specification/?channel=c&conda=sleep")) for _ in range(3)
    ]
    solving = (await extension._ready()).services.solving

    async def begun():
        return len(solving) == len(pending)

    await until(begun)
    assert (await api.get("environment/")).status == 200
    solving.stop()
    assert {(await reply).status for reply in pending} == {409}


@pytest.mark.parametrize("word", ["channel", "channels"])
async def test_defect_18_a_solve_says_which_packages_of_which_channel(api, local_channel, word):
    reply = await api.get(f"specification/?{word}={local_channel}&conda=idna/")
    solved = {package["name"]: package for package in reply.json["solve"]}
    idna = solved["idna"]
    assert (idna["channel_id"], idna["subdir"]) == (local_channel, "noarch")
    assert idna["version"]
    assert idna["size"] > 0


async def test_defect_4_nobody_makes_a_token_without_being_let_in(api):
    assert (await api.post("token/", {}, headers={})).status == 403
    namespaces = {"filesystem/*": ["viewer"]}
    assert (await api.post("token/", {"role_bindings": namespaces}, headers={})).status == 403


@pytest.mark.parametrize(
    "wanted",
    [
        {"expiration": None},
        {"role_bindings": {"team/*": ["editor"]}},
        {"role_bindings": {"team/*": ["developer"]}},
    ],
    ids=["naive expiration", "role editor", "role developer"],
)
async def test_defect_10_tokens_are_made_of_what_was_a_500(api, wanted):
    soon = (utc_now() + timedelta(hours=1)).isoformat()
    sent = {key: soon if key == "expiration" else value for key, value in wanted.items()}
    assert (await api.post("token/", sent)).data["token"]


async def test_defect_10_an_unknown_role_in_a_token_is_named(api):
    reply = await api.post("token/", {"role_bindings": {"team/*": ["boss"]}})
    assert (reply.status, "'boss'" in reply.error["message"]) == (400, True)


async def test_defect_10_a_second_role_of_one_namespace_is_a_conflict(api):
    for name in ("team", "other"):
        await api.post(f"namespace/{name}/")
    sent = {"other_namespace": "other", "role": "viewer"}
    assert (await api.put("namespace/team/role", sent)).error["message"] == "failed to find role"
    assert (await api.post("namespace/team/role", sent)).status == 200
    assert (await api.post("namespace/team/role", sent)).status == 409


@pytest.mark.parametrize("header", ["Basic !!!", "Basic", "Bearer", "Bearer x.y.z", "", "\xff"])
async def test_defect_10_a_header_that_is_garbage_is_nobody(api, header):
    reply = await api.get("environment/?jwt=garbage", headers={"Authorization": header})
    assert reply.error["message"] == "request not authorized"
    assert reply.status == 403


async def test_defect_22_create_has_one_colon_and_namespaces_no_message(api):
    permissions = (await api.get("permission/")).data["entity_permissions"]["*/*"]
    assert "environment:create" in permissions
    assert permissions == sorted(permissions)
    assert "message" not in (await api.get("namespace/")).json


async def test_defect_1_each_order_of_channels_is_built_as_it_is(api, fake_workers):
    one, other = "https://example.org/one", "https://example.org/other"
    orders = [one, other], [other, one]
    built = [await api.submit("finish", channels=tuple(order)) for order in orders]
    specifications = [(await api.completed(build_id))["specification"] for build_id in built]
    assert [each["spec"]["channels"] for each in specifications] == list(orders)
    # The hash is conda-store's, which its clients may know; the specifications are two.
    assert len({each["sha256"] for each in specifications}) == 1
    assert len({each["id"] for each in specifications}) == 2


def gate_of(fake_workers: Path, build_id: int) -> Path:
    """The file that lets a build finish which `gated` was asked for."""
    return fake_workers / str(build_id)


async def test_defect_5_artifacts_are_for_whoever_may_read_the_build(api, fake_workers):
    build_id = await api.submit("finish")
    await api.completed(build_id)
    for form in ("logs", "yaml", "lockfile", "conda-lock.yml", "archive"):
        path = f"build/{build_id}/{form}/"
        assert (await api.get(path, headers={})).status == 403, form
        if form != "archive":  # Made of a real prefix elsewhere.
            assert (await api.get(path)).status == 200, form
    # There is no second way to the same files, whose names could be guessed.
    for guess in (f"storage/logs/{build_id}.log", f"artifacts/{build_id}/conda-lock.yml"):
        assert (await api.get(guess)).status == 404


async def test_defect_6_a_build_of_another_namespace_cannot_be_current(api, fake_workers):
    one = await api.submit("finish", name="same", namespace="a")
    other = await api.submit("finish", name="same", namespace="b")
    for build_id in (one, other):
        await api.completed(build_id)
    reply = await api.put("environment/a/same/", {"build_id": other})
    assert reply.status == 400
    assert (await api.environment("same", "a"))["current_build_id"] == one


async def test_defect_7_queued_and_canceled_builds_can_be_canceled_and_deleted(api, fake_workers):
    kept = await api.submit("finish")
    await api.completed(kept)
    build_ids = [await api.submit("gated") for _ in range(8)]
    for build_id in build_ids:
        assert (await api.put(f"build/{build_id}/cancel/")).status == 200
    for build_id in build_ids:
        assert (await api.ended(build_id))["status"] == "CANCELED"
        assert (await api.delete(f"build/{build_id}/")).status == 200
        assert (await api.get(f"build/{build_id}/")).status == 404


async def test_defect_7_a_build_that_waits_can_be_deleted_as_it_is(api, fake_workers):
    build_ids = [await api.submit("gated") for _ in range(8)]
    last = build_ids[-1]
    assert (await api.build(last))["status"] == "QUEUED"
    assert (await api.delete(f"build/{last}/")).status == 200
    for build_id in build_ids[:-1]:
        gate_of(fake_workers, build_id).touch()
        await api.completed(build_id)
    assert [build["id"] for build in (await api.get("build/")).data] == build_ids[:-1]


async def test_defect_8_the_current_build_cannot_be_deleted(api, fake_workers, store_directory):
    build_id = await api.submit("finish")
    await api.completed(build_id)
    assert (await api.delete(f"build/{build_id}/")).status == 409
    assert (store_directory / "ns" / "envs" / "env").resolve(strict=True).is_dir()


@pytest.mark.parametrize("name", [".", "..", ".hidden"])
async def test_defect_9_names_that_are_places_are_refused(api, fake_workers, name):
    for body in (
        {"specification": f"name: {name}\ndependencies: [finish]\n"},
        {"specification": "name: x\ndependencies: [finish]\n", "namespace": name},
    ):
        assert (await api.post("specification/", body)).status == 400


async def test_defect_10_lists_answer_what_was_a_500(api, fake_workers):
    await api.completed(await api.submit("finish"))
    for path in ("build/?size=0", "environment/?size=0", "namespace/?size=0"):
        assert (await api.get(path)).status == 422
    assert (await api.get("build/?packages=made-up")).json["count"] == 1
    assert (await api.get("build/999/archive/")).status == 404
    assert (await api.get("environment/?jwt=nonsense")).data == []


async def test_defect_10_a_lockfile_of_another_version_is_refused(api):
    lock = json.dumps({"version": 2, "metadata": {}, "package": []})
    sent = {"specification": lock, "is_lockfile": True, "environment_name": "env"}
    reply = await api.post("specification/", sent)
    assert (reply.status, "version 2" in reply.error["message"]) == (400, True)


async def test_defect_11_an_older_build_that_ends_last_does_not_become_current(api, fake_workers):
    older = await api.submit("gated")
    younger = await api.submit("gated")
    gate_of(fake_workers, younger).touch()
    await api.completed(younger)
    gate_of(fake_workers, older).touch()
    await api.completed(older)
    assert (await api.environment())["current_build_id"] == younger


async def test_defect_12_the_log_tells_why_there_is_no_solution(api, channel):
    channel.list("needy", depends=["needed >=2"]).list("needed").write()
    build_id = await api.submit("needy", channels=(channel.url,))
    assert (await api.ended(build_id))["status"] == "FAILED"
    assert "needed >=2" in await api.log(build_id)


class TestRelativeDirectory:
    @pytest.fixture
    def envstore_config(self, envstore_config, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        return {**envstore_config, "store_directory": "s"}

    async def test_defect_13_prefixes_are_removed(self, api, fake_workers, store_directory):
        older, current = await api.submit("finish"), await api.submit("finish")
        prefixes = [Path((await api.completed(n))["prefix"]) for n in (older, current)]
        assert [prefix.is_relative_to(store_directory) for prefix in prefixes] == [True, True]
        assert prefixes[0].is_dir()
        assert (await api.delete(f"build/{older}/")).status == 200

        async def removed():
            return not prefixes[0].exists()

        await until(removed)
        assert prefixes[1].is_dir()


async def test_defect_14_whoever_listens_hears_of_a_switch(api, fake_workers, jp_serverapp):
    """There is no hook: it is Jupyter's event bus that tells."""
    heard = []

    async def listen(logger, schema_id, data):
        heard.append((data["kind"], data["namespace"], data["environment"], data["build_id"]))

    older, younger = await api.submit("finish"), await api.submit("finish")
    for build_id in (older, younger):
        await api.completed(build_id)
    jp_serverapp.event_logger.add_listener(
        schema_id="https://events.jupyter.org/jupyter_envstore/store/v1", listener=listen
    )
    assert (await api.put("environment/ns/env/", {"build_id": older})).status == 200

    async def told():
        return ("kernels", "ns", "env", older) in heard

    await until(told)


async def test_defect_17_a_deleted_environment_is_gone_and_its_name_is_free(api, fake_workers):
    await api.completed(await api.submit("finish"))
    assert (await api.delete("environment/ns/env/")).status == 200
    assert (await api.get("environment/ns/env/")).status == 404
    assert (await api.get("environment/")).json["count"] == 0
    again = await api.submit("finish")
    await api.completed(again)
    assert [env["current_build_id"] for env in (await api.get("environment/")).data] == [again]


async def test_defect_21_nothing_lies_beside_the_builds(api, fake_workers, store_directory):
    build_id = await api.submit("finish")
    build = await api.completed(build_id)
    names = {entry.name for entry in (store_directory / "ns").iterdir()}
    assert names == {"envs", build["build_key"]}
    assert [entry.name for entry in (store_directory / "ns" / "envs").iterdir()] == ["env"]


async def test_defect_22_an_unknown_environment_is_a_bad_request_to_delete(api, fake_workers):
    reply = await api.delete("environment/ns/none/")
    assert reply.status == 400
    assert reply.error["message"] == "environment namespace=ns name=none does not exist"
