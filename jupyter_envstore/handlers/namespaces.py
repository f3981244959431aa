"""Namespaces, and which roles the owners of one have in others."""

from __future__ import annotations

from ..api.models import (
    NamespaceMetadata,
    PageQuery,
    SharedRoleQuery,
    ShareNamespace,
    UnshareNamespace,
    UpdateNamespace,
)
from ..api.replies import NamespaceEntry, NamespaceReply
from ..store.listing import Page
from ..store.namespaces import Namespace
from ..store.roles import SharedRole
from .call import Acknowledged, Call, endpoint


@endpoint(
    "GET",
    "namespace",
    action="read",
    permission=(),
    query=PageQuery,
    reply=Page[NamespaceEntry],
    wrapped=False,
)
def list_namespaces(call: Call) -> Page[NamespaceEntry]:
    """The namespaces that the caller may read."""
    listing = call.query.listing(call.services.settings.max_page_size)
    scope = call.access.readable_namespaces
    page: Page[Namespace] = call.services.namespaces.list(listing, scope)
    return page.map(NamespaceEntry.of)


@endpoint("GET", "namespace/{namespace}", action="read", reply=NamespaceReply, errors=(404,))
def get_namespace(call: Call) -> NamespaceReply:
    """One namespace."""
    return NamespaceReply.of(call.services.namespaces.get(call["namespace"]))


@endpoint(
    "POST",
    "namespace/{namespace}",
    action="write",
    permission="namespace::create",
    errors=(400, 409),
)
def create_namespace(call: Call) -> Acknowledged:
    """Make a namespace."""
    call.services.namespaces.create(call["namespace"])
    return Acknowledged()


@endpoint(
    "PUT",
    "namespace/{namespace}",
    action="write",
    permission=(
        "namespace::update",
        "namespace-role-mapping::create",
        "namespace-role-mapping::delete",
    ),
    body=UpdateNamespace,
    errors=(400, 404),
)
def update_namespace(call: Call) -> Acknowledged:
    """Replace a namespace's metadata, its role mappings (version 1), or both."""
    body = call.body
    call.services.namespaces.update(
        call.access, call["namespace"], body.metadata, body.role_mappings
    )
    return Acknowledged()


@endpoint(
    "PUT",
    "namespace/{namespace}/metadata",
    action="write",
    body=NamespaceMetadata,
    errors=(400, 404),
)
def replace_metadata(call: Call) -> Acknowledged:
    """Replace a namespace's metadata: the body is the new one."""
    call.services.namespaces.describe(call["namespace"], call.body.root)
    return Acknowledged()


@endpoint(
    "DELETE",
    "namespace/{namespace}",
    action="write",
    permission="namespace::delete",
    errors=(404, 409),
)
def delete_namespace(call: Call) -> Acknowledged:
    """Remove a namespace with its environments."""
    call.services.namespaces.delete(call["namespace"])
    return Acknowledged()


@endpoint(
    "GET",
    "namespace/{namespace}/roles",
    action="read",
    permission=("namespace::read", "namespace-role-mapping::read"),
    reply=tuple[SharedRole, ...],
    errors=(404,),
)
def list_roles(call: Call) -> tuple[SharedRole, ...]:
    """The roles (version 2) that the owners of other namespaces have on everything in this one."""
    return call.services.roles.list(call["namespace"])


@endpoint(
    "DELETE",
    "namespace/{namespace}/roles",
    action="write",
    permission=("namespace::read", "namespace-role-mapping::delete"),
    errors=(404,),
)
def delete_roles(call: Call) -> Acknowledged:
    """Take the roles (version 2) of all other namespaces."""
    call.services.roles.unshare_all(call["namespace"])
    return Acknowledged()


@endpoint(
    "GET",
    "namespace/{namespace}/role",
    action="read",
    permission=("namespace::read", "namespace-role-mapping::read"),
    query=SharedRoleQuery,
    reply=SharedRole,
    errors=(400, 404),
)
def get_role(call: Call) -> SharedRole:
    """The role (version 2) that the owners of another namespace have on everything in this one."""
    return call.services.roles.get(call["namespace"], call.query.other_namespace)


@endpoint(
    "POST",
    "namespace/{namespace}/role",
    action="write",
    permission=("namespace::read", "namespace-role-mapping::create"),
    body=ShareNamespace,
    errors=(400, 404, 409),
)
def create_role(call: Call) -> Acknowledged:
    """Give the owners of another namespace a role (version 2) on everything in this one."""
    body = call.body
    call.services.roles.share(call.access, call["namespace"], body.other_namespace, body.role)
    return Acknowledged()


@endpoint(
    "PUT",
    "namespace/{namespace}/role",
    action="write",
    permission=("namespace::read", "namespace-role-mapping::update"),
    body=ShareNamespace,
    errors=(400, 404),
)
def change_role(call: Call) -> Acknowledged:
    """Replace the role (version 2) of the owners of another namespace."""
    body = call.body
    call.services.roles.change(call.access, call["namespace"], body.other_namespace, body.role)
    return Acknowledged()


@endpoint(
    "DELETE",
    "namespace/{namespace}/role",
    action="write",
    permission=("namespace::read", "namespace-role-mapping::delete"),
    body=UnshareNamespace,
    errors=(400, 404),
)
def delete_role(call: Call) -> Acknowledged:
    """Take the role (version 2) of the owners of another namespace, if they have one."""
    call.services.roles.unshare(call["namespace"], call.body.other_namespace)
    return Acknowledged()
