"""Whether the disks can do what the store needs, and whether paths have room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...domain.build_key import build_key
from ...domain.diagnosis import Finding, Severity
from ...domain.layout import Layout
from ...domain.moments import Clock, utc_now
from ...domain.path_lengths import PathTooLong
from ...integration.file_systems import can_hard_link, file_system_type, is_network
from .checkup import Found, quoted

_COMFORTABLE = 30
"""Characters that a name should be allowed to have."""


class DisksCheckup:
    """Looks at the file systems of store, caches and database, and at the length of paths."""

    def __init__(
        self,
        layout: Layout,
        database: str,
        package_cache: str,
        key_version: int,
        default_namespace: str,
        clock: Clock = utc_now,
    ) -> None:
        self._layout = layout
        self._database = database
        self._package_cache = package_cache
        self._key_version = key_version
        self._namespace = default_namespace
        self._clock = clock

    def examine(self) -> Iterator[Found]:
        yield from self._links()
        yield from self._network()
        yield from self._room()

    def unexamined(self) -> Iterator[str]:
        return iter(())

    def _links(self) -> Iterator[Found]:
        cache, work = Path(self._package_cache), Path(self._layout.work)
        if not (cache.is_dir() and work.is_dir()):
            return
        if cache.stat().st_dev != work.stat().st_dev:
            yield Found(
                Finding(
                    "cache-elsewhere",
                    Severity.WARNING,
                    f"The package cache {cache} and the store {self._layout.store_directory} are "
                    "on different file systems.",
                    "Files cannot be linked from one to the other: every build copies all of "
                    "them, which takes many times as long and as much space.",
                    "Everybody who builds, and the disk.",
                    None,
                    (str(cache), self._layout.store_directory),
                )
            )
        elif not can_hard_link(cache, work):
            yield Found(
                Finding(
                    "no-hard-links",
                    Severity.WARNING,
                    f"Files of {cache} cannot be linked into {self._layout.store_directory}.",
                    "The file system has no hard links, or does not allow them to this user: "
                    "every build copies all files.",
                    "Everybody who builds, and the disk.",
                    None,
                    (str(cache),),
                )
            )

    def _network(self) -> Iterator[Found]:
        kind = file_system_type(self._database)
        if is_network(kind):
            yield Found(
                Finding(
                    "database-on-network",
                    Severity.ERROR,
                    f"The database {self._database} is on a network file system ({kind}).",
                    "SQLite's write-ahead log needs memory that all who use the database share: "
                    "servers on two machines would damage it.",
                    "Everybody who uses the store, at the latest when a second server starts.",
                    f"mkdir -p /var/lib/envstore && mv {quoted(self._database)} "
                    "/var/lib/envstore/  # with all servers stopped; then set "
                    "c.EnvStore.database_path = '/var/lib/envstore/envstore.db'",
                    (self._database,),
                )
            )

    def _room(self) -> Iterator[Found]:
        """Yield a finding where names of environments can hardly be as long as people want."""
        key = build_key(
            self._key_version,
            sha256="0" * 64,
            scheduled_on=self._clock(),
            build_id=1000,
            namespace=self._namespace,
            name="x" * _COMFORTABLE,
        )
        prefix = self._layout.prefix(self._namespace, key, self._key_version)
        rules = self._layout.rules(self._key_version)
        try:
            rules.check_prefix(prefix)
        except PathTooLong as refused:
            yield Found(
                Finding(
                    "long-paths",
                    Severity.WARNING,
                    f"In {self._layout.store_directory}, an environment whose name has "
                    f"{_COMFORTABLE} characters cannot be built.",
                    f"{refused.message}. To have room, {rules.shortening()}.",
                    "Everybody who gives an environment a name that says what it is for.",
                    None,
                    (self._layout.store_directory,),
                )
            )
