from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.path_lengths import PathRules, PathTooLong, extended, without_extended

RECORDED = json.loads((Path(__file__).parent / "vectors" / "build_keys.json").read_text())
POSIX = PathRules(store_directory="/s")


def windows(**changes):
    return PathRules(**{"windows": True, "store_directory": r"C:\Users\ada\.envstore", **changes})


# -- everywhere -----------------------------------------------------------------------------------


def test_255_characters_pass_and_256_do_not():
    POSIX.check_prefix("/" + "x" * 254)
    with pytest.raises(PathTooLong) as refused:
        POSIX.check_prefix("/" + "x" * 255)
    assert refused.value.message == RECORDED["path_length_boundary"]["len==256"].partition(": ")[2]
    assert "256 characters" in refused.value.hint
    for advice in ("c.EnvStore.store_directory", "shorter names", "build_key_version = 2 or 3"):
        assert advice in refused.value.hint


@pytest.mark.parametrize(
    ("version", "helps", "does_not"),
    [
        (1, ["shorter names", "build_key_version = 2 or 3."], []),
        (2, ["shorter names", "build_key_version = 3."], ["2 or 3"]),
        (3, ["store_directory closer"], ["shorter names", "or set"]),
    ],
)
def test_only_what_helps_a_build_of_this_version_is_advised(version, helps, does_not):
    with pytest.raises(PathTooLong) as refused:
        PathRules(key_version=version).check_prefix("x" * 256)
    assert [advice for advice in helps if advice not in refused.value.hint] == []
    assert [advice for advice in does_not if advice in refused.value.hint] == []


@given(st.integers(1, 400))
def test_characters_are_counted_and_not_bytes(length):
    prefix = "/" + "ü" * (length - 1)
    if length <= 255:
        POSIX.check_prefix(prefix)
    else:
        with pytest.raises(PathTooLong):
            POSIX.check_prefix(prefix)


# -- Windows --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "longest"),
    [
        (windows(), 247),
        (windows(long_paths_enabled=False), 247),
        (windows(win_extended_length_prefix=True), 255),
        (windows(long_paths_enabled=True), 255),
        (POSIX, 255),
    ],
    ids=["MAX_PATH", "LongPathsEnabled is off", "extended prefix", "LongPathsEnabled", "POSIX"],
)
def test_the_longest_prefix(rules, longest):
    """CreateDirectory of Windows keeps room for a name of 8.3 characters: 260 - 12."""
    rules.check_prefix("x" * longest)
    with pytest.raises(PathTooLong):
        rules.check_prefix("x" * (longest + 1))


@pytest.mark.parametrize("length", [100, 200])
def test_files_of_packages_count_on_windows(length):
    windows().check_file("x" * length, 258 - length)
    with pytest.raises(PathTooLong) as refused:
        windows().check_file("x" * length, 259 - length)
    assert "260 characters" in refused.value.message
    assert "error 206" in refused.value.message


@pytest.mark.parametrize(
    "rules",
    [windows(win_extended_length_prefix=True), windows(long_paths_enabled=True), POSIX],
)
def test_files_of_packages_do_not_count_elsewhere(rules):
    rules.check_file("x" * 250, 1000)


def test_the_extended_prefix_does_not_count():
    rules = windows(win_extended_length_prefix=True)
    rules.check_prefix("\\\\?\\" + "x" * 255)
    with pytest.raises(PathTooLong):
        rules.check_prefix("\\\\?\\" + "x" * 256)
    windows().check_file("\\\\?\\" + "x" * 200, 58)
    with pytest.raises(PathTooLong, match="260 characters"):
        windows().check_file("\\\\?\\" + "x" * 200, 59)


@pytest.mark.parametrize(
    ("path", "long"),
    [
        (r"C:\e\k", r"\\?\C:\e\k"),
        (r"\\server\share\k", r"\\?\UNC\server\share\k"),
    ],
)
def test_the_extended_form_of_a_path_and_back(path, long):
    assert extended(path) == long
    assert extended(long) == long
    assert without_extended(long) == path
    assert without_extended(path) == path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "win_extended_length_prefix = True, which is not set."),
        ({"win_extended_length_prefix": True}, "_prefix = True, which is set already."),
        ({"long_paths_enabled": None}, "LongPathsEnabled), which could not be read."),
        ({"long_paths_enabled": False}, "which is off."),
        ({"long_paths_enabled": True}, "which is on already."),
        ({"store_directory": "D:\\e"}, "root of the drive, which is D:\\e, 4 characters."),
        ({"key_version": 1}, "c.EnvStore.build_key_version = 3, which is 1 for this build."),
        ({"key_version": 3}, "c.EnvStore.build_key_version = 3, which is set already."),
    ],
)
def test_the_four_remedies_say_which_of_them_hold_here(changes, said):
    text = windows(**changes).remedies()
    assert said.replace("LongPathsEnabled)", "FileSystem)") in text
    for remedy in (
        "1: c.EnvStore.win_extended_length_prefix = True",
        r"2: LongPathsEnabled = 1 in the registry (HKEY_LOCAL_MACHINE\SYSTEM\Current",
        "3: a c.EnvStore.store_directory closer to the root",
        "4: c.EnvStore.build_key_version = 3",
    ):
        assert remedy in text
