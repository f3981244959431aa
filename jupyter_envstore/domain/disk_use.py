"""What directories occupy when files have links in several of them.

A hard-linked file comes back only when its last link goes. So a directory is not a number of
bytes but a `Tree`: what is its own, and its links to files that others have, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Inode = tuple[int, int]
"""Device and number: what tells one file from another, however many names it has."""


class Links(NamedTuple):
    """A file that others may have, too. `size` is the bytes that it occupies on disk."""

    size: int
    here: int
    """How many of its names are in this tree."""
    everywhere: int
    """How many names it has in all."""


@dataclass(frozen=True)
class Tree:
    """What one directory, or several together, occupy. Bytes on disk, as ``du`` counts them."""

    own: int = 0
    """Of the files whose every name is in this tree, and of directories and symbolic links."""
    shared: Mapping[Inode, Links] = field(default_factory=dict)
    """The files that have names elsewhere."""

    @property
    def size(self) -> int:
        """Bytes of all its files, each counted once."""
        return self.own + sum(links.size for links in self.shared.values())


def occupied(trees: Iterable[Tree]) -> int:
    """Return the bytes that trees occupy together, a file that several have counted once."""
    own = 0
    shared: dict[Inode, int] = {}
    for tree in trees:
        own += tree.own
        shared.update((inode, links.size) for inode, links in tree.shared.items())
    return own + sum(shared.values())


class Removal:
    """Trees that go, one after the other, and what each of them gives back."""

    def __init__(self) -> None:
        self._gone: dict[Inode, int] = {}

    def take(self, tree: Tree) -> int:
        """Let a tree go; return the bytes that come back now that the earlier ones are gone."""
        back = tree.own
        for inode, links in tree.shared.items():
            gone = self._gone.get(inode, 0) + links.here
            self._gone[inode] = gone
            if gone >= links.everywhere:
                back += links.size
        return back

    def would_clear(self, tree: Tree) -> bool:
        """Tell whether nobody would have a link to any file of the tree if it went, too."""
        return all(
            self._gone.get(inode, 0) + links.here >= links.everywhere
            for inode, links in tree.shared.items()
        )


class Group:
    """Trees that count together, a shared file once: what they occupy while some of them go.

    Unlike in a `Removal`, names outside of the group do not matter.
    """

    def __init__(self, trees: Iterable[Tree] = ()) -> None:
        self._holders: dict[Inode, int] = {}
        self.size = 0
        for tree in trees:
            self.add(tree)

    def add(self, tree: Tree) -> None:
        self.size += tree.own
        for inode, links in tree.shared.items():
            holders = self._holders.get(inode, 0)
            self._holders[inode] = holders + 1
            if holders == 0:
                self.size += links.size

    def remove(self, tree: Tree) -> None:
        """Take a tree out that was added."""
        self.size -= tree.own
        for inode, links in tree.shared.items():
            self._holders[inode] -= 1
            if self._holders[inode] == 0:
                self.size -= links.size
