"""An environment.yml as a value. All problems are gathered and raised at once, with places."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from . import yaml_text
from .build_key import content_id, specification_sha256
from .conda_lock import conda_lock_document, read_conda_lock
from .credentials import without_credentials
from .errors import InvalidInput, Problem
from .lock import Lock
from .names import name_problem
from .pip_lines import pip_line_problem
from .public_text import public_text
from .yaml_text import Located, Mapping, Scalar, Sequence, Span

CheckMatchSpec = Callable[[str], str | None]
"""Given a match spec, say what is wrong with it, or None. The engine provides it."""

KNOWN_KEYS = ("name", "channels", "dependencies", "description", "prefix", "variables")

_FROM_CREDENTIAL_FILES = (
    "builds take them from the credential files of the user who runs the server."
)
_FROM_UV_SETTINGS = "set UV_INDEX_* or use a netrc file."
_NOT_KEPT = "nothing secret is kept in the store."

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Specification:
    """What was asked for.

    `dependencies` holds match specs as text and, for a pip section, ``{"pip": [...]}``, in the
    order and the words of the user. `text` is the document as it was sent, without credentials.

    With a `lock` nothing is solved: its packages are installed. It is either all that was asked
    for (`is_lockfile`), or what an earlier build of the dependencies had come to.
    """

    name: str
    channels: tuple[str, ...] = ()
    dependencies: tuple[str | dict[str, list[str]], ...] = ()
    description: str | None = ""
    prefix: str | None = None
    variables: dict[str, str | int] | None = None
    lock: Lock | None = None
    is_lockfile: bool = False
    text: str = ""
    warnings: tuple[Problem, ...] = ()
    spans: dict[str, Span] = field(default_factory=dict)
    """The place in `text` of each value, by name: ``dependencies[2]``."""

    @property
    def model(self) -> dict[str, Any]:
        """The mapping that conda-store hashes, keys in its order.

        A lock is part of what was asked for, and so of the mapping.
        """
        lockfile = None if self.lock is None else conda_lock_document(self.lock)
        if self.is_lockfile:
            return {"name": self.name, "description": self.description, "lockfile": lockfile}
        return self.question if lockfile is None else {**self.question, "lockfile": lockfile}

    @property
    def question(self) -> dict[str, Any]:
        """The part of the mapping that a solver is asked."""
        return {
            "channels": list(self.channels),
            "dependencies": list(self.dependencies),
            "description": self.description,
            "name": self.name,
            "prefix": self.prefix,
            "variables": self.variables,
        }

    @property
    def sha256(self) -> str:
        return specification_sha256(self.model)

    @property
    def content_id(self) -> str:
        return content_id(self.model)

    @property
    def match_specs(self) -> tuple[str, ...]:
        return tuple(item for item in self.dependencies if isinstance(item, str))

    @property
    def pip(self) -> tuple[str, ...]:
        """Requirements and options of all pip sections, in order."""
        sections = (item["pip"] for item in self.dependencies if isinstance(item, dict))
        return tuple(line for section in sections for line in section)

    def as_lockfile(self, lock: Lock | None) -> Specification:
        """Return the specification that asks for the packages of a lock, and nothing else."""
        return replace(
            self,
            channels=() if lock is None else lock.channels,
            variables=None if lock is None else dict(lock.variables),
            lock=lock,
            is_lockfile=True,
        )

    def with_default_channels(self, channels: tuple[str, ...]) -> Specification:
        """Use `channels` where the specification names none."""
        return self if self.channels else replace(self, channels=channels)


def from_model(model: dict[str, Any], text: str = "") -> Specification:
    """Return the specification whose `model` was stored earlier."""
    lockfile = model.get("lockfile")
    lock = None if lockfile is None else read_conda_lock(lockfile)
    if "channels" not in model:
        found = Specification(name=model["name"], description=model["description"], text=text)
        return found.as_lockfile(lock)
    return Specification(
        lock=lock,
        name=model["name"],
        channels=tuple(model["channels"]),
        dependencies=tuple(model["dependencies"]),
        description=model["description"],
        prefix=model["prefix"],
        variables=model["variables"],
        text=text,
    )


def parse_specification(
    text: str, *, check_match_spec: CheckMatchSpec | None = None, needs_name: bool = True
) -> Specification:
    """Read an environment.yml, as YAML or JSON; the name is empty where it may be missing, and is.

    Raises `InvalidInput` with every problem found, each with its line and column.
    """
    document = yaml_text.load(text)
    if not isinstance(document, Mapping):
        raise InvalidInput(
            [
                Problem(
                    "Input should be a valid dictionary or object to extract fields from",
                    hint="An environment.yml has keys: name, channels, dependencies.",
                    line=document.span.line,
                    column=document.span.column,
                )
            ]
        )
    reader = _SpecificationReader(document, check_match_spec, needs_name)
    specification = reader.read()
    if reader.problems:
        raise InvalidInput(reader.problems)
    return replace(
        specification,
        text=public_text(text, document),
        warnings=tuple(reader.warnings),
        spans={
            without_credentials(place): node.span
            for place, node in yaml_text.walk(document)
            if place
        },
    )


def channels_by_place(text: str) -> dict[str, str]:
    """Return the channels that a document names, by place: ``channels[0]``."""
    try:
        nodes = yaml_text.walk(yaml_text.load(text))
    except InvalidInput:
        return {}
    return {
        place: node.value.strip()
        for place, node in nodes
        if place.startswith("channels[")
        and isinstance(node, Scalar)
        and isinstance(node.value, str)
    }


def locate(text: str, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the problems with the lines and columns that their places have in `text`."""
    try:
        nodes = yaml_text.walk(yaml_text.load(text))
    except InvalidInput:
        return problems
    spans = {place: node.span for place, node in nodes if place}
    return tuple(
        replace(
            _at(spans[problem.place], problem.message, problem.place, problem.hint),
            instead=tuple(map(without_credentials, problem.instead)),
            missing=problem.missing,
        )
        if problem.place in spans
        else problem
        for problem in problems
    )


