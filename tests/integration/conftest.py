from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import Build, BuildStatus

PYTHON = {
    "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "metadata": {"debugger": True, "supported_encryption": ["curve"]},
}
R = {
    "argv": ["{prefix}/lib/R/bin/R", "--slave", "-e", "IRkernel::main()", "{connection_file}"],
    "display_name": "R",
    "language": "R",
}

MakePrefix = Callable[..., Path]
MakeBuild = Callable[..., Build]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "a store with spaces and 'quotes' $HOME"
    path.mkdir()
    return path


@pytest.fixture
def kernels(store: Path) -> Path:
    return store / ".envstore" / "kernels"


@pytest.fixture
def make_prefix(store: Path) -> MakePrefix:
    """Make what a build leaves behind: a prefix whose python is the one that runs the tests."""

    def make(
        key: str,
        *,
        namespace: str = "bob",
        kernels: dict[str, dict] | None = None,
        activate: dict[str, str] | None = None,
        deactivate: dict[str, str] | None = None,
        package_variables: dict[str, dict] | None = None,
        variables: dict | None = None,
    ) -> Path:
        prefix = store / namespace / key
        (prefix / "bin").mkdir(parents=True)
        python = prefix / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        python.chmod(0o755)
        (prefix / "conda-meta").mkdir()
        (prefix / "conda-meta" / "envstore").write_text("{}")
        if variables is not None:
            state = json.dumps({"env_vars": variables})
            (prefix / "conda-meta" / "state").write_text(state)
        texts = {f"env_vars.d/{k}": json.dumps(v) for k, v in (package_variables or {}).items()}
        texts |= {f"activate.d/{k}": v for k, v in (activate or {}).items()}
        texts |= {f"deactivate.d/{k}": v for k, v in (deactivate or {}).items()}
        for name, text in texts.items():
            path = prefix / "etc" / "conda" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name, content in (kernels if kernels is not None else {"python3": PYTHON}).items():
            directory = prefix / "share" / "jupyter" / "kernels" / name
            directory.mkdir(parents=True)
            (directory / "kernel.json").write_text(json.dumps(content))
            (directory / "logo-64x64.png").write_bytes(f"logo of {name}".encode())
        return prefix

    return make


@pytest.fixture
def make_build() -> MakeBuild:
    def make(
        prefix: Path,
        *,
        id: int = 1,  # noqa: A002
        namespace: str = "bob",
        name: str = "data",
    ) -> Build:
        asked = datetime(2026, 3, 1, 12, 0, 0)  # noqa: DTZ001 - naive UTC, as everywhere
        return Build(
            id=id,
            environment_id=1,
            namespace=namespace,
            name=name,
            specification_id=1,
            sha256="0" * 64,
            status=BuildStatus.COMPLETED,
            key_version=2,
            asked_on=asked,
            scheduled_on=asked,
            ended_on=asked.replace(minute=5),
            prefix=str(prefix),
        )

    return make
