"""Which roles people have, from the settings and from role mappings."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_envstore.domain.errors import Forbidden
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.service.access import AccessService, Caller
from jupyter_envstore.store.database import Database
from jupyter_envstore.store.journal import Journal
from jupyter_envstore.store.namespaces import Namespaces
from jupyter_envstore.store.roles import RoleMappings


@pytest.fixture
def mappings(tmp_path: Path):
    database = Database(str(tmp_path / "envstore.db"))
    yield RoleMappings(database, Namespaces(database), Journal(database))
    database.close()


@pytest.fixture
def access_of(mappings):
    def access_of(username, *groups, **settings):
        given = Settings(store_directory="", **settings)
        service = AccessService(given, lambda: "default", mappings)
        return service.of(Caller(username, groups))

    return access_of


def roles(access):
    return {
        entity: tuple(role.name for role in given) for entity, given in access.grants.roles.items()
    }


OWN = {"authenticated_role_bindings": {"{username}/*": ("admin",)}}


def test_everybody_owns_everything_until_somebody_is_named(access_of):
    assert roles(access_of(None)) == {"*/*": ("admin",)}
    named = {"user_role_bindings": {"ada": {"*/*": ("admin",)}}}
    assert roles(access_of("ada", **named)) == {"*/*": ("admin",)}
    assert roles(access_of("bob", **named)) == {}
    assert roles(access_of(None, **named)) == {}


def test_roles_of_user_groups_and_everybody_add_up(access_of):
    access = access_of(
        "ada",
        "one",
        "two",
        authenticated_role_bindings={"a/*": ("viewer",)},
        user_role_bindings={"ada": {"a/*": ("editor",), "b/*": ("viewer",)}},
        group_role_bindings={
            "two": {"a/*": ("viewer",), "c/*": ("admin",)},
            "x": {"d/*": ("admin",)},
        },
    )
    assert roles(access) == {
        "a/*": ("viewer", "developer"),
        "b/*": ("viewer",),
        "c/*": ("admin",),
    }


@pytest.mark.parametrize("name", ["*", "a*", "../x", "a/b", "", ".", "a b"])
def test_a_name_that_cannot_be_a_namespace_gives_nothing(access_of, name):
    """Somebody who may choose a name, and chooses a star, must not get everything."""
    access = access_of(name, **OWN, primary_namespace="{username}")
    assert roles(access) == {}
    assert access.primary_namespace == "default"


def test_a_name_that_was_made_up_has_no_namespace_of_its_own(access_of):
    assert roles(access_of(None, **OWN)) == {}


def test_ones_own_namespace_and_what_is_shared_with_it(access_of, mappings):
    namespaces = mappings._namespaces
    for name in ("ada", "team", "other"):
        namespaces.create(name)
    mappings.replace("ada", {"other/x*": ["viewer"]})
    mappings.share("team", "ada", "developer")
    access = access_of("ada", **OWN, primary_namespace="{username}")
    assert access.primary_namespace == "ada"
    assert roles(access) == {
        "ada/*": ("admin",),
        "other/x*": ("viewer",),
        "team/*": ("developer",),
    }
    assert roles(access_of("bob", **OWN, primary_namespace="{username}")) == {"bob/*": ("admin",)}
    namespaces.delete("team")
    assert "team/*" not in roles(access_of("ada", **OWN, primary_namespace="{username}"))


@pytest.mark.parametrize(
    ("asked", "where", "needed", "whose"),
    [
        (
            ("environment::solve", "team", "env"),
            "in namespace team",
            "environment::solve on team/env",
            "the namespace",
        ),
        (
            ("namespace::delete", "team"),
            "in namespace team",
            "namespace::delete",
            "the namespace",
        ),
        (("setting::update",), "on the whole store", "setting::update", "the store"),
    ],
)
def test_who_may_not_is_told_why_and_whom_to_ask(access_of, asked, where, needed, whose):
    access = access_of("amy", authenticated_role_bindings={"team/*": ["viewer"]})
    with pytest.raises(Forbidden) as refused:
        access.require(*asked)
    # Conda-store's own words come first: its clients know them.
    assert refused.value.message == "request not authorized"
    assert refused.value.hint == (
        f"Your role {where} does not allow this (permission {needed}). Ask an administrator of "
        f"{whose} for a role that does."
    )
