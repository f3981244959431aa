"""What the namespaces of shared stores are called here, and by which numbers clients know theirs.

A namespace of another store is ``<label>:<namespace>``; our own names never have a colon. The ids
of its environments and builds become numbers above `FIRST_ID`, which ours never reach: 20 bits
tell the store, 32 hold its own id. JavaScript can represent all of them (they are below 2**53).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePath

from .names import name_problem

SEPARATOR = ":"
FIRST_ID = 1 << 52
MAX_OWN_ID = (1 << 32) - 1
"""The greatest id of another store's that has a number here."""

_SLOTS = 1 << 20
# A path is absolute, or begins with a tilde: what comes before it can only be a label.
_LABELLED = re.compile(r"(?:(?P<label>[^/\\=~]+)=)?(?P<directory>.+)", re.DOTALL)
_UNTOLD = frozenset(["envstore", ".envstore", "store"])
"""Last parts of paths by which stores cannot be told apart."""


@dataclass(frozen=True)
class SharedStoreSetting:
    """One store that the configuration lists: what it is called here, and where it is."""

    label: str
    directory: str


def shared_namespace(label: str, namespace: str) -> str:
    """Return what the namespace of a shared store is called here."""
    return f"{label}{SEPARATOR}{namespace}"


def is_shared_name(namespace: str) -> bool:
    """Tell whether a namespace can only be one of a shared store's."""
    return SEPARATOR in namespace


def label_of(namespace: str) -> str:
    """Return the label that begins the name of a shared store's namespace."""
    return namespace.partition(SEPARATOR)[0]


def slot_of(store_id: str) -> int:
    """Return the number of a store: of its id alone, so that it stays the same everywhere."""
    return int.from_bytes(hashlib.sha256(store_id.encode()).digest()[:4], "big") % _SLOTS


def shared_id(slot: int, own_id: int) -> int:
    """Return the number of what has this id in its own store; `own_id` <= `MAX_OWN_ID`."""
    return FIRST_ID + (slot << 32) + own_id


def is_shared_id(number: int) -> bool:
    """Tell whether a number can only be one of a shared store's."""
    return number >= FIRST_ID


def slot_of_id(number: int) -> int:
    """Return the number of the store that something with this number is in."""
    return (number >> 32) % _SLOTS


def own_id(number: int) -> int:
    """Return the id, in its own store, of what has this number here."""
    return number & MAX_OWN_ID


def listed_stores(listed: Iterable[str]) -> tuple[SharedStoreSetting, ...]:
    """Return the stores of a list of directories, each with or without ``<label>=`` before it.

    A store without a label is called after the last part of its path that tells it apart. Raises
    ValueError for a label that cannot begin a namespace's name, or is there twice.
    """
    entries = [_LABELLED.match(text) for text in listed]
    given = [entry["label"] for entry in entries if entry and entry["label"]]
    for label in given:
        if problem := name_problem(label, "label"):
            raise ValueError(problem[0])
        if given.count(label) > 1:
            raise ValueError(f"two stores have the label {label!r}")
    taken = set(given)
    stores = []
    for entry in entries:
        if entry is not None:
            label = entry["label"] or _free_label(entry["directory"], taken)
            taken.add(label)
            stores.append(SharedStoreSetting(label, entry["directory"]))
    return tuple(stores)


def _free_label(directory: str, taken: Collection[str]) -> str:
    parts = [part for part in reversed(PurePath(directory).parts) if part not in _UNTOLD]
    label = re.sub(r"[^A-Za-z0-9-+_@$&?^~.=]+", "-", parts[0] if parts else "").strip("-.")
    label = label or "shared"
    number = 2
    free = label
    while free in taken:
        free = f"{label}{number}"
        number += 1
    return free
