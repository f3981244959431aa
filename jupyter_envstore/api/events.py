"""Events as the event bus carries them."""

from __future__ import annotations

import dataclasses
import json
from enum import Enum
from typing import Any

from ..domain.events import StoreEvent
from .replies import StoreEventReply


def event_data(event: StoreEvent) -> dict[str, Any]:
    """Return the plain data of an event, as its schema describes it."""
    reply = dataclasses.asdict(StoreEventReply.of(event))
    plain: dict[str, Any] = json.loads(json.dumps(reply, default=_plain))
    return plain


def without_names(event: StoreEvent) -> StoreEvent:
    """Return an event that says that something happened, and when, but not to what."""
    return dataclasses.replace(event, namespace=None, environment=None, build_id=None, status=None)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no place in an event")
