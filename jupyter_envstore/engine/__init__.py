"""Solving and installing, in a child process of its own."""

from __future__ import annotations
