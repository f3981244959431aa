"""A Jupyter server of several people: an identity provider that knows each by a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_server.auth import IdentityProvider, User

from .api_client import Api


@dataclass
class Member(User):
    """A user as an identity provider of a site may have it: with groups."""

    groups: tuple[str, ...] = ()


ROOT, EDITOR, VIEWER, GUEST = "root", "ed", "vic", "gus"
GROUPS = {GUEST: ("guests",)}

ROLES: dict[str, Any] = {
    "user_role_bindings": {
        ROOT: {"*/*": ["admin"]},
        EDITOR: {"team/*": ["editor"]},
        VIEWER: {"team/*": ["viewer"]},
    },
    "group_role_bindings": {"guests": {"public-*/*": ["viewer"]}},
}
"""``c.EnvStore`` of the site: an administrator, an editor and a viewer of a team, a guest."""


class People(IdentityProvider):
    """Knows everybody by a header ``Authorization: token key-of-<name>``, then by the cookie."""

    async def get_user_token(self, handler: Any) -> User | None:
        name = (self.get_token(handler) or "").removeprefix("key-of-")
        return Member(name, groups=GROUPS.get(name, ())) if name in everybody() else None


def everybody() -> tuple[str, ...]:
    return (ROOT, EDITOR, VIEWER, GUEST)


def as_person(api: Api, name: str) -> Api:
    """Return a client of the same server that says it is somebody."""
    return with_headers(api, {"Authorization": f"token key-of-{name}"})


def with_token(api: Api, token: str) -> Api:
    """Return a client of the same server that sends a token of the store's."""
    return with_headers(api, {"Authorization": f"Bearer {token}"})


def with_headers(api: Api, headers: dict[str, str]) -> Api:
    return Api(api.client, api.base_url, headers)
