"""Claim builds, supervise them, and recover what was lost."""

from __future__ import annotations
