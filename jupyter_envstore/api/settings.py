"""What clients send and get of the settings that are changed while the store runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, RootModel

from ..domain.errors import Problem
from ..domain.moments import to_text
from ..store.settings import SettingChange


class ChangeSettings(RootModel[dict[str, JsonValue]]):
    """Values by the names of settings; null resets one. What is left out stays as it is."""

    model_config = ConfigDict(frozen=True)


class SettingKeysQuery(BaseModel):
    """The settings that are meant; without any, all of them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: list[str] = []


@dataclass(frozen=True)
class SettingsChangedReply:
    warnings: tuple[Problem, ...]
    """A remark for each setting that is kept, but changes nothing here."""


@dataclass(frozen=True)
class SettingChangeReply:
    id: int
    at: str
    author: str | None
    namespace: str | None
    """None for the whole store."""
    environment: str | None
    key: str
    value: Any
    """None if it was reset."""

    @classmethod
    def of(cls, change: SettingChange) -> SettingChangeReply:
        return cls(
            change.id,
            to_text(change.at),
            change.author,
            change.level.namespace or None,
            change.level.environment or None,
            change.key,
            change.value,
        )
