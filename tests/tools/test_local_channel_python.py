"""How the interpreter and its libraries are made relocatable."""

from __future__ import annotations

import ast
import os
import site
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from rattler.package import IndexJson
from rattler.package_streaming import extract

from tools.local_channel import debian
from tools.local_channel.interpreter import Interpreter, refusal
from tools.local_channel.packages import PLACEHOLDER
from tools.local_channel.python_package import extension_modules, replace_prefix
from tools.local_channel.shared_libraries import (
    SYSTEM_LIBRARIES,
    library_packages,
    linked_libraries,
    write_library,
)


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        ("/usr/local", "prefix='{}' -L{}/lib -I{}/include/python3.12"),
        ("/home/me/.pyenv/versions/3.12.1", "#!{}/bin/python3.12\n-Wl,-rpath,{}/lib .{}/lib"),
        ("/usr", "'prefix': '{}', 'BINDIR': '{}/bin', 'LIBDEST': '{}/lib/python3.11'\nX={}"),
    ],
)
def test_the_build_prefix_becomes_the_placeholder(prefix: str, text: str) -> None:
    count = text.count("{}")
    replaced = replace_prefix(text.format(*[prefix] * count), prefix)
    assert replaced == text.format(*[PLACEHOLDER] * count)


@pytest.mark.parametrize(
    "text", ["/usr/bin/install -c", "/usr/local/bin", "/usr/src/python", "/opt/usr", "/usr2"]
)
def test_paths_of_the_system_are_not_the_prefix_of_debian(text: str) -> None:
    assert replace_prefix(text, "/usr") == text


def _site_packages(source: str, prefix: str) -> list[str]:
    """Run ``getsitepackages`` of a site.py in its source form."""
    function = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "getsitepackages"
    )
    names: dict[str, object] = {"os": os, "sys": sys, "PREFIXES": []}
    exec(compile(ast.Module([function], []), "site.py", "exec"), names)
    return list(names["getsitepackages"]([prefix]))  # type: ignore[operator]


DEBIAN_SITE = dedent(
    '''
    def getsitepackages(prefixes=None):
        """Debian's order of directories."""
        sitepackages = []
        is_virtual_environment = sys.base_prefix != sys.prefix or hasattr(sys, "real_prefix")
        for prefix in prefixes:
            libdirs = ["lib"]
            if is_virtual_environment:
                sitepackages.append(os.path.join(prefix, "lib",
                                                 "python%d.%d" % sys.version_info[:2],
                                                 "site-packages"))
            sitepackages.append(os.path.join(prefix, "local/lib",
                                             "python%d.%d" % sys.version_info[:2],
                                             "dist-packages"))
            sitepackages.append(os.path.join(prefix, "lib", "python3", "dist-packages"))
            for libdir in libdirs:
                path = os.path.join(prefix, libdir,
                                    "python%d.%d" % sys.version_info[:2],
                                    "dist-packages")
                sitepackages.append(path)
        return sitepackages


    def elsewhere():
        return "dist-packages"
    '''
)


@pytest.mark.parametrize("source", [DEBIAN_SITE, Path(site.__file__).read_text(encoding="utf-8")])
def test_site_is_set_back_to_one_directory(source: str) -> None:
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    edited = debian.upstream_site(source)
    assert _site_packages(edited, "/p") == [f"/p/lib/python{minor}/site-packages"]


def test_only_getsitepackages_is_edited() -> None:
    assert 'return "dist-packages"' in debian.upstream_site(DEBIAN_SITE)


def test_the_frozen_site_keeps_its_size() -> None:
    frozen = b"\x0ddist-packages\0python3"
    assert debian.set_back_frozen_site(frozen) == b"\x0dsite-packages\0python3"


# Shared libraries


@pytest.fixture
def linked() -> dict[str, Path]:
    """What the running interpreter's extension modules link against on this machine."""
    running = Interpreter.running()
    if refusal(running):
        pytest.skip(f"no shared libraries to look at: {refusal(running)}")
    binaries = [running.executable, *extension_modules(running)]
    found = linked_libraries(binaries)
    assert set(found) == set(binaries)
    return {s: p for needed in found.values() for s, p in needed.items() if p is not None}


def test_the_c_library_is_left_to_the_system(linked: dict[str, Path]) -> None:
    stems = {soname.partition(".so")[0] for soname in linked}
    assert not stems & SYSTEM_LIBRARIES
    assert all(path.is_file() for path in linked.values())


def test_libraries_are_packaged_by_conda_forges_names(
    linked: dict[str, Path], tmp_path: Path
) -> None:
    libraries = {s: p for s, p in linked.items() if not s.startswith("libpython")}
    packages = {package.name: package for package in library_packages(libraries)}
    assert {soname for p in packages.values() for soname, _ in p.libraries} == set(libraries)
    for package in packages.values():
        assert package.version[0].isdigit()
        assert {d for d in package.depends if d != "ca-certificates"} <= set(packages)
        assert package.name not in package.depends
    smallest = min(packages.values(), key=lambda p: sum(f.stat().st_size for _, f in p.libraries))
    archive = write_library(smallest, "__glibc >=2.17,<3.0.a0", tmp_path, tmp_path / "channel")
    extract(archive, tmp_path / "out")
    for soname, _ in smallest.libraries:
        assert (tmp_path / "out/lib" / soname).is_file()
    assert "__glibc >=2.17,<3.0.a0" in IndexJson.from_package_archive(archive).depends
