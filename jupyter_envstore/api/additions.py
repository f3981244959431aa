"""What clients may send to the endpoints that conda-store does not have, and to its own solve."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from .models import OwnRequest, Stored

MAX_TAGS = 32

Tag = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
]
FindingCode = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,64}$")]
SolveId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Annotate(OwnRequest):
    """A note and tags for a build; what is left out stays as it is."""

    note: Annotated[str, Field(max_length=10_000)] | None = None
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS)] | None = None


class CloneEnvironment(OwnRequest):
    """The new environment, and the build whose specification it begins with.

    Without a namespace it is the same one; without a build, the current one, else the newest.
    """

    name: str
    namespace: str | None = None
    build_id: Stored | None = None


class RenameEnvironment(OwnRequest):
    """The environment's new name; its namespace stays."""

    name: str


class Mend(OwnRequest):
    """Which of the doctor's findings the server shall mend, by their codes; all without them."""

    only: Annotated[list[FindingCode], Field(max_length=100)] | None = None


class RepairBuild(OwnRequest):
    """How a build is repaired: with `keep_added`, files that were added to it stay."""

    keep_added: bool = False


class Solve(OwnRequest):
    """A specification to solve, without building it.

    `namespace` tells whose rules hold, and which environment's current build the answer is compared
    with. `id`, of the client's choice, is what DELETE solve/{id}/ takes.
    """

    specification: str
    namespace: str | None = None
    id: SolveId | None = None


class SolveQuery(BaseModel):
    """Match specs to solve, as conda-store's clients send them: `channels` is its CLI's word."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    channel: Annotated[list[str], Field(max_length=50)] = []
    channels: Annotated[list[str], Field(max_length=50)] = []
    conda: list[str] = []
    pip: list[str] = []
    format: str | None = None
    """Ignored, as conda-store does."""


class ConvertSpecification(OwnRequest):
    """A file that describes an environment, to be made a specification of; nothing is stored.

    `environment` chooses among the environments, features, extras or groups of a pixi.toml or
    pyproject.toml, `platform` is conda's name of the one that it is for; by default the server's.
    """

    text: str
    filename: Annotated[str, Field(max_length=1000)] | None = None
    environment: Annotated[str, Field(max_length=500)] | None = None
    platform: (
        Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,20}-[a-z0-9]{1,20}$")] | None
    ) = None


class ImportPrefix(OwnRequest):
    """The prefix of a conda environment on the server's disk, and what is to be made of it.

    Without a namespace it is the caller's.
    """

    prefix: Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]
    name: str
    namespace: str | None = None
