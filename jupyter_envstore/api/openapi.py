"""The OpenAPI document, made from the operations and their types alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter

from ..domain.errors import Problem
from ..store.listing import Page
from .operations import API, Operation

_REF = "#/components/schemas/{model}"

_ERROR_SCHEMA = {
    "type": "object",
    "required": ["status", "message", "hint", "problems"],
    "properties": {
        "status": {"const": "error", "type": "string"},
        "message": {"type": "string", "description": "What happened and why, as a sentence."},
        "hint": {"type": ["string", "null"], "description": "What to do about it."},
        "problems": {"type": "array", "items": {"$ref": _REF.format(model="Problem")}},
        "detail": {"type": "array", "items": {}, "description": "Of 422: what is not valid."},
    },
}

_MEANING = {
    400: "What was asked cannot be done.",
    403: "The caller is not authenticated, or not authorized.",
    404: "There is no such thing.",
    409: "Its present state forbids it.",
    422: "The query or the body is not valid.",
    503: "The store cannot be used.",
}


def openapi_document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API."""
    schemas: dict[str, Any] = {"Error": _ERROR_SCHEMA}
    _schema(Problem, schemas)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = f"/{operation.path}/" if operation.path else "/"
        entry = paths.setdefault(path, {})
        if operation.root != API:
            entry["servers"] = [{"url": "/".join(("/envstore", operation.root)).rstrip("/")}]
        entry[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyter_envstore",
            "version": version,
            "description": "A store of immutable, versioned conda builds, beside Jupyter. "
            "Every path also works without the slash at its end.",
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": "/envstore/api/v1", "description": "Below the server's base URL."}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of the Jupyter server.",
                }
            },
        },
    }


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "x-action": operation.action,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation, schemas)],
        "responses": {"200": _success(operation, schemas), **_errors(operation)},
    }
    if operation.body is not None:
        content = {"application/json": {"schema": _schema(operation.body, schemas, "validation")}}
        entry["requestBody"] = {"required": True, "content": content}
    return entry


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if name.endswith("_id") else "string"},
        }
        for name in operation.parameters
    ]


def _query_parameters(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    reference = _schema(operation.query, schemas, "validation")
    schema = schemas.pop(reference["$ref"].rsplit("/", 1)[1])
    return [
        {"name": name, "in": "query", "required": False, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _success(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.content_type != "application/json":
        content: dict[str, Any] = {operation.content_type: {"schema": {"type": "string"}}}
        return {"description": operation.summary, "content": content}
    if operation.bare:
        schema = _schema(operation.reply, schemas)
        return {
            "description": operation.summary,
            "content": {"application/json": {"schema": schema}},
        }
    properties: dict[str, Any] = {"status": {"const": "ok", "type": "string"}}
    if get_origin(operation.reply) is Page:
        (row,) = get_args(operation.reply)
        properties["data"] = {"type": "array", "items": _schema(row, schemas)}
        properties |= {name: {"type": "integer"} for name in ("page", "size", "count")}
    elif operation.reply is not None:
        properties["data"] = _schema(operation.reply, schemas)
    if operation.wrapped:
        properties["message"] = {"type": ["string", "null"]}
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {
        "description": operation.summary,
        "content": {"application/json": {"schema": schema}},
    }


def _errors(operation: Operation) -> dict[str, Any]:
    statuses = {403, 503, *operation.errors}
    if operation.query is not None or operation.body is not None:
        statuses.add(422)
    content = {"application/json": {"schema": {"$ref": _REF.format(model="Error")}}}
    return {
        str(status): {"description": _MEANING[status], "content": content}
        for status in sorted(statuses)
    }


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
    if complete and "properties" in schema:
        schema["required"] = list(schema["properties"])
