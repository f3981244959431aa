"""The state of the store in Prometheus' exposition format.

The names that begin with ``conda_store_`` are those of conda-store's ``/metrics``; those that begin
with ``envstore_`` follow Prometheus' rules for names and units. No name of a namespace or an
environment is told: whoever reads metrics need not be allowed to read those.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ..builder.dispatcher import Dispatcher
from ..domain.build import BuildStatus
from ..domain.layout import Layout
from ..domain.moments import Clock, utc_now
from ..store.statistics import Counts, Durations, Statistics
from .settings import SettingsService

CONTENT_TYPE = CONTENT_TYPE_LATEST


class MetricsService(Collector):
    """Counts anew each time: there is nothing to keep, and several servers say the same."""

    def __init__(
        self,
        statistics: Statistics,
        dispatcher: Dispatcher,
        layout: Layout,
        settings: SettingsService,
        version: str,
        clock: Clock = utc_now,
    ) -> None:
        self._statistics = statistics
        self._dispatcher = dispatcher
        self._layout = layout
        self._settings = settings
        self._version = version
        self._clock = clock
        # Not the registry of the process: that is Jupyter's, and holds one collector of a name.
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def exposition(self) -> bytes:
        """Return the metrics as text; its type is `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Say nothing before anything is asked for: registering would count."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric with its help and type."""
        counts = self._statistics.counts()
        yield _gauge("envstore_info", "The version of the store.", 1, {"version": self._version})
        yield from self._disk()
        yield from _contents(counts)
        yield from self._queue(counts, self._clock())
        yield _histogram(counts.durations)

    def _disk(self) -> Iterator[Metric]:
        disk = shutil.disk_usage(self._layout.internal)
        used = disk.total - disk.free
        for name, what, value in (
            ("free", "Bytes that are free on the store's file system.", disk.free),
            ("total", "Bytes of the store's file system.", disk.total),
            ("usage", "Bytes in use on the store's file system.", used),
        ):
            yield _gauge(f"conda_store_disk_{name}", what, value)
            yield _gauge(f"envstore_disk_{name}_bytes", what, value)
        yield _gauge(
            "envstore_storage_threshold_bytes",
            "With fewer free bytes, builds are refused.",
            self._settings.of().storage_threshold,
        )

    def _queue(self, counts: Counts, now: datetime) -> Iterator[Metric]:
        oldest = counts.oldest_queued
        waited = 0.0 if oldest is None else max((now - oldest).total_seconds(), 0.0)
        yield _gauge(
            "envstore_queue_length", "Builds that wait.", counts.builds[BuildStatus.QUEUED]
        )
        yield _gauge(
            "envstore_queue_oldest_seconds",
            "For how long the build has waited that waits the longest.",
            waited,
        )
        yield _gauge(
            "envstore_builds_running",
            "Builds that are being made, by whichever server of the store.",
            counts.builds[BuildStatus.BUILDING],
        )
        yield _gauge(
            "envstore_server_builds_running",
            "Builds that this server makes.",
            len(self._dispatcher.running),
        )
        yield _gauge(
            "envstore_server_builds_max",
            "Builds that this server makes at the same time at most.",
            self._settings.of().max_concurrent_builds,
        )


def _contents(counts: Counts) -> Iterator[Metric]:
    for status, count in counts.builds.items():
        name = status.value.lower()
        yield _gauge(f"conda_store_build_{name}", f"Builds that are {status.value}.", count)
    by_status = GaugeMetricFamily(
        "envstore_builds", "Builds that have not been deleted.", labels=["status"]
    )
    for status, count in counts.builds.items():
        by_status.add_metric([status.value.lower()], count)
    yield by_status
    yield _gauge("conda_store_environments", "Environments.", counts.environments)
    yield _gauge("envstore_environments", "Environments.", counts.environments)
    yield _gauge("envstore_namespaces", "Namespaces.", counts.namespaces)


def _histogram(durations: dict[BuildStatus, Durations]) -> Metric:
    family = HistogramMetricFamily(
        "envstore_build_duration_seconds",
        "How long builds took, from the beginning of their last attempt to its end.",
        labels=["status"],
    )
    for status, found in durations.items():
        together = 0
        buckets = []
        for limit, builds in found.buckets:
            together += builds
            buckets.append(("+Inf" if math.isinf(limit) else str(limit), together))
        family.add_metric([status.value.lower()], buckets, found.seconds)
    return family


def _gauge(name: str, what: str, value: float, labels: dict[str, str] | None = None) -> Metric:
    labels = labels or {}
    family = GaugeMetricFamily(name, what, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family
