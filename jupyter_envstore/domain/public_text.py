"""The text of a document as it may be stored and shown: as it was sent, without credentials."""

from __future__ import annotations

from . import yaml_text
from .credentials import has_credentials, without_credentials
from .errors import InvalidInput, Problem
from .yaml_text import Located, Scalar


def public_text(text: str, document: Located) -> str:
    """Return `text`, which `document` was read from, without credentials.

    Escapes, and line breaks within quotes, can hide a URL from a search of the text: what it says
    after the cut is therefore read once more. Raises `InvalidInput` if a secret is left.
    """
    public = without_credentials(text)
    secrets = _secrets(document)
    if not secrets:
        return public
    left = _secrets(yaml_text.load(public))
    if left:
        raise InvalidInput(
            _problem(place, secrets.get(place, node)) for place, node in left.items()
        )
    return public


def _secrets(document: Located) -> dict[str, Located]:
    return {
        place: node
        for place, node in yaml_text.walk(document)
        if isinstance(node, Scalar) and isinstance(node.value, str) and has_credentials(node.value)
    }


def _problem(place: str, node: Located) -> Problem:
    span = node.span
    return Problem(
        "The credentials in this URL cannot be cut out of the text.",
        place,
        "Write the URL in one piece and without escapes, or leave its credentials out.",
        span.line,
        span.column,
        span.end_line,
        span.end_column,
    )
