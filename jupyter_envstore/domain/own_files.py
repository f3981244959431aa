"""The files that the store itself puts into a prefix, beside those of the packages.

Without ``.json``: conda and mamba take every file of that kind in ``conda-meta`` for the record of
a package, and conda 26 breaks off at a name that is not of the form name-version-build.
"""

from __future__ import annotations

MARKER = "conda-meta/envstore"
"""Whose build the prefix is: see `domain.origin`."""
FROZEN = "conda-meta/frozen"
"""Tells conda that the prefix does not change (CEP 22)."""
HISTORY = "conda-meta/history"
"""What conda's ``--revisions`` and ``--from-history`` read."""
STATE = "conda-meta/state"
"""The variables of the specification, if it has any."""
AS_BUILT = "conda-meta/envstore-as-built"
"""Where the build, when it was finished, was not what its packages say: what link scripts did."""
EXTERNALLY_MANAGED = "EXTERNALLY-MANAGED"
"""In Python's standard library: tells pip and uv what `FROZEN` tells conda (PEP 668)."""
