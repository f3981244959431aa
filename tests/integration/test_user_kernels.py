from __future__ import annotations

import json

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_envstore.integration.kernelspecs import remove_kernels, write_kernels
from jupyter_envstore.integration.user_kernels import (
    link_user_kernels,
    unlink_user_kernels,
    user_kernel_directory,
)

from .conftest import PYTHON, R

NAME = "envstore-bob-data-python3"


@pytest.fixture
def user(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return tmp_path / "jupyter" / "kernels"


def test_every_program_of_the_user_sees_the_kernels(user, kernels, make_prefix, make_build):
    assert user_kernel_directory() == user
    write_kernels(kernels, make_build(make_prefix("1", kernels={"python3": PYTHON, "ir": R})))
    assert link_user_kernels(kernels) == ["envstore-bob-data-ir", NAME]
    spec = KernelSpecManager().get_kernel_spec(NAME)
    assert spec.display_name == "data (bob)"
    # The links lead to whatever is published; only what was dropped needs another call.
    write_kernels(kernels, make_build(make_prefix("2"), id=2))
    assert KernelSpecManager().get_kernel_spec(NAME).metadata["envstore"]["build_id"] == 2
    assert link_user_kernels(kernels) == [NAME]
    assert [entry.name for entry in user.iterdir()] == [NAME]
    remove_kernels(kernels, "bob", "data")
    assert link_user_kernels(kernels) == []
    assert list(user.iterdir()) == []


def test_the_users_own_kernelspecs_are_never_touched(
    user, kernels, make_prefix, make_build, tmp_path, caplog
):
    own = user / NAME
    own.mkdir(parents=True)
    (own / "kernel.json").write_text(json.dumps({**PYTHON, "display_name": "mine"}))
    other = user / "other"
    other.symlink_to(tmp_path)
    write_kernels(kernels, make_build(make_prefix("1")))
    assert link_user_kernels(kernels) == []
    assert "is not published" in caplog.text
    unlink_user_kernels(kernels)
    assert KernelSpecManager().get_kernel_spec(NAME).display_name == "mine"
    assert other.is_symlink()


def test_unlinking_leaves_the_stores_kernels(user, kernels, make_prefix, make_build):
    unlink_user_kernels(kernels)
    write_kernels(kernels, make_build(make_prefix("1")))
    link_user_kernels(kernels)
    unlink_user_kernels(kernels)
    assert list(user.iterdir()) == []
    assert (kernels / NAME / "kernel.json").is_file()


def test_jupyters_own_removal_takes_the_link_only(user, kernels, make_prefix, make_build):
    write_kernels(kernels, make_build(make_prefix("1")))
    link_user_kernels(kernels)
    KernelSpecManager().remove_kernel_spec(NAME)
    assert (kernels / NAME / "kernel.json").is_file()
