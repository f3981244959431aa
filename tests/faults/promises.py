"""What becomes of a build after a fault: the promises of the design, as one function."""

from __future__ import annotations

from .observed import Row
from .plan import Fault
from .stage import MAX_ATTEMPTS, demand


def check_after_the_servers_death(
    before: dict[int, Row], after: dict[int, Row], max_attempts: int = MAX_ATTEMPTS
) -> str:
    """Check each build against what the database said when the server died; say what became.

    What had ended stays as it was; what was queued is built; what was running is canceled if that
    was asked for, else built in the next attempt, else FAILED when there is none left.
    """
    said = []
    for row in before.values():
        now = after.get(row.id)
        if row.deleted:
            demand(now is None or now.deleted, f"build {row.id} was deleted, and is back")
            continue
        if now is None:
            demand(False, f"build {row.id}, which was {row.status}, is lost")
            continue
        status, attempts = _promised(row, max_attempts)
        demand(
            (now.status, now.attempts) == (status, attempts),
            f"build {row.id} was {row.status} in attempt {row.attempts}; promised is {status} in"
            f" attempt {attempts}, and it is {now.status} in attempt {now.attempts}: {now.info}",
        )
        if row.status != status:
            said.append(f"{row.id}: {row.status} -> {status}, attempt {attempts}")
    new = sorted(after.keys() - before.keys())
    demand(
        all(after[number].status == "COMPLETED" for number in new),
        f"builds that were not known at the death: {new}",
    )
    return "; ".join(said) or "nothing had to be repeated"


def _promised(row: Row, max_attempts: int) -> tuple[str, int]:
    if row.status == "QUEUED":
        return "COMPLETED", row.attempts + 1
    if row.status != "BUILDING":
        return row.status, row.attempts
    if row.flagged:
        return "CANCELED", row.attempts
    if row.attempts >= max_attempts:
        return "FAILED", row.attempts
    return "COMPLETED", row.attempts + 1


def check_after_the_childs_death(rows: dict[int, Row], fault: Fault) -> str:
    """Check the newest build, whose process was killed: FAILED at once, unless it had finished."""
    newest = rows[max(rows)]
    finished = fault.event == "finished" and not any("tear" in deed for deed in fault.deeds)
    promised = "COMPLETED" if finished else "FAILED"
    demand(
        (newest.status, newest.attempts) == (promised, 1),
        f"promised is {promised} in attempt 1; build {newest.id} is {newest.status} in attempt"
        f" {newest.attempts}: {newest.info}",
    )
    demand(finished or "killed" in newest.info or "ended" in newest.info, f"why? {newest.info}")
    return f"{newest.id}: {promised}; built again when asked"
