from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_envstore.domain.build import PackageRow
from jupyter_envstore.domain.diff import (
    Direction,
    compare_lists,
    compare_packages,
    compare_specifications,
)
from jupyter_envstore.domain.specification import parse_specification
from jupyter_envstore.engine.versions import compare_versions

NUMPY = PackageRow("numpy", "1.9", "0", "https://example.org/c", sha256="a" * 64)


def difference(before, after):
    return compare_packages(before, after, compare_versions)


def test_the_same_packages_do_not_differ():
    same = difference([NUMPY], [NUMPY])
    assert (same.added, same.removed, same.changed, same.unchanged) == ((), (), (), 1)


def test_what_came_and_what_went():
    scipy = replace(NUMPY, name="scipy")
    found = difference([NUMPY], [scipy])
    assert (found.added, found.removed, found.changed) == ((scipy,), (NUMPY,), ())


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("1.9", "1.10", Direction.UP),  # As text it would be the older one.
        ("1.10", "1.9", Direction.DOWN),
        ("1.0", "1.0rc1", Direction.DOWN),
        ("1.0", "1.0.0", Direction.SAME),
        ("2026.1", "1!1.0", Direction.UP),
    ],
)
def test_versions_go_up_and_down_by_conda_s_order(before, after, direction):
    (changed,) = difference(
        [replace(NUMPY, version=before)], [replace(NUMPY, version=after)]
    ).changed
    assert (changed.direction, changed.what) == (direction, ("version",))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"build": "1"}, ("build",)),
        ({"channel": "https://example.org/d", "subdir": "linux-64"}, ("channel", "subdir")),
        ({"sha256": "b" * 64}, ("archive",)),
    ],
)
def test_the_same_version_may_be_another_package(change, what):
    (changed,) = difference([NUMPY], [replace(NUMPY, **change)]).changed
    assert (changed.direction, changed.what) == (Direction.SAME, what)


def test_a_hash_that_is_not_known_is_no_difference():
    assert difference([NUMPY], [replace(NUMPY, sha256=None)]).unchanged == 1


def test_pip_s_names_are_one_however_they_are_written_and_never_conda_s():
    pip = replace(NUMPY, name="My_Package", manager="pip")
    assert difference([pip], [replace(pip, name="my.package")]).unchanged == 1
    mixed = difference([NUMPY], [replace(NUMPY, manager="pip")])
    assert (len(mixed.added), len(mixed.removed)) == (1, 1)


def test_lists_tell_additions_removals_and_order():
    assert not compare_lists("ab", "ab")
    found = compare_lists("abc", "cad")
    assert (found.added, found.removed, found.reordered) == (("d",), ("b",), True)
    assert not compare_lists("ab", "ba", ordered=False)


def test_specifications_differ_in_text_and_in_what_they_mean():
    before = parse_specification(
        "name: a\nchannels: [x, y]\ndependencies: [numpy, {pip: [flask]}]\n"
    )
    after = parse_specification(
        "name: a\nchannels: [y, x]\ndependencies: [{pip: [flask]}, 'numpy<2']\nvariables: {A: 1}\n"
    )
    found = compare_specifications(before, after, ("build 1", "build 2"))
    assert found.text.startswith("--- build 1\n+++ build 2\n")
    assert {"-channels: [x, y]", "+channels: [y, x]"} < set(found.text.splitlines())
    assert found.channels.reordered
    assert (found.dependencies.added, found.dependencies.removed) == (("numpy<2",), ("numpy",))
    assert not found.pip
    assert found.variables.added == ("A=1",)


def test_a_comment_is_a_difference_of_the_text_alone():
    before = parse_specification("name: a\n")
    found = compare_specifications(before, parse_specification("# why\nname: a\n"))
    assert found.text.endswith("+# why\n name: a")
    assert not any((found.channels, found.dependencies, found.pip, found.variables))
