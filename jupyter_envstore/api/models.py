"""What clients may send. pydantic names every problem at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel, model_validator

from ..domain.build import ArtifactType, BuildStatus
from ..domain.entities import EVERYTHING, Scope
from ..domain.errors import Refused
from ..store.environments import SORTABLE
from ..store.filters import BuildFilter, EnvironmentFilter
from ..store.listing import Listing

Stored = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A whole number that SQLite can hold."""
Bindings = Annotated[dict[str, list[str]], Field(max_length=500)]
"""Roles by entity. They are looked at for every request: a few hundred are plenty."""


class Request(BaseModel):
    """A body as conda-store's clients send it: unknown keys are ignored, as there."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class OwnRequest(BaseModel):
    """A body of our own endpoints: an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubmitSpecification(Request):
    """A specification to build; name and description are those of a lockfile's environment.

    `based_on` is the build whose specification was edited: nothing is done if another one was
    asked for since then. For lockfiles it does not count.
    """

    specification: str = ""
    namespace: str | None = None
    is_lockfile: bool = False
    environment_name: str | None = None
    environment_description: str | None = None
    based_on: Stored | None = None


class Rebuild(Request):
    """How to build again. With `exact`, the very packages of the build: nothing is solved."""

    exact: bool = False


class MintToken(Request):
    """A token to make. conda-store's CLI calls the expiration ``exp``; its time may lack UTC."""

    primary_namespace: str | None = None
    role_bindings: Bindings | None = None
    expiration: datetime | float | None = None
    exp: datetime | float | None = None
    note: Annotated[str, Field(max_length=200)] = ""
    """For whoever reads the list of tokens: what it is for."""


class UpdateNamespace(Request):
    """Each part that is given replaces all that was there; `role_mappings` are of version 1."""

    metadata: dict[str, JsonValue] | None = None
    role_mappings: Bindings | None = None


class NamespaceMetadata(RootModel[dict[str, JsonValue]]):
    """The body is the metadata itself."""


class ShareNamespace(Request):
    """The role of the owners of another namespace on everything in this one."""

    other_namespace: str
    role: str


class UnshareNamespace(Request):
    """The namespace whose owners lose their role."""

    other_namespace: str


class SharedRoleQuery(BaseModel):
    """The namespace whose owners' role is asked for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    other_namespace: str


class CheckSpecification(OwnRequest):
    """A specification to look at, without building it; the name is that of a lockfile's."""

    specification: str
    namespace: str | None = None
    is_lockfile: bool = False
    environment_name: str | None = None


class CleanUp(OwnRequest):
    """What a clean-up is about. What is left out is as the settings have it.

    For one namespace, or one of its environments, only builds are looked at, not the caches.
    """

    dry_run: bool = True
    keep_builds: Annotated[int, Field(ge=0)] | None = None
    keep_days: Annotated[float, Field(ge=0)] | None = None
    keep_failed_days: Annotated[float, Field(ge=0)] | None = None
    namespace: str | None = None
    environment: str | None = None
    spare: Annotated[list[Annotated[Stored, Field(ge=0)]], Field(max_length=10_000)] = []
    """The ids of builds that stay whatever the rules say."""

    @model_validator(mode="after")
    def _an_environment_is_of_a_namespace(self) -> CleanUp:
        if self.environment is not None and self.namespace is None:
            raise ValueError("an environment needs its namespace")
        return self


class AdoptBuilds(OwnRequest):
    """Whether only to say what an adoption would do."""

    dry_run: bool = False


class UpdateEnvironment(Request):
    """Switch to another build, or describe; an empty body changes nothing."""

    build_id: Stored | None = None
    description: str | None = None


class PageQuery(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    page: int = 1
    size: Annotated[int, Field(ge=1)] | None = None
    sort_by: list[str] = []
    order: str = "asc"

    def listing(self, max_page_size: int, *, unlimited: bool = False) -> Listing:
        """Return the listing; without a size it is `max_page_size`, or everything."""
        size = self.size if self.size is not None or unlimited else max_page_size
        return Listing(
            page=max(self.page, 1),
            size=None if size is None else min(size, max_page_size),
            sort_by=tuple(self.sort_by),
            descending=self.order == "desc",
        )


class EnvironmentsQuery(PageQuery):
    """Filters of the list of environments; `status` is that of the current build."""

    search: str | None = None
    namespace: str | None = None
    name: str | None = None
    status: BuildStatus | None = None
    artifact: ArtifactType | None = None
    packages: Annotated[list[str], Field(max_length=50)] = []
    jwt: str | None = None
    """A token of the store's: only what it may read is listed."""

    def wanted(self, scope: Scope = EVERYTHING) -> EnvironmentFilter:
        """Return the filter, within what the caller may see."""
        return EnvironmentFilter(
            search=self.search,
            namespace=self.namespace,
            name=self.name,
            status=self.status,
            artifact=self.artifact,
            packages=tuple(self.packages),
            scope=scope,
        )


class EnvironmentsAfterQuery(EnvironmentsQuery):
    """Filters of conda-store's v2 list, and what comes after its `cursor`."""

    limit: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    cursor: str | None = None
    order: Literal["asc", "desc"] = "asc"

    def columns(self) -> tuple[str, ...]:
        """Return what to sort by, named one by one or with commas; raise `Refused`."""
        names = tuple(name for part in self.sort_by for name in part.split(",") if name)
        if unknown := [name for name in names if name not in SORTABLE]:
            raise Refused(
                f"Cannot sort results by {unknown}. Valid sort_by values are {list(SORTABLE)}"
            )
        return tuple(dict.fromkeys(names))


class BuildsQuery(PageQuery):
    """Filters of the list of builds."""

    environment_id: Annotated[Stored, Field(ge=0)] | None = None
    namespace: str | None = None
    name: str | None = None
    status: BuildStatus | None = None
    artifact: ArtifactType | None = None
    packages: Annotated[list[str], Field(max_length=50)] = []
    tag: Annotated[list[str], Field(max_length=50)] = []
    """Ours: builds that carry all of these tags."""

    def wanted(self, scope: Scope = EVERYTHING) -> BuildFilter:
        """Return the filter, within what the caller may see."""
        return BuildFilter(
            environment_id=self.environment_id,
            namespace=self.namespace,
            name=self.name,
            status=self.status,
            artifact=self.artifact,
            packages=tuple(self.packages),
            tags=tuple(self.tag),
            scope=scope,
        )


class PackagesQuery(PageQuery):
    """Filters of the list of packages of a build."""

    search: str | None = None
    exact: str = ""
    """Any text but false and 0, as conda-store has it: there, even these two mean true."""
    build: str | None = None

    @property
    def is_exact(self) -> bool:
        return self.exact.lower() not in ("", "false", "0")


class LogQuery(BaseModel):
    """Which part of a log; with `follow` the reply goes on until the build has ended."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    offset: Annotated[int, Field(ge=0)] = 0
    follow: bool = False


class CondaConfigQuery(BaseModel):
    """The namespaces that the previews are about; without any, all of them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    namespace: list[str] = []


class ChangeCondaConfig(OwnRequest):
    """Namespaces to add to conda's configuration, and namespaces to take out of it."""

    # pydantic's classes have a `register` of their own.
    register_: Annotated[list[str], Field(alias="register")] = []
    unregister: list[str] | Literal["all"] = []


class SinceQuery(BaseModel):
    """Everything after this number."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: Annotated[Stored, Field(ge=0)] = 0


class EventsQuery(SinceQuery):
    """Events after a number."""

    echo: Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,64}$")] | None = None
    """Is sent back at once over Jupyter's event bus: whoever hears it hears all events."""
