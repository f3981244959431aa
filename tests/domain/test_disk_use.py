"""Bytes that come back, against a file system that is a dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.disk_use import Group, Links, Removal, Tree, occupied

names = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 9)),  # A name: its directory and a number.
    st.integers(0, 7),  # The file that it is a link to.
    max_size=30,
)


def size_of(file: int) -> int:
    return 1 << file


def bytes_on_disk(disk: dict[tuple[int, int], int]) -> int:
    return sum(size_of(file) for file in set(disk.values()))


def tree_of(disk: dict[tuple[int, int], int], directory: int) -> Tree:
    """Measure a directory as `store.disk_use` does."""
    own, shared = 0, {}
    inside = [file for name, file in disk.items() if name[0] == directory]
    for file in set(inside):
        links = Links(size_of(file), inside.count(file), list(disk.values()).count(file))
        if links.here == links.everywhere:
            own += links.size
        else:
            shared[1, file] = links
    return Tree(own, shared)


@given(names, st.lists(st.integers(0, 4), unique=True))
def test_what_comes_back_is_what_the_disk_gains(disk, order):
    trees = {directory: tree_of(disk, directory) for directory in order}
    removal = Removal()
    rest = dict(disk)
    for directory in order:
        before = bytes_on_disk(rest)
        rest = {name: file for name, file in rest.items() if name[0] != directory}
        assert removal.take(trees[directory]) == before - bytes_on_disk(rest)


@given(names, st.sets(st.integers(0, 4)), st.integers(0, 4))
def test_a_tree_is_cleared_when_no_name_of_its_files_is_left(disk, gone, directory):
    removal = Removal()
    for other in gone - {directory}:
        removal.take(tree_of(disk, other))
    files = {file for name, file in disk.items() if name[0] == directory}
    left = {file for name, file in disk.items() if name[0] not in gone | {directory}}
    assert removal.would_clear(tree_of(disk, directory)) == files.isdisjoint(left)


@given(names, st.sets(st.integers(0, 4)), st.sets(st.integers(0, 4)))
def test_a_group_counts_each_file_once(disk, members, leaving):
    trees = {directory: tree_of(disk, directory) for directory in members}
    group = Group(trees.values())
    for directory in members & leaving:
        group.remove(trees[directory])
    inside = {name: file for name, file in disk.items() if name[0] in members - leaving}
    assert group.size == bytes_on_disk(inside)
    assert group.size == occupied(trees[directory] for directory in members - leaving)
