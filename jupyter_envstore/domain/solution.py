"""The answer to a dry run: the packages that a build would consist of, and what it would fetch.

As text it is a JSON object, which the process that solves leaves in its directory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from .build import PackageRow

SOLUTION_FILE = "solution.json"


@dataclass(frozen=True)
class Solution:
    """Packages, dependencies first. pip's are not among them: a build resolves them at its end."""

    packages: tuple[PackageRow, ...]
    missing: frozenset[str] = field(default_factory=frozenset)
    """The URLs of the archives that the package cache does not have."""

    @property
    def size(self) -> int:
        """Bytes of all archives."""
        return sum(package.size for package in self.packages)

    @property
    def download_size(self) -> int:
        """Bytes of the archives that would be downloaded."""
        return sum(package.size for package in self.packages if package.url in self.missing)

    def to_text(self) -> str:
        packages = [vars(package) for package in self.packages]
        return json.dumps({"packages": packages, "missing": sorted(self.missing)})


def solution_from_text(text: str) -> Solution:
    """Return the solution that `Solution.to_text` wrote. Raises ValueError, KeyError, TypeError."""
    raw = json.loads(text)
    return Solution(
        tuple(PackageRow(**{**row, "depends": tuple(row["depends"])}) for row in raw["packages"]),
        frozenset(raw["missing"]),
    )
