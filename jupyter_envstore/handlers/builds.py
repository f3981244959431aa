"""Builds, their logs, events and packages."""

from __future__ import annotations

from ..api.build_replies import (
    BuildEventsReply,
    BuildReply,
    PackageReply,
    QueuedBuildReply,
    SubmittedReply,
)
from ..api.models import BuildsQuery, LogQuery, PackagesQuery, Rebuild, SinceQuery
from ..store.listing import Page
from .call import Acknowledged, Call, FollowLog, WithMessage, endpoint


@endpoint("GET", "build", action="read", permission=(), query=BuildsQuery, reply=Page[BuildReply])
def list_builds(call: Call) -> Page[BuildReply]:
    """Builds of all environments."""
    query = call.query
    return call.services.builds.list(
        query.listing(call.services.settings.max_page_size), query.wanted(call.access.readable)
    ).map(BuildReply.of)


@endpoint("GET", "queue", action="read", permission=(), reply=tuple[QueuedBuildReply, ...])
def list_queue(call: Call) -> tuple[QueuedBuildReply, ...]:
    """Builds that run, then those that wait, in the order in which they are going to begin."""
    queue = call.services.queue.list(call.access.readable)
    return tuple(map(QueuedBuildReply.of, queue))


@endpoint("GET", "build/{build_id}", action="read", reply=BuildReply, errors=(404,))
def get_build(call: Call) -> BuildReply:
    """One build, with its specification and artifacts."""
    return BuildReply.of(call.services.builds.get(call["build_id"]))


@endpoint(
    "PUT",
    "build/{build_id}",
    action="write",
    body=Rebuild,
    reply=SubmittedReply,
    errors=(400, 404, 409),
)
def rebuild(call: Call) -> WithMessage:
    """Ask for a new build of the same specification, or of exactly the same packages."""
    service = call.services.lockfiles if call.body.exact else call.services.builds
    again = service.rebuild(call["build_id"], author=call.author, client=call.client)
    return WithMessage(SubmittedReply(again), "rebuild triggered")


@endpoint(
    "PUT", "build/{build_id}/cancel", action="write", permission="build::cancel", errors=(404,)
)
def cancel_build(call: Call) -> Acknowledged:
    """Stop a queued or running build."""
    return Acknowledged(call.services.builds.cancel(call["build_id"], actor=call.author))


@endpoint(
    "DELETE",
    "build/{build_id}",
    action="write",
    permission="build::delete",
    errors=(400, 404, 409),
)
def delete_build(call: Call) -> Acknowledged:
    """Remove a build that is neither current nor pinned nor in use."""
    call.services.builds.delete(call["build_id"], actor=call.author)
    return Acknowledged()


@endpoint("PUT", "build/{build_id}/kernel", action="write", errors=(400, 404))
def pin_kernel(call: Call) -> Acknowledged:
    """Offer a build's kernels under names of their own, whichever build is current."""
    call.services.builds.pin_kernel(call["build_id"], pinned=True, actor=call.author)
    return Acknowledged()


@endpoint("DELETE", "build/{build_id}/kernel", action="write", errors=(404,))
def unpin_kernel(call: Call) -> Acknowledged:
    """Take a build's own kernels away; those of the current build stay."""
    call.services.builds.pin_kernel(call["build_id"], pinned=False, actor=call.author)
    return Acknowledged()


@endpoint(
    "GET",
    "build/{build_id}/packages",
    action="read",
    query=PackagesQuery,
    reply=Page[PackageReply],
    errors=(404,),
)
def list_packages(call: Call) -> Page[PackageReply]:
    """The packages of a build."""
    query = call.query
    return call.services.builds.packages(
        call["build_id"],
        query.listing(call.services.settings.max_page_size),
        search=query.search,
        exact=query.is_exact,
        build=query.build,
    ).map(PackageReply.of)


@endpoint(
    "GET",
    "build/{build_id}/logs",
    action="read",
    query=LogQuery,
    content_type="text/plain",
    reply=str,
    errors=(404,),
)
def build_log(call: Call) -> FollowLog:
    """The log of a build from a byte offset; with follow, until the build has ended."""
    return FollowLog(call["build_id"], call.query.offset, call.query.follow)


@endpoint(
    "GET",
    "build/{build_id}/events",
    action="read",
    query=SinceQuery,
    reply=BuildEventsReply,
    errors=(404,),
)
def build_events(call: Call) -> BuildEventsReply:
    """What the build's process has said: phases with times, progress, warnings, the verdict."""
    found, following = call.services.logs.events_since(call["build_id"], call.query.since)
    return BuildEventsReply(tuple(found), following)
