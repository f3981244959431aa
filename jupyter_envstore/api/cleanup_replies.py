"""What clients get of a clean-up and of its preview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.build import BuildStatus
from ..domain.retention import Choice
from ..service.cleanup_plan import Cleaned, GoneBuild


@dataclass(frozen=True)
class GoneBuildReply:
    id: int
    namespace: str
    environment: str
    status: BuildStatus
    reason: str
    last_used_on: datetime | None
    """When a server last noted that a kernel of it began, ran or ended; null if none ever did."""
    bytes: int
    """What comes back by it when those before it have gone."""

    @classmethod
    def of(cls, gone: GoneBuild) -> GoneBuildReply:
        build = gone.build
        return cls(
            id=build.id,
            namespace=build.namespace,
            environment=build.name,
            status=build.status,
            reason=gone.reason,
            last_used_on=build.last_used_on,
            bytes=gone.bytes,
        )


@dataclass(frozen=True)
class KeptBuildReply:
    """A build that a rule would take if it were not protected."""

    id: int
    namespace: str
    environment: str
    reason: str

    @classmethod
    def of(cls, choice: Choice) -> KeptBuildReply:
        build = choice.build
        return cls(build.id, build.namespace, build.name, choice.reason)


@dataclass(frozen=True)
class CacheReply:
    """Packages and byte code that no build uses."""

    entries: int
    bytes: int
    left_alone: str | None
    """Why nothing is removed from the package cache, if it holds more than packages."""


@dataclass(frozen=True)
class CleanupReply:
    dry_run: bool
    builds: tuple[GoneBuildReply, ...]
    kept: tuple[KeptBuildReply, ...]
    cache: CacheReply
    trash_bytes: int
    """What was thrown away before, and is removed with the rest."""
    bytes: int
    """What the disk gains in all."""

    @classmethod
    def of(cls, cleaned: Cleaned, *, dry_run: bool) -> CleanupReply:
        return cls(
            dry_run=dry_run,
            builds=tuple(map(GoneBuildReply.of, cleaned.builds)),
            kept=tuple(map(KeptBuildReply.of, cleaned.kept)),
            cache=CacheReply(cleaned.cache_entries, cleaned.cache_bytes, cleaned.cache_left_alone),
            trash_bytes=cleaned.trash_bytes,
            bytes=cleaned.bytes,
        )
