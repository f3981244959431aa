from __future__ import annotations

import json

import pytest

from jupyter_envstore.domain.file_kinds import kind_of

ENVIRONMENT = "name: geo\nchannels: [conda-forge]\ndependencies: [numpy]\n"
EXPLICIT = "# platform: linux-64\n@EXPLICIT\nhttps://example.org/c/noarch/a-1-0.conda#0\n"
CONDA_LOCK = {"version": 1, "metadata": {"platforms": ["linux-64"]}, "package": []}
PIXI = '[workspace]\nchannels = ["conda-forge"]\n[dependencies]\nnumpy = "*"\n'
OLD_PIXI = '[project]\nchannels = ["conda-forge"]\n\n[dependencies]\nnumpy = "*"\n'
PROJECT = '[build-system]\nrequires = []\n\n[project]\nname = "x"\ndependencies = ["numpy"]\n'


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ENVIRONMENT, "environment.yml"),
        ("dependencies:\n- numpy\n", "environment.yml"),
        ('{"name": "geo", "dependencies": []}', "environment.yml"),
        ("\ufeffname: geo\n", "environment.yml"),
        ("", "environment.yml"),
        ("- numpy\n- scipy\n", "environment.yml"),
        ("flask>=3\nnumpy\n", "requirements.txt"),
        ("# mine\n-r other.txt\n", "requirements.txt"),
        ("name @ https://example.org/a.whl\n", "requirements.txt"),
        ("./here\n", "requirements.txt"),
        ("_libgcc_mutex=0.1=main\n", "requirements.txt"),
        (EXPLICIT, "explicit"),
        (EXPLICIT.replace("\n", "\r\n"), "explicit"),
        (json.dumps(CONDA_LOCK), "conda-lock"),
        (json.dumps(CONDA_LOCK, indent=4), "conda-lock"),
        ("version: 1\nmetadata:\n  platforms: []\npackage:\n- name: a\n", "conda-lock"),
        ("version: 6\nenvironments:\n  default: {}\npackages:\n- conda: x\n", "pixi.lock"),
        (PIXI, "pixi.toml"),
        (OLD_PIXI, "pixi.toml"),
        (PROJECT, "pyproject.toml"),
        ('[project]\nname = "x"\n', "pyproject.toml"),
        ('[project]\nname = "x"\n\n[tool.pixi.workspace]\nchannels = []\n', "pyproject.toml"),
    ],
)  # fmt: skip
def test_what_a_text_says_tells_what_it_is(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "filename", "kind"),
    [
        ("", "requirements.txt", "requirements.txt"),
        ("", "C:\\work\\requirements-dev.in", "requirements.txt"),
        ("", "pixi.toml", "pixi.toml"),
        ("", "sub/pyproject.toml", "pyproject.toml"),
        ('[project]\nname = "x"\n', "pixi.toml", "pixi.toml"),
        (EXPLICIT, "environment.yml", "explicit"),
        (json.dumps(CONDA_LOCK), "lock.yml", "conda-lock"),
        (ENVIRONMENT, "conda-lock.yml", "environment.yml"),
        (ENVIRONMENT, "requirements.txt", "environment.yml"),
        ("numpy", "environment.yaml", "environment.yml"),
        ("version: 5\n", "pixi.lock", "pixi.lock"),
    ],
)
def test_the_name_decides_where_the_text_does_not(text, filename, kind):
    assert kind_of(text, filename) == kind


@pytest.mark.parametrize("text", ["{" * 100_000, '{"a": ' * 50_000, "[" * 100_000, " " * 200_000])
def test_a_text_made_to_be_hard_to_read_is_told_at_once(text):
    assert kind_of(text) in ("environment.yml", "pyproject.toml")
