"""The events of a build, also at the moment when it ends and its directory goes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.engine.protocol import EVENTS_FILE
from jupyter_envstore.service.progress import BuildProgress


def test_no_event_is_missed_while_the_build_ends(tmp_path: Path):
    layout = Layout(str(tmp_path))
    attempt, kept = Path(layout.attempt(7, 2)), Path(layout.events(7, 2))
    attempt.mkdir(parents=True)
    kept.parent.mkdir(parents=True)
    Path(layout.events(7, 1)).write_text('{"type": "first"}\n')
    (attempt / EVENTS_FILE).write_text('{"type": "second"}\n')

    class Ending(BuildProgress):
        def events_file(self, build):
            """Look for the file when it has just been moved."""
            file = super().events_file(build)
            if file.exists():
                file.rename(kept)
            return file

    builds = SimpleNamespace(get=lambda _: SimpleNamespace(id=7, attempts=2))
    for progress in (BuildProgress(layout, builds), Ending(layout, builds)):
        events, number = progress.events_since(7, 0)
        assert [event["type"] for event in events] == ["first", "second"]
        assert number == 2
