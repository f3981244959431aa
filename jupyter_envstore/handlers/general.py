"""The server itself: version, permissions, kernels, what happened."""

from __future__ import annotations

from .. import __version__
from ..api.models import EventsQuery
from ..api.replies import (
    KernelReply,
    PermissionReply,
    StatusReply,
    StoreEventReply,
    StoreEventsReply,
)
from ..service.running_kernels import RunningKernel
from ..service.shared_stores import SharedStoreStatus
from .call import Call, endpoint


@endpoint("GET", "", action="read", permission=(), reply=StatusReply)
def status(call: Call) -> StatusReply:
    """Version and identity of the store."""
    identity, settings = call.services.identity, call.services.live_settings.of()
    return StatusReply(
        version=__version__,
        store_id=identity.store_id,
        store_directory=settings.store_directory,
        doubt=identity.doubt,
        default_namespace=settings.default_namespace,
        default_channels=settings.conda_default_channels,
        max_attempts=settings.max_attempts,
        obstacle=call.services.dispatcher.obstacle(),
    )


@endpoint("GET", "permission", action="read", permission=(), reply=PermissionReply)
def permission(call: Call) -> PermissionReply:
    """What the caller may do."""
    shared = call.services.shared.namespaces(call.access.readable_namespaces)
    return PermissionReply.of(call.access, shared)


@endpoint(
    "GET",
    "shared-stores",
    action="read",
    permission=(),
    reply=tuple[SharedStoreStatus, ...],
)
def shared_stores(call: Call) -> tuple[SharedStoreStatus, ...]:
    """The stores of others that this server shows, and whether they can be read."""
    scope = call.access.readable_namespaces
    return tuple(status.within(scope) for status in call.services.shared.status())


@endpoint("GET", "kernels", action="read", permission=(), reply=tuple[KernelReply, ...])
def kernels(call: Call) -> tuple[KernelReply, ...]:
    """The kernels of all current builds."""
    return tuple(
        KernelReply.of(card)
        for card in call.services.environments.kernels()
        if call.access.readable.shows(*card.owner)
    )


@endpoint("GET", "kernels/running", action="read", permission=(), reply=tuple[RunningKernel, ...])
def running_kernels(call: Call) -> tuple[RunningKernel, ...]:
    """The kernels that this server runs from builds, and from which."""
    return tuple(
        kernel
        for kernel in call.services.running_kernels()
        if call.access.readable.shows(kernel.namespace, kernel.environment)
    )


@endpoint("GET", "events", action="read", permission=(), query=EventsQuery, reply=StoreEventsReply)
def store_events(call: Call) -> StoreEventsReply:
    """What happened in the store since an event's number."""
    latest = call.services.journal.latest()
    found = call.services.journal.since(call.query.since)
    newest = (found[-1].seq or 0) if found else max(call.query.since, 0)
    shown = (event for event in found if call.access.shows(event))
    if call.query.echo is not None:
        call.services.broadcast.echo(call.query.echo)
    return StoreEventsReply(tuple(StoreEventReply.of(event) for event in shown), newest, latest)
