from __future__ import annotations

from jupyter_envstore.domain.permissions import ADMIN, EDITOR, VIEWER


def test_each_role_may_what_the_one_before_may():
    assert VIEWER.permissions < EDITOR.permissions < ADMIN.permissions


def test_who_may_change_what():
    assert "environment:create" in EDITOR.permissions, "conda-store spells it with one colon"
    assert "build::cancel" in EDITOR.permissions
    assert "build::delete" not in EDITOR.permissions
    assert "environment::delete" not in EDITOR.permissions
    assert all(name.endswith("::read") for name in VIEWER.permissions)
    assert {"build::delete", "environment::delete", "setting::update"} <= ADMIN.permissions
