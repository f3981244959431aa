"""Builds, as users work with them: watch, cancel, rebuild, pin, delete."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from ..builder.attempts import Attempts
from ..builder.publisher import Publisher
from ..domain.build import Build, BuildStatus
from ..domain.errors import Conflict, Refused
from ..domain.moments import Clock, utc_now
from ..domain.specification import locate
from ..integration.raw_kernels import find_kernels
from ..store.artifacts import Artifacts
from ..store.builds import Builds
from ..store.database import Database
from ..store.filters import ALL_BUILDS, BuildFilter
from ..store.history import Deed, History
from ..store.listing import Listing, Page
from ..store.notes import Notes
from ..store.packages import Packages, StoredPackage
from .artifacts import there_are
from .environments import EnvironmentService
from .in_use import Notebooks, refuse_if_pinned, refuse_if_used
from .merged_lists import build_value, with_shared
from .shared_files import whole_view
from .shared_packages import SharedPackages
from .shared_stores import SharedStores
from .views import BuildView, BuildViews


class BuildService:
    """The use cases around builds. Everything is synchronous."""

    def __init__(
        self,
        *,
        database: Database,
        builds: Builds,
        packages: Packages,
        artifacts: Artifacts,
        attempts: Attempts,
        publisher: Publisher,
        history: History,
        notes: Notes,
        views: BuildViews,
        environment_service: EnvironmentService,
        notebooks: Notebooks,
        shared: SharedStores,
        shared_packages: SharedPackages,
        wake_housekeeper: Callable[[], None],
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._builds = builds
        self._packages = packages
        self._artifacts = artifacts
        self._attempts = attempts
        self._publisher = publisher
        self._history = history
        self._notes = notes
        self._views = views
        self._environment_service = environment_service
        self._notebooks = notebooks
        self._shared = shared
        self._shared_packages = shared_packages
        self._wake_housekeeper = wake_housekeeper
        self._clock = clock

    # -- looking --------------------------------------------------------------------------------

    def list(self, listing: Listing, wanted: BuildFilter = ALL_BUILDS) -> Page[BuildView]:
        """Return a page of builds: this store's, then those of shared stores."""
        page = self._builds.list(listing, wanted)
        own = Page(self._views.of_all(page.items), page.page, page.size, page.count)
        return with_shared(own, listing, self._shared.builds(wanted), build_value)

    def get(self, build_id: int) -> BuildView:
        """Return everything about one build; raise `NotFound`."""
        if found := self._shared.get(build_id):
            return whole_view(found)
        build = self._builds.get(build_id)
        specification, created_on = self._builds.specification(build)
        failure = self._builds.failure(build_id)
        if failure is not None:
            failure = replace(failure, problems=locate(build.text, failure.problems))
        return replace(
            self._views.of(build),
            warnings=self._builds.warnings(build_id),
            failure=failure,
            specification=specification,
            specification_created_on=created_on,
            artifacts=there_are(build, self._artifacts.of_build(build_id)),
        )

    def owner(self, build_id: int) -> tuple[str, str] | None:
        """Return the namespace and the name of a build's environment; None without a build."""
        found = self._shared.find(build_id)
        build = found.view.build if found else self._builds.find(build_id)
        return None if build is None else (build.namespace, build.name)

    def packages(
        self,
        build_id: int,
        listing: Listing,
        *,
        search: str | None = None,
        exact: bool = False,
        build: str | None = None,
    ) -> Page[StoredPackage]:
        if found := self._shared.get(build_id):
            return self._shared_packages.page(
                found, listing, search=search, exact=exact, build=build
            )
        self._builds.get(build_id)
        return self._packages.of_build(build_id, listing, search=search, exact=exact, build=build)

    # -- changing -------------------------------------------------------------------------------

    def rebuild(self, build_id: int, *, author: str | None, client: str | None) -> int:
        """Ask for a new build of the same specification; return its id."""
        build = self._builds.get(build_id)
        return self._environment_service.submit_again(build, author=author, client=client).id

    def cancel(self, build_id: int, *, actor: str | None = None) -> str:
        """Ask for the end of a build and return what came of it, in conda-store's sentence.

        One that runs is stopped within moments, and its status tells when it has.
        """
        with self._database.write():
            before = self._builds.get(build_id)
            after = self._environment_service.cancel(before)
            if after is not before:
                self._note(before, "canceled", actor)
        if before.status.ended and before.status is not BuildStatus.CANCELED:
            return f"build {build_id} was not canceled: it had ended already, {before.status.value}"
        return f"build {build_id} canceled"

    def pin(self, build_id: int, *, pinned: bool, actor: str | None = None) -> None:
        """Keep a build from deletion and clean-up, or stop to. Raises `NotFound`."""
        with self._database.write():
            build = self._builds.get(build_id)
            if build.pinned is not pinned:
                self._builds.pin(build_id, pinned=pinned)
                self._note(build, "pinned" if pinned else "unpinned", actor)

    def pin_kernel(self, build_id: int, *, pinned: bool, actor: str | None = None) -> None:
        """Let a build have its kernels for itself, under names of their own, or no longer.

        Raises `NotFound`; `Refused` for a build that has no kernel to offer.
        """
        if pinned:
            self._refuse_without_kernel(self._builds.get(build_id))
        with self._database.write():
            build = self._builds.get(build_id)
            if build.kernel_pinned is not pinned:
                self._builds.pin_kernel(build_id, pinned=pinned)
                self._note(build, "pinned" if pinned else "unpinned", actor, "kernel")
        self._publisher.bring_up_to_date(build.namespace, build.name)

    def annotate(
        self,
        build_id: int,
        note: str | None,
        tags: Iterable[str] | None,
        *,
        actor: str | None = None,
    ) -> tuple[str, tuple[str, ...]]:
        """Write a note or tags, or both, and return what is there then. Raises `NotFound`.

        None leaves what is there. Each tag is kept once.
        """
        with self._database.write():
            build = self._builds.get(build_id)
            note = build.note if note is None else note
            kept = build.tags if tags is None else tuple(dict.fromkeys(tags))
            if (note, kept) != (build.note, build.tags):
                self._notes.write(build_id, note, kept)
                self._note(build, "annotated", actor)
        return note, kept

    def note_uses(self, build_ids: Collection[int]) -> None:
        """Note that builds are used at this moment; those of shared stores keep no account here."""
        now = self._clock()
        with self._database.write():
            for build_id in build_ids:
                self._builds.note_use(build_id, now)

    def delete(self, build_id: int, *, actor: str | None = None) -> None:
        """Remove a build's prefix and take it from the lists; one that is queued never begins.

        Kernels that it has for itself go with it. Raises `Refused` while it runs, `Conflict` while
        it is current, pinned or in use.
        """
        build = self._builds.get(build_id)
        self._refuse_if_needed(build)
        refuse_if_used([build.prefix], self._notebooks)
        with self._database.write():
            build = self._builds.get(build_id)
            self._refuse_if_needed(build)
            self._environment_service.cancel(build)
            self._builds.mark_deleted(build_id, self._clock())
            self._note(build, "deleted", actor)
            self._environment_service.delete_if_empty(build.environment_id)
        if build.kernel_pinned:
            self._publisher.bring_up_to_date(build.namespace, build.name)
        self._attempts.discard(build)
        self._wake_housekeeper()

    def _note(self, build: Build, deed: Deed, actor: str | None, detail: str | None = None) -> None:
        self._history.note(
            build.environment_id, deed, actor=actor, build_id=build.id, detail=detail
        )

    def _refuse_without_kernel(self, build: Build) -> None:
        if build.status is not BuildStatus.COMPLETED:
            raise Refused(
                f"Build {build.id} has no kernel: it is {build.status.value}.",
                "Only a COMPLETED build has one.",
            )
        if build.shelved_on is not None:
            raise Refused(f"Build {build.id} has no kernel: it is shelved.", "Restore it first.")
        if not find_kernels(build.prefix):
            raise Refused(
                f"Build {build.id} has no kernel: none of its packages brings one.",
                "Add ipykernel to the specification and build it again.",
            )

    def _refuse_if_needed(self, build: Build) -> None:
        if build.status is BuildStatus.BUILDING:
            raise Refused(
                "cannot delete build since not finished building",
                f"Build {build.id} is running; cancel it first.",
            )
        if self._is_published(build):
            raise Conflict(
                f"Build {build.id} is the current build of {build.namespace}/{build.name}.",
                "Switch the environment to another build first, or delete the environment.",
            )
        refuse_if_pinned([build])

    def _is_published(self, build: Build) -> bool:
        return self._views.of(build).published
