from __future__ import annotations

from pathlib import Path

import pytest

from tools.local_channel.interpreter import Interpreter


@pytest.fixture
def upstream(tmp_path: Path) -> Interpreter:
    """A Python as upstream builds it, as far as a look at its files can tell."""
    base = tmp_path / "upstream"
    stdlib = base / "lib/python3.12"
    (stdlib / "lib-dynload").mkdir(parents=True)
    (stdlib / "os.py").touch()
    (base / "bin").mkdir()
    (base / "bin/python3.12").touch()
    return Interpreter(
        implementation="cpython",
        system="linux",
        machine="x86_64",
        libc=("glibc", "2.36"),
        version_info=(3, 12),
        version="3.12.4",
        abiflags="",
        platlibdir="lib",
        base_prefix=base,
        stdlib=stdlib,
        from_conda=False,
        debian_layout=False,
    )
