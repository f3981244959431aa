"""When builds were last used."""

from __future__ import annotations

from sqlite_utils import Database


def m0016_uses(db: Database) -> None:
    """Of each build, the last moment at which a kernel of it was started or ended.

    The journal does not tell of it: that somebody works changes nothing for anybody else.
    """
    db.execute("ALTER TABLE build ADD COLUMN last_used_on TEXT")
