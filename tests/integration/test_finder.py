from __future__ import annotations

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_envstore.integration.finder import add_kernel_directory, remove_kernel_directory
from jupyter_envstore.integration.kernelspecs import write_kernels


class CustomManager(KernelSpecManager):
    """As a site or an extension would have: it adds a kernel of its own."""

    def find_kernel_specs(self):
        return {**super().find_kernel_specs(), "custom": "/nowhere"}


@pytest.fixture(params=[KernelSpecManager, CustomManager])
def manager(request, tmp_path):
    own = tmp_path / "own" / "kernels"
    own.mkdir(parents=True)
    return request.param(kernel_dirs=[str(own)], ensure_native_kernel=False)


def test_kernels_are_listed_and_gone_again(manager, kernels, make_prefix, make_build):
    before = manager.find_kernel_specs()
    write_kernels(kernels, make_build(make_prefix("1")))
    assert add_kernel_directory(manager, kernels) is None
    assert add_kernel_directory(manager, kernels) is None
    assert manager.kernel_dirs.count(str(kernels)) == 1
    assert manager.kernel_dirs[-1] == str(kernels), "the site's own kernels win"
    spec = manager.get_all_specs()["envstore-bob-data-python3"]
    assert spec["spec"]["display_name"] == "data (bob)"
    remove_kernel_directory(manager, kernels)
    assert manager.find_kernel_specs() == before


def test_an_allow_list_that_hides_the_kernels_is_said(manager, kernels):
    manager.allowed_kernelspecs = {"python3"}
    assert "allowed_kernelspecs" in add_kernel_directory(manager, kernels)


def test_a_gateway_is_left_alone(kernels):
    gateway = pytest.importorskip("jupyter_server.gateway.managers")
    manager = gateway.GatewayKernelSpecManager.__new__(gateway.GatewayKernelSpecManager)
    assert "gateway" in add_kernel_directory(manager, kernels)
    remove_kernel_directory(manager, kernels)


def test_a_manager_without_directories_is_named(kernels):
    assert "builtins.object" in add_kernel_directory(object(), kernels)
