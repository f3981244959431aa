"""Lockfiles for tests: small values, and strategies that make many."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st

from jupyter_envstore.domain.lock import Lock, LockedPackage, lock_of

CHANNEL = "https://example.org/c"


def conda_package(name: str, version: str = "1.0", **changes: object) -> LockedPackage:
    """Return a conda package whose hashes are those of its name and version."""
    seed = f"{name} {version}".encode()
    fields: dict[str, object] = {
        "name": name,
        "version": version,
        "platform": "linux-64",
        "url": f"{CHANNEL}/linux-64/{name}-{version}-0.conda",
        "md5": hashlib.md5(seed).hexdigest(),
        "sha256": hashlib.sha256(seed).hexdigest(),
        "depends": (),
    }
    return LockedPackage(**{**fields, **changes})  # type: ignore[arg-type]


def pip_package(name: str, version: str = "1.0", **changes: object) -> LockedPackage:
    """Return a wheel of a package index."""
    fields: dict[str, object] = {
        "manager": "pip",
        "url": f"https://files.example.org/{name.replace('-', '_')}-{version}-py3-none-any.whl",
        "md5": None,
    }
    return conda_package(name, version, **{**fields, **changes})


_names = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z]{1,3})?", fullmatch=True)
_versions = st.from_regex(r"[1-9][0-9]?(\.[1-9][0-9]?){0,2}", fullmatch=True)
_constraints = st.sampled_from(["", ">=1.0", "<2.0a0,>=1.0", "==3.11.*"])
_variables = st.dictionaries(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    max_size=2,
)


@st.composite
def locks(draw: st.DrawFn, *, platforms: tuple[str, ...] = ("linux-64", "osx-arm64")) -> Lock:
    """Make locks whose packages are installed on all platforms, with and without pip's."""
    packages = []
    for platform in draw(st.lists(st.sampled_from(platforms), min_size=1, unique=True)):
        for name in draw(st.lists(_names, min_size=1, max_size=6, unique=True)):
            version = draw(_versions)
            needs = draw(st.dictionaries(_names, _constraints, max_size=3))
            depends = tuple(f"{need} {needs[need]}".strip() for need in sorted(needs))
            subdir = draw(st.sampled_from([platform, "noarch"]))
            url = f"{CHANNEL}/{subdir}/{name}-{version}-h1_0.conda"
            make = draw(st.sampled_from([conda_package, pip_package]))
            changes = {"url": url} if make is conda_package else {}
            packages.append(make(name, version, platform=platform, depends=depends, **changes))
    channels = draw(st.lists(st.sampled_from([CHANNEL, "https://example.org/d"]), unique=True))
    return lock_of(packages, channels or [CHANNEL], draw(_variables))
