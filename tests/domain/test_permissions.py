from __future__ import annotations

import pytest

from jupyter_envstore.domain.entities import EVERYTHING
from jupyter_envstore.domain.permissions import ADMIN, EDITOR, ROLES, VIEWER, Grants
from jupyter_envstore.domain.role_bindings import role_bindings


def test_each_role_may_what_the_one_before_may():
    assert VIEWER.permissions < EDITOR.permissions < ADMIN.permissions


def test_who_may_change_what():
    assert "environment:create" in EDITOR.permissions, "conda-store spells it with one colon"
    assert "build::cancel" in EDITOR.permissions
    assert "build::delete" not in EDITOR.permissions
    assert "environment::delete" not in EDITOR.permissions
    assert all(name.endswith("::read") for name in VIEWER.permissions)
    assert {"build::delete", "environment::delete", "setting::update"} <= ADMIN.permissions
    assert len(ADMIN.permissions) == 17


def test_an_editor_is_a_developer_on_the_wire():
    assert ROLES["editor"] is ROLES["developer"] is EDITOR
    assert EDITOR.name == "developer"


class TestGrants:
    team = Grants({"team-*/*": (VIEWER,), "team-a/x": (ADMIN,)})

    def test_roles_on_all_entities_that_match_count_together(self):
        assert self.team.allow("environment::read", "team-a", "x")
        assert self.team.allow("environment::delete", "team-a", "x")
        assert not self.team.allow("environment::delete", "team-a", "y")
        assert not self.team.allow("environment::read", "other", "x")

    def test_one_environment_shows_its_namespace_and_changes_nothing_of_it(self):
        one = Grants({"team-a/x": (ADMIN,)})
        assert one.allow("namespace::read", "team-a")
        assert not one.allow("namespace::delete", "team-a")
        assert not one.allow("setting::update", "team-a")
        assert Grants({"team-a/*": (ADMIN,)}).allow("namespace::delete", "team-a")

    def test_the_store_as_a_whole_needs_everything(self):
        assert Grants({"*/*": (ADMIN,)}).allow("setting::update")
        assert not Grants({"*/*": (VIEWER,)}).allow("setting::update")
        assert not Grants({"*/x": (ADMIN,), "a*/*": (ADMIN,)}).allow("setting::update")

    def test_a_limit_takes_away_and_never_adds(self):
        token = Grants({"*/*": (ADMIN,)}, limit=self.team)
        assert token.allow("environment::delete", "team-a", "x")
        assert not token.allow("environment::delete", "team-b", "x")
        assert not token.allow("environment::read", "other", "x")
        assert not token.allow("setting::update")
        assert not token.scope("environment::read").shows("other", "x")
        assert token.scope("environment::read").shows("team-b", "x")
        assert token.by_entity == {"*/*": ()}
        small = Grants({"team-a/*": (VIEWER,)}, limit=Grants({"*/*": (ADMIN,)}))
        assert not small.allow("environment::delete", "team-a", "x")
        assert small.scope("environment::read").limits == (("team-a/*",),)

    def test_scopes(self):
        assert Grants({"*/*": (ADMIN,), "a/*": (VIEWER,)}).scope("setting::read") == EVERYTHING
        assert self.team.scope("build::delete").limits == (("team-a/x",),)
        assert not Grants().scope("environment::read").shows("a", "b")

    @pytest.mark.parametrize(
        ("entity", "included"),
        [("team-a/*", True), ("team-*/*", True), ("team-a*/x*", True), ("t*/*", False)],
    )
    def test_what_includes_what(self, entity, included):
        assert self.team.include(entity, VIEWER.permissions) is included
        assert not self.team.include(entity, ADMIN.permissions)


class TestRoleBindings:
    def test_one_role_or_several(self):
        given = {"a/*": "viewer", "{username}/*": ["editor", "admin"]}
        assert role_bindings(given) == {"a/*": ("viewer",), "{username}/*": ("editor", "admin")}

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ([], "dict"),
            ({"a": ["viewer"]}, "'a' is no entity"),
            ({1: ["viewer"]}, "1 is no entity"),
            ({"a/*": ["boss"]}, "'boss' is no role"),
            ({"a/*": None}, "None is no role"),
        ],
    )
    def test_refusals_say_what_is_meant(self, value, said):
        with pytest.raises(ValueError, match=said):
            role_bindings(value)
