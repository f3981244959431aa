"""Tokens for programs: made by people, bound to roles, valid for a time, revoked at once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from ..domain.errors import InvalidInput, NotFound, Problem, Refused, StoreUnusable
from ..domain.moments import Clock, utc_now
from ..domain.names import name_problem
from ..domain.permissions import TOKEN_PREFIX
from ..domain.role_bindings import RoleBindings
from ..store.tokens import Token, Tokens
from .access import Access, Caller, roles_of

_TOKEN = re.compile(rf"{TOKEN_PREFIX}([0-9]{{1,18}})_([A-Za-z0-9_-]{{43}})")
_SESSION = timedelta(days=1)
_LOOKED_AT = timedelta(minutes=1)
"""How exactly it is known when a token was used: a write for each request would be too much."""

_LONGEST_SPAN = 10 * 365 * 86400
"""Seconds. A number of up to so many is a span, a larger one a moment since 1970."""


class TokenService:
    """Make, list, revoke and recognise tokens. What is kept of a token does not reveal it."""

    def __init__(self, tokens: Tokens, *, max_days: float, clock: Clock = utc_now) -> None:
        self._tokens = tokens
        self._longest = timedelta(days=max_days)
        self._clock = clock

    def mint(
        self,
        access: Access,
        *,
        primary_namespace: str | None = None,
        role_bindings: RoleBindings | None = None,
        expiration: datetime | float | None = None,
        note: str = "",
    ) -> tuple[str, Token]:
        """Make a token; return its text, which is told only now, and what is kept of it.

        Without `role_bindings` it may what the caller may now, without `expiration` it is valid
        for a day. Raises `Refused`, in conda-store's words, if it were to have or to last more.
        """
        primary = primary_namespace or access.primary_namespace
        if problem := name_problem(primary, "primary_namespace"):
            raise InvalidInput([Problem(problem[0], "primary_namespace", problem[1])])
        now = self._clock()
        token = Token(
            id=0,
            owner=_owner(access),
            groups=access.caller.token.groups if access.caller.token else access.caller.groups,
            primary_namespace=primary,
            role_bindings=self._bindings(access, role_bindings),
            note=note,
            created_on=now,
            expires_on=self._expiration(access, expiration, now),
            parent_id=access.caller.token.id if access.caller.token else None,
        )
        secret = secrets.token_urlsafe(32)
        token = replace(token, id=self._tokens.add(token, _digest(secret)))
        return f"{TOKEN_PREFIX}{token.id}_{secret}", token

    def holder(self, text: str) -> Caller | None:
        """Return whose requests carry this token; None if it is none, revoked or expired."""
        match = _TOKEN.fullmatch(text)
        found = self._tokens.with_digest(int(match[1])) if match else None
        if match is None or found is None:
            return None
        token, digest = found
        now = self._clock()
        if not hmac.compare_digest(digest, _digest(match[2])) or token.expires_on <= now:
            return None
        self._remember_use(token, now)
        return Caller(token.owner, token.groups, token)

    def list(self, access: Access) -> Sequence[Token]:
        """Return the tokens that the caller may see and revoke, oldest first.

        A person sees the person's own, an administrator of the whole store all, and a token
        itself and those that were made with it: whoever finds one cannot revoke the others.
        """
        return [token for token in self._tokens.list(self._clock()) if self._may_see(access, token)]

    def revoke(self, access: Access, token_id: int) -> None:
        """End a token, and those that were made with it. Raises `NotFound`."""
        found = self._tokens.with_digest(token_id)
        if found is None or not self._may_see(access, found[0]):
            raise NotFound("token does not exist", "GET token/ lists the tokens that you may see.")
        self._tokens.remove(token_id)

    @staticmethod
    def _may_see(access: Access, token: Token) -> bool:
        if access.allows("setting::update"):
            return True
        own = access.caller.token
        if own is not None:
            return own.id in (token.id, token.parent_id)
        return token.owner == access.caller.username

    @staticmethod
    def _bindings(access: Access, wanted: RoleBindings | None) -> RoleBindings:
        if wanted is None:
            return {
                entity: tuple(role.name for role in roles)
                for entity, roles in access.grants.roles.items()
            }
        for entity, roles in roles_of(wanted).items():
            for role in roles:
                if not access.grants.include(entity, role.permissions):
                    raise Refused(
                        "Requested role_bindings are not a subset of current permissions",
                        f"You have not all permissions of {role.name} on {entity}: GET "
                        "permission/ says which ones you have.",
                    )
        return wanted

    def _expiration(
        self, access: Access, wanted: datetime | float | None, now: datetime
    ) -> datetime:
        latest = now + self._longest
        if access.caller.token is not None:
            latest = min(latest, access.caller.token.expires_on)
        if wanted is None:
            return min(now + _SESSION, latest)
        moment = _moment(wanted, now)
        if moment > latest:
            raise Refused(
                "Requested expiration of token is greater than current permissions",
                f"It may be {latest.replace(microsecond=0).isoformat()}Z at the latest: "
                "c.EnvStore.max_token_days and the token that asks limit it.",
            )
        if moment <= now:
            raise Refused(
                "The token would have expired already.",
                f"Ask for an expiration after {now.replace(microsecond=0).isoformat()}Z.",
            )
        return moment

    def _remember_use(self, token: Token, now: datetime) -> None:
        if token.last_used_on is None or now - token.last_used_on >= _LOOKED_AT:
            try:
                self._tokens.used(token.id, now)
            except StoreUnusable:
                return  # A full disk must not keep people from looking.


def _owner(access: Access) -> str | None:
    return access.caller.token.owner if access.caller.token else access.caller.username


def _digest(secret: str) -> str:
    # 256 random bits cannot be guessed: a slow hash, as for passwords, would win nothing.
    return hashlib.sha256(secret.encode()).hexdigest()


def _moment(wanted: datetime | float, now: datetime) -> datetime:
    """Return a moment, naive UTC. One without an offset is UTC, as everywhere on the wire."""
    try:
        if not isinstance(wanted, datetime):
            if wanted <= _LONGEST_SPAN:
                return now + timedelta(seconds=wanted)
            return datetime.fromtimestamp(wanted, timezone.utc).replace(tzinfo=None)
        if wanted.tzinfo is not None:
            return wanted.astimezone(timezone.utc).replace(tzinfo=None)
        return wanted
    except (ValueError, OverflowError, OSError):
        raise Refused(
            f"The expiration {wanted} is out of range.", "Send a date, or seconds from now."
        ) from None
