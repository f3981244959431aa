"""All endpoints: importing this module fills the registry, when the store is opened."""

from __future__ import annotations

from ..api.operations import Router
from . import (
    adoption,
    artifacts,
    builds,
    channels,
    cleanup,
    conda_config,
    doctor,
    document,
    environments,
    general,
    history,
    lockfiles,
    metrics,
    namespaces,
    packages,
    settings,
    solve,
    tokens,
    upkeep,
    watched,
)
from .call import OPERATIONS

__all__ = [
    "ROUTER",
    "adoption",
    "artifacts",
    "builds",
    "channels",
    "cleanup",
    "conda_config",
    "doctor",
    "document",
    "environments",
    "general",
    "history",
    "lockfiles",
    "metrics",
    "namespaces",
    "packages",
    "settings",
    "solve",
    "tokens",
    "upkeep",
    "watched",
]

ROUTER = Router(OPERATIONS)
