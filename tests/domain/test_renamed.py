from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jupyter_envstore.domain.errors import InvalidInput
from jupyter_envstore.domain.renamed import renamed
from jupyter_envstore.domain.specification import from_model, parse_specification

TEXT = """# for maps
name: geo   # short
channels:
- conda-forge
dependencies: [numpy, {pip: [flask]}]
"""


def test_only_the_name_of_the_text_changes():
    after = renamed(parse_specification(TEXT), "maps")
    assert after.text == TEXT.replace("name: geo", "name: maps")
    assert parse_specification(after.text).model == after.model


@pytest.mark.parametrize("name", ["1.0", "true", "null", "@home", "~", "=", "-", "?a", "1e3", "&x"])
def test_a_name_that_yaml_would_take_for_something_else_is_put_in_quotes(name):
    after = renamed(parse_specification(TEXT), name)
    assert parse_specification(after.text).name == name
    assert after.text.startswith("# for maps\nname: ")
    assert after.text.endswith("{pip: [flask]}]\n")


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "geo", "dependencies": ["numpy"]}',
        "name: 'geo'\r\ndependencies: [numpy]\r\n",
        "dependencies: [numpy]\nname: geo",
    ],
)
def test_other_ways_to_write_it_stay_as_they_are(text):
    after = renamed(parse_specification(text), "maps")
    assert parse_specification(after.text).model == after.model
    assert after.text.replace("maps", "geo").replace("'", "") == text.replace("'", "")


def test_packages_from_the_settings_are_kept_and_not_written_into_the_text():
    asked = parse_specification(TEXT)
    before = replace(asked, dependencies=(*asked.dependencies, "ipykernel"))
    after = renamed(before, "maps")
    assert after.match_specs == ("numpy", "ipykernel")
    assert after.text == TEXT.replace("name: geo", "name: maps")


def test_channels_from_the_settings_are_kept_and_not_written_into_the_text():
    before = parse_specification("name: geo\n").with_default_channels(("conda-forge",))
    after = renamed(before, "maps")
    assert after.channels == ("conda-forge",)
    assert after.text == "name: maps\n"


@pytest.mark.parametrize("text", ["", "name: [", "- a\n- b\n", "name: other\ndependencies: [x]\n"])
def test_a_text_that_is_not_that_of_the_model_is_made_anew(text):
    model = parse_specification(TEXT).model
    after = renamed(from_model(model, text), "maps")
    assert json.loads(after.text) == {**model, "name": "maps"}
    assert parse_specification(after.text).model == after.model


def test_the_same_name_changes_nothing():
    before = parse_specification(TEXT)
    assert renamed(before, "geo") is before


@pytest.mark.parametrize("path", ["/opt/envs/x", "C:\\envs\\x"])
def test_a_path_for_a_name_is_none_and_gives_way_to_one(path):
    """`conda env export --prefix` names an environment so, if it is none of conda's own."""
    text = f"name: {path}\nchannels: [c]  # ours\ndependencies: [a=1=0]\n"
    read = parse_specification(text, needs_name=False)
    assert read.name == ""
    assert renamed(read, "mine").text == text.replace(path, "mine")
    with pytest.raises(InvalidInput):
        parse_specification(text)
