"""What clients may send. pydantic names every problem at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..domain.build import BuildStatus
from ..store.listing import Listing


class Request(BaseModel):
    """A body as conda-store's clients send it: unknown keys are ignored, as there."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class OwnRequest(BaseModel):
    """A body of our own endpoints: an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SubmitSpecification(Request):
    """A specification to build."""

    specification: str = ""
    namespace: str | None = None
    is_lockfile: Literal[False] = False
    environment_name: str | None = None
    environment_description: str | None = None


class CheckSpecification(OwnRequest):
    """A specification to look at, without building it."""

    specification: str
    namespace: str | None = None


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

    build_id: int | None = None
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


class BuildsQuery(PageQuery):
    """Filters of the list of builds."""

    environment_id: int | None = None
    namespace: str | None = None
    name: str | None = None
    status: BuildStatus | None = None


class PackagesQuery(PageQuery):
    """Filters of the list of packages of a build."""

    search: str | None = None
    exact: Literal["true", "True", "1", "false", "False", "0", ""] = ""
    build: str | None = None


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

    since: Annotated[int, Field(ge=0)] = 0
