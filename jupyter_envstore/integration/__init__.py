"""What Jupyter and conda see of the store: kernelspecs, activation, links."""

from __future__ import annotations
