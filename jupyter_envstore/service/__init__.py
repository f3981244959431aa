"""Use cases, in users' words; synchronous."""

from __future__ import annotations
