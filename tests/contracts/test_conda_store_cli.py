"""conda-store's own command line, unchanged, against a server at a base URL with a prefix.

What its versions cannot do with any server is not tried: ``--artifact logs`` without a file name
ends in a traceback there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.builder.waiting import wait_for
from tests.journeys.server_process import TOKEN, ServerProcess, running

MANY = 103
"""More than conda-store's clients are told on one page."""
LONG = "x" * 200
"""With names like this no prefix would fit: such builds fail at once, and nothing is installed."""


@dataclass
class CommandLine:
    """The program ``conda-store`` of this Python, with a token."""

    url: str
    directory: Path
    token: str = TOKEN
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        variables = {
            "CONDA_STORE_URL": self.url,
            "CONDA_STORE_AUTH": "token",
            "CONDA_STORE_TOKEN": self.token,
            "TMPDIR": str(self.directory),
            "COLUMNS": "400",
            **self.variables,
        }
        done = subprocess.run(
            [sys.executable, "-m", "conda_store", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.directory,
            env={**os.environ, **variables},
        )
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--output", "json").stdout)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, local_channel: str) -> Iterator[ServerProcess]:
    """A server with the environment ``ns/tools`` (build 1), and many that have failed."""
    root = tmp_path_factory.mktemp("c")
    traits = {
        "store_directory": root / "s",
        "repodata_cache_directory": root / "repodata",
        "storage_threshold": 0,
    }
    with running(root / "home", base_url="/user/x/", **traits) as server:
        server.submit("python", channels=(local_channel,), name="tools")
        for number in range(MANY):
            server.submit("x", channels=(local_channel,), name=f"{LONG}{number}")
        wait_for(lambda: server.build(1)["status"] == "COMPLETED", "the build ends", 120)
        yield server


@pytest.fixture
def conda_store(server: ServerProcess, tmp_path: Path) -> CommandLine:
    return CommandLine(f"{server.url}envstore", tmp_path)


def test_info(conda_store: CommandLine) -> None:
    said = conda_store.run("info").stdout
    assert "Default namespace is default" in said
    assert "Authenticated True" in said
    assert "environment::read" in said


def test_a_url_with_a_slash_at_its_end(conda_store: CommandLine) -> None:
    conda_store.url += "/"
    assert "Authenticated True" in conda_store.run("info").stdout


def test_a_name_and_a_password(server: ServerProcess, tmp_path: Path) -> None:
    """The password is the server's token. The program has no cookies for a host without a name."""
    url = f"{server.url}envstore".replace("127.0.0.1", "localhost")
    variables = {"CONDA_STORE_AUTH": "basic", "CONDA_STORE_USERNAME": "ann"}
    known = CommandLine(url, tmp_path, variables={**variables, "CONDA_STORE_PASSWORD": TOKEN})
    assert "Authenticated True" in known.run("info").stdout
    assert len(known.json("list", "build", "--status", "COMPLETED")) == 1
    lock = json.loads(Path(known.run("download", "ns/tools").stdout).read_text())
    assert "python" in {package["name"] for package in lock["package"]}
    wrong = CommandLine(url, tmp_path, variables={**variables, "CONDA_STORE_PASSWORD": "wrong"})
    assert "403" in wrong.run("info", check=False).stderr


def test_a_token_does_what_it_is_bound_to(conda_store: CommandLine, tmp_path: Path) -> None:
    """Defect 18 of conda-store: ``--expiration`` is ignored."""
    bound = ("--namespace", "ns", "--permission", "ns/*:viewer", "--expiration", "300")
    token = conda_store.run("token", *bound).stdout.strip()
    viewer = CommandLine(conda_store.url, tmp_path, token)
    said = viewer.run("info").stdout
    assert "Default namespace is ns" in said
    assert "build::delete" not in said
    assert "tools" in viewer.run("list", "environment").stdout
    expired = conda_store.run("token", "--expiration", "-5", check=False).stdout.strip()
    refused = CommandLine(conda_store.url, tmp_path, expired).run("info", check=False)
    assert refused.returncode != 0


def test_more_environments_than_fit_on_a_page(conda_store: CommandLine) -> None:
    """Defect 18 of conda-store: an endless loop."""
    listed = conda_store.json("list", "environment")
    assert len(listed) == MANY + 1
    assert len({env["id"] for env in listed}) == MANY + 1
    assert "tools" in conda_store.run("list", "environment").stdout
    failed = conda_store.json("list", "environment", "--status", "FAILED")
    assert len(failed) == MANY


def test_more_builds_than_fit_on_a_page(conda_store: CommandLine) -> None:
    """Defect 18 of conda-store: the second page is refused."""
    listed = conda_store.json("list", "build")
    assert [build["id"] for build in listed] == list(range(1, MANY + 2))


@pytest.mark.parametrize("kind", ["environment", "build"])
def test_filters(conda_store: CommandLine, kind: str) -> None:
    """Defects 10 and 18 of conda-store: 422 for filters, 500 for packages."""
    one = conda_store.json("list", kind, "--status", "COMPLETED")
    assert len(one) == 1
    for artifact in ("LOCKFILE", "CONDA_PACK"):
        assert conda_store.json("list", kind, "--artifact", artifact) == one
    assert len(conda_store.json("list", kind, "--package", "python")) == 1
    assert conda_store.json("list", kind, "--package", "python", "--package", "none") == []


def test_namespaces(conda_store: CommandLine, server: ServerProcess) -> None:
    assert [found["name"] for found in conda_store.json("list", "namespace")] == ["default", "ns"]


@pytest.mark.parametrize("uri", ["1", "ns/tools", "ns/tools:1"])
def test_wait(conda_store: CommandLine, uri: str) -> None:
    conda_store.run("wait", uri, "--timeout", "30", "--interval", "1")


@pytest.mark.parametrize("artifact", ["lockfile", "yaml", "archive"])
def test_wait_for_an_artifact(conda_store: CommandLine, artifact: str) -> None:
    conda_store.run("wait", "1", "--artifact", artifact, "--timeout", "30")


def test_waiting_for_what_has_failed(conda_store: CommandLine) -> None:
    done = conda_store.run("wait", f"ns/{LONG}0", check=False)
    assert done.returncode == 1
    assert "failed" in done.stderr


def test_download_of_the_lockfile(conda_store: CommandLine) -> None:
    lock = json.loads(Path(conda_store.run("download", "ns/tools").stdout).read_text())
    assert "python" in {package["name"] for package in lock["package"]}


def test_download_of_the_yaml(conda_store: CommandLine) -> None:
    path = conda_store.run("download", "1", "--artifact", "yaml").stdout
    assert Path(path).read_text().startswith("name: tools\nchannels:\n")


def test_download_of_the_log(conda_store: CommandLine) -> None:
    to = ("--output-filename", "log.txt")
    path = conda_store.run("download", "1", "--artifact", "logs", *to).stdout
    assert "Executing transaction:" in Path(path).read_text()


def test_download_of_the_archive(conda_store: CommandLine, server: ServerProcess) -> None:
    path = conda_store.run("download", "1", "--artifact", "archive").stdout
    with tarfile.open(path, "r:gz") as archive:
        names = archive.getnames()
    assert {"bin/activate", "bin/conda-unpack", "bin/python"} <= set(names)
    assert len(names) == len(set(names))
    # What is unpacked is no build of a store any more.
    assert not {"conda-meta/envstore", "conda-meta/frozen"} & set(names)
    assert not [name for name in names if name.endswith("EXTERNALLY-MANAGED")]


def test_run(conda_store: CommandLine) -> None:
    code = "import sys, sysconfig; print(sys.prefix, sysconfig.get_paths()['stdlib'])"
    said = conda_store.run("run", "ns/tools", "--", "python", "-c", code).stdout.split()
    prefix = conda_store.directory / "conda-store" / "1"
    assert said == [str(prefix), f"{prefix}/lib/python3.{sys.version_info.minor}"]
    # Unpacked already.
    again = conda_store.run("run", "1", "--", "python", "-c", "print(6 * 7)").stdout
    assert again.strip() == "42"


def test_solve(conda_store: CommandLine, local_channel: str, tmp_path: Path) -> None:
    """Defect 18 of conda-store: packages without names."""
    file = tmp_path / "environment.yml"
    file.write_text(f"name: x\nchannels: [{local_channel}]\ndependencies: [python]\n")
    solved = conda_store.json("solve", str(file))
    assert "python" in {package["name"] for package in solved}
    assert "Total Size" in conda_store.run("solve", str(file)).stdout


def test_errors_are_told_in_a_line(conda_store: CommandLine) -> None:
    done = conda_store.run("download", "999", check=False)
    assert done.returncode == 1
    assert "Error downloading build 999" in done.stderr
