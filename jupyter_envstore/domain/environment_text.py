"""An environment.yml as text, written by a program: read alike by YAML 1.1 and 1.2."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import SingleQuotedScalarString

_BOOLEANS_OF_YAML_1_1 = frozenset(["y", "n", "yes", "no", "on", "off"])
"""Texts that are not quoted in YAML 1.2, and mean something else to programs that read 1.1."""


def environment_text(
    *,
    name: str | None,
    channels: Sequence[str],
    conda: Sequence[str],
    pip: Sequence[str] = (),
    description: str | None = None,
    variables: Mapping[str, str | int] | None = None,
) -> str:
    """Return the text; parts that are empty are left out, except the dependencies."""
    document: dict[str, Any] = {}
    if name is not None:
        document["name"] = _text(name)
    if description:
        document["description"] = _text(description)
    if channels:
        document["channels"] = list(channels)
    document["dependencies"] = [*conda, {"pip": list(pip)}] if pip else list(conda)
    if variables:
        document["variables"] = {
            _text(key): _text(value) if isinstance(value, str) else value
            for key, value in variables.items()
        }
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 4096  # One line for each package, however long.
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _text(text: str) -> str:
    is_boolean = text.lower() in _BOOLEANS_OF_YAML_1_1
    return SingleQuotedScalarString(text) if is_boolean else text
