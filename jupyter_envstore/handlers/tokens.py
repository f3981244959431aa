"""Tokens for programs."""

from __future__ import annotations

from ..api.models import MintToken
from ..api.replies import MintedReply, TokenReply
from ..domain.errors import Refused
from ..domain.role_bindings import role_bindings
from .call import Acknowledged, Call, endpoint


@endpoint(
    "POST",
    "token",
    action="write",
    permission=(),
    body=MintToken,
    reply=MintedReply,
    errors=(400,),
)
def mint_token(call: Call) -> MintedReply:
    """Make a token that may as much as the caller, or less."""
    body = call.body
    try:
        bindings = None if body.role_bindings is None else role_bindings(body.role_bindings)
    except ValueError as error:
        raise Refused(str(error)) from None
    text, token = call.services.tokens.mint(
        call.access,
        primary_namespace=body.primary_namespace,
        role_bindings=bindings,
        expiration=body.exp if body.expiration is None else body.expiration,
        note=body.note,
    )
    return MintedReply(text, token.id, token.expires_on)


@endpoint("GET", "token", action="read", permission=(), reply=tuple[TokenReply, ...])
def list_tokens(call: Call) -> tuple[TokenReply, ...]:
    """The valid tokens that the caller may revoke: the caller's own, an administrator's all."""
    return tuple(TokenReply.of(token) for token in call.services.tokens.list(call.access))


@endpoint("DELETE", "token/{token_id}", action="write", permission=(), errors=(404,))
def revoke_token(call: Call) -> Acknowledged:
    """End a token, and those that were made with it."""
    call.services.tokens.revoke(call.access, call["token_id"])
    return Acknowledged()
