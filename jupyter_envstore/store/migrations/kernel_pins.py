"""Builds that have their kernels for themselves."""

from __future__ import annotations

from sqlite_utils import Database

from .notes_and_history import JOURNAL_BUILD_AND_NOTES_CHANGED

_KERNEL_PINS = (
    """
    ALTER TABLE build
    ADD COLUMN kernel_pinned INTEGER NOT NULL DEFAULT 0 CHECK (kernel_pinned IN (0, 1))
    """,
    # Few builds have it, and they are asked for with every publishing.
    "CREATE INDEX build_kernel_pinned ON build (environment_id) WHERE kernel_pinned",
    "DROP TRIGGER journal_build_changed",
)

JOURNAL_BUILD_AND_PINS_CHANGED = JOURNAL_BUILD_AND_NOTES_CHANGED.replace(
    "pinned, note, tags ON build", "pinned, kernel_pinned, note, tags ON build"
).replace(
    "OR OLD.pinned IS NOT NEW.pinned",
    "OR OLD.pinned IS NOT NEW.pinned\n        OR OLD.kernel_pinned IS NOT NEW.kernel_pinned",
)


def m0009_kernel_pins(db: Database) -> None:
    """A build can have its kernels for itself."""
    for statement in (*_KERNEL_PINS, JOURNAL_BUILD_AND_PINS_CHANGED):
        db.execute(statement)
