from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.integration.kernel_directories import CONTENT, fill, take_away

SCRIPT = "activate.sh"


@pytest.fixture
def make_revision(tmp_path):
    def make(name: str, *files: str) -> Path:
        revision = tmp_path / "kernels" / ".revisions" / name
        revision.mkdir(parents=True)
        content = {"display_name": name, "metadata": {"envstore": {}}}
        (revision / CONTENT).write_text(json.dumps(content))
        for file in (SCRIPT, *files):
            (revision / file).write_text(f"{file} of {name}")
        return revision

    return make


@pytest.fixture
def kernel(tmp_path) -> Path:
    return tmp_path / "kernels" / "envstore-bob-data-python3"


def files(directory: Path) -> dict[str, str]:
    return {entry.name: entry.read_text() for entry in directory.iterdir()}


def test_a_directory_has_the_files_of_its_revision_and_no_others(kernel, make_revision):
    one, other = make_revision("one", "logo.svg", "old.png"), make_revision("other", "logo.svg")
    for revision in (one, other, one):
        assert fill(kernel, revision, but=SCRIPT)
        expected = files(revision)
        del expected[SCRIPT]
        assert files(kernel) == expected
        assert not fill(kernel, revision, but=SCRIPT)
    assert sorted(files.name for files in one.parent.iterdir()) == ["one", "other"]


def test_what_is_taken_away_leaves_nothing(kernel, make_revision):
    revision = make_revision("one")
    fill(kernel, revision, but=SCRIPT)
    assert take_away(kernel, revision.parent)
    assert not take_away(kernel, revision.parent)
    assert [entry.name for entry in kernel.parent.iterdir()] == [".revisions"]
    assert [entry.name for entry in revision.parent.iterdir()] == ["one"]


@pytest.mark.parametrize("foreign", ["file", "link", "dangling link", "nothing of ours", "another"])
def test_what_is_foreign_is_never_touched(kernel, make_revision, tmp_path, foreign):
    revision, elsewhere = make_revision("one"), tmp_path / "elsewhere"
    fill(elsewhere, revision, but=SCRIPT)
    if foreign == "file":
        kernel.write_text("x")
    elif foreign == "link":
        kernel.symlink_to(elsewhere)
    elif foreign == "dangling link":
        kernel.symlink_to(tmp_path / "nowhere")
    else:
        kernel.mkdir()
        if foreign == "another":
            (kernel / CONTENT).write_text(json.dumps({"display_name": "x", "metadata": {}}))
    before = kernel.lstat()
    for step in (
        lambda: fill(kernel, revision, but=SCRIPT),
        lambda: take_away(kernel, revision.parent),
    ):
        with pytest.raises(Conflict, match="foreign"):
            step()
    assert kernel.lstat() == before
