"""What is known of the package index: ``state.json`` beside it, replaced as a whole."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

from ..domain.index_order import ChannelState

_FILE = "state.json"
_FIELDS = {field.name for field in dataclasses.fields(ChannelState)}


def read_states(directory: str | Path) -> tuple[ChannelState, ...]:
    """Return the states of the channels, the most important channel first; none if unknown."""
    try:
        raw = json.loads((Path(directory) / _FILE).read_text(encoding="utf-8"))
        return tuple(
            ChannelState(**{key: value for key, value in entry.items() if key in _FIELDS})
            for entry in raw["channels"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def write_states(directory: str | Path, states: Iterable[ChannelState]) -> None:
    """Replace what is known; only the holder of the index's lock may do this."""
    path = Path(directory) / _FILE
    aside = path.with_suffix(".new")
    content = {"channels": [dataclasses.asdict(state) for state in states]}
    aside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    aside.replace(path)
