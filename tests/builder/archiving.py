"""Lets archives be made by `fake_archiver`, as far as a test lets them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from jupyter_envstore.builder import making

from . import fake_archiver


class Archiver:
    """What the processes that make archives are told, and what they have done."""

    def __init__(self, gates: Path) -> None:
        self._gates = gates

    def go_on(self) -> None:
        """Let all archives become whole."""
        (self._gates / "go").touch()

    def hold(self) -> None:
        """Let archives that are begun from now on stop after their first bytes."""
        (self._gates / "go").unlink(missing_ok=True)
        (self._gates / "die").unlink(missing_ok=True)

    def die(self) -> None:
        (self._gates / "die").touch()

    @property
    def begun(self) -> int:
        """How many archives were begun."""
        made = self._gates / "made"
        return len(made.read_text().splitlines()) if made.exists() else 0

    def processes(self) -> list[psutil.Process]:
        """Return the processes of this one that make archives."""
        found = []
        for child in psutil.Process(os.getpid()).children():
            with suppress(psutil.Error):  # Ended, and not waited for yet.
                if "fake_archiver" in child.cmdline():
                    found.append(child)
        return found


@pytest.fixture
def archiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archiver:
    gates = tmp_path / "archiver"
    gates.mkdir()
    source = Path(fake_archiver.__file__)
    monkeypatch.setattr(making, "MODULE", source.stem)
    # Builds may be run by fakes too, which are in the same directory.
    monkeypatch.setenv("PYTHONPATH", str(source.parent))
    monkeypatch.setenv(fake_archiver.GATES, str(gates))
    return Archiver(gates)
