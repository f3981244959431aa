"""Environments, as users work with them: describe, build, switch, delete."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..builder.attempts import Attempts
from ..builder.publisher import Publisher
from ..builder.recovery import purge_environment
from ..domain import lifecycle
from ..domain.build import Build, BuildStatus, Environment
from ..domain.description_line import with_quoted_description
from ..domain.errors import Conflict, InvalidInput, Problem, Refused
from ..domain.events import Refused as RefusedBuild
from ..domain.layout import Layout
from ..domain.lock import Lock
from ..domain.moments import Clock, utc_now
from ..domain.names import name_problem
from ..domain.path_lengths import PathTooLong
from ..domain.renamed import renamed
from ..domain.shared_names import is_shared_id, is_shared_name
from ..domain.sizes import describe_size
from ..domain.specification import CheckMatchSpec, Specification, parse_specification
from ..integration.kernelspecs import KernelCard
from ..store.builds import Builds
from ..store.cursor import Slice
from ..store.database import Database
from ..store.environments import Environments
from ..store.filters import ALL_ENVIRONMENTS, EnvironmentFilter
from ..store.history import History
from ..store.listing import Listing, Page
from ..store.namespaces import Namespaces
from .access import Access
from .in_use import Notebooks, refuse_if_pinned, refuse_if_used
from .merged_lists import environment_value, with_shared, with_shared_after
from .overtaken import refuse_if_overtaken
from .policies import SpecificationPolicies
from .quota import NamespaceQuota
from .settings import SettingsService
from .shared_stores import SharedStores
from .views import BuildViews, EnvironmentView


@dataclass(frozen=True)
class Submitted:
    """A build that was asked for, and what the specification made us remark."""

    build_id: int
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Checked:
    """What a specification's text looks like; nothing was stored."""

    name: str | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


_BUILD_HERE = "Build it in a namespace of your own."


def name_is_taken(namespace: str, name: str) -> Conflict:
    """Return what is raised where an environment has to be new, and is not."""
    return Conflict(
        f"There is an environment {namespace}/{name} already.",
        "Choose another name, or delete that environment first.",
    )


