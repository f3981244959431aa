"""The OpenAPI document, made from the operations and their types alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter

from ..domain.errors import Problem
from ..store.cursor import Slice
from ..store.listing import Page
from .operations import MAX_ID, Operation

_REF = "#/components/schemas/{model}"

_ERROR_SCHEMA = {
    "type": "object",
    "description": "Every error has this form.",
    "required": ["status", "message", "hint", "problems"],
    "properties": {
        "status": {"const": "error", "type": "string"},
        "message": {"type": "string", "description": "What happened and why, as a sentence."},
        "hint": {"type": ["string", "null"], "description": "What to do about it."},
        "problems": {"type": "array", "items": {"$ref": _REF.format(model="Problem")}},
        "detail": {
            "type": "array",
            "description": "Of 422 alone: each value that is not valid.",
            "items": {
                "type": "object",
                "required": ["type", "loc", "msg", "input"],
                "properties": {
                    "type": {"type": "string"},
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "msg": {"type": "string"},
                    "input": {"type": ["string", "integer", "boolean", "null"]},
                },
            },
        },
    },
}

_MEANING = {
    400: "What was asked cannot be done.",
    403: "The caller is not authenticated, or not authorized.",
    404: "There is no such thing.",
    405: "The path exists, but not with this method.",
    409: "Its present state forbids it.",
    413: "The request has more bytes than the server takes.",
    422: "The query or the body is not valid.",
    500: "The server made a mistake, which its log tells about.",
    503: "The store cannot be used.",
}

_CONDITIONS = [
    {
        "name": name,
        "in": "header",
        "required": False,
        "description": f"See RFC 9110; {meaning}.",
        "schema": {"type": "string"},
    }
    for name, meaning in (
        ("Range", "of an archive that is being made, parts can be had as soon as they are there"),
        ("If-Range", "with an entity tag, the part is of that version, or all of another is sent"),
        ("If-None-Match", "with an entity tag, nothing is sent if the file is still that"),
    )
]
_WITHOUT_CONTENT = {
    "304": {"description": "The file is what the client has already."},
    "416": {"description": "The file has no such part."},
}

_ALWAYS = frozenset([403, 500, 503])

_DESCRIPTION = """\
A store of immutable, versioned conda builds, beside Jupyter.

The server has this document at `<base_url>envstore/api/openapi.json`; addresses are relative to
that one. Every path also works without the slash at its end, and answers 405 to methods that it
does not have. Times are UTC and do not say so, as in conda-store."""


def openapi_document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API."""
    schemas: dict[str, Any] = {"Error": _ERROR_SCHEMA}
    _schema(Problem, schemas)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        entry = paths.setdefault(operation.address, {})
        entry[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyter_envstore",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": "..", "description": "<base_url>envstore"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {f"Error{status}": _error(status) for status in _MEANING},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token that POST token/ made, or that of the Jupyter server.",
                }
            },
        },
    }


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.path.split("/")[0] or "store"],
        "summary": operation.summary,
        "x-action": operation.action,
        "x-permissions": list(operation.needed),
        "parameters": [*_path_parameters(operation), *_query_parameters(operation, schemas)],
        "responses": {"200": _success(operation, schemas), **_errors(operation)},
    }
    if operation.deprecated:
        entry["deprecated"] = True
    if operation.ranged:
        entry["parameters"] += _CONDITIONS
        part = {"description": "The part that was asked for.", "content": _content(operation)}
        entry["responses"] |= {"206": part, **_WITHOUT_CONTENT}
    if operation.body is not None:
        content = {"application/json": {"schema": _schema(operation.body, schemas, "validation")}}
        # Nothing at all counts as an empty object.
        required = any(field.is_required() for field in operation.body.model_fields.values())
        entry["requestBody"] = {"required": required, "content": content}
    return entry


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 0, "maximum": MAX_ID}
            if name.endswith("_id")
            else {"type": "string", "minLength": 1},
        }
        for name in operation.parameters
    ]


def _query_parameters(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    reference = _schema(operation.query, schemas, "validation")
    schema = schemas.pop(reference["$ref"].rsplit("/", 1)[1])
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _success(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.content_type != "application/json":
        # Files have formats of their own, which are not for this document to describe.
        is_text = operation.content_type == "text/plain"
        schema: dict[str, Any] = {"type": "string"} if is_text else {}
    elif operation.bare:
        schema = _schema(operation.reply, schemas)
    else:
        schema = _envelope(operation, schemas)
    content = {operation.content_type: {"schema": schema}}
    return {"description": operation.summary, "content": content}


def _content(operation: Operation) -> dict[str, Any]:
    """Return what a part of a file is: bytes that need not be of the file's format."""
    return {operation.content_type: {"schema": {}}}


def _envelope(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {"status": {"const": "ok", "type": "string"}}
    if get_origin(operation.reply) is Page:
        (row,) = get_args(operation.reply)
        properties["data"] = {"type": "array", "items": _schema(row, schemas)}
        properties |= {name: {"type": "integer"} for name in ("page", "size", "count")}
    elif get_origin(operation.reply) is Slice:
        (row,) = get_args(operation.reply)
        properties["data"] = {"type": "array", "items": _schema(row, schemas)}
        properties |= {"cursor": {"type": "string"}, "count": {"type": "integer"}}
    elif operation.reply is not None:
        properties["data"] = _schema(operation.reply, schemas)
    if operation.wrapped:
        properties["message"] = {"type": ["string", "null"]}
    return {"type": "object", "required": list(properties), "properties": properties}


def _errors(operation: Operation) -> dict[str, Any]:
    statuses = {*_ALWAYS, *operation.errors}
    if operation.parameters:
        statuses.add(404)
    if operation.body is not None:
        statuses.add(413)
    if operation.query is not None or operation.body is not None:
        statuses.add(422)
    return {
        str(status): {"$ref": f"#/components/responses/Error{status}"}
        for status in sorted(statuses)
    }


def _error(status: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REF.format(model="Error")}}}
    return {"description": _MEANING[status], "content": content}


def _schema(kind: Any, schemas: dict[str, Any], mode: Any = "serialization") -> dict[str, Any]:
    """Return a reference to the schema of a type, which is put into `schemas`."""
    schema = TypeAdapter(kind).json_schema(ref_template=_REF, mode=mode)
    definitions = schema.pop("$defs", {})
    for part in (schema, *definitions.values()):
        _tidy(part, complete=mode == "serialization")
    schemas.update(definitions)
    name = getattr(kind, "__name__", "")
    if "$ref" in schema or not schema.get("properties"):
        return schema
    schemas[name] = schema
    return {"$ref": _REF.format(model=name)}


def _tidy(schema: dict[str, Any], *, complete: bool) -> None:
    """Drop the titles that repeat names; a reply always has all of its keys."""
    for part in schema.get("properties", {}).values():
        part.pop("title", None)
        if complete:
            part.pop("default", None)
            _without_offset(part)
    if complete and "properties" in schema:
        schema["required"] = list(schema["properties"])


def _without_offset(schema: Any) -> None:
    """Call the times of replies what they are: RFC 3339 calls ``date-time`` what has an offset."""
    if isinstance(schema, dict):
        if schema.get("format") == "date-time":
            schema["format"] = "date-time-local"
        for part in schema.values():
            _without_offset(part)
    elif isinstance(schema, list):
        for part in schema:
            _without_offset(part)
