"""Where pip's packages come from: indexes that ask who comes, archives, and lockfiles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.domain.build import PackageRow, Phase
from jupyter_envstore.domain.conda_lock import conda_lock_text
from jupyter_envstore.domain.events import PhaseEntered, Progress
from jupyter_envstore.domain.explicit import explicit_text
from jupyter_envstore.domain.lockfiles import read_lock
from jupyter_envstore.domain.pinned import pinned_environment
from jupyter_envstore.domain.pixi_lock import pixi_lock_text
from jupyter_envstore.domain.specification import Specification, parse_specification

from .private_server import PrivateServer
from .running import Outcome, Workshop
from .simple_index import add_wheel
from .tiny_channel import TinyChannel

SECRET = "s3cret"
NOBODY = "http://127.0.0.1:9/simple"
"""An index that nobody serves."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PrivateServer]:
    """An index that wants a name and a password, with packages that need each other."""
    root = tmp_path / "index"
    root.mkdir()
    server = PrivateServer(root, password=("me", SECRET))
    needs = ("helper>=1", "polite; extra == 'polite'", "elsewhere; sys_platform == 'win32'")
    add_wheel(root, "greeter", "1.2", requires=needs, extras=("polite",))
    for name in ("helper", "polite", "elsewhere"):
        add_wheel(root, name, "1.0")
    with server.serve():
        yield server


@pytest.fixture
def shops(workshop: Workshop, local_channel: str, tmp_path: Path) -> Iterator[list[Workshop]]:
    """Two stores with caches of their own."""
    workshop.channels = (local_channel,)
    other = Workshop(tmp_path / "other", (local_channel,))
    other.root.mkdir()
    yield [workshop, other]
    for running in other.started:
        running.end()


Build = Callable[..., Outcome]


@pytest.fixture
def build(server: PrivateServer, tmp_path: Path) -> Build:
    """Build in a store as a user whose ``.netrc`` has the password; it is left nowhere."""
    home = tmp_path / "home"
    home.mkdir()
    netrc = home / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    netrc.chmod(0o600)

    def build(shop: Workshop, *, lock: str = "", **more: Any) -> Outcome:
        environment = more.pop("environment", {"NETRC": str(netrc)})
        if lock:
            path = shop.root / f"lock-{len(shop.started)}.json"
            path.write_text(lock)
            more = {"lock": str(path), "channels": (), **more}
            order = shop.order(**more)
        else:
            order = shop.order("python", **more)
        outcome = shop.start(order, HOME=str(home), **environment).wait()
        assert_nothing_secret(shop, outcome)
        return outcome

    return build


def assert_nothing_secret(shop: Workshop, outcome: Outcome) -> None:
    assert SECRET not in outcome.log + repr(outcome.events)
    files = [path for path in shop.root.rglob("*") if path.is_file() and not path.is_symlink()]
    # The interpreter and the other packages are of a channel without passwords.
    own = [path for path in files if "pkgs" not in path.parts and path.stat().st_size < 10**6]
    assert not [path for path in own if SECRET.encode() in path.read_bytes()]


def pip_rows(outcome: Outcome) -> dict[str, str]:
    return {name: row["version"] for name, row in outcome.rows.items() if row["manager"] == "pip"}


def test_markers_and_extras_and_a_password_from_netrc(
    server: PrivateServer, shops: list[Workshop], build: Build
) -> None:
    section = (
        f"--index-url {server.url}/simple",
        "greeter[polite]>=1; python_version > '3'",
        "elsewhere; sys_platform == 'win32'",
    )
    outcome = build(shops[0], pip=section)
    assert outcome.finished
    assert pip_rows(outcome) == {"greeter": "1.2", "helper": "1.0", "polite": "1.0"}
    requested = {name for name in pip_rows(outcome) if outcome.rows[name]["requested"]}
    assert requested == {"greeter"}
    assert Phase.PYPI in [event.phase for event in outcome.of(PhaseEntered)]
    told = [event for event in outcome.of(Progress) if event.phase is Phase.PYPI]
    assert [(event.packages_done, event.packages_total) for event in told][-1] == (3, 3)

    again = build(shops[1], lock=outcome.lock)
    assert again.finished
    assert again.lock == outcome.lock
    assert Phase.SOLVING not in [event.phase for event in again.of(PhaseEntered)]


