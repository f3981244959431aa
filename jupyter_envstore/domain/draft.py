"""A specification as it is gathered from a file of another kind, with what had to be said of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .environment_text import environment_text
from .errors import Problem

_PYTHON = re.compile(r"(?:[^\[]*::)?python(?![\w.-])")


@dataclass
class Draft:
    """The parts of an environment.yml, in the order in which the file has them."""

    name: str | None = None
    description: str | None = None
    channels: list[str] = field(default_factory=list)
    conda: list[str] = field(default_factory=list)
    """Match specs."""
    pip: list[str] = field(default_factory=list)
    """The lines of the pip section: index options, then requirements."""
    variables: dict[str, str | int] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """What the file asks for and an environment.yml cannot say: nothing is built without it."""

    @property
    def text(self) -> str:
        """The environment.yml."""
        return environment_text(
            name=self.name,
            description=self.description,
            channels=self.channels,
            conda=tuple(dict.fromkeys(self.conda)),
            pip=tuple(dict.fromkeys(self.pip)),
            variables=self.variables,
        )

    def warn(
        self, message: str, hint: str | None = None, *, line: int | None = None, place: str = ""
    ) -> None:
        """Say what was understood otherwise than it stands there, or left out."""
        self.warnings.append(Problem(message, place, hint, line))

    def refuse(
        self, message: str, hint: str | None = None, *, line: int | None = None, place: str = ""
    ) -> None:
        """Say what cannot be kept; the file is not converted."""
        self.problems.append(Problem(message, place, hint, line))

    @property
    def names_python(self) -> bool:
        """Whether one of the match specs says which Python there is to be."""
        return any(_PYTHON.match(spec) for spec in self.conda)

    def ensure_python(self) -> None:
        """Add Python where there is a pip section and nothing says which Python it is for."""
        if self.pip and not self.names_python:
            self.conda.insert(0, "python")
            self.warn(
                "Python was added: what pip installs needs one, and the file names none.",
                "Say which one it should be, e.g. python=3.12.",
            )
