"""The metrics, read by Prometheus' own parser."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from .api_client import until

PATH = "metrics"
ROOT = "envstore/"


async def read(api):
    """Return all metrics by their names."""
    reply = await api.get(PATH, root=ROOT)
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"].startswith("text/plain; version=")
    return {family.name: family for family in text_string_to_metric_families(reply.text)}


def value(families, name, **labels):
    (found,) = [
        sample.value
        for family in families.values()
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    return found


async def test_an_empty_store_has_all_metrics(api):
    families = await read(api)
    for family in families.values():
        assert family.documentation, family.name
        assert family.type in ("gauge", "histogram"), family.name
    for status in ("queued", "building", "completed", "failed", "canceled"):
        assert value(families, f"conda_store_build_{status}") == 0
        assert value(families, "envstore_builds", status=status) == 0
    total = value(families, "conda_store_disk_total")
    assert 0 < value(families, "conda_store_disk_free") < total
    assert value(families, "envstore_disk_total_bytes") == total
    assert value(families, "conda_store_environments") == 0
    assert value(families, "envstore_queue_oldest_seconds") == 0


async def test_builds_are_counted_by_how_they_ended_and_how_long_they_took(api, fake_workers):
    await api.completed(await api.submit("finish", name="one"))
    await api.completed(await api.submit("finish", name="two"))
    await api.ended(await api.submit("refuse", name="two"))
    families = await read(api)
    assert value(families, "conda_store_build_completed") == 2
    assert value(families, "envstore_builds", status="failed") == 1
    assert value(families, "conda_store_environments") == 2
    assert value(families, "envstore_namespaces") == 2
    duration = "envstore_build_duration_seconds"
    assert families[duration].type == "histogram"
    assert value(families, f"{duration}_count", status="completed") == 2
    assert value(families, f"{duration}_count", status="failed") == 1
    assert value(families, f"{duration}_count", status="canceled") == 0
    assert 0 < value(families, f"{duration}_sum", status="completed") < 120
    buckets = [
        sample.value
        for sample in families[duration].samples
        if sample.name.endswith("_bucket") and sample.labels["status"] == "completed"
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 2


async def test_the_durations_outlive_their_builds(api, fake_workers):
    await api.completed(await api.submit("finish"))
    assert (await api.delete("environment/ns/env/")).status == 200
    families = await read(api)
    assert value(families, "conda_store_environments") == 0
    assert value(families, "conda_store_build_completed") == 0
    assert value(families, "envstore_build_duration_seconds_count", status="completed") == 1


class TestQueue:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, "max_concurrent_builds": 1}

    async def test_what_waits_and_what_runs(self, api, fake_workers):
        running = await api.submit("sleep", name="one")
        waiting = await api.submit("sleep", name="two")

        async def runs():
            return (await api.build(running))["status"] == "BUILDING"

        await until(runs)
        families = await read(api)
        assert value(families, "envstore_queue_length") == 1
        assert value(families, "envstore_queue_oldest_seconds") > 0
        assert value(families, "envstore_builds_running") == 1
        assert value(families, "envstore_server_builds_running") == 1
        assert value(families, "envstore_server_builds_max") == 1
        for build_id in (waiting, running):
            await api.put(f"build/{build_id}/cancel/")
            await api.ended(build_id)


class TestAccess:
    async def test_metrics_are_for_those_who_are_logged_in(self, api):
        reply = await api.get(PATH, root=ROOT, headers={})
        assert reply.status == 403
        assert "conda_store" not in reply.text

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    async def test_metrics_can_only_be_read(self, api, method):
        assert (await api.request(method, PATH, root=ROOT, body={})).status == 405

    @pytest.mark.parametrize("path", ["metrics", "metrics/"])
    async def test_both_spellings_work(self, api, path):
        assert (await api.get(path, root=ROOT)).status == 200

    async def test_no_name_is_told(self, api, fake_workers):
        await api.completed(await api.submit("finish", name="secret", namespace="hidden"))
        text = (await api.get(PATH, root=ROOT)).text
        assert "secret" not in text
        assert "hidden" not in text


class TestWithoutAuthentication:
    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["authenticate_prometheus"] = False
        return jp_server_config

    async def test_metrics_are_as_open_as_jupyter_s_own(self, api):
        assert (await api.get("metrics", root="", headers={})).status == 200
        assert (await api.get(PATH, root=ROOT, headers={})).status == 200
        assert (await api.get("environment/", headers={})).status == 403
