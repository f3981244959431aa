"""Request and reply models, operations and the OpenAPI document."""

from __future__ import annotations