class EnvironmentService:
    """The use cases around environments. Everything is synchronous."""

    def __init__(
        self,
        *,
        database: Database,
        namespaces: Namespaces,
        environments: Environments,
        builds: Builds,
        attempts: Attempts,
        publisher: Publisher,
        history: History,
        views: BuildViews,
        layout: Layout,
        settings: SettingsService,
        policies: SpecificationPolicies,
        check_match_spec: CheckMatchSpec,
        notebooks: Notebooks,
        quota: NamespaceQuota,
        shared: SharedStores,
        wake_dispatcher: Callable[[], None],
        wake_housekeeper: Callable[[], None],
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._namespaces = namespaces
        self._environments = environments
        self._builds = builds
        self._attempts = attempts
        self._publisher = publisher
        self._history = history
        self._build_views = views
        self._layout = layout
        self._settings = settings
        self._policies = policies
        self._check_match_spec = check_match_spec
        self._notebooks = notebooks
        self._quota = quota
        self._shared = shared
        self._wake_dispatcher = wake_dispatcher
        self._wake_housekeeper = wake_housekeeper
        self._clock = clock

    # -- asking ---------------------------------------------------------------------------------

    def submit(
        self,
        text: str,
        namespace: str | None,
        *,
        author: str | None,
        client: str | None,
        access: Access | None = None,
        clone_of: Build | None = None,
        based_on: int | None = None,
    ) -> Submitted:
        """Ask for a build of what the text describes; the environment is made if it is new.

        Raises `InvalidInput` with all problems, and what `submit_specification` raises.
        """
        return self.submit_specification(
            self._parse_leniently(text),
            namespace,
            author=author,
            client=client,
            access=access,
            clone_of=clone_of,
            based_on=based_on,
        )

    def submit_specification(
        self,
        specification: Specification,
        namespace: str | None,
        *,
        author: str | None,
        client: str | None,
        access: Access | None = None,
        clone_of: Build | None = None,
        based_on: int | None = None,
        noted: Callable[[int], None] = lambda _: None,
    ) -> Submitted:
        """Ask for a build of a specification; the environment is made if it is new.

        It has to be new if it is the clone of another one, and `Conflict` is raised if it is not;
        also if another specification was asked for since the build that this one is `based_on`.
        `noted` is called with the build's id within the transaction: if it raises, nothing is done.
        Raises `InvalidInput` if the policies forbid it, `Refused` when the disk is too full or the
        namespace over its quota, and `Forbidden` if somebody asks whose `access` does not go so
        far: the names are known only now.
        """
        namespace = self._namespace_name(namespace)
        if access is not None:
            access.require("environment:create", namespace, specification.name)
            if self._namespaces.find(namespace) is None:
                access.require("namespace::create", namespace)
        self.refuse_if_full("environment:create")
        self._quota.refuse_if_over(namespace, "environment:create")
        specification = self._policies.apply(specification, namespace)
        now = self._clock()
        with self._database.write():
            row = self._namespaces.ensure(namespace)
            existing = self._environments.find(namespace, specification.name)
            if clone_of and existing:
                raise name_is_taken(namespace, specification.name)
            refuse_if_overtaken(specification, existing, based_on, self._builds)
            environment_id = self._environments.ensure(
                row.id, specification.name, specification.description or "", now
            )
            build = self._builds.submit(
                environment_id,
                specification,
                key_version=self._settings.of().build_key_version,
                now=now,
                author=author,
                client=client,
                parent_build_id=_own_id(clone_of),
            )
            if clone_of:
                origin = f"{clone_of.namespace}/{clone_of.name}, build {clone_of.id}"
                self._history.note(
                    environment_id, "cloned", actor=author, build_id=build.id, detail=origin
                )
            self._fail_if_too_long(build)
            noted(build.id)
        self._wake_dispatcher()
        return Submitted(build.id, specification.warnings)

    def specify(
        self, text: str, namespace: str | None, access: Access
    ) -> tuple[str, Specification]:
        """Return the namespace, and the specification by its rules; raise `InvalidInput`.

        Raises `Forbidden` to who may not solve it there: what the rules say is for those who may.
        """
        specification = self._parse(text)
        return self._by_rules(specification, namespace, access)

    def check(self, text: str, namespace: str | None, access: Access) -> Checked:
        """Say what is wrong with a specification, without storing anything.

        Raises `Forbidden` as `specify` does.
        """
        return self.check_read(lambda: self._parse(text), namespace, access)

    def check_read(
        self, read: Callable[[], Specification], namespace: str | None, access: Access
    ) -> Checked:
        """Say what is wrong with what `read` returns, or raises `InvalidInput` for.

        Raises `Forbidden` as `specify` does.
        """
        try:
            namespace, specification = self._by_rules(read(), namespace, access)
        except InvalidInput as invalid:
            return Checked(None, invalid.problems, ())
        warnings = specification.warnings + self._length_warning(namespace, specification)
        return Checked(specification.name, (), warnings)

    def _by_rules(
        self, specification: Specification, namespace: str | None, access: Access
    ) -> tuple[str, Specification]:
        namespace = self._namespace_name(namespace or access.primary_namespace)
        access.require("environment::solve", namespace, specification.name)
        return namespace, self._policies.apply(specification, namespace)

    def submit_again(
        self, build: Build, *, author: str | None, client: str | None, lock: Lock | None = None
    ) -> Build:
        """Queue a new build of the specification that `build` was made from.

        With a `lock`, of that very build, nothing is solved again; a lockfile is installed again.
        """
        self.refuse_if_no_room(build)
        asked, _ = self._builds.specification(build)
        specification = renamed(asked, build.name)
        if not specification.is_lockfile:
            specification = replace(specification, lock=lock)
        self._policies.check(specification, build.namespace)
        with self._database.write():
            again = self._builds.submit(
                build.environment_id,
                specification,
                key_version=self._settings.of().build_key_version,
                now=self._clock(),
                author=author,
                client=client,
                parent_build_id=build.id,
            )
            self._fail_if_too_long(again)
        self._wake_dispatcher()
        return again

    def refuse_if_no_room(self, build: Build) -> None:
        """Raise `Refused` if the disk or the namespace has no room for a build to be made again."""
        self.refuse_if_full("environment:update")
        self._quota.refuse_if_over(build.namespace, "environment:update")

    def refuse_if_forbidden(self, build: Build, lock: Lock) -> None:
        """Raise `InvalidInput` if the packages of a build may not be installed any more."""
        asked, _ = self._builds.specification(build)
        specification = replace(renamed(asked, build.name), lock=lock)
        self._policies.check(specification, build.namespace)

    def refuse_if_full(self, action: str) -> None:
        """Raise `Refused` when less than `storage_threshold` bytes are free."""
        free = shutil.disk_usage(self._layout.internal).free
        threshold = self._settings.of().storage_threshold
        if free < threshold:
            raise Refused(
                f"`CondaStore.storage_threshold` reached. Action {action} prevented due to "
                "insufficient storage space",
                f"{describe_size(free)} are free and c.EnvStore.storage_threshold is "
                f"{describe_size(threshold)}: delete builds that are no "
                "longer needed, or lower the threshold.",
            )

    # -- looking --------------------------------------------------------------------------------

    def list(
        self, listing: Listing, wanted: EnvironmentFilter = ALL_ENVIRONMENTS
    ) -> Page[EnvironmentView]:
        """Return a page of environments: this store's, then those of shared stores."""
        page = self._environments.list(listing, wanted)
        own = Page(self._views(page.items), page.page, page.size, page.count)
        return with_shared(own, listing, self._shared.environments(wanted), environment_value)

    def names(
        self, listing: Listing, wanted: EnvironmentFilter = ALL_ENVIRONMENTS
    ) -> Page[Environment]:
        """Return what `list` does without anything about builds and kernels, in no time."""
        shared = [view.environment for view in self._shared.environments(wanted)]
        page = self._environments.list(listing, wanted)
        return with_shared(page, listing, shared, lambda row, name: str(getattr(row, name, "")))

    def after(
        self,
        cursor: str | None,
        limit: int,
        *,
        sort_by: Sequence[str] = (),
        descending: bool = False,
        wanted: EnvironmentFilter = ALL_ENVIRONMENTS,
    ) -> Slice[EnvironmentView]:
        """Return the environments after a cursor. Raises `Refused` for what is no cursor."""

        def own(cursor: str | None, limit: int) -> Slice[EnvironmentView]:
            found = self._environments.after(
                cursor, limit, sort_by=sort_by, descending=descending, wanted=wanted
            )
            return Slice(self._views(found.items), found.cursor, found.count)

        shared = self._shared.environments(wanted)
        return with_shared_after(cursor, limit, own, shared, sort_by=sort_by, descending=descending)

    def get(self, namespace: str, name: str) -> EnvironmentView:
        if is_shared_name(namespace):
            return self._shared.environment(namespace, name)
        return self._views((self._environments.get(namespace, name),))[0]

    def kernels(self) -> tuple[KernelCard, ...]:
        """Return the kernels of all current builds, those of shared stores last."""
        return (*self._publisher.kernels(), *self._shared.kernels())

    # -- changing -------------------------------------------------------------------------------

    def switch(self, namespace: str, name: str, build_id: int, *, actor: str | None = None) -> None:
        """Make another finished build the current one.

        Raises `Refused`, in conda-store's words, if that build cannot be it.
        """
        with self._database.write():
            environment = self._environments.find(namespace, name)
            build = self._builds.find(build_id)
            if build is None or not self._builds.exists(build_id):
                raise Refused(f"build id={build_id} does not exist")
            if environment is None:
                raise Refused(f"environment namespace={namespace} name={name} does not exist")
            if build.environment_id != environment.id:
                raise Refused(
                    "cannot update environment to build id since specification does not match "
                    "environment name",
                    f"Build {build_id} belongs to {build.namespace}/{build.name}.",
                )
            if build.status is not BuildStatus.COMPLETED:
                raise Refused(
                    "cannot update environment to build id since not completed",
                    f"Build {build_id} is {build.status.value}.",
                )
            if build.shelved_on is not None:
                raise Refused(
                    f"Build {build_id} is shelved: it has no files at present.",
                    "Restore it first, then make it current.",
                )
            self._environments.publish(environment.id, build.id, self._clock())
            if build.id != environment.published_build_id:
                self._history.note(environment.id, "switched", actor=actor, build_id=build.id)
        self._publisher.bring_up_to_date(namespace, name)

    def describe(
        self, namespace: str, name: str, description: str, *, actor: str | None = None
    ) -> None:
        """Replace the description; raise `Refused` if there is no environment of that name."""
        with self._database.write():
            environment = self._environments.find(namespace, name)
            if environment is None:
                raise Refused(f"environment namespace={namespace} name={name} does not exist")
            if description != environment.description:
                self._environments.describe(environment.id, description)
                self._history.note(environment.id, "described", actor=actor, detail=description)

    def delete(self, namespace: str, name: str) -> None:
        """Remove an environment with all its builds, logs and kernels.

        Builds that run are canceled. Raises `Refused` if there is none of that name, `Conflict`
        if one of its builds is pinned, or used by a running kernel.
        """
        environment = self._environments.find(namespace, name)
        if environment is None:
            raise Refused(f"environment namespace={namespace} name={name} does not exist")
        builds = self._builds.of_environment(environment.id)
        refuse_if_pinned(builds)
        refuse_if_used(
            [build.prefix for build in builds if build.status is BuildStatus.COMPLETED],
            self._notebooks,
        )
        with self._database.write():
            builds = self._builds.of_environment(environment.id)
            refuse_if_pinned(builds)
            for build in builds:
                self.cancel(build)
            self._environments.mark_deleted(environment.id, self._clock())
        self._publisher.bring_up_to_date(namespace, name)
        self._wake_housekeeper()

    def delete_if_empty(self, environment_id: int) -> None:
        """Delete an environment whose last build is gone; part of a transaction.

        There would be nothing to show of it: no specification, and no build to be current.
        """
        if not self._builds.of_environment(environment_id):
            self._environments.mark_deleted(environment_id, self._clock())

    def cancel(self, build: Build) -> Build:
        """Ask for the end of a build; part of a transaction. An ended build is left as it is."""
        if build.status.ended:
            return build
        decision = lifecycle.advance(build, lifecycle.CancelAsked(self._clock()))
        after = self._builds.save(build, decision.build)
        if lifecycle.StopWorker() in decision.effects:
            self._attempts.stop(after, "cancel")
        return after

    def purge(self) -> bool:
        """Remove the files of deleted environments; False while a build of one still ends."""
        done = [
            purge_environment(environment_id, self._builds, self._environments, self._attempts)
            for environment_id, _, _ in self._environments.deleted()
        ]
        return all(done)

    # -- helpers --------------------------------------------------------------------------------

    def _parse(self, text: str) -> Specification:
        return parse_specification(text, check_match_spec=self._check_match_spec)

    def _parse_leniently(self, text: str) -> Specification:
        try:
            return self._parse(text)
        except InvalidInput as invalid:
            mended = with_quoted_description(text, invalid.problems)
            if mended is None:
                raise
        return self._parse(mended)

    def _namespace_name(self, namespace: str | None) -> str:
        name = namespace or self._settings.of().default_namespace
        if reason := self._shared.why_read_only(name):
            raise Conflict(f"Nothing can be built in the namespace {name}. {reason}", _BUILD_HERE)
        if problem := name_problem(name, "namespace"):
            raise InvalidInput([Problem(problem[0], "namespace", problem[1])])
        return name

    def _fail_if_too_long(self, build: Build) -> None:
        """Record the build as FAILED at once: conda-store's clients expect a build, not a 400."""
        try:
            self._layout.check_prefix(build.prefix, build.key_version)
        except PathTooLong as error:
            refused = RefusedBuild("path", error.message, error.hint)
            now = self._clock()
            claimed = lifecycle.advance(build, lifecycle.Claimed("submit", now)).build
            failed = lifecycle.advance(claimed, lifecycle.Died(now, refused.summary)).build
            self._builds.save(build, failed)
            self._builds.set_failure(build.id, refused)

    def _length_warning(self, namespace: str, specification: Specification) -> tuple[Problem, ...]:
        example = Build(
            id=999_999,
            environment_id=0,
            namespace=namespace,
            name=specification.name,
            specification_id=0,
            sha256=specification.sha256,
            status=BuildStatus.QUEUED,
            key_version=self._settings.of().build_key_version,
            asked_on=self._clock(),
            scheduled_on=self._clock(),
        )
        try:
            self._layout.check_prefix(self._builds.prefix_of(example), example.key_version)
        except PathTooLong as error:
            span = specification.spans.get("name")
            line, column = (span.line, span.column) if span else (None, None)
            return (Problem(error.message, "name", error.hint, line, column),)
        return ()

    def _views(self, environments: tuple[Environment, ...]) -> tuple[EnvironmentView, ...]:
        """Return what is known of environments, in as many queries for all as for one."""
        named = self._namespaces.by_name({one.namespace for one in environments})
        owners = [(one.namespace, one.name) for one in environments]
        cards = self._publisher.kernels_of(owners)
        shown = {one.newest_build_id for one in environments}
        shown |= {one.published_build_id for one in environments}
        builds = self._builds.by_id([build_id for build_id in shown if build_id is not None])
        known = {view.build.id: view for view in self._build_views.of_all(builds.values())}
        views = []
        for environment, owner in zip(environments, owners, strict=True):
            newest = known.get(environment.newest_build_id or 0)
            if newest is None or environment.namespace not in named:
                continue  # Gone since the environments were read.
            published = known.get(environment.published_build_id or 0)
            version = (published or newest).build.key_version
            views.append(
                EnvironmentView(
                    environment=environment,
                    namespace=named[environment.namespace],
                    newest=newest,
                    published=published,
                    kernels=tuple(cards.get(owner, ())),
                    link=self._layout.environment_link(*owner, version),
                )
            )
        return tuple(views)


def _own_id(build: Build | None) -> int | None:
    """Return a build's id; None for one of a shared store, of which there is no row."""
    return None if build is None or is_shared_id(build.id) else build.id
