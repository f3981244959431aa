from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_envstore.integration.conda_files import CondaFiles


@pytest.fixture
def home(tmp_path):
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


@pytest.fixture
def conda(home, tmp_path):
    """conda's files on a machine with only this home; variables are added to it."""

    def make(**variables):
        variables = {"HOME": str(home), "PATH": "", **variables}
        return CondaFiles(variables, system=(str(tmp_path / "etc"),))

    return make


def put(path: Path, text: str = "a: 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def root(tmp_path):
    """The prefix of a conda, with its program."""
    prefix = tmp_path / "conda"
    put(prefix / "conda-meta" / "history")
    program = put(prefix / "bin" / "conda")
    program.chmod(0o755)
    return prefix


def test_files_are_found_in_condas_order(conda, home, tmp_path, root):
    files = [
        put(tmp_path / "etc" / ".condarc"),
        put(tmp_path / "etc" / "condarc"),
        put(tmp_path / "etc" / "condarc.d" / "1.yml"),
        put(tmp_path / "etc" / "condarc.d" / "2.yaml"),
        put(root / ".condarc"),
        put(tmp_path / "xdg" / "conda" / "condarc"),
        put(home / ".config" / "conda" / ".condarc"),
        put(home / ".conda" / "condarc.d" / "x.yml"),
        put(home / ".condarc"),
        put(tmp_path / "prefix" / ".condarc"),
        put(tmp_path / "mine.yml"),
    ]
    put(tmp_path / "etc" / "condarc.d" / "README")
    put(tmp_path / "etc" / "condarc.d" / "old.yml.bak")
    found = conda(
        XDG_CONFIG_HOME=str(tmp_path / "xdg"),
        CONDA_PREFIX=str(tmp_path / "prefix"),
        CONDARC="$HOME/../mine.yml",
        CONDA_EXE=str(root / "bin" / "conda"),
    )
    assert list(found.paths()) == files
    assert [Path(file.path) for file in found.files_below()] == files[:-1]
    assert [Path(file.path) for file in conda().files_below()] == [*files[:4], *files[6:8]]


def test_the_written_file(conda, home, tmp_path):
    assert conda().written == home / ".condarc"
    assert conda(CONDARC="~/x/condarc").written == home / "x" / "condarc"
    assert conda().is_read(Path("/x/condarc"))
    assert conda().is_read(Path("/x/my.yaml"))
    assert not conda().is_read(Path("/x/conda.conf"))


def test_a_file_that_condarc_names_is_left_out_if_conda_leaves_it_out(conda, tmp_path):
    put(tmp_path / "conda.conf")
    assert conda(CONDARC=str(tmp_path / "conda.conf")).paths() == ()


def test_conda_is_found_by_its_program_or_on_the_path(conda, root, tmp_path):
    link = tmp_path / "bin" / "conda"
    link.parent.mkdir()
    link.symlink_to(root / "bin" / "conda")
    assert conda().root is None
    assert conda(CONDA_EXE=str(root / "bin" / "conda")).root == root
    assert conda(PATH=f"/nowhere{os.pathsep}{link.parent}").root == root
    assert conda(CONDA_EXE="/gone/bin/conda", PATH=str(link.parent)).root == root
    assert conda(MAMBA_ROOT_PREFIX="~/mamba").root == conda().home / "mamba"


def test_a_program_that_is_in_no_prefix_is_not_conda(conda, tmp_path):
    program = put(tmp_path / "usr" / "bin" / "conda")
    assert conda(CONDA_EXE=str(program)).root is None


def test_condas_own_folders_in_its_order(conda, root):
    found = conda(CONDA_ROOT=str(root))
    assert found.own_folders() == (f"{root}/envs", "~/.conda/envs")
    assert conda().own_folders() == ("~/.conda/envs",)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write to everything")
def test_a_read_only_conda_comes_second(conda, root):
    root.chmod(0o555)
    try:
        found = conda(CONDA_ROOT=str(root))
        assert found.own_folders() == ("~/.conda/envs", f"{root}/envs")
        assert not found.can_create_in(f"{root}/envs")
    finally:
        root.chmod(0o755)


def test_where_conda_could_make_an_environment(conda, home):
    found = conda(WORK=str(home))
    assert found.can_create_in("~/a/b/envs")
    assert found.can_create_in("$WORK/envs")
    put(home / "file")
    assert not found.can_create_in("~/file/envs")
    assert not found.can_create_in("/proc/1/envs")


def test_paths_are_expanded_as_conda_does(conda, home):
    found = conda(WORK="/w")
    assert found.expand("~/envs/") == f"{home}/envs"
    assert found.expand("${WORK}/x/../envs") == "/w/envs"
    assert found.expand("$UNKNOWN/envs") == f"{os.getcwd()}/$UNKNOWN/envs"  # noqa: PTH109
    assert found.expand("~other/envs").endswith("/~other/envs")


def test_settings_of_files_and_variables(conda, home):
    put(home / ".condarc", "channel_alias: https://h\n")
    settings = conda(CONDA_SSL_VERIFY="false").settings()
    assert settings.channel_alias == "https://h"
    assert settings.ssl_verify is False
    assert settings.files == (str(home / ".condarc"),)


def test_files_that_cannot_be_read_are_named(conda, home):
    (home / ".condarc").write_bytes(b"\xff")
    put(home / ".conda" / "condarc", "#" * 1_000_001)
    assert conda().settings().problems == (
        f"{home}/.conda/condarc has more than 1,000,000 bytes.",
        f"{home}/.condarc is not text in UTF-8.",
    )


def test_the_file_of_passwords(conda, home):
    assert conda().netrc is None
    assert conda(NETRC="~/none").netrc is None
    put(home / "_netrc")
    assert conda().netrc == home / "_netrc"
    put(home / ".netrc")
    assert conda().netrc == home / ".netrc"


def test_urls_with_stored_tokens(conda, home):
    assert conda().token_urls() == ()
    put(home / ".config" / "binstar" / "https%3A%2F%2Fapi.anaconda.org.token", "secret")
    assert conda().token_urls() == ("https://conda.anaconda.org",)