_ABSOLUTE = re.compile(r"/|[A-Za-z]:[/\\]")


class _SpecificationReader:
    def __init__(
        self, document: Mapping, check_match_spec: CheckMatchSpec | None, needs_name: bool
    ) -> None:
        self._document = document
        self._check_match_spec = check_match_spec
        self._needs_name = needs_name
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def read(self) -> Specification:
        for key, span in self._document.keys.items():
            if key not in KNOWN_KEYS:
                self._warn(
                    f"The key {key!r} is not part of a specification and is ignored.", key, span
                )
        return Specification(
            name=self._name(),
            channels=self._channels(),
            dependencies=self._dependencies(),
            description=self._text_or_none("description", ""),
            prefix=self._text_or_none("prefix", None),
            variables=self._variables(),
        )

    # -- the parts ---------------------------------------------------------------------------

    def _name(self) -> str:
        node = self._document.items.get("name")
        if node is None and not self._needs_name:
            return ""
        if node is None:
            self.problems.append(
                Problem(
                    "Field required (type=missing, loc=('name',))",
                    place="name",
                    hint="Add a line like: name: my-environment",
                    line=self._document.span.line,
                    column=self._document.span.column,
                )
            )
            return ""
        value = yaml_text.plain(node)
        if not self._needs_name and isinstance(value, str) and _ABSOLUTE.match(value):
            # conda exports a prefix that is outside of its directories under its whole path.
            return ""
        if problem := name_problem(value):
            self._refuse(problem[0], "name", node.span, problem[1])
        return str(value)

    def _channels(self) -> tuple[str, ...]:
        channels: list[str] = []
        for place, node in self._list("channels"):
            value = self._text(place, node)
            if value is None:
                continue
            if value == "nodefaults":
                self._warn(
                    "'nodefaults' is not needed here and was dropped: only the channels that are "
                    "listed are used.",
                    place,
                    node.span,
                )
            elif value == "local":
                self._refuse(
                    "The channel 'local' is a directory of the machine where conda-build ran; "
                    "the store cannot read it.",
                    place,
                    node.span,
                    "Give the channel's URL, e.g. file:///path/to/conda-bld.",
                )
            else:
                channels.append(self._public(value, place, node.span, _FROM_CREDENTIAL_FILES))
        return tuple(channels)

    def _dependencies(self) -> tuple[str | dict[str, list[str]], ...]:
        dependencies: list[str | dict[str, list[str]]] = []
        for place, node in self._list("dependencies"):
            if isinstance(node, Mapping):
                dependencies.append({"pip": self._pip(place, node)})
                continue
            value = self._text(place, node)
            if value is not None and (problem := self._match_spec_problem(value)):
                self._refuse(
                    problem, place, node.span, "Examples: numpy, numpy>=1.26,<3, python=3.11.*"
                )
            elif value is not None:
                dependencies.append(self._public(value, place, node.span, _FROM_CREDENTIAL_FILES))
        return tuple(dependencies)

    def _match_spec_problem(self, value: str) -> str | None:
        if any(ord(character) < 32 for character in value):
            return f"Invalid conda package dependency specification {value!r}: it must be one line."
        if self._check_match_spec is None:
            return None
        wrong = self._check_match_spec(value)
        return f"Invalid conda package dependency specification {value}: {wrong}" if wrong else None

    def _pip(self, place: str, node: Mapping) -> list[str]:
        for key, span in node.keys.items():
            if key != "pip":
                self._warn(
                    f"The key {key!r} among the dependencies is ignored; only 'pip' is known.",
                    f"{place}.{key}",
                    span,
                )
        if "pip" not in node.items:
            self._refuse(
                "A mapping among the dependencies must be a pip section.",
                place,
                node.span,
                "Write a match spec as text, e.g. - numpy, or a section - pip: with a list below.",
            )
            return []
        lines: list[str] = []
        for line_place, item in self._list("pip", node, f"{place}."):
            value = self._text(line_place, item)
            if value is None:
                continue
            if problem := pip_line_problem(value):
                self._refuse(problem[0], line_place, item.span, problem[1])
                continue
            lines.append(self._public(value, line_place, item.span, _FROM_UV_SETTINGS))
        return lines

    def _variables(self) -> dict[str, str | int] | None:
        node = self._document.items.get("variables")
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return None
        if not isinstance(node, Mapping):
            self._refuse(
                "Input should be a valid dictionary (variables)",
                "variables",
                node.span,
                "Write one line per variable, e.g. variables: then   MY_NAME: my value",
            )
            return None
        variables: dict[str, str | int] = {}
        for key, item in node.items.items():
            place = f"variables.{key}"
            value = item.value if isinstance(item, Scalar) else None
            if not _VARIABLE.fullmatch(key):
                self._refuse(
                    f"{key!r} cannot be the name of an environment variable.", place, node.keys[key]
                )
            elif isinstance(value, str) and "\0" not in value:
                variables[key] = self._public(value, place, item.span, _NOT_KEPT)
            elif isinstance(value, int) and not isinstance(value, bool):
                variables[key] = value
            else:
                self._refuse(
                    f"The variable {key} must be text or a whole number.",
                    place,
                    item.span,
                    "Write the value in quotes.",
                )
        return variables

    # -- shared by the parts -----------------------------------------------------------------

    def _list(
        self, key: str, parent: Mapping | None = None, prefix: str = ""
    ) -> list[tuple[str, Located]]:
        node = (parent or self._document).items.get(key)
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self._refuse(
                f"Input should be a valid list ({key})",
                f"{prefix}{key}",
                node.span,
                f"Write one line per item below {key}:, each beginning with a dash.",
            )
            return []
        return [(f"{prefix}{key}[{index}]", item) for index, item in enumerate(node.items)]

    def _text(self, place: str, node: Located) -> str | None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and value.strip():
            return value.strip()
        shown = repr(value) if isinstance(node, Scalar) and value is not None else "This"
        self._refuse(
            f"Input should be a valid string: {shown} is not text.",
            place,
            node.span,
            "Write it as text; put quotes around what looks like a number.",
        )
        return None

    def _text_or_none(self, key: str, default: str | None) -> str | None:
        node = self._document.items.get(key)
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return self._public(node.value, key, node.span, _NOT_KEPT)
        if isinstance(node, Scalar) and node.value is None:
            return None
        self._refuse(
            f"Input should be a valid string ({key})", key, node.span, "Write it in quotes."
        )
        return default

    def _public(self, value: str, place: str, span: Span, instead: str) -> str:
        """Return `value` without credentials, with a warning if there were any."""
        public = without_credentials(value)
        if public != value:
            self._warn(f"The credentials in this URL were removed; {instead}", place, span)
        return public

    def _refuse(self, message: str, place: str, span: Span, hint: str | None = None) -> None:
        self.problems.append(_at(span, message, place, hint))

    def _warn(self, message: str, place: str, span: Span) -> None:
        self.warnings.append(_at(span, message, place, None))


def _at(span: Span, message: str, place: str, hint: str | None) -> Problem:
    return Problem(
        without_credentials(message),
        without_credentials(place),
        None if hint is None else without_credentials(hint),
        span.line,
        span.column,
        span.end_line,
        span.end_column,
    )
