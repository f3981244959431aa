"""Builds beside each other, notes on them, and environments under other names with their past."""

from __future__ import annotations

from ..api.addition_replies import AnnotationsReply, ComparisonReply, HistoryReply
from ..api.additions import Annotate, CloneEnvironment, RenameEnvironment
from ..api.build_replies import SubmittedReply
from ..api.models import PageQuery
from ..store.listing import Page
from .call import Acknowledged, Call, endpoint


@endpoint(
    "GET",
    "build/{build_id}/diff/{other_id}",
    action="read",
    reply=ComparisonReply,
    errors=(404,),
)
def compare_builds(call: Call) -> ComparisonReply:
    """What differs from one build to another: specification and packages."""
    comparison = call.services.comparison.compare(call["build_id"], call["other_id"])
    return ComparisonReply.of(comparison)


@endpoint(
    "PUT",
    "build/{build_id}/annotations",
    action="write",
    body=Annotate,
    reply=AnnotationsReply,
    errors=(404,),
)
def annotate_build(call: Call) -> AnnotationsReply:
    """Write a note on a build, or tags; what is left out stays."""
    note, tags = call.services.builds.annotate(
        call["build_id"], call.body.note, call.body.tags, actor=call.author
    )
    return AnnotationsReply(note, tags)


@endpoint(
    "POST",
    "environment/{namespace}/{name}/clone",
    action="write",
    permission="environment::read",
    body=CloneEnvironment,
    reply=SubmittedReply,
    errors=(400, 404, 409),
)
def clone_environment(call: Call) -> SubmittedReply:
    """Make a new environment of the specification of another one's build."""
    submitted = call.services.naming.clone(
        (call["namespace"], call["name"]),
        (call.body.namespace or call["namespace"], call.body.name),
        build_id=call.body.build_id,
        author=call.author,
        client=call.client,
        access=call.access,
    )
    return SubmittedReply.of(submitted)


@endpoint(
    "POST",
    "environment/{namespace}/{name}/rename",
    action="write",
    body=RenameEnvironment,
    errors=(400, 404, 409),
)
def rename_environment(call: Call) -> Acknowledged:
    """Give an environment another name; its builds, link, kernels and history come with it."""
    call.access.require("environment:create", call["namespace"], call.body.name)
    call.services.naming.rename(call["namespace"], call["name"], call.body.name, actor=call.author)
    return Acknowledged()


@endpoint(
    "GET",
    "environment/{namespace}/{name}/history",
    action="read",
    query=PageQuery,
    reply=Page[HistoryReply],
    errors=(404,),
)
def environment_history(call: Call) -> Page[HistoryReply]:
    """What was done to an environment, by whom and when, in order."""
    listing = call.query.listing(call.services.settings.max_page_size)
    return call.services.naming.history(call["namespace"], call["name"], listing).map(
        HistoryReply.of
    )
