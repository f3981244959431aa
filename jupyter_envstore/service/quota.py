"""The quota of namespaces: no new builds where the old ones occupy too much."""

from __future__ import annotations

import threading

from ..domain.build import BuildStatus
from ..domain.disk_use import occupied
from ..domain.errors import Refused
from ..domain.sizes import describe_size
from ..store.builds import Builds
from ..store.disk_use import measure
from ..store.filters import BuildFilter
from ..store.listing import Listing
from .cleanup import CleanupService
from .settings import SettingsService


class NamespaceQuota:
    """Knows what each namespace occupies; measures again only when its builds have changed."""

    def __init__(self, settings: SettingsService, builds: Builds, cleanup: CleanupService) -> None:
        self._settings = settings
        self._builds = builds
        self._cleanup = cleanup
        self._lock = threading.Lock()
        self._measured: dict[str, tuple[frozenset[int], int]] = {}

    def refuse_if_over(self, namespace: str, action: str) -> None:
        """Raise `Refused` if the namespace is over its quota, and clean-up cannot help.

        Where clean-ups run by themselves, the oldest unprotected builds go first.
        """
        settings = self._settings.of(namespace)
        quota = settings.namespace_quota
        if not quota or self.occupied(namespace) <= quota:
            return
        if settings.cleanup_interval:
            self._cleanup.make_room(namespace)
        size = self.occupied(namespace)
        if size > quota:
            raise Refused(
                f"`EnvStore.namespace_quota` reached. Action {action} prevented due to "
                f"insufficient storage space in the namespace {namespace}",
                f"Its builds occupy {describe_size(size)} and c.EnvStore.namespace_quota is "
                f"{describe_size(quota)}: delete builds that are no longer needed, take pins off, "
                "clean up, or raise the quota.",
            )

    def occupied(self, namespace: str) -> int:
        """Return the bytes that the finished builds of a namespace occupy, shared files once."""
        wanted = BuildFilter(namespace=namespace, status=BuildStatus.COMPLETED)
        listed = self._builds.list(Listing(), wanted).items
        found = [build for build in listed if build.shelved_on is None]
        ids = frozenset(build.id for build in found)
        with self._lock:  # Two requests at once measure once.
            known, size = self._measured.get(namespace, (None, 0))
            if known != ids:
                # Prefixes never change: what they occupy is a matter of which there are.
                size = occupied(measure(build.prefix) for build in found)
                self._measured[namespace] = ids, size
        return size
