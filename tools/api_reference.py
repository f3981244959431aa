"""The page about the REST API, made from the OpenAPI document: what to read instead of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_INTRODUCTION = """\
# REST API

All paths are below `<base_url>envstore` and work with and without the slash at their end. They are
conda-store's where it has them. The server has the same as an OpenAPI document at
`<base_url>envstore/api/openapi.json`, which is also [here](openapi.json).

*Permission* is what the caller has to have on what the path names; *action* is what Jupyter's
authorizer is asked, for the resource `envstore`. Times are UTC and do not say so. Replies in the
envelope are `{"status": "ok", "data": …, "message": …}`, lists have `page`, `size` and `count` as
well; [errors](errors.md) have one form.

Two paths are no part of the document: Jupyter's login stands behind them, as
[this decision](../adr/0039-conda-stores-login-is-jupyters.md) says. `POST login/` takes
`{"username": …, "password": …}`, answers with `{"redirect_url": …}` as data and sets Jupyter's
cookie, or answers 403; `GET login/` leads to Jupyter's page. `POST logout/` takes the cookie away
and answers 303. With both, `?next=` says where to go then.
"""


def api_reference(document: dict[str, Any]) -> str:
    """Return the page in Markdown: all endpoints, each of them, then the types they name."""
    rows = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    rows.sort(key=lambda row: row[2]["tags"])
    lines = [_INTRODUCTION, "## Endpoints", "", "| method | path | what |", "|---|---|---|"]
    lines += [
        f"| {method} | [`{path}`](#{method.lower()}-{operation['operationId']}) "
        f"| {operation['summary']} |"
        for method, path, operation in rows
    ]
    lines += ["", "## Each endpoint", ""]
    for method, path, operation in rows:
        lines += _endpoint(method, path, operation)
    lines += ["## Types", ""]
    for name, schema in document["components"]["schemas"].items():
        lines += _type(name, schema)
    return "\n".join(lines)


def _endpoint(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    permissions = ", ".join(f"`{name}`" for name in operation["x-permissions"])
    yield f"### {method} {operation['operationId']}\n"
    yield f"`{method} {path}`\n\n{operation['summary']}\n"
    yield f"- Permission: {permissions or 'none'}. Action: `{operation['x-action']}`."
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        yield f"- Body: {_text(body)}."
    responses = dict(operation["responses"])
    yield f"- Reply: {_reply(responses.pop('200')['content'])}."
    yield f"- Errors: {', '.join(responses)}.\n"
    query = [item for item in operation["parameters"] if item["in"] == "query"]
    if query:
        yield "| in the query | type | default |\n|---|---|---|"
        for item in query:
            default = "required" if item["required"] else _default(item["schema"])
            yield f"| `{item['name']}` | {_text(item['schema'])} | {default} |"
        yield ""


def _reply(content: dict[str, Any]) -> str:
    ((media, described),) = content.items()
    if media != "application/json":
        return f"`{media}`"
    schema = described["schema"]
    properties = schema.get("properties", {})
    if "status" not in properties:
        return f"{_text(schema)}, without an envelope"
    if "data" not in properties:
        return "an acknowledgement"
    return _text(properties["data"])


def _type(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    if "description" in schema:
        yield f"{_line(schema['description'])}\n"
    if "properties" not in schema:
        yield f"{_text(schema)}\n"
        return
    required = schema.get("required", ())
    yield "| field | type | |\n|---|---|---|"
    for field, part in schema["properties"].items():
        notes = [_line(part["description"])] if "description" in part else []
        notes += [] if field in required else [f"Default: {_default(part)}."]
        yield f"| `{field}` | {_text(part)} | {' '.join(notes)} |"
    yield ""


def _text(schema: dict[str, Any]) -> str:
    """Return a schema as a phrase; what has a name is a link to its table."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(_text(part) for part in schema[choice]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_text(schema.get('items', {}))}"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"object of {_text(values)}" if isinstance(values, dict) else "object"
    if isinstance(kind, list):
        return " or ".join(kind)
    return f"{kind}{_bounds(schema)}"


def _bounds(schema: dict[str, Any]) -> str:
    """Return the bounds that a caller may run into: not those of the machine."""
    least, most = schema.get("minimum"), schema.get("maxLength")
    said = [f"at least {least}"] if least is not None and abs(least) < 2**53 else []
    said += [f"at most {most} characters"] if most is not None else []
    return f" ({', '.join(said)})" if said else ""


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    return "none" if value in (None, "", [], {}) and value is not False else f"`{value}`"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
