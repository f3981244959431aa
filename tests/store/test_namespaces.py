from __future__ import annotations

import pytest

from jupyter_envstore.domain.errors import Conflict, NotFound
from jupyter_envstore.store.listing import Listing


def test_create_and_find(namespaces):
    made = namespaces.create("team")
    assert namespaces.get("team") == namespaces.find("team") == namespaces.ensure("team") == made
    assert made.metadata == {}


def test_refusals_in_conda_stores_words(namespaces):
    with pytest.raises(NotFound, match="namespace does not exist"):
        namespaces.get("team")
    with pytest.raises(NotFound, match="namespace does not exist"):
        namespaces.delete("team")
    namespaces.create("team")
    with pytest.raises(Conflict, match="namespace already exists"):
        namespaces.create("team")


def test_case_makes_a_difference(namespaces):
    assert namespaces.create("team").id != namespaces.create("Team").id


def test_lists(namespaces):
    for name in ("c", "a", "b"):
        namespaces.create(name)
    page = namespaces.list(Listing(page=1, size=2))
    assert [namespace.name for namespace in page.items] == ["a", "b"]
    assert page.count == 3


def test_only_an_empty_namespace_is_removed(namespaces, environments, clock):
    namespace = namespaces.create("team")
    environment = environments.ensure(namespace.id, "geo", "", clock())
    with pytest.raises(Conflict, match="still has environments"):
        namespaces.delete("team")
    environments.mark_deleted(environment, clock())
    with pytest.raises(Conflict, match="still has environments"):
        namespaces.delete("team")
    environments.remove(environment)
    namespaces.delete("team")
    assert namespaces.find("team") is None
