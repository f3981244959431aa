"""Secrets go through whole builds of a real server, and are nowhere afterwards or meanwhile."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from jupyter_envstore.handlers.endpoints import ROUTER
from tests.builder.waiting import wait_for
from tests.engine.private_server import PrivateServer
from tests.engine.simple_index import add_wheel
from tests.engine.tiny_channel import TinyChannel

from .server_process import ServerProcess

SECRET = "5entine1-5entine1"
ENDED = ("COMPLETED", "FAILED", "CANCELED")


class Site:
    """A server whose user has secrets: in ``.condarc``, ``.netrc``, and in what they send."""

    def __init__(self, root: Path, local_channel: str) -> None:
        self.home = root / "h"
        self.store = root / "s"
        self.repodata = root / "r"
        for name in ("tokens/mine", "passwords/mine"):
            channel = TinyChannel(root / name)
            channel.add("alpha")
            channel.add("beta", depends=["alpha"], subdir="noarch")
        add_wheel(root / "index", "greeter", "1.2")
        self.tokens = PrivateServer(root / "tokens", token=SECRET)
        self.passwords = PrivateServer(root / "passwords", password=("me", SECRET))
        self.index = PrivateServer(root / "index", password=("me", SECRET))
        self.python = local_channel
        temporary = root / "t"
        temporary.mkdir()
        self.places = (self.home, self.store, self.repodata, temporary)
        self.server = ServerProcess(
            self.home,
            {
                "store_directory": self.store,
                "repodata_cache_directory": self.repodata,
                "storage_threshold": 0,
            },
            {"TMPDIR": str(temporary)},
        )

    def write_secrets(self) -> None:
        """Where the user's programs look for them; nowhere else may they be found."""
        with_password = f"http://me:{SECRET}@127.0.0.1:{self.passwords.port}/mine"
        condarc = self.home / ".condarc"
        condarc.write_text(
            f"channel_alias: {self.tokens.url}/t/{SECRET}\nchannels: ['{with_password}']\n"
        )
        netrc = self.home / ".netrc"
        netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
        netrc.chmod(0o600)
        self.own = {condarc, netrc}

    def build(self, name: str, channel: str, *dependencies: object) -> dict[str, object]:
        specification = {"name": name, "channels": [channel], "dependencies": dependencies}
        body = {"specification": json.dumps(specification), "namespace": "ns"}
        build_id = self.server.request("POST", "specification/", body)["build_id"]

        def ended() -> dict[str, object] | None:
            build = self.server.build(build_id)
            return build if build["status"] in ENDED else None

        return wait_for(ended, f"the build {name} ends", 120)

    def files_with_secrets(self) -> list[Path]:
        found = []
        for place in self.places:
            for path in place.rglob("*"):
                with suppress(OSError):
                    if path.is_file() and path not in self.own and SECRET in _text(path):
                        found.append(path)
        return found

    def replies(self, builds: int) -> Iterator[tuple[str, str]]:
        """Every reply of the API that is read, for each of the builds."""
        for operation in ROUTER.operations:
            if operation.method != "GET":
                continue
            for number in range(1, builds + 1):
                values = {name: number for name in operation.parameters if name.endswith("_id")}
                path = operation.path.format(
                    **{"namespace": "ns", "name": "token", **values, "solve": "x"}
                )
                yield path, self.read(path, operation.root)
                if not values:
                    break

    def read(self, path: str, root: str = "api/v1", **headers: str) -> str:
        base = self.server.url + "/".join(part for part in ("envstore", root) if part)
        headers = {"Authorization": "token token-of-the-test", **headers}
        request = urllib.request.Request(f"{base}/{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return str(reply.read().decode("utf-8", "replace"))
        except urllib.error.HTTPError as error:
            return str(error.read().decode("utf-8", "replace"))


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


@contextmanager
def watched(server: ServerProcess) -> Iterator[set[str]]:
    """Look at command line and variables of every process of the server's, again and again."""
    seen: set[str] = set()
    stop = threading.Event()

    def look() -> None:
        root = psutil.Process(server.process.pid)
        while not stop.wait(0.01):
            for process in (root, *root.children(recursive=True)):
                with suppress(psutil.Error):
                    said = [*process.cmdline(), *map("=".join, process.environ().items())]
                    seen.update(said)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def site(tmp_path: Path, local_channel: str) -> Iterator[Site]:
    site = Site(tmp_path, local_channel)
    with ExitStack() as servers:
        servers.callback(site.server.stop)
        for private in (site.tokens, site.passwords, site.index):
            servers.enter_context(private.serve())
        site.write_secrets()
        site.server.wait_until_ready()
        yield site


def test_a_secret_is_nowhere_but_where_the_user_has_put_it(site: Site, python: str) -> None:
    with_password = f"http://me:{SECRET}@127.0.0.1:{site.passwords.port}/mine"
    index = f"http://me:{SECRET}@127.0.0.1:{site.index.port}/simple"
    with watched(site.server) as seen:
        token = site.build("token", f"{site.tokens.url}/t/{SECRET}/mine", "beta")
        password = site.build("password", with_password, "beta")
        pip = site.build("pip", site.python, python, {"pip": [f"--index-url {index}", "greeter"]})
        nothing = site.build("nothing", f"{site.tokens.url}/t/{SECRET}/nothing", "beta")
        wrong = site.build("wrong", with_password, "no-such-package")
        no_wheel = site.build(
            "wheel", site.python, python, {"pip": [f"--index-url {index}", "no-such-wheel"]}
        )
        solved = site.server.request(
            "POST",
            "solve/",
            {"specification": f"name: s\nchannels: ['{with_password}']\ndependencies: [beta]\n"},
        )
    # It was needed, and it was used.
    for build in (token, password, pip):
        assert build["status"] == "COMPLETED", build["status_info"]
    for build in (nothing, wrong, no_wheel):
        assert build["status"] == "FAILED"
    assert [package["name"] for package in solved["packages"]] == ["alpha", "beta"]
    assert site.index.asked
    (greeter,) = site.server.request("GET", f"build/{pip['id']}/packages/?search=greeter")
    assert (greeter["manager"], greeter["version"], greeter["requested"]) == ("pip", "1.2", True)
    assert greeter["url"].startswith(f"{site.index.url}/")
    assert greeter["sha256"]

    for headers in (
        {"Authorization": f"Bearer envs_1_{SECRET}"},
        {"Authorization": f"Basic {SECRET}"},
        {"X-Api-Key": SECRET, "Cookie": f"conda-store-auth={SECRET}"},
    ):
        site.read("permission/", **headers)
    for query in (
        {"channel": with_password, "conda": "alpha"},
        {"channel": f"{site.tokens.url}/t/{SECRET}/mine", "conda": "a b c d"},
        {"conda": f"http://me:{SECRET}@127.0.0.1/x.conda"},
        {"conda": "alpha", "pip": f"--index-url {index}"},
    ):
        asked = site.read(f"specification/?{urllib.parse.urlencode(query)}")
        assert SECRET not in asked
    site.read(f"package/?{urllib.parse.urlencode({'size': 0, 'channel': with_password})}")
    replies = list(site.replies(builds=6))
    assert len(replies) > 40
    for path, reply in replies:
        assert SECRET not in reply, path
    assert SECRET not in json.dumps([token, password, pip, nothing, wrong, no_wheel, solved])
    assert len(seen) > 20
    assert [said for said in seen if SECRET in said] == []
    site.server.stop()
    # The database, with every table, is one of these files, and so is the server's log.
    assert site.files_with_secrets() == []
    assert (site.store / ".envstore" / "envstore.db").stat().st_size > 0
    assert site.server.log.stat().st_size > 0
