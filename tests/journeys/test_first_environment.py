"""From a specification to a notebook that runs on it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import nbformat
import pytest


def read(path: str) -> str:
    return Path(path).read_text()


async def test_a_specification_becomes_a_kernel_that_runs_its_packages(
    api, channel, python, kernels
):
    build_id = await api.submit(
        python,
        "ipykernel",
        "numpy",
        "activate-ok",
        "activate-fails",
        channels=channel,
        variables={"GREETING": "it's $HOME"},
    )
    build = await api.completed(build_id, timeout=120)
    (kernel,) = (await api.get("kernels/")).data
    assert kernel["name"] in await kernels.specs()

    kernel_id = await kernels.start(kernel["name"])
    assert await kernels.run(kernel_id, "sys.prefix") == build["prefix"]
    numpy = await kernels.run(kernel_id, "__import__('numpy').__file__")
    assert numpy.startswith(build["prefix"])
    names = ["GREETING", "ACTIVATE_OK", "ACTIVATE_FAILS", "CONDA_PREFIX"]
    assert await kernels.run(kernel_id, f"[os.environ[name] for name in {names}]") == [
        "it's $HOME",
        "yes",
        "yes",
        build["prefix"],
    ]


async def test_a_build_is_shown_with_its_packages_sizes_and_lock(api, channel):
    build_id = await api.submit("activate-ok", "clobber-a", "clobber-b", channels=channel)
    build = await api.completed(build_id)
    packages = {item["name"]: item for item in (await api.get(f"build/{build_id}/packages/")).data}
    assert packages.keys() == {"activate-ok", "clobber-a", "clobber-b"}
    assert all(item["requested"] and item["sha256"] for item in packages.values())
    assert {item["channel"]["name"] for item in packages.values()} == {channel[1]}
    assert build["size"] > 0
    # As with conda, but said: which path, and which packages.
    (warning,) = (w for w in build["warnings"] if "contested.txt" in w["message"])
    assert "clobber-a" in warning["message"]
    assert "clobber-b" in warning["message"]
    artifacts = {a["artifact_type"]: a["key"] for a in build["build_artifacts"]}
    assert "activate-ok" in read(artifacts["LOCKFILE"])
    assert "Build finished" in await api.log(build_id)


class TestForEveryProgram:
    """``publish_kernels = "user"``: programs that know nothing of the server run the kernel."""

    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, "publish_kernels": "user"}

    async def test_jupyter_execute_runs_a_notebook_on_the_kernel(
        self, api, channel, python, jp_data_dir, tmp_path
    ):
        build_id = await api.submit(python, "ipykernel", channels=channel)
        build = await api.completed(build_id, timeout=120)
        (kernel,) = (await api.get("kernels/")).data
        assert (jp_data_dir / "kernels" / kernel["name"]).is_symlink()
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell("import sys\nprint(sys.prefix)", id="cell")],
            metadata={"kernelspec": {"name": kernel["name"], "display_name": "x"}},
        )
        path = tmp_path / "notebook.ipynb"
        nbformat.write(notebook, path)
        # JUPYTER_DATA_DIR is this test's own.
        command = [Path(sys.executable).parent / "jupyter-execute", "--inplace", path]
        execution = await asyncio.create_subprocess_exec(*command)
        assert await asyncio.wait_for(execution.wait(), 100) == 0
        (cell,) = nbformat.read(path, as_version=4).cells
        assert cell.outputs[0].text.strip() == build["prefix"]
