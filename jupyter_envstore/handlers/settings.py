"""The settings of the store, of a namespace and of an environment, and who changed them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..api.models import PageQuery
from ..api.settings import (
    ChangeSettings,
    SettingChangeReply,
    SettingKeysQuery,
    SettingsChangedReply,
)
from ..store.listing import Page
from ..store.settings import Level
from .call import Acknowledged, Call, WithMessage, endpoint

Function = Callable[[Call], Any]


def level_of(call: Call) -> Level:
    """Return what the path of a request names."""
    return Level(call.parameters.get("namespace", ""), call.parameters.get("name", ""))


def values_at(call: Call) -> dict[str, Any]:
    return call.services.live_settings.values(level_of(call))


def change_at(call: Call) -> WithMessage:
    given = call.body.root
    warnings = call.services.live_settings.change(level_of(call), given, call.access)
    # conda-store says "global" on every level, and has no data: its clients look for both.
    data = SettingsChangedReply(warnings) if warnings else None
    return WithMessage(data, f"global setting keys {list(given)} updated")


def reset_at(call: Call) -> Acknowledged:
    call.services.live_settings.reset(level_of(call), call.query.key, call.access)
    return Acknowledged()


def changes_at(call: Call) -> Page[SettingChangeReply]:
    listing = call.query.listing(call.services.settings.max_page_size)
    return call.services.live_settings.changes(level_of(call), listing).map(SettingChangeReply.of)


_GET: dict[str, Any] = {
    "method": "GET",
    "action": "read",
    "permission": "setting::read",
    "reply": dict[str, Any],
    "errors": (400,),
}
_PUT: dict[str, Any] = {
    "method": "PUT",
    "action": "write",
    "permission": "setting::update",
    "body": ChangeSettings,
    "reply": SettingsChangedReply | None,
    "errors": (400,),
}
_DELETE: dict[str, Any] = {
    "method": "DELETE",
    "action": "write",
    "permission": "setting::update",
    "query": SettingKeysQuery,
    "errors": (400,),
}
_CHANGES: dict[str, Any] = {
    "method": "GET",
    "action": "read",
    "permission": "setting::read",
    "query": PageQuery,
    "reply": Page[SettingChangeReply],
    "errors": (400,),
}


@endpoint(path="setting", **_GET)
def get_settings(call: Call) -> dict[str, Any]:
    """The settings of the whole store."""
    return values_at(call)


@endpoint(path="setting/{namespace}", **_GET)
def get_namespace_settings(call: Call) -> dict[str, Any]:
    """The settings that hold for a namespace."""
    return values_at(call)


@endpoint(path="setting/{namespace}/{name}", **_GET)
def get_environment_settings(call: Call) -> dict[str, Any]:
    """The settings that hold for an environment."""
    return values_at(call)


@endpoint(path="setting", **_PUT)
def change_settings(call: Call) -> WithMessage:
    """Set or reset settings for the whole store."""
    return change_at(call)


@endpoint(path="setting/{namespace}", **_PUT)
def change_namespace_settings(call: Call) -> WithMessage:
    """Set or reset settings for a namespace."""
    return change_at(call)


@endpoint(path="setting/{namespace}/{name}", **_PUT)
def change_environment_settings(call: Call) -> WithMessage:
    """Set or reset settings for an environment."""
    return change_at(call)


@endpoint(path="setting", **_DELETE)
def reset_settings(call: Call) -> Acknowledged:
    """Let the store have what its traits say, in the named settings or all but the quota."""
    return reset_at(call)


@endpoint(path="setting/{namespace}", **_DELETE)
def reset_namespace_settings(call: Call) -> Acknowledged:
    """Let a namespace have what the store has."""
    return reset_at(call)


@endpoint(path="setting/{namespace}/{name}", **_DELETE)
def reset_environment_settings(call: Call) -> Acknowledged:
    """Let an environment have what its namespace has."""
    return reset_at(call)


@endpoint(path="setting-changes", **_CHANGES)
def list_setting_changes(call: Call) -> Page[SettingChangeReply]:
    """Who changed which setting and when, the whole store over."""
    return changes_at(call)


@endpoint(path="setting-changes/{namespace}", **_CHANGES)
def list_namespace_setting_changes(call: Call) -> Page[SettingChangeReply]:
    """Who changed which setting of a namespace or its environments."""
    return changes_at(call)


@endpoint(path="setting-changes/{namespace}/{name}", **_CHANGES)
def list_environment_setting_changes(call: Call) -> Page[SettingChangeReply]:
    """Who changed which setting of an environment."""
    return changes_at(call)
