"""The file of the index: one environment is replaced as if the whole had been written anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.builder.index_file import read_index, write_environment, write_index

names = st.sampled_from(["a", "b", "b-1", "é", "data science"])
texts = st.text(max_size=20) | st.sampled_from(['", "namespace": "a", "name": "b"', "\u2028\n]"])
owners = st.tuples(names, names)


def snapshot(environments, kernels, namespaces=("a",)):
    return {
        "format": 2,
        "store_id": "one",
        "store_directory": "/store",
        "namespaces": [{"id": number, "name": name} for number, name in enumerate(namespaces)],
        "environments": [
            {"id": number, "namespace": owner[0], "name": owner[1], "description": text}
            for number, (owner, text) in enumerate(sorted(environments.items()))
        ],
        "kernels": [
            {"name": f"k{number}", "display_name": text, "namespace": o[0], "environment": o[1]}
            for number, (o, text) in enumerate(kernels)
        ],
    }


def of_one(whole, owner):
    return {
        **whole,
        "environments": [e for e in whole["environments"] if (e["namespace"], e["name"]) == owner],
        "kernels": [k for k in whole["kernels"] if (k["namespace"], k["environment"]) == owner],
    }


@given(
    before=st.dictionaries(owners, texts, max_size=5),
    owner=owners,
    news=st.none() | texts,
    kernels=st.lists(st.tuples(owners, texts), max_size=6),
    more=st.lists(texts, max_size=2),
)
def test_the_file_is_that_of_the_whole(tmp_path_factory, before, owner, news, kernels, more):
    directory = tmp_path_factory.getbasetemp()
    whole, changed = str(directory / "whole.json"), str(directory / "changed.json")
    after = {key: text for key, text in before.items() if key != owner}
    if news is not None:
        after[owner] = news
    others = [kernel for kernel in kernels if kernel[0] != owner]
    new_snapshot = snapshot(after, [*others, *((owner, text) for text in more)], ("a", "b"))
    write_index(whole, new_snapshot)

    # The ids are those of the places: others keep theirs only if they are the same before.
    old = json.loads(json.dumps(new_snapshot))
    old["namespaces"] = []
    for key in ("environments", "kernels"):
        kept = of_one(old, owner)[key]
        old[key] = [item for item in old[key] if item not in kept]
    if owner in before:
        gone = {"id": 9, "namespace": owner[0], "name": owner[1], "description": before[owner]}
        old["environments"].append(gone)
    write_index(changed, old)
    assert write_environment(changed, of_one(new_snapshot, owner), owner)
    assert read_index(changed) == read_index(whole)
    assert Path(changed).read_bytes() == Path(whole).read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "not an index",
        '{\n "format": 1\n}\n',
        None,
        (
            '{\n "format": 2,\n "store_id": "one",\n "store_directory": "/store",\n'
            ' "namespaces": [],\n "environments": null,\n "kernels": []\n}\n'
        ),
    ],
)
def test_nothing_is_kept_of_another_file(tmp_path, text):
    path = tmp_path / "index.json"
    if text is None:
        write_index(str(path), {**snapshot({}, []), "store_id": "another"})
    else:
        path.write_text(text)
    known = path.read_bytes()
    assert not write_environment(str(path), snapshot({("a", "b"): ""}, []), ("a", "b"))
    assert path.read_bytes() == known


def test_a_file_that_says_the_same_is_not_touched(tmp_path):
    path = tmp_path / "index.json"
    whole = snapshot({("a", "b"): "x"}, [(("a", "b"), "y")])
    write_index(str(path), whole)
    known = path.stat()
    assert write_environment(str(path), whole, ("a", "b"))
    write_index(str(path), whole)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (known.st_ino, known.st_mtime_ns)
