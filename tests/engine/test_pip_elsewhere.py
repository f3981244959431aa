"""pip's packages in locks for several platforms: each fits its platform and its conda packages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rattler import BuildString, GenericVirtualPackage, PackageName, Version

from jupyter_envstore.domain.events import Warned
from jupyter_envstore.engine.pip_elsewhere import target_of

from .http_channel import HttpChannel
from .running import Outcome, Workshop
from .simple_index import add_wheel
from .tiny_channel import TinyChannel

ELSEWHERE = ("osx-arm64", "win-64")
LINUX, MAC, WINDOWS = "manylinux_2_17_x86_64", "macosx_11_0_arm64", "win_amd64"


@pytest.fixture
def options(tmp_path: Path, workshop: Workshop, tiny: TinyChannel, local_channel: str):
    """Options of a pip section for an index; the Pythons of other platforms are without content."""
    for platform in ELSEWHERE:
        tiny.add("python", "3.11.4", subdir=platform)
    # An older one than this machine gets, and with a package that no other platform has.
    tiny.add("idna", "3.5", subdir="osx-arm64", depends=["python", "maconly"])
    tiny.add("maconly", "1.0", subdir="osx-arm64", depends=["python"])
    workshop.channels = (tiny.url, local_channel)

    root = tmp_path / "index"
    root.mkdir()
    needs = ("maconly; sys_platform == 'darwin'", "winonly; sys_platform == 'win32'")
    add_wheel(root, "greeter", "1.2", requires=("idna>=3", "native", *needs))
    for platform in (LINUX, MAC, WINDOWS, "manylinux_2_39_x86_64", "macosx_26_0_arm64"):
        add_wheel(root, "native", "1.0", tag=f"cp311-cp311-{platform}")
    for name in ("idna", "maconly", "winonly"):
        add_wheel(root, name, "9.0")
    add_wheel(root, "picky", "1.0", requires=("idna>3.6",))
    add_wheel(root, "unixoid", "1.0", tag=f"cp311-cp311-{LINUX}")
    with HttpChannel(root).serve() as http:
        yield f"--index-url {http.url}/simple"


def locked(outcome: Outcome) -> dict[str, dict[str, str]]:
    """Return the files of pip's packages by platform and name."""
    found: dict[str, dict[str, str]] = {}
    for package in json.loads(outcome.lock)["package"]:
        if package["manager"] == "pip":
            file = package["url"].rpartition("/")[2]
            found.setdefault(package["platform"], {})[package["name"]] = file
            assert len(package["hash"]["sha256"]) == 64
    return found


def native(platform: str) -> str:
    return f"native-1.0-cp311-cp311-{platform}.whl"


def test_each_platform_has_the_files_that_fit_it(options: str, workshop: Workshop) -> None:
    outcome = workshop.build("python", "idna", platforms=ELSEWHERE, pip=(options, "greeter"))
    assert outcome.finished
    greeter = "greeter-1.2-py3-none-any.whl"
    assert locked(outcome) == {
        "linux-64": {"greeter": greeter, "native": native(LINUX)},
        "osx-arm64": {"greeter": greeter, "native": native(MAC)},
        "win-64": {
            "greeter": greeter,
            "native": native(WINDOWS),
            "winonly": "winonly-9.0-py3-none-any.whl",
        },
    }
    again = workshop.build_lock(outcome.lock)
    assert again.lock == outcome.lock


def test_what_does_not_go_together_elsewhere_is_refused_with_the_platform(
    options: str, workshop: Workshop
) -> None:
    def refused(requirement: str, *platforms: str) -> str:
        outcome = workshop.build("python", "idna", platforms=platforms, pip=(options, requirement))
        assert outcome.refused.kind == "pip"
        assert "conda_solve_platforms" in (outcome.refused.hint or "")
        return outcome.refused.message

    message = refused("picky", "win-64", "osx-arm64")
    assert message.startswith("On osx-arm64: ")
    assert "idna" in message
    assert refused("unixoid", "win-64").startswith("On win-64: ")


def test_a_platform_that_uv_does_not_know_is_told(
    options: str, workshop: Workshop, tiny: TinyChannel
) -> None:
    tiny.add("python", "3.11.4", subdir="linux-s390x")
    outcome = workshop.build("python", platforms=("linux-s390x",), pip=(options, "native"))
    assert outcome.finished
    assert set(locked(outcome)) == {"linux-64"}
    (warning,) = [warning.message for warning in outcome.of(Warned)]
    assert "not in the lockfile for linux-s390x" in warning


@pytest.mark.parametrize(
    ("platform", "virtual", "expected", "best"),
    [
        ("linux-64", ("__glibc", "2.28"), "x86_64-manylinux_2_28", "manylinux_2_28_x86_64"),
        ("linux-64", ("__glibc", "2.30"), "x86_64-manylinux_2_28", "manylinux_2_30_x86_64"),
        ("linux-aarch64", ("__glibc", "2.50"), "aarch64-manylinux_2_40", "manylinux_2_50_aarch64"),
        ("osx-64", ("__osx", "14.2"), "x86_64-apple-darwin", "macosx_14_0_x86_64"),
        ("win-64", ("__win", "0"), "x86_64-pc-windows-msvc", "win_amd64"),
    ],
)
def test_targets_follow_the_virtual_packages(
    platform: str, virtual: tuple[str, str], expected: str, best: str
) -> None:
    name, version = virtual
    package = GenericVirtualPackage(PackageName(name), Version(version), BuildString("0"))
    target = target_of(platform, [package], "3.12.1")
    assert target is not None
    assert target.uv == expected
    assert str(target.tags[0]) == f"cp312-cp312-{best}"
    assert "py3-none-any" in map(str, target.tags)


@pytest.mark.parametrize("platform", ["linux-64", "linux-riscv64", "emscripten-wasm32"])
def test_there_is_not_always_a_target(platform: str) -> None:
    old = GenericVirtualPackage(PackageName("__glibc"), Version("2.12"), BuildString("0"))
    assert target_of(platform, [old], "3.12") is None
