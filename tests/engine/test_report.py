from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import Phase
from jupyter_envstore.domain.events import PhaseEntered, Progress, Repeated, Warned
from jupyter_envstore.engine.protocol import EventWriter, read_events
from jupyter_envstore.engine.report import Report


class Told:
    """A report with a clock that the test sets, and what it told."""

    def __init__(self, directory: Path) -> None:
        self.now = 100.0
        self._files = [os.open(directory / name, os.O_WRONLY | os.O_CREAT) for name in ("e", "l")]
        self._directory = directory
        self.report = Report(EventWriter(self._files[0]), self._files[1], 0.25, lambda: self.now)

    @property
    def events(self) -> list[object]:
        return list(read_events(self._directory / "e")[0])

    @property
    def log(self) -> str:
        return (self._directory / "l").read_text()

    def close(self) -> None:
        for descriptor in self._files:
            os.close(descriptor)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    told = Told(tmp_path)
    yield told
    told.close()


def test_phases_are_timed_from_the_start_of_the_process(told: Told) -> None:
    told.report.enter(Phase.SOLVING)
    told.now += 2
    told.report.enter(Phase.LINKING)
    told.now += 0.5
    assert told.report.finish() == {"SOLVING": 2.0, "LINKING": 0.5}
    assert told.events == [PhaseEntered(Phase.SOLVING, 0.25), PhaseEntered(Phase.LINKING, 2.25)]
    assert "UTC] Solving environment" in told.log


def test_progress_is_told_at_most_ten_times_a_second(told: Told) -> None:
    told.report.enter(Phase.LINKING)
    for done in range(100):
        told.report.progress(Progress(Phase.LINKING, done, 100))
        told.now += 0.01
    told.report.progress(Progress(Phase.LINKING, 100, 100), last=True)
    progress = [event for event in told.events if isinstance(event, Progress)]
    assert 9 <= len(progress) <= 11
    assert progress[0].packages_done == 0
    assert progress[-1].packages_done == 100


def test_credentials_are_cut_out_of_everything(told: Told) -> None:
    url = "https://ann:secret@conda.example.org/t/tk-123/team"
    told.report.log(f"Channel {url}")
    told.report.warn(f"{url} is slow")
    told.report.repeat(f"{url} failed.", 1, 0.5)
    assert [type(event) for event in told.events] == [Warned, Repeated]
    assert "secret" not in told.log + str(told.events)
    assert "tk-123" not in told.log + str(told.events)
    assert "https://conda.example.org/team" in told.log
