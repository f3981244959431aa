"""The order of versions, as conda has it: ``1.10`` comes after ``1.9``, ``1.0rc1`` before ``1.0``.

The function loads rattler (about 50 ms the first time): a server calls it in a thread.
"""

from __future__ import annotations


def compare_versions(one: str, other: str) -> int:
    """Return a negative number if `one` is older than `other`, 0 if they are equal, else positive.

    What is no version to conda, as a few of pip's are not, is older than everything that is, and
    compared as text with its like.
    """
    from rattler import Version
    from rattler.exceptions import InvalidVersionError

    def read(text: str) -> Version | None:
        try:
            return Version(text)
        except InvalidVersionError:
            return None

    first, second = read(one), read(other)
    if first is None or second is None:
        if first is None and second is None:
            return (one > other) - (one < other)
        return -1 if first is None else 1
    return (first > second) - (first < second)
