"""Namespaces."""

from __future__ import annotations

from ..api.models import PageQuery
from ..api.replies import NamespaceEntry, NamespaceReply
from ..store.listing import Page
from ..store.namespaces import Namespace
from .call import Acknowledged, Call, endpoint


@endpoint(
    "GET",
    "namespace",
    action="read",
    query=PageQuery,
    reply=Page[NamespaceEntry],
    wrapped=False,
)
def list_namespaces(call: Call) -> Page[NamespaceEntry]:
    """All namespaces."""
    listing = call.query.listing(call.services.settings.max_page_size)
    page: Page[Namespace] = call.services.namespaces.list(listing)
    return page.map(NamespaceEntry.of)


@endpoint("GET", "namespace/{namespace}", action="read", reply=NamespaceReply, errors=(404,))
def get_namespace(call: Call) -> NamespaceReply:
    """One namespace."""
    return NamespaceReply.of(call.services.namespaces.get(call["namespace"]))


@endpoint("POST", "namespace/{namespace}", action="write", errors=(400, 409))
def create_namespace(call: Call) -> Acknowledged:
    """Make a namespace."""
    call.services.namespaces.create(call["namespace"])
    return Acknowledged()


@endpoint("DELETE", "namespace/{namespace}", action="write", errors=(404, 409))
def delete_namespace(call: Call) -> Acknowledged:
    """Remove a namespace with its environments."""
    call.services.namespaces.delete(call["namespace"])
    return Acknowledged()