def test_a_password_from_variables_and_the_specifications_index_first(
    server: PrivateServer, shops: list[Workshop], build: Build
) -> None:
    environment = {
        "NETRC": "/dev/null",
        "UV_DEFAULT_INDEX": NOBODY,
        "UV_INDEX": f"corporate={server.url}/simple",
        "UV_INDEX_CORPORATE_USERNAME": "me",
        "UV_INDEX_CORPORATE_PASSWORD": SECRET,
    }
    section = (f"--index-url {server.url}/simple", "greeter")
    outcome = build(shops[0], pip=section, environment=environment)
    assert outcome.finished
    assert pip_rows(outcome) == {"greeter": "1.2", "helper": "1.0"}
    again = build(shops[1], lock=outcome.lock, environment=environment)
    assert again.lock == outcome.lock

    refused = build(shops[0], pip=section, environment={"NETRC": "/dev/null"}).refused
    assert "greeter" in refused.message
    assert "UV_INDEX" in (refused.hint or "")


def test_archives_are_named_with_their_hashes_from_then_on(
    server: PrivateServer, shops: list[Workshop], build: Build
) -> None:
    url = f"{server.url}/simple/greeter/greeter-1.2-py3-none-any.whl"
    index = f"--index-url {server.url}/simple"
    section = (index, f"greeter @ {url}")
    outcome = build(shops[0], pip=section)
    digest = outcome.rows["greeter"]["sha256"]
    assert (outcome.rows["greeter"]["url"], len(digest)) == (url, 64)

    asked = Specification(name="tiny", channels=("c",), dependencies=({"pip": list(section)},))
    rows = (PackageRow(**row) for row in outcome.rows.values())
    text = pinned_environment(asked, rows)
    pinned = parse_specification(text).pip
    assert pinned == (index, f"greeter @ {url}#sha256={digest}", "helper==1.0")
    assert str(shops[0].root) not in text
    again = build(shops[1], pip=pinned)
    assert again.lock == outcome.lock

    wrong = build(shops[1], pip=(index, f"greeter @ {url}#sha256={'0' * 64}")).refused
    assert wrong.kind == "integrity"
    assert "greeter-1.2-py3-none-any.whl" in wrong.message


@pytest.mark.parametrize("kind", ["conda-lock", "explicit", "pixi"])
def test_another_file_than_a_lockfile_says_is_refused(
    kind: str, server: PrivateServer, shops: list[Workshop], build: Build
) -> None:
    first = build(shops[0], pip=(f"--index-url {server.url}/simple", "greeter"))
    lock = read_lock(first.lock, "linux-64")
    text = {
        "conda-lock": first.lock,
        "explicit": explicit_text(lock, "linux-64"),
        "pixi": pixi_lock_text(lock),
    }[kind]
    digest = first.rows["greeter"]["sha256"]
    assert digest in text
    changed = conda_lock_text(read_lock(text.replace(digest, "f" * 64), "linux-64"))
    refused = build(shops[1], lock=changed).refused
    assert refused.kind == "integrity"
    assert "greeter" in refused.message
    assert "f" * 64 in (refused.explanation or "")
    same = build(shops[1], lock=conda_lock_text(read_lock(text, "linux-64")))
    assert same.lock == first.lock


def test_a_lockfile_cannot_replace_a_package_of_conda_by_another_name(
    server: PrivateServer, shops: list[Workshop], build: Build, tiny: TinyChannel
) -> None:
    """conda's names need not be pip's: only the prefix shows what is there."""
    info = "lib/python3.11/site-packages/greeter-1.1.dist-info"
    files = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: greeter\nVersion: 1.1\n",
        f"{info}/RECORD": "",
        f"{info}/INSTALLER": "conda",
    }
    tiny.add("py-greeter", "1.1", files, depends=["python"])
    first = build(shops[0], pip=(f"--index-url {server.url}/simple", "greeter"))
    document = json.loads(first.lock)
    other = shops[0].build("python", "py-greeter", channels=(tiny.url, shops[0].channels[0]))
    conda = next(p for p in json.loads(other.lock)["package"] if p["name"] == "py-greeter")
    document["package"].append(conda)
    refused = build(shops[0], lock=json.dumps(document)).refused
    assert refused.kind == "conflict"
    assert "greeter 1.2, but conda installed" in refused.message
