"""All endpoints: importing this module fills the registry, when the store is opened."""

from __future__ import annotations

from ..api.operations import Router
from . import adoption, builds, cleanup, conda_config, environments, general, namespaces, tokens
from .call import OPERATIONS

__all__ = [
    "ROUTER",
    "adoption",
    "builds",
    "cleanup",
    "conda_config",
    "environments",
    "general",
    "namespaces",
    "tokens",
]

ROUTER = Router(OPERATIONS)
