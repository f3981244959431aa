"""Environments and specifications."""

from __future__ import annotations

from ..api.addition_replies import ConvertedReply
from ..api.additions import ConvertSpecification
from ..api.build_replies import CheckedReply, SubmittedReply
from ..api.models import (
    CheckSpecification,
    EnvironmentsAfterQuery,
    EnvironmentsQuery,
    SubmitSpecification,
    UpdateEnvironment,
)
from ..api.replies import EnvironmentNameReply, EnvironmentReply, ListedEnvironmentReply
from ..domain.entities import NOTHING, Scope
from ..store.cursor import Slice
from ..store.listing import Page
from .call import Acknowledged, Call, endpoint


@endpoint(
    "GET",
    "environment",
    action="read",
    permission=(),
    query=EnvironmentsQuery,
    reply=Page[EnvironmentReply],
    deprecated=True,
)
def list_environments(call: Call) -> Page[EnvironmentReply]:
    """Environments; without a size, all of them at once."""
    query = call.query
    listing = query.listing(call.services.settings.max_page_size, unlimited=True)
    return call.services.environments.list(listing, query.wanted(_readable(call))).map(
        EnvironmentReply.of
    )


def _readable(call: Call) -> Scope:
    """Return what the caller may see, and with `jwt` also the holder of that token."""
    token = call.query.jwt
    if not token:
        return call.access.readable
    holder = call.services.tokens.holder(token)
    theirs = call.services.access.of(holder).readable if holder else NOTHING
    return call.access.readable & theirs


@endpoint(
    "GET",
    "environment-names",
    action="read",
    permission=(),
    query=EnvironmentsQuery,
    reply=Page[EnvironmentNameReply],
)
def list_environment_names(call: Call) -> Page[EnvironmentNameReply]:
    """The names of environments alone, to tell soon which ones contain a package."""
    query = call.query
    listing = query.listing(call.services.settings.max_page_size, unlimited=True)
    return call.services.environments.names(listing, query.wanted(_readable(call))).map(
        EnvironmentNameReply.of
    )


@endpoint(
    "GET",
    "v2/environment",
    root="api",
    action="read",
    permission=(),
    query=EnvironmentsAfterQuery,
    reply=Slice[ListedEnvironmentReply],
    errors=(400,),
)
def list_environments_after(call: Call) -> Slice[ListedEnvironmentReply]:
    """Environments after a cursor, as conda-store's v2 lists them."""
    query = call.query
    return call.services.environments.after(
        query.cursor,
        query.limit or call.services.settings.max_page_size,
        sort_by=query.columns(),
        descending=query.order == "desc",
        wanted=query.wanted(_readable(call)),
    ).map(ListedEnvironmentReply.of)


@endpoint(
    "GET", "environment/{namespace}/{name}", action="read", reply=EnvironmentReply, errors=(404,)
)
def get_environment(call: Call) -> EnvironmentReply:
    """One environment."""
    view = call.services.environments.get(call["namespace"], call["name"])
    return EnvironmentReply.of(view)


@endpoint(
    "PUT", "environment/{namespace}/{name}", action="write", body=UpdateEnvironment, errors=(400,)
)
def update_environment(call: Call) -> Acknowledged:
    """Make another build the current one, or change the description."""
    owner = call["namespace"], call["name"]
    if call.body.build_id is not None:
        call.services.environments.switch(*owner, call.body.build_id, actor=call.author)
    if call.body.description is not None:
        call.services.environments.describe(*owner, call.body.description, actor=call.author)
    return Acknowledged()


@endpoint(
    "DELETE",
    "environment/{namespace}/{name}",
    action="write",
    permission="environment::delete",
    errors=(400, 409),
)
def delete_environment(call: Call) -> Acknowledged:
    """Remove an environment with all its builds."""
    call.services.environments.delete(call["namespace"], call["name"])
    return Acknowledged()


@endpoint(
    "POST",
    "specification",
    action="write",
    permission=(),
    body=SubmitSpecification,
    reply=SubmittedReply,
    errors=(400, 409),
)
def submit_specification(call: Call) -> SubmittedReply:
    """Ask for a build of a specification, or of a lockfile."""
    body, namespace = call.body, call.body.namespace or call.access.primary_namespace
    if body.is_lockfile:
        submitted = call.services.lockfiles.submit(
            body.specification,
            namespace,
            name=body.environment_name or "",
            description=body.environment_description or "",
            author=call.author,
            client=call.client,
            access=call.access,
        )
    else:
        submitted = call.services.environments.submit(
            body.specification,
            namespace,
            author=call.author,
            client=call.client,
            access=call.access,
            based_on=body.based_on,
        )
    return SubmittedReply.of(submitted)


@endpoint(
    "POST",
    "specification/check",
    action="read",
    permission=(),
    body=CheckSpecification,
    reply=CheckedReply,
)
def check_specification(call: Call) -> CheckedReply:
    """Say what is wrong with a specification, or a lockfile, without storing anything."""
    body, services = call.body, call.services
    if body.is_lockfile:
        name = body.environment_name or ""
        checked = services.lockfiles.check(
            body.specification, body.namespace, call.access, name=name
        )
    else:
        checked = services.environments.check(body.specification, body.namespace, call.access)
    return CheckedReply.of(checked)


@endpoint(
    "POST",
    "specification/convert",
    action="read",
    permission=(),
    body=ConvertSpecification,
    reply=ConvertedReply,
)
def convert_specification(call: Call) -> ConvertedReply:
    """Make a specification of a file of another kind, without storing anything."""
    body = call.body
    converted = call.services.conversion.convert(
        body.text, body.filename, body.environment, body.platform
    )
    return ConvertedReply.of(converted)
