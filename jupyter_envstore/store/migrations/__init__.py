"""The schema, step by step: a module for each subject, registered here in their order.

Tables and triggers are plain SQL: sqlite-utils' ``table.transform()`` would drop the triggers.
"""

from __future__ import annotations

from sqlite_utils import Migrations

from .access import m0005_access
from .archives import m0011_archives
from .artifacts_by_type import m0015_artifacts_by_type
from .first_schema import TRIGGERS as FIRST_TRIGGERS
from .first_schema import m0001_first_schema
from .imports import m0013_imports
from .kernel_pins import m0009_kernel_pins
from .lists import m0007_lists
from .lockfiles import m0010_lockfiles
from .notes_and_history import HISTORY_TRIGGERS, m0006_notes_and_history
from .pins_and_queue import m0002_pins_and_turns, m0003_queue, m0004_unknown_builds
from .settings_and_durations import COUNT_DURATION, MOVE_SETTINGS, m0008_settings_and_durations
from .shelving import JOURNAL_BUILD_AND_SHELF_CHANGED, m0014_shelving
from .uses import m0016_uses
from .watched_files import m0012_watched_files

migrations = Migrations("jupyter_envstore")

for _step in (
    m0001_first_schema,
    m0002_pins_and_turns,
    m0003_queue,
    m0004_unknown_builds,
    m0005_access,
    m0006_notes_and_history,
    m0007_lists,
    m0008_settings_and_durations,
    m0009_kernel_pins,
    m0010_lockfiles,
    m0011_archives,
    m0012_watched_files,
    m0013_imports,
    m0014_shelving,
    m0015_artifacts_by_type,
    m0016_uses,
):
    migrations()(_step)

TRIGGERS = (
    *(sql for sql in FIRST_TRIGGERS if "TRIGGER journal_build_changed" not in sql),
    JOURNAL_BUILD_AND_SHELF_CHANGED,
    *HISTORY_TRIGGERS,
    MOVE_SETTINGS,
    COUNT_DURATION,
)
"""Every trigger as it is after the last migration."""
