"""Requests to values, values to JSON, errors to statuses."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from enum import Enum
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from ..api.operations import Operation
from ..domain.errors import (
    Conflict,
    EnvStoreError,
    Forbidden,
    InvalidInput,
    NotFound,
    Refused,
    StoreUnusable,
)
from ..store.cursor import Slice
from ..store.listing import Page
from .call import Acknowledged, WithMessage

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

STATUS_OF: dict[type[EnvStoreError], HTTPStatus] = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    Refused: HTTPStatus.BAD_REQUEST,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    StoreUnusable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The HTTP status of each error. The domain never learns it."""


class Unprocessable(Exception):
    """A query or body of the wrong types: 422, as conda-store answers."""

    def __init__(self, error: ValidationError, part: str) -> None:
        self.detail: list[dict[str, Any]] = [
            {
                "type": item["type"],
                "loc": [part, *item["loc"]],
                "msg": item["msg"],
                "input": item["input"] if isinstance(item["input"], (str, int, bool)) else None,
            }
            for item in error.errors(include_url=False, include_context=False)
        ]
        first = self.detail[0]
        super().__init__(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


def read_query(operation: Operation, arguments: dict[str, list[bytes]]) -> BaseModel | None:
    """Validate a query string; raise `Unprocessable`."""
    if operation.query is None:
        return None
    raw: dict[str, Any] = {}
    for name, field in operation.query.model_fields.items():
        values = [value.decode("utf-8", "replace") for value in arguments.get(name, ())]
        if values:
            raw[name] = values if field.annotation == list[str] else values[-1]
    try:
        return operation.query.model_validate(raw)
    except ValidationError as error:
        raise Unprocessable(error, "query") from None


def read_body(operation: Operation, body: bytes) -> BaseModel | None:
    """Validate a JSON body; an empty one counts as an empty object. Raise `Unprocessable`."""
    if operation.body is None:
        return None
    try:
        return operation.body.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise Unprocessable(error, "body") from None


def encode(operation: Operation, result: Any) -> bytes:
    """Return the JSON of a reply, in conda-store's envelope."""
    if operation.bare:
        return json.dumps(result, default=plain).encode()
    message = None
    if isinstance(result, WithMessage):
        message, result = result.message, result.data
    if isinstance(result, Acknowledged):
        envelope: dict[str, Any] = {"status": "ok", "message": result.message}
    elif isinstance(result, Page):
        envelope = {"status": "ok", "data": result.items, "message": message}
        envelope |= {"page": result.page, "size": result.size, "count": result.count}
    elif isinstance(result, Slice):
        envelope = {"status": "ok", "data": result.items, "message": message}
        envelope |= {"cursor": result.cursor, "count": result.count}
    else:
        envelope = {"status": "ok", "data": result, "message": message}
    if not operation.wrapped:
        envelope.pop("message")
    return json.dumps(envelope, default=plain).encode()


def error_body(error: EnvStoreError) -> dict[str, Any]:
    """Return what a client is told about an error."""
    problems = error.problems if isinstance(error, InvalidInput) else ()
    return {
        "status": "error",
        "message": error.message,
        "hint": error.hint,
        "problems": [dataclasses.asdict(problem) for problem in problems],
    }


def status_of(error: EnvStoreError) -> HTTPStatus:
    """Return the HTTP status of an error, of its nearest known class."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def plain(value: object) -> object:
    """Make what `json` does not know into what it knows."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _names(type(value))}
    raise TypeError(f"{type(value).__name__} has no place in a reply")


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    """Return the names of a class's fields: a list has thousands of values of few classes."""
    return tuple(field.name for field in dataclasses.fields(kind))
