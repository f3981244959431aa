from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlite_utils
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.store.listing import Listing, Page, Where, contains, literal

SORTABLE = {"word": "word", "number": "number", "id": "id"}


@contextmanager
def table(rows) -> Iterator[sqlite_utils.Database]:
    db = sqlite_utils.Database(memory=True)
    try:
        db.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, word TEXT, number INTEGER)")
        for word, number in rows:
            db.execute("INSERT INTO thing (word, number) VALUES (?, ?)", [word, number])
        yield db
    finally:
        db.conn.close()


def run(db, listing, where=None) -> Page:
    return listing.run(
        db,
        select="SELECT *",
        source="FROM thing",
        sortable=SORTABLE,
        default=("id",),
        read=lambda row: (row["id"], row["word"], row["number"]),
        where=where,
    )


rows = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=12)
orders = st.lists(st.sampled_from(["word", "number", "unknown"]), max_size=3).map(tuple)


@given(rows, orders, st.booleans(), st.integers(1, 5))
def test_pages_are_the_list_in_pieces(rows, sort_by, descending, size):
    with table(rows) as db:
        whole = run(db, Listing(sort_by=sort_by, descending=descending))
        pages = [
            run(db, Listing(page, size, sort_by, descending))
            for page in range(1, len(rows) // size + 2)
        ]
    assert [item for page in pages for item in page.items] == list(whole.items)
    assert all((page.count, page.size) == (len(rows), size) for page in pages)
    assert [page.page for page in pages] == list(range(1, len(pages) + 1))
    assert sorted(item[0] for item in whole.items) == list(range(1, len(rows) + 1))


@given(rows, orders, st.booleans())
def test_the_order_is_the_one_that_was_asked_for(rows, sort_by, descending):
    with table(rows) as db:
        items = run(db, Listing(sort_by=sort_by, descending=descending)).items
    columns = {"word": 1, "number": 2}
    known = [columns[name] for name in sort_by if name in columns]
    keys = [tuple(item[column] for column in [*known, 0]) for item in items]
    assert keys == sorted(keys, reverse=descending)


@pytest.mark.parametrize(
    ("page", "expected"), [(-1, [1, 2]), (0, [1, 2]), (2, [3]), (3, []), (2**62, []), (2**80, [])]
)
def test_pages_that_are_not_there(page, expected):
    with table([("a", 1), ("b", 2), ("c", 3)]) as db:
        found = run(db, Listing(page, size=2))
    assert [item[0] for item in found.items] == expected
    assert found.count == 3


def test_a_name_to_sort_by_is_never_put_into_the_query():
    with table([("a", 1)]) as db:
        found = run(db, Listing(sort_by=("id; DROP TABLE thing", "1")))
        assert found.count == run(db, Listing()).count == 1


def test_conditions_are_joined():
    where = Where().also("word = ?", "a").also("number BETWEEN ? AND ?", 1, 2)
    with table([("a", 1), ("a", 3), ("b", 1), ("a", 2)]) as db:
        found = run(db, Listing(size=1), where)
    assert (found.count, [item[0] for item in found.items]) == (2, [1])


def test_a_page_of_something_else():
    page = Page((1, 2), page=3, size=2, count=9).map(str)
    assert page == Page(("1", "2"), page=3, size=2, count=9)


# Letters whose case SQLite's LIKE knows, and everything that means something to it.
words = st.text("aAb%_\\'\" ", max_size=6)


@given(st.lists(words, max_size=8), words)
def test_a_search_finds_the_words_that_contain_it(stored, needle):
    with table([(word, 0) for word in stored]) as db:
        for pattern, matches in (
            (contains(needle), lambda word: needle.lower() in word.lower()),
            (literal(needle), lambda word: needle.lower() == word.lower()),
        ):
            found = run(db, Listing(), Where().also("word LIKE ? ESCAPE '\\'", pattern))
            expected = [word for word in stored if matches(word)]
            assert [item[1] for item in found.items] == expected
