"""Files of other kinds, made into specifications by the API: nothing is stored."""

from __future__ import annotations


async def test_a_file_becomes_a_specification_that_can_be_sent(api, fake_workers):
    asked = {"text": "idna\n", "filename": "requirements.txt"}
    converted = (await api.post("specification/convert/", asked)).data
    assert converted == {
        "kind": "requirements.txt",
        "specification": "dependencies:\n- python\n- pip:\n  - idna\n",
        "is_lockfile": False,
        "name": None,
        "warnings": converted["warnings"],
        "problems": [],
    }
    assert "Python was added" in converted["warnings"][0]["message"]
    assert (await api.get("environment/")).json["count"] == 0
    named = f"name: web\n{converted['specification']}"
    sent = await api.post("specification/", {"specification": named, "namespace": "ns"})
    assert sent.status == 200


async def test_an_environment_and_a_platform_can_be_chosen(api):
    text = (
        '[workspace]\nname = "w"\nchannels = ["c"]\n[target.win-64.dependencies]\na = "*"\n'
        '[feature.f.dependencies]\nb = "*"\n[environments]\ne = ["f"]\n'
    )
    asked = {"text": text, "environment": "e", "platform": "win-64"}
    converted = (await api.post("specification/convert", asked)).data
    assert (converted["kind"], converted["name"]) == ("pixi.toml", "w-e")
    assert converted["specification"].endswith("dependencies:\n- b\n- a\n")


async def test_what_cannot_be_kept_is_a_problem_and_no_error(api):
    converted = (await api.post("specification/convert/", {"text": "idna\n-r more.txt\n"})).data
    assert converted["specification"] is None
    assert [problem["line"] for problem in converted["problems"]] == [2]


async def test_what_the_request_may_be(api):
    for body in ({}, {"text": 3}, {"text": "", "platform": "../x"}, {"text": "", "path": "/etc"}):
        assert (await api.post("specification/convert/", body)).status == 422
    too_long = await api.post("specification/convert/", {"text": "x" * 5_000_000})
    assert too_long.status == 413
