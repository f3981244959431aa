"""Lists of this store's rows with those of shared stores after them, page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..domain.shared_names import is_shared_id
from ..store.cursor import Cursor, Slice, read_cursor
from ..store.environments import SORTABLE
from ..store.listing import Listing, Page
from .views import BuildView, EnvironmentView

Row = TypeVar("Row")
SortValue = Callable[[Row, str], str]
"""Returns what a row is sorted by under one of the names that clients use."""


def with_shared(
    page: Page[Row], listing: Listing, shared: Sequence[Row], value: SortValue[Row]
) -> Page[Row]:
    """Return the page of a list in which `shared` follows what is ours; `page` has ours alone."""
    count = page.count + len(shared)
    size = max(count, 1) if listing.size is None else listing.size
    first = (max(listing.page, 1) - 1) * size - page.count
    ordered = _ordered(shared, listing.sort_by, value, descending=listing.descending)
    more = ordered[max(first, 0) : max(first + size, 0)]
    return Page((*page.items, *more), page.page, size, count)


def with_shared_after(
    cursor: str | None,
    limit: int,
    own: Callable[[str | None, int], Slice[EnvironmentView]],
    shared: Sequence[EnvironmentView],
    *,
    sort_by: Sequence[str],
    descending: bool,
) -> Slice[EnvironmentView]:
    """Return the environments after a cursor, in a list in which `shared` follows what is ours.

    `own` returns those of ours after a cursor, at most so many. Raises `Refused` for what is no
    cursor.
    """
    names = tuple(sort_by or SORTABLE)
    last = read_cursor(cursor, {name: SORTABLE[name] for name in names})

    def key(view: EnvironmentView) -> tuple[Any, ...]:
        return (*(environment_value(view, name) for name in names), view.environment.id)

    rest = sorted(shared, key=key, reverse=descending)
    if last is not None and is_shared_id(last.last_id):
        mark = (*(last.last_value[name] for name in names), last.last_id)
        rest = [view for view in rest if (key(view) < mark if descending else key(view) > mark)]
        found = own(None, 0)
    else:
        found = own(cursor, limit)
    more = rest[: limit - len(found.items)]
    if more:
        seen = Cursor(
            more[-1].environment.id, {name: environment_value(more[-1], name) for name in names}
        )
        found = Slice((*found.items, *more), seen.text(), found.count)
    return Slice(found.items, found.cursor, found.count + len(shared))


def environment_value(view: EnvironmentView, name: str) -> str:
    """Return what environments are sorted by under a name of `SORTABLE`."""
    environment = view.environment
    return {"namespace": environment.namespace, "name": environment.name}.get(name, "")


def build_value(view: BuildView, name: str) -> str:
    """Return what builds are sorted by: their id, or one of their times."""
    build = view.build
    moments = {
        "scheduled_on": build.scheduled_on,
        "started_on": build.started_on,
        "ended_on": build.ended_on,
    }
    if name in moments:
        moment = moments[name]
        return moment.isoformat() if moment else ""
    return f"{build.id:020}" if name == "id" else ""


def _ordered(
    rows: Sequence[Row], names: Sequence[str], value: SortValue[Row], *, descending: bool
) -> list[Row]:
    ordered = sorted(rows, key=lambda row: [value(row, name) for name in names])
    return ordered[::-1] if descending else ordered
