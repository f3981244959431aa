"""One request from decoded headers to the bytes of the reply: what happens in a thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..api.operations import Operation
from ..service.access import Caller
from .admission import admit
from .call import Call, Eventually, FollowLog, SendArchive, SendFile, Services, Streamed
from .decoding import encode, read_body, read_query


@dataclass(frozen=True)
class Request:
    """What came, not looked at yet; `parameters` are those of the path."""

    caller: Caller
    parameters: dict[str, Any]
    query: dict[str, list[bytes]]
    body: bytes
    client: str | None
    if_match: str | None


def perform(
    services: Services, operation: Operation, request: Request
) -> bytes | FollowLog | SendFile | SendArchive | Eventually:
    """Admit, decode, run and encode. Raises what these raise, `Forbidden` before anything else."""
    access = services.access.of(request.caller)
    admit(operation, request.parameters, access, services.builds, services.shared)
    call = Call(
        services=services,
        access=access,
        body=read_body(operation, request.body),
        query=read_query(operation, request.query),
        author=request.caller.username,
        client=request.client,
        if_match=request.if_match,
        parameters=request.parameters,
    )
    result = operation.run(call)
    if isinstance(result, Eventually):
        make = result.make
        return replace(result, make=lambda answer: _encoded(operation, make(answer)))
    return _encoded(operation, result)


def _encoded(operation: Operation, result: Any) -> bytes | FollowLog | SendFile | SendArchive:
    """Return the reply's bytes, or what is sent bit by bit."""
    if isinstance(result, Streamed):
        return result
    return encode(operation, result)
