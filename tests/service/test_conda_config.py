from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from jupyter_envstore.domain.errors import Conflict, NotFound, Refused
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.integration.conda_files import CondaFiles
from jupyter_envstore.integration.links import replace_link
from jupyter_envstore.service.conda_config import CondaConfigService
from jupyter_envstore.store.database import Database
from jupyter_envstore.store.namespaces import Namespaces
from tests.engine.running import Workshop
from tests.engine.tiny_channel import TinyChannel


class Machine:
    """A home, a conda and a store with two namespaces."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / "home"
        self.condarc = self.home / ".condarc"
        self.root = directory / "conda"
        self.store = directory / "store"
        for path in (self.home, self.root / "envs", self.root / "conda-meta", self.store):
            path.mkdir(parents=True)
        self.variables = {"HOME": str(self.home), "CONDA_ROOT": str(self.root), "PATH": ""}
        self.database = Database(str(directory / "envstore.db"))
        self.namespaces = Namespaces(self.database)
        for name in ("default", "team"):
            self.namespaces.create(name)

    def service(self, **settings) -> CondaConfigService:
        return CondaConfigService(
            namespaces=self.namespaces,
            layout=Layout(str(self.store)),
            settings=Settings(str(self.store), **settings),
            conda=CondaFiles(self.variables, system=(str(self.directory / "etc"),)),
        )

    def folder(self, namespace: str) -> Path:
        return self.store / namespace / "envs"

    def change(self, **values):
        service = self.service()
        return service.change(etag=service.state().etag, **values)

    def unregister_all(self):
        service = self.service()
        return service.unregister_all(etag=service.state().etag)

    def environment(self, folder: Path, name: str) -> Path:
        """Make what conda takes for an environment."""
        (folder / name / "conda-meta").mkdir(parents=True)
        return folder / name

    def envs_dirs(self) -> list[str]:
        return list(YAML(typ="rt").load(self.condarc.read_text())["envs_dirs"])


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path)
    yield machine
    machine.database.close()


def messages(state):
    return [warning.message for warning in state.warnings]


def test_without_a_file_one_is_made_with_condas_own_folders_first(machine):
    state = machine.service().state()
    assert (state.file, state.exists, state.problem) == (str(machine.condarc), False, None)
    assert [item.registered for item in state.namespaces] == [False, False]
    assert state.register.namespaces == ("default", "team")
    assert not machine.condarc.exists()

    state = machine.change(register=["team"])
    assert machine.envs_dirs() == [
        f"{machine.root}/envs",
        "~/.conda/envs",
        str(machine.folder("team")),
    ]
    assert [(item.namespace, item.registered) for item in state.namespaces] == [
        ("default", False),
        ("team", True),
    ]
    assert state.search_order == (
        f"{machine.root}/envs",
        f"{machine.home}/.conda/envs",
        str(machine.folder("team")),
    )


def test_the_diff_says_what_the_change_then_does(machine):
    machine.condarc.write_text("channels:\n  - x\nenvs_dirs:\n  - ~/mine\n# end\n")
    before = machine.condarc.read_text().splitlines()
    diff = machine.service().state(["team"]).register.diff
    machine.change(register=["team"])
    added = [line[1:] for line in diff.splitlines() if line.startswith("+  ")]
    assert added == [f"  - {machine.folder('team')}  # jupyter-envstore"]
    assert machine.condarc.read_text().splitlines() == [*before[:4], *added, before[4]]
    assert diff.startswith(f"--- {machine.condarc}\n+++ {machine.condarc}\n@@ -3,3 +3,4 @@\n")


def test_the_diff_has_no_secrets(machine):
    machine.condarc.write_text("channel_alias: https://me:s3cret@h/t/tk-1\n")
    assert "https://h" in machine.service().state().register.diff
    assert "s3cret" not in repr(machine.service().state())
    assert "tk-1" not in repr(machine.service().state())


@pytest.mark.parametrize(
    "content", [None, b"", b"{}\n", b"# mine\r\nchannels: [x]\r\n", b"\xef\xbb\xbfenvs_dirs: [~/e]"]
)
def test_unregister_all_gives_the_file_back(machine, content):
    if content is not None:
        machine.condarc.write_bytes(content)
    machine.change(register=["default"])
    machine.change(register=["team"])
    assert machine.service().state().backup == (
        None if content is None else f"{machine.condarc}.envstore-backup"
    )
    assert machine.unregister_all().backup is None
    assert (machine.condarc.read_bytes() if machine.condarc.exists() else None) == content


def test_the_backup_is_of_the_file_before_the_first_change(machine):
    backup = machine.home / ".condarc.envstore-backup"
    for content in ("channels: [x]\n", "envs_dirs: [~/e]\n"):
        machine.condarc.write_text(content)
        machine.change(register=["default"])
        machine.change(register=["team"])
        assert backup.read_text() == content
        machine.condarc.write_text(machine.condarc.read_text() + "# mine\n")
        machine.unregister_all()
        assert machine.condarc.read_text() == content + "# mine\n"
        assert backup.read_text() == content


def test_registering_and_unregistering_at_once(machine):
    machine.change(register=["default"])
    machine.change(register=["team"], unregister=["default"])
    assert machine.envs_dirs()[2:] == [str(machine.folder("team"))]


def test_a_change_for_another_state_of_the_file_is_refused(machine):
    service = machine.service()
    etag = service.state().etag
    machine.condarc.write_text("channels: [x]\n")
    with pytest.raises(Conflict, match="is not the file that this change was worked out for"):
        service.change(register=["team"], etag=etag)
    assert machine.condarc.read_text() == "channels: [x]\n"


def test_a_change_that_changes_nothing_writes_nothing(machine):
    machine.condarc.write_text("channels: [x]\n")
    machine.change(unregister=["team"])
    assert sorted(path.name for path in machine.home.iterdir()) == [".condarc"]


def test_namespaces_that_do_not_exist(machine):
    with pytest.raises(NotFound):
        machine.service().state(["nobody"])
    with pytest.raises(NotFound):
        machine.change(register=["nobody"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"envs_dirs: /a\n", "envs_dirs in line 1 is one value"),
        (b"a: [\n", "not valid YAML"),
        (b"\xff", "not text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_edited_is_explained_and_left(machine, content, reason):
    machine.condarc.write_bytes(content)
    state = machine.service().state()
    assert reason in state.problem.message
    assert state.register.problem == state.problem
    with pytest.raises(Refused, match=reason):
        machine.change(register=["team"])
    assert machine.condarc.read_bytes() == content


def test_what_cannot_be_read_is_explained(machine):
    machine.condarc.mkdir()
    state = machine.service().state()
    assert state.problem.message == f"{machine.condarc} cannot be read: Is a directory."
    assert state.unregister.problem == state.problem


def test_condarc_names_the_file(machine):
    machine.variables["CONDARC"] = "~/conda.yml"
    state = machine.change(register=["team"])
    assert state.file == f"{machine.home}/conda.yml"
    assert (machine.home / "conda.yml").exists()
    assert not machine.condarc.exists()


def test_a_file_that_conda_does_not_read_is_not_written(machine):
    machine.variables["CONDARC"] = "~/conda.conf"
    with pytest.raises(Refused, match=r"conda does not read .*conda\.conf"):
        machine.change(register=["team"])


def test_folders_of_other_files_stay_before_ours(machine):
    """A file of the machine names where environments are made: that must not change."""
    etc = machine.directory / "etc" / ".condarc"
    etc.parent.mkdir()
    etc.write_text("envs_dirs: [/data/envs]\n")
    state = machine.change(register=["team"])
    assert state.search_order[0] == "/data/envs"
    assert state.search_order[-1] == str(machine.folder("team"))
    assert [(file.path, file.envs_dirs) for file in state.other_files] == [
        (str(etc), ("/data/envs",)),
        (str(machine.condarc), ()),
    ][:1]


def test_a_list_that_conda_can_write_to_gets_only_our_folders(machine):
    machine.condarc.write_text("envs_dirs:\n  - ~/mine\n")
    machine.change(register=["team"])
    assert machine.envs_dirs() == ["~/mine", str(machine.folder("team"))]


def test_a_list_that_conda_cannot_write_to_gets_condas_own_folders_too(machine):
    machine.condarc.write_text("envs_dirs:\n  - /proc/1/envs\n")
    machine.change(register=["team"])
    assert machine.envs_dirs()[:-1] == ["/proc/1/envs", f"{machine.root}/envs", "~/.conda/envs"]


def test_a_folder_that_conda_would_read_as_another_is_refused(machine):
    machine.namespaces.create("a$HOME")
    with pytest.raises(Refused, match="it replaces the variable in it"):
        machine.change(register=["a$HOME"])


def test_one_name_in_two_namespaces_is_warned_of(machine):
    machine.environment(machine.folder("default"), "data")
    machine.environment(machine.folder("team"), "data")
    machine.environment(machine.folder("team"), "other")
    assert messages(machine.change(register=["team"])) == []
    assert messages(machine.change(register=["default"])) == [
        "data is in the namespace team and in the namespace default: conda takes the first."
    ]


def test_a_name_that_conda_has_itself_is_warned_of(machine):
    machine.environment(machine.root / "envs", "data")
    machine.environment(machine.root / "envs", "unrelated")
    machine.environment(machine.home / ".conda" / "envs", "unrelated")
    machine.environment(machine.folder("team"), "data")
    (warning,) = machine.change(register=["team"]).warnings
    assert warning.message == (
        f"data is in {machine.root}/envs and in the namespace team: conda takes the first."
    )
    assert str(machine.folder("team") / "data") in warning.hint


def test_a_list_that_ends_before_ours_is_warned_of(machine):
    etc = machine.directory / "etc" / "condarc"
    etc.parent.mkdir()
    etc.write_text("envs_dirs: #!final\n  - /data/envs\n")
    (warning,) = machine.change(register=["team"]).warnings
    assert warning.message == f"conda does not look at what {machine.condarc} says of envs_dirs."


def test_builds_without_links_are_warned_of(machine):
    machine.change(register=["team"])
    assert messages(machine.service(build_key_version=3).state()) == [
        "Builds of key version 3 have no link in envs: conda does not see them by name."
    ]


def test_the_settings_that_builds_take_are_listed(machine):
    machine.condarc.write_text(
        "channel_alias: https://me:s3cret@h\nclient_ssl_cert: /c.pem\nssl_verify: maybe/../ca.pem\n"
    )
    (machine.home / ".netrc").write_text("machine h login me password s3cret\n")
    shown = {item.name: item for item in machine.service().state().settings}
    assert shown["channel_alias"].value == "https://h"
    assert shown["channel_alias"].reason is None
    assert shown["client_ssl_cert"].reason == "the engine cannot present a client certificate"
    assert shown["netrc"].sources == (str(machine.home / ".netrc"),)
    settled = machine.service(settled=frozenset(["conda_channel_alias"])).state().settings
    assert settled[0].reason == "c.EnvStore.conda_channel_alias is set"
    assert "s3cret" not in repr(shown)


@pytest.fixture
def built(machine):
    """A build by the real engine, with a kernel, as the current build of team/work."""
    kernel = json.dumps({"argv": ["python"], "display_name": "Python", "language": "python"})
    tiny = TinyChannel(machine.directory / "channel")
    tiny.add("kernel", files={"share/jupyter/kernels/python3/kernel.json": kernel})
    shop = Workshop(machine.directory / "work", (tiny.url,))
    shop.root.mkdir()
    prefix = machine.store / "team" / "build-1"
    outcome = shop.build("kernel", prefix=str(prefix))
    assert outcome.finished.size > 0
    link = machine.folder("team") / "work"
    replace_link(link, prefix, store=machine.store)
    yield link
    for running in shop.started:
        running.end()


def kernels_that_conda_leads_to(folders):
    """Find kernels as `nb_conda_kernels` does: in every environment of every folder."""
    return {
        kernel
        for folder in folders
        for prefix in (Path(folder).iterdir() if Path(folder).is_dir() else ())
        if (prefix / "conda-meta" / "history").is_file()
        for kernel in prefix.glob("share/jupyter/kernels/*/kernel.json")
    }


def test_clients_that_read_envs_dirs_find_the_kernels(machine, built):
    """With the folder of kernels in the server switched off: by ``.condarc`` alone."""
    assert kernels_that_conda_leads_to(machine.service().state().search_order) == set()
    machine.change(register=["team"])
    folders = [os.path.expanduser(folder) for folder in machine.envs_dirs()]  # noqa: PTH111
    assert kernels_that_conda_leads_to(folders) == {
        built / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    }


@pytest.mark.skipif(
    "ENVSTORE_TEST_CONDA" not in os.environ,
    reason="ENVSTORE_TEST_CONDA does not name a conda program",
)
def test_conda_itself_finds_the_environment(machine, built):
    """By the name that users type, and it still makes new ones where it did."""
    machine.variables.pop("CONDA_ROOT")

    def conda(*arguments):
        command = [os.environ["ENVSTORE_TEST_CONDA"], *arguments, "--json"]
        variables = {**os.environ, "HOME": str(machine.home)}
        done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    before = conda("config", "--show", "envs_dirs")["envs_dirs"]
    machine.change(register=["team"])
    after = conda("config", "--show", "envs_dirs")["envs_dirs"]
    assert str(machine.folder("team")) in after
    assert after.index(f"{machine.home}/.conda/envs") < after.index(str(machine.folder("team")))
    assert set(after) == {*before, str(machine.folder("team"))}
    assert str(built) in conda("env", "list")["envs"]
    machine.unregister_all()
    assert conda("config", "--show", "envs_dirs")["envs_dirs"] == before
