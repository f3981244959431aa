from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from jupyter_envstore.domain.condarc import ALIASES, read, register, unregister
from jupyter_envstore.domain.errors import Refused

from .condarc_texts import condarcs

OURS = ("/home/u/.envstore/default/envs", "/home/u/.envstore/team/envs")
CONDAS = ("/opt/conda/envs", "~/.conda/envs")


def settings(text):
    """What YAML says, read by the round-trip loader that conda reads its files with."""
    return dict(YAML(typ="rt").load(text.removeprefix("\ufeff")) or {})


def without_envs_dirs(text):
    return {key: value for key, value in settings(text).items() if key not in ALIASES}


def is_plain(text):
    """Brackets get no comments, so nothing but our folders can be added to them."""
    return re.search(r"^\ufeff?envs_(?:dirs|path): \[(?!\])", text, re.MULTILINE) is None


@given(condarcs(), st.booleans())
def test_register_adds_our_folders_last_and_unregister_gives_the_file_back(text, with_condas):
    before = CONDAS if with_condas and is_plain(text) else ()
    there = read(text)

    changed = register(text, OURS, before=before)

    assert read(changed).entries == (*there.entries, *before, *OURS)
    assert read(changed).alias == (there.alias or "envs_dirs")
    assert without_envs_dirs(changed) == without_envs_dirs(text)
    assert unregister(changed, OURS) == text


@given(condarcs(), st.permutations(OURS), st.permutations(OURS))
def test_namespaces_come_and_go_in_any_order(text, coming, going):
    before = CONDAS if is_plain(text) else ()
    changed = text
    for folder in coming:
        changed = register(changed, [folder], before=before)
        before = ()
    changed = unregister(changed, [going[0]])
    assert read(changed).entries[-1] == going[1]
    assert unregister(changed, [going[1]]) == text


@given(condarcs())
def test_every_line_outside_ours_stays_to_the_byte(text):
    changed = register(text, OURS, before=CONDAS if is_plain(text) else ())
    if text.startswith("\ufeff"):
        assert changed.startswith("\ufeff")
        text, changed = text[1:], changed[1:]
    if "# jupyter-envstore" not in changed:  # Brackets: ours are in the line itself.
        assert changed.replace("".join(f", {folder}" for folder in OURS), "") == text
        return
    kept = [
        line.replace("# jupyter-envstore, instead of: ", "")
        for line in changed.splitlines(keepends=True)
        if not line.rstrip("\r\n").endswith(("# jupyter-envstore", "stays before the store"))
    ]
    assert "".join(kept).rstrip("\r\n") == text.rstrip("\r\n")


@given(condarcs())
def test_registering_twice_changes_nothing(text):
    once = register(text, OURS)
    assert register(once, OURS, before=CONDAS) == once
    assert unregister(text, OURS) == text


def test_a_file_that_we_made_is_taken_away():
    made = register(None, OURS[:1], before=CONDAS)
    assert made == (
        "# Made by jupyter-envstore\n"
        "envs_dirs:  # jupyter-envstore\n"
        "  - /opt/conda/envs  # jupyter-envstore: stays before the store\n"
        "  - ~/.conda/envs  # jupyter-envstore: stays before the store\n"
        "  - /home/u/.envstore/default/envs  # jupyter-envstore\n"
    )
    assert unregister(made, OURS) is None
    assert unregister(made + "channels: [x]\n", OURS) == "channels: [x]\n"


@pytest.mark.parametrize(
    ("end", "left"),
    [
        ("  - /mine\n", "envs_dirs:\n  - /mine\n"),
        ("channels: [x]\n", "channels: [x]\n"),
        ("  # why\n", "  # why\n"),
    ],
)
def test_what_the_user_adds_meanwhile_stays(end, left):
    changed = register("", OURS, before=CONDAS) + end
    assert unregister(changed, OURS) == left


