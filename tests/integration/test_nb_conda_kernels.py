"""nb_conda_kernels and the store in one server: every kernel is listed once."""

from __future__ import annotations

import importlib
import json
import os
import re
import sys

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from traitlets import Unicode

from jupyter_envstore.integration.finder import add_kernel_directory
from jupyter_envstore.integration.kernelspecs import write_kernels
from jupyter_envstore.integration.nb_conda_kernels import leave_out_environments, paths_of

GIVEN = "ENVSTORE_TEST_NB_CONDA_KERNELS"
KERNEL = {"argv": ["python"], "display_name": "Python 3", "language": "python"}


class CondaKernelSpecManager(KernelSpecManager):
    """What matters of nb_conda_kernels 2.5: its trait, and what it keeps of it."""

    env_filter = Unicode(None, config=True, allow_none=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        if self.env_filter is not None:
            self._env_filter_regex = re.compile(self.env_filter)
        self._conda_kernels_cache_expiry = 1e12


def test_what_a_site_leaves_out_stays_left_out(tmp_path):
    manager = CondaKernelSpecManager(env_filter="^/opt/secret")
    template = f"{tmp_path}/{{namespace}}/envs/{{name}}"
    leave_out_environments(manager, template)
    leave_out_environments(manager, template)
    left_out = manager._env_filter_regex.search
    assert left_out("/opt/secret/env")
    assert left_out(f"{tmp_path}/team/envs/work")
    assert not left_out(f"{tmp_path}/team/other/work")
    assert not left_out(f"/mnt{tmp_path}/team/envs/work")
    assert manager.env_filter.count(paths_of(template)) == 1
    assert manager._conda_kernels_cache_expiry is None


def test_other_managers_are_left_alone():
    manager = KernelSpecManager()
    leave_out_environments(manager, "/store/{namespace}/envs/{name}")
    assert not hasattr(manager, "env_filter")


@pytest.fixture
def nb_conda_kernels(tmp_path, monkeypatch):
    """The real thing, with a conda that names one environment of the store and one of its own."""
    if GIVEN not in os.environ:
        pytest.skip(f"{GIVEN} does not name a directory with nb_conda_kernels")
    monkeypatch.setattr(sys, "path", [os.environ[GIVEN], *sys.path])
    module = importlib.import_module("nb_conda_kernels.manager")
    base, ours = tmp_path / "conda", tmp_path / "store" / "bob" / "envs" / "data"
    others = base / "envs" / "other"
    for prefix in (ours, others):
        kernel = prefix / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        kernel.write_text(json.dumps(KERNEL))
    info = {
        "envs": [str(base), str(others), str(ours)],
        "conda_prefix": str(base),
        "envs_dirs": [str(base / "envs"), str(ours.parent)],
    }
    conda = tmp_path / "bin" / "conda"
    conda.parent.mkdir()
    conda.write_text(f"#!/bin/sh\ncat <<'JSON'\n{json.dumps(info)}\nJSON\n")
    conda.chmod(0o755)
    monkeypatch.setattr(module, "CONDA_EXE", str(conda))
    return module.CondaKernelSpecManager


def test_each_kernel_is_listed_once(nb_conda_kernels, tmp_path, kernels, make_prefix, make_build):
    own = tmp_path / "own" / "kernels"
    own.mkdir(parents=True)
    manager = nb_conda_kernels(kernel_dirs=[str(own)], ensure_native_kernel=False)
    write_kernels(kernels, make_build(make_prefix("1")))
    add_kernel_directory(manager, kernels)
    # So it would be without us: the environment of the store, and its kernel once more.
    assert {"conda-env-other-py", "conda-env-bob-data-py"} <= set(manager.find_kernel_specs())
    leave_out_environments(manager, f"{tmp_path}/store/{{namespace}}/envs/{{name}}")
    listed = manager.find_kernel_specs()
    assert {"conda-env-other-py", "envstore-bob-data-python3"} <= set(listed)
    assert "conda-env-bob-data-py" not in listed
    assert manager.get_kernel_spec("envstore-bob-data-python3").display_name == "data (bob)"
