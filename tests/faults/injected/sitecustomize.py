"""Imported by every Python that has this directory on its path: lets the saboteur in."""

from __future__ import annotations

import os

if "ENVSTORE_FAULT_PLAN" in os.environ:
    from tests.faults import saboteur

    saboteur.install()