@pytest.mark.parametrize(
    ("text", "added", "left"),
    [
        ("{}\n", "channels: [x]\n", "\nchannels: [x]\n"),
        ("{}\n", "  - /mine\n", "\nenvs_dirs:\n  - /mine\n"),
        ("envs_dirs: []\n", "  - /mine\n", "envs_dirs: \n  - /mine\n"),
        ("envs_dirs: []\n", "channels: [x]\n", "envs_dirs: []\nchannels: [x]\n"),
    ],
)
def test_what_was_empty_comes_back_only_if_it_still_is(text, added, left):
    assert unregister(register(text, OURS, before=CONDAS) + added, OURS) == left


def test_the_folders_of_another_store_keep_condas_before_them():
    first = register("a: 1\n", ["/store1/envs"], before=CONDAS)
    both = register(first, ["/store2/envs"])
    assert read(unregister(both, ["/store1/envs"])).entries == (*CONDAS, "/store2/envs")
    assert unregister(unregister(both, ["/store1/envs"]), ["/store2/envs"]) == "a: 1\n"


def test_a_file_that_lost_its_comments_gives_our_folders_back():
    changed = register("a: 1\n", OURS, before=CONDAS)
    bare = "".join(f"{line.split('  #')[0]}\n" for line in changed.splitlines())
    assert read(unregister(bare, OURS)).entries == CONDAS
    assert unregister("a: 1\nenvs_dirs:\n- /s/envs\n", ["/s/envs"]) == "a: 1\n"
    assert unregister("envs_dirs: [/s/envs, /b]\n", ["/s/envs"]) == "envs_dirs: [/b]\n"


def test_two_spellings_of_a_folder_are_one():
    def expand(path):
        return path.replace("~", "/home/u")

    text = "envs_dirs:\n  - ~/.envstore/default/envs\n"
    assert register(text, OURS[:1], expand=expand) == text
    assert unregister(text, OURS[:1], expand=expand) == ""


@pytest.mark.parametrize("folder", ["/a b/envs", "/x: y/envs", "/a #b/envs", "/ü/envs", '/"/envs'])
def test_unusual_folders_are_quoted(folder):
    for text in ("", "envs_dirs:\n- /a\n", "envs_dirs: [/a]\n"):
        changed = register(text, [folder])
        assert settings(changed)["envs_dirs"][-1] == folder
        assert unregister(changed, [folder]) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("envs_dirs: /a\n", "envs_dirs in line 1 is one value, where conda expects a list"),
        ("a: 1\nenvs_dirs:\n", "envs_dirs in line 2 is nothing"),
        ("envs_dirs:\n  a: 1\n", "is one value"),
        ("envs_dirs:\n  - 1\n", "entry in line 2 that is not a folder"),
        ("envs_dirs:\n  - [/a]\n", "entry in line 2 that is not a folder"),
        ("envs_dirs: [/a]\nenvs_path: [/b]\n", "both envs_dirs and envs_path"),
        ("envs_dirs: [/a]\nenvs_dirs: [/b]\n", "not valid YAML"),
        ("a: [\n", "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("- a\n", "not a mapping"),
        ("just text\n", "not a mapping"),
        ("{channels: [x]}\n", "one mapping in braces"),
        ("x: &x [/a]\nenvs_dirs: *x\n", "an alias"),
        ("envs_dirs: &x\n  - /a\nb: *x\n", "cannot be edited"),
        ("envs_dirs: [\n]\n", "cannot be edited"),
        ("a: |\n  text", "cannot be edited"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_the_reason(text, reason):
    with pytest.raises(Refused, match=reason.replace("[", r"\[")) as refused:
        register(text, OURS)
    assert refused.value.hint


def test_brackets_cannot_say_which_folders_are_condas():
    with pytest.raises(Refused, match="conda can write to none of the folders in envs_path"):
        register("envs_path: [/read-only]\n", OURS, before=CONDAS)
