"""SQLite and files: what is true after a restart."""

from __future__ import annotations
