"""The server itself: version, permissions, kernels, what happened."""

from __future__ import annotations

from .. import __version__
from ..api.models import SinceQuery
from ..api.replies import (
    KernelReply,
    PermissionReply,
    StatusReply,
    StoreEventReply,
    StoreEventsReply,
)
from .call import Call, endpoint


@endpoint("GET", "", action="read", reply=StatusReply)
def status(call: Call) -> StatusReply:
    """Version and identity of the store."""
    identity, settings = call.services.identity, call.services.settings
    return StatusReply(
        version=__version__,
        store_id=identity.store_id,
        store_directory=settings.store_directory,
        doubt=identity.doubt,
        default_namespace=settings.default_namespace,
        default_channels=settings.conda_default_channels,
        max_attempts=settings.max_attempts,
    )


@endpoint("GET", "permission", action="read", reply=PermissionReply)
def permission(call: Call) -> PermissionReply:
    """What the caller may do."""
    return PermissionReply.of(call.services.access.permissions())


@endpoint("GET", "kernels", action="read", reply=tuple[KernelReply, ...])
def kernels(call: Call) -> tuple[KernelReply, ...]:
    """The kernels of all current builds."""
    return tuple(KernelReply.of(card) for card in call.services.environments.kernels())


@endpoint("GET", "events", action="read", query=SinceQuery, reply=StoreEventsReply)
def store_events(call: Call) -> StoreEventsReply:
    """What happened in the store since an event's number."""
    found = call.services.journal.since(call.query.since)
    newest = (found[-1].seq or 0) if found else max(call.query.since, 0)
    return StoreEventsReply(tuple(StoreEventReply.of(event) for event in found), newest)
