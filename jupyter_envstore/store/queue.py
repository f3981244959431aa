"""Whose turn it is: round robin over users, then over a user's environments, then oldest first.

The table ``turn`` keeps, for each user and environment, the number of the last turn they had.
The next turn is that of the waiting user whose last one is the longest ago, one who never had any
before all others; among this user's waiting environments it is the same. So nobody waits for more
than one build of every other user, whoever queues how many.

A build that was begun before, and queued again because its server ended, goes first: it has had
its turn, and takes no second one. `max_attempts` bounds how often that can be.
"""

from __future__ import annotations

import sqlite_utils

from ..domain.turns import Line, Waiting

# The index holds all that is asked for here: no row of a build, with its long texts, is read.
_CLAIM = """
WITH waiting AS (
    SELECT author, environment_id, min(id) AS oldest, max(attempts) > 0 AS begun
    FROM build INDEXED BY build_queue
    WHERE status = 'QUEUED'
    GROUP BY author, environment_id
)
UPDATE build SET status = 'BUILDING', owner = ?, started_on = ?, attempts = attempts + 1
WHERE id = (
    SELECT oldest
    FROM waiting
    LEFT JOIN turn ON turn.author = coalesce(waiting.author, '')
        AND turn.environment_id = waiting.environment_id
    ORDER BY
        begun DESC,
        (
            SELECT max(number) FROM turn AS had WHERE had.author = coalesce(waiting.author, '')
        ) NULLS FIRST,
        turn.number NULLS FIRST,
        oldest
    LIMIT 1
)
RETURNING id, coalesce(author, ''), environment_id, attempts
"""

_TAKE_TURN = """
INSERT INTO turn (author, environment_id, number)
VALUES (?, ?, (SELECT coalesce(max(number), 0) + 1 FROM turn))
ON CONFLICT (author, environment_id) DO UPDATE SET number = excluded.number
"""

# Turns only mean something to those who wait. Those of a user who does not wait are kept as long
# as others do: else it would pay to send one build at a time.
_FORGET_TURNS = """
DELETE FROM turn WHERE NOT EXISTS (SELECT 1 FROM build WHERE status = 'QUEUED')
"""


def claim_next(db: sqlite_utils.Database, owner: str, started_on: str) -> int | None:
    """Let `owner` build what is next, and return the id of that build; None if nothing waits.

    Part of a transaction that writes.
    """
    # All rows are fetched: SQLite carries a statement with RETURNING out as it is read.
    claimed = db.execute(_CLAIM, [owner, started_on]).fetchall()
    for _, author, environment_id, attempts in claimed:
        if attempts == 1:
            db.execute(_TAKE_TURN, [author, environment_id])
    db.execute(_FORGET_TURNS)
    return claimed[0][0] if claimed else None


def read_queue(db: sqlite_utils.Database) -> tuple[list[Waiting], dict[Line, int]]:
    """Return what waits, and the number of the last turn of each author and environment."""
    waiting = db.execute(
        "SELECT id, coalesce(author, ''), environment_id, attempts > 0"
        " FROM build INDEXED BY build_queue WHERE status = 'QUEUED'"
    )
    turns = db.execute("SELECT author, environment_id, number FROM turn")
    return (
        [Waiting(row[0], (row[1], row[2]), bool(row[3])) for row in waiting.fetchall()],
        {(row[0], row[1]): row[2] for row in turns.fetchall()},
    )
