"""Disk space: what is used, what a clean-up takes, and which builds are pinned."""

from __future__ import annotations

from ..api.cleanup_replies import CleanupReply
from ..api.models import CleanUp
from ..service.cleanup_plan import Wish
from ..service.usage import NamespaceUsage, StoreUsage
from .call import Acknowledged, Call, endpoint


@endpoint(
    "POST",
    "cleanup",
    action="write",
    permission=(),
    body=CleanUp,
    reply=CleanupReply,
    errors=(400, 404, 409),
)
def clean_up(call: Call) -> CleanupReply:
    """Say what a clean-up would remove; with dry_run false, remove it."""
    body, service = call.body, call.services.cleanup
    call.access.require("build::delete", body.namespace, body.environment)
    wish = Wish(
        body.keep_builds,
        body.keep_days,
        body.keep_failed_days,
        body.namespace,
        body.environment,
        frozenset(body.spare),
    )
    cleaned = service.preview(wish) if body.dry_run else service.run(wish, actor=call.author)
    return CleanupReply.of(cleaned, dry_run=body.dry_run)


@endpoint("GET", "usage", action="read", permission=(), reply=dict[str, NamespaceUsage])
def usage(call: Call) -> dict[str, NamespaceUsage]:
    """What namespaces, environments and builds occupy on disk."""
    return call.services.usage.by_namespace(call.access.readable)


@endpoint("GET", "usage/store", action="read", reply=StoreUsage)
def store_usage(call: Call) -> StoreUsage:
    """What the store occupies on disk as a whole: builds, caches, trash; and what is free."""
    return call.services.usage.store()


@endpoint("PUT", "build/{build_id}/pin", action="write", errors=(404,))
def pin_build(call: Call) -> Acknowledged:
    """Keep a build from deletion and clean-up."""
    call.services.builds.pin(call["build_id"], pinned=True, actor=call.author)
    return Acknowledged()


@endpoint("DELETE", "build/{build_id}/pin", action="write", errors=(404,))
def unpin_build(call: Call) -> Acknowledged:
    """Let a build be deleted and cleaned up again."""
    call.services.builds.pin(call["build_id"], pinned=False, actor=call.author)
    return Acknowledged()
