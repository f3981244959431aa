"""HTTP: decode, authorise, call, encode."""

from __future__ import annotations
