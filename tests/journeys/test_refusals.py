"""What cannot be built says so within seconds, and says why."""

from __future__ import annotations

import time

import pytest


async def test_a_misspelt_package_is_named_with_its_line_and_what_was_meant(api, channel, python):
    began = time.monotonic()
    build_id = await api.submit(python, "nunpy", channels=channel)
    build = await api.ended(build_id)
    assert time.monotonic() - began < 10
    assert build["status"] == "FAILED"
    assert "nunpy" in build["status_info"]
    failure = build["failure"]
    assert failure["kind"] == "missing-package"
    assert "numpy" in " ".join(failure["suggestions"])
    assert [problem["place"] for problem in failure["problems"]] == ["dependencies[1]"]
    log = await api.log(build_id)
    assert f"BUILD FAILED: {failure['message']}" in log
    environment = await api.environment()
    assert (environment["published"], environment["kernels"]) == (False, [])


async def test_what_cannot_be_together_is_explained_by_the_solver(api, channel, python):
    began = time.monotonic()
    build_id = await api.submit(python, "requests=2.31", "urllib3=99", channels=channel)
    build = await api.ended(build_id)
    assert time.monotonic() - began < 10
    assert build["status"] == "FAILED"
    assert build["failure"]["kind"] in ("unsatisfiable", "missing-package")
    assert "urllib3" in build["failure"]["explanation"]
    assert build["failure"]["explanation"] in build["status_info"]
    assert "urllib3" in await api.log(build_id)


async def test_a_failed_build_leaves_the_current_one_alone(api, channel):
    good = await api.submit("activate-ok", channels=channel)
    await api.completed(good)
    bad = await api.submit("postlink-fails", channels=channel)
    build = await api.ended(bad)
    assert (build["status"], build["failure"]["kind"]) == ("FAILED", "link-script")
    assert "this post-link script fails" in await api.log(bad)
    environment = await api.environment()
    assert environment["current_build_id"] == good
    assert environment["latest_build"]["status"] == "FAILED"


class TestLongPaths:
    @pytest.fixture
    def store_directory(self, store_directory):
        return store_directory / ("d" * 150)

    async def test_a_prefix_that_is_too_long_fails_at_once(self, api, channel):
        name = "e" * 100
        check = await api.post("specification/check/", {"specification": f"name: {name}"})
        assert [w["place"] for w in check.data["warnings"] if "too long" in w["message"]] == [
            "name"
        ]
        build_id = await api.submit("activate-ok", name=name, channels=channel)
        build = await api.build(build_id)  # No waiting: it has never been in the queue.
        assert build["status"] == "FAILED"
        assert build["status_info"].startswith(
            "build_path too long: must be <= 255 characters\nThe prefix would have "
        )
        assert "c.EnvStore.store_directory" in build["status_info"]
        short = await api.submit("activate-ok", name="e", channels=channel)
        assert (await api.completed(short))["published"]
