"""Builds that have their kernels for themselves, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_cleanup import completed


async def offered(api) -> dict[str, int]:
    """The builds of the kernels that are offered, by the kernels' names."""
    kernels = (await api.get("kernels/")).data
    assert all(kernel["pinned"] is ("-b" in kernel["name"]) for kernel in kernels)
    return {kernel["name"]: kernel["build_id"] for kernel in kernels}


async def test_it_stays_when_another_build_becomes_current(api, build):
    (name,) = await offered(api)
    for _ in range(2):  # Twice is no mistake.
        assert (await api.put(f"build/{build}/kernel/")).json["status"] == "ok"
    own = f"{name}-b{build}"
    assert (await api.build(build))["kernel_pinned"] is True
    assert await offered(api) == {name: build, own: build}
    (again,) = await completed(api, 1)
    assert await offered(api) == {name: again, own: build}
    shown = {kernel["name"]: kernel["pinned"] for kernel in (await api.environment())["kernels"]}
    assert shown == {name: False, own: True}
    assert (await api.delete(f"build/{build}/kernel/")).json["status"] == "ok"
    assert (await api.build(build))["kernel_pinned"] is False
    assert await offered(api) == {name: again}
    history = (await api.get("environment/ns/env/history/")).data
    assert [(entry["deed"], entry["detail"]) for entry in history if entry["detail"]] == [
        ("pinned", "kernel"),
        ("unpinned", "kernel"),
    ]


async def test_it_goes_with_its_build(api, fake_workers):
    first, second = await completed(api, 2)
    await api.put(f"build/{first}/kernel/")
    assert len(await offered(api)) == 2
    assert (await api.delete(f"build/{first}/")).status == 200
    assert list((await offered(api)).values()) == [second]


async def test_it_goes_with_its_environment(api, build):
    await api.put(f"build/{build}/kernel/")
    assert (await api.delete("environment/ns/env/")).status == 200
    assert await offered(api) == {}


async def test_it_has_its_environment_s_new_name(api, build):
    await api.put(f"build/{build}/kernel/")
    before = await offered(api)
    assert (await api.post("environment/ns/env/rename/", {"name": "other"})).status == 200
    assert await offered(api) == {
        name.replace("-env-", "-other-"): build_id for name, build_id in before.items()
    }


async def test_a_clean_up_leaves_it(api, fake_workers):
    first, _ = await completed(api, 2)
    await api.put(f"build/{first}/kernel/")
    done = (await api.post("cleanup/", {"keep_builds": 1, "dry_run": False})).data
    assert done["builds"] == []
    assert [(kept["id"], kept["reason"]) for kept in done["kept"]] == [
        (first, "its kernel is pinned")
    ]


async def test_a_failed_build_has_none(api, fake_workers):
    failed = await api.submit("refuse")
    await api.ended(failed)
    refused = await api.put(f"build/{failed}/kernel/")
    assert refused.status == 400
    assert refused.error["message"] == f"Build {failed} has no kernel: it is FAILED."


async def test_a_build_without_kernel_is_refused_with_what_to_do(api, build):
    kernels = Path((await api.build(build))["prefix"]) / "share" / "jupyter" / "kernels"
    kernels.rename(kernels.with_name("away"))
    refused = await api.put(f"build/{build}/kernel/")
    kernels.with_name("away").rename(kernels)
    assert refused.status == 400
    assert "none of its packages brings one" in refused.error["message"]
    assert "ipykernel" in refused.error["hint"]
    assert (await api.build(build))["kernel_pinned"] is False


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_there_has_to_be_a_build(api, method):
    assert (await api.request(method, "build/999/kernel/")).status == 404
