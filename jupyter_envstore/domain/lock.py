"""What a lockfile of any format says: the very files that an environment consists of.

Nothing is left to solve: each package has its URL and, as a rule, the hashes of its archive. The
readers (`conda_lock`, `explicit`, `pixi_lock`) make such values by way of `Gathered`, which checks
what no format checks by itself; `lockfiles` finds out which reader a text is for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .credentials import without_credentials
from .errors import InvalidInput, Problem
from .package_urls import PackageUrl, read_package_url

Manager = Literal["conda", "pip"]

MAX_PACKAGES = 20_000
"""Of all platforms together."""
MAX_PROBLEMS = 20
"""How many are told: a file that is wrong is often wrong in every line."""
INSTALLED_CATEGORIES = ("main", "dev")
"""What ``conda-lock install`` installs unless told otherwise; other categories are extras."""

_MD5 = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLATFORM = re.compile(r"[a-z]+-[a-z0-9]+")
_PIP_URL = re.compile(r"(?:https?|file)://[^\s#?]+(?P<fragment>#subdirectory=[^\s&#]+)?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9_.!+]+")


@dataclass(frozen=True)
class LockedPackage:
    """One file of one platform. URLs are without credentials, hashes in lower case."""

    name: str
    version: str
    platform: str
    """The platform that it is locked for, never ``noarch``."""
    url: str
    manager: Manager = "conda"
    md5: str | None = None
    sha256: str | None = None
    depends: tuple[str, ...] | None = None
    """What it needs, ``name`` or ``name constraint`` each, by name; None if it is not told."""
    category: str = "main"

    @property
    def file(self) -> PackageUrl:
        """What the URL of a conda package says."""
        found = read_package_url(self.url)
        if found is None:
            raise ValueError(f"{self.url} is not the URL of a conda package")
        return found

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """By this, packages are sorted and told apart."""
        return self.manager, self.name, self.platform, self.category


@dataclass(frozen=True)
class Lock:
    """Packages of one or several platforms, sorted by their identity."""

    packages: tuple[LockedPackage, ...]
    channels: tuple[str, ...] = ()
    """Names or URLs, in order of priority."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables of the environment, where the format has a place for them."""
    warnings: tuple[Problem, ...] = ()
    """What a reader remarked; no part of what is locked."""

    @property
    def platforms(self) -> tuple[str, ...]:
        return tuple(sorted({package.platform for package in self.packages}))

    def installed_on(self, platform: str) -> tuple[LockedPackage, ...]:
        """Return the packages to install on a platform: extras are left out."""
        return tuple(
            {
                (package.manager, package.name): package
                for package in self.packages
                if package.platform == platform and package.category in INSTALLED_CATEGORIES
            }.values()
        )

    def content_hash(self, platform: str) -> str:
        """Return what is the same if and only if the packages of the platform are."""
        content = [
            [package.manager, package.url, package.sha256 or package.md5]
            for package in self.packages
            if package.platform == platform
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def lock_of(
    packages: Iterable[LockedPackage],
    channels: Iterable[str],
    variables: Mapping[str, str] | None = None,
) -> Lock:
    """Return the lock of packages in any order."""
    return Lock(
        tuple(sorted(packages, key=lambda package: package.identity)),
        tuple(dict.fromkeys(channels)),
        dict(variables or {}),
    )


def by_name(depends: Iterable[str]) -> tuple[str, ...]:
    """Return dependencies sorted, with one entry for each name: constraints are joined."""
    constraints: dict[str, list[str]] = {}
    for text in depends:
        name, _, constraint = text.strip().partition(" ")
        found = constraints.setdefault(name, [])
        if constraint.strip() not in ("", *found):
            found.append(constraint.strip())
    return tuple(
        f"{name} {','.join(constraints[name])}".rstrip() for name in sorted(constraints) if name
    )


def requirements_by_name(lines: Iterable[str]) -> tuple[str, ...]:
    """Return what pip's packages need, as `by_name` does; requirements of extras are left out."""
    # Most builds have no package of pip's.
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    found = []
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if "extra" not in str(requirement.marker or ""):
            found.append(f"{canonicalize_name(requirement.name)} {requirement.specifier}")
    return by_name(found)


class Gathered:
    """The packages of a lockfile, checked while a reader finds them."""

    def __init__(self, kind: str) -> None:
        """`kind` is what the file is called in messages."""
        self._kind = kind
        self._packages: dict[tuple[str, str, str, str], LockedPackage] = {}
        self._problems: list[Problem] = []
        self._warnings: dict[str, Problem] = {}
        self._unverified = 0

    # -- what readers find -----------------------------------------------------------------------

    def add_conda(
        self,
        place: str,
        *,
        url: str,
        platform: str | None = None,
        name: str | None = None,
        version: str | None = None,
        md5: str | None = None,
        sha256: str | None = None,
        depends: Iterable[str] | None = None,
        category: str = "main",
        line: int | None = None,
    ) -> None:
        """Add a conda package. Without a platform, its URL says which one it is for."""
        url = self._public(url, place)
        file = read_package_url(url)
        if file is None:
            hint = "Expected is <channel>/<platform>/<name>-<version>-<build>.conda or .tar.bz2."
            self.refuse(f"{url!r} is not the URL of a conda package.", place, hint, line)
            return
        platform = platform or file.subdir
        if _PLATFORM.fullmatch(platform) and file.subdir not in ("noarch", platform):
            self.refuse(
                f"{file.file_name} is a package for {file.subdir}, and locked for {platform}.",
                place,
                line=line,
            )
        if (name or file.name).lower() != file.name or (version or file.version) != file.version:
            self.refuse(
                f"The URL of {name} {version} is that of another package: {file.file_name}.",
                place,
                line=line,
            )
        if md5 is None and sha256 is None:
            self._unverified += 1
        self._add(
            LockedPackage(
                name=file.name,
                version=file.version,
                platform=platform,
                url=url,
                md5=self._hash(md5, _MD5, "MD5", place, line),
                sha256=self._hash(sha256, _SHA256, "SHA-256", place, line),
                depends=None if depends is None else by_name(depends),
                category=category,
            ),
            place,
            line,
        )

    def add_pip(
        self,
        place: str,
        *,
        name: str,
        version: str,
        url: str,
        platform: str,
        md5: str | None = None,
        sha256: str | None = None,
        depends: Iterable[str] | None = None,
        category: str = "main",
        line: int | None = None,
    ) -> None:
        """Add a package that pip installs: an archive with a hash, from wherever."""
        from packaging.utils import canonicalize_name  # Most builds have no package of pip's.

        url = self._public(url, place)
        if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
            self.refuse(f"{name!r} {version!r} is no name and version of pip's.", place, line=line)
            return
        if not _PIP_URL.fullmatch(url):
            self.refuse(
                f"{name} comes from {url!r}, which is not the URL of an archive.",
                place,
                "Repositories (git+…) and directories have no hash to check: name an archive.",
                line,
            )
        if md5 is None and sha256 is None:
            self.refuse(
                f"{name} {version} has no hash: pip's packages are installed by their hashes only.",
                place,
                "Lock again with a tool that writes hashes.",
                line,
            )
        self._add(
            LockedPackage(
                name=canonicalize_name(name),
                version=version,
                platform=platform,
                url=url,
                manager="pip",
                md5=self._hash(md5, _MD5, "MD5", place, line),
                sha256=self._hash(sha256, _SHA256, "SHA-256", place, line),
                depends=None if depends is None else requirements_by_name(depends),
                category=category,
            ),
            place,
            line,
        )

    def refuse(
        self, message: str, place: str = "", hint: str | None = None, line: int | None = None
    ) -> None:
        """Note what makes the file unusable."""
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(without_credentials(message), place, hint, line))

    def warn(self, message: str, hint: str | None = None, place: str = "") -> None:
        """Note what was understood otherwise than it stands there; each text once."""
        self._warnings.setdefault(message, Problem(message, place, hint))

    # -- what comes of it ------------------------------------------------------------------------

    def lock(self, channels: Iterable[str], variables: Mapping[str, str] | None = None) -> Lock:
        """Return the lock. Raises `InvalidInput` with everything that was refused."""
        packages = self._packages.values()
        self._refuse_two_of_one_name()
        if self._problems:
            raise InvalidInput(self._problems)
        if self._unverified:
            self.warn(
                f"{self._unverified} packages have no hash in this {self._kind}: what the channel "
                "sends is taken as it is.",
                "The lockfile of the build has the hashes of what was taken.",
            )
        public = [self._public(channel, "channels") for channel in channels]
        found = (package.file.channel for package in packages if package.manager == "conda")
        lock = lock_of(packages, public or dict.fromkeys(found), variables)
        return Lock(lock.packages, lock.channels, lock.variables, tuple(self._warnings.values()))

    # -- checks ----------------------------------------------------------------------------------

    def _refuse_two_of_one_name(self) -> None:
        """Refuse different files for one name; from conda and for pip it may be two things.

        graphviz is a program of conda's and a Python package of PyPI. Where it is one thing, the
        build refuses to replace what conda has installed.
        """
        first: dict[tuple[str, str], LockedPackage] = {}
        for package in self._packages.values():
            other = first.setdefault((package.name, package.platform), package)
            if other.manager != package.manager:
                conda, pip = (other, package) if package.manager == "pip" else (package, other)
                self.warn(
                    f"{package.name} is locked twice for {package.platform}: {conda.version} as a "
                    f"conda package, and {pip.version} for pip.",
                    "If both are the same Python package, the build is refused: pip would replace "
                    "conda's.",
                )
            elif other.url != package.url:
                self.refuse(
                    f"{package.name} is locked twice for {package.platform}: as {other.url} and "
                    f"as {package.url}."
                )

    def _add(self, package: LockedPackage, place: str, line: int | None) -> None:
        if not _PLATFORM.fullmatch(package.platform):
            self.refuse(f"{package.platform!r} is not a platform.", place, line=line)
        if package.identity in self._packages:
            self.refuse(f"{package.name} is there twice for {package.platform}.", place, line=line)
        if len(self._packages) >= MAX_PACKAGES:
            hint = f"At most {MAX_PACKAGES:,} are accepted."
            raise InvalidInput([Problem(f"This {self._kind} has too many packages.", place, hint)])
        self._packages[package.identity] = package

    def _hash(
        self, text: str | None, form: re.Pattern[str], what: str, place: str, line: int | None
    ) -> str | None:
        if text is None:
            return None
        found = text.strip().lower()
        if not form.fullmatch(found):
            self.refuse(f"{text[:80]!r} is not a hash of the kind {what}.", place, line=line)
        return found

    def _public(self, url: str, place: str) -> str:
        public = without_credentials(url.strip())
        if public != url.strip():
            self.warn(
                "Credentials in URLs were removed; builds take them from the credential files of "
                "the user who runs the server.",
                place=place,
            )
        return public
