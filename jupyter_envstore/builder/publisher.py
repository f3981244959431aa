"""Makes an environment's link and kernelspecs what the database says, whoever left them otherwise.

The database decides which build is current; the link and the kernelspecs follow. Publishing,
switching, deleting and mending after a crash are therefore one and the same step.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..domain.build import Build, BuildStatus, Environment
from ..domain.errors import Conflict, EnvStoreError, Problem
from ..domain.layout import Layout
from ..domain.publishing import may_publish
from ..engine import environments_txt
from ..integration import kernelspecs, links, user_kernels
from ..integration.kernel_names import KernelNaming
from ..integration.kernelspecs import KernelCard
from ..integration.lock import exclusive
from ..store.builds import Builds
from ..store.environments import Environments
from ..store.files import sweep_unfinished
from ..store.journal import Journal
from ..store.listing import Listing
from ..store.namespaces import Namespaces
from .index import (
    BUILDS_EACH,
    Owner,
    Snapshot,
    environments_with_other_kernels,
    make_snapshot,
)
from .index_file import read_index, write_environment, write_index

_log = logging.getLogger(__name__)


class Publisher:
    """Publishes the current builds of one store."""

    def __init__(
        self,
        *,
        layout: Layout,
        environments: Environments,
        builds: Builds,
        journal: Journal,
        store_id: str,
        naming: KernelNaming,
        for_user: bool,
        namespaces: Namespaces,
        register: bool = False,
    ) -> None:
        """`for_user` also links the kernels into the user's own data directory.

        `register` also notes the environments in conda's list of the user.
        """
        self._layout = layout
        self._environments = environments
        self._builds = builds
        self._journal = journal
        self._store_id = store_id
        self._naming = naming
        self._for_user = for_user
        self._namespaces = namespaces
        self._register = register

    def decide(self, build: Build) -> None:
        """Make a build that has just finished the current one, unless that would go backwards.

        Part of the transaction that makes it COMPLETED.
        """
        environment = self._environments.by_id(build.environment_id)
        if environment is not None and may_publish(build, environment):
            self._environments.publish(environment.id, build.id, None)

    def bring_up_to_date(self, namespace: str, name: str) -> None:
        """Make link and kernelspecs of one environment what the database says, and announce it.

        Also removes them, when the environment is deleted or has no current build. While another
        server that is suspended keeps everybody out, it is left to the next round of recovery.
        """
        try:
            with self._alone():
                environment = self._environments.find(namespace, name)
                build = self._current(environment)
                changed = self._publish(build) if build else self._withdraw(namespace, name)
                if changed:
                    self._finish(namespace, name, build)
        except Conflict as conflict:
            _log.warning(
                "The link and the kernels of %s/%s follow later: %s", namespace, name, conflict
            )

    def reconcile(self) -> None:
        """Mend every link and kernelspec that differs from the database, and remove left-overs.

        Also announces again what a server may have published without living to announce it: the
        index, which is written last, tells. Raises `Conflict` while another server keeps it out.
        """
        with self._alone():
            builds = [build for build in self._builds.published() if Path(build.prefix).is_dir()]
            pinned = self._builds.with_kernels_of_their_own()
            before = kernelspecs.list_kernels(self._layout.kernels)
            after = kernelspecs.reconcile_kernels(
                self._layout.kernels,
                builds,
                self._naming,
                pinned=[build for build in pinned if Path(build.prefix).is_dir()],
            )
            current = {(build.namespace, build.name): build.id for build in builds}
            changed: dict[Owner, int | None]
            changed = {card.owner: current.get(card.owner) for card in set(before) ^ set(after)}
            for build in builds:
                if self._replace_link(build):
                    changed[build.namespace, build.name] = build.id
                self._note(build.namespace, build.name, build)
            snapshot = self._snapshot()
            known = read_index(self._layout.index)
            changed |= environments_with_other_kernels(known, snapshot)
            for (namespace, name), build_id in changed.items():
                self._journal.kernels_changed(namespace, name, build_id)
            write_index(self._layout.index, snapshot)
            self._sweep(snapshot)
            if self._for_user:
                user_kernels.link_user_kernels(self._layout.kernels)

    def kernels(self) -> list[KernelCard]:
        """Return the kernels that are published now."""
        return kernelspecs.list_kernels(self._layout.kernels)

    def kernels_of(
        self, owners: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], list[KernelCard]]:
        """Return the published kernels of these environments, (namespace, name)."""
        return kernelspecs.kernels_of(self._layout.kernels, owners)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one server at a time: two must not overtake each other between row and link."""
        with exclusive(Path(self._layout.internal) / "publish.lock"):
            yield

    def _current(self, environment: Environment | None) -> Build | None:
        if environment is None or environment.published_build_id is None:
            return None
        build = self._builds.find(environment.published_build_id)
        return build if build is not None and build.status is BuildStatus.COMPLETED else None

    def _publish(self, build: Build) -> bool:
        pinned = self._builds.with_kernels_of_their_own(build.environment_id)
        changed = self._replace_link(build)
        before = self._cards(build.namespace, build.name)
        try:
            after = kernelspecs.write_kernels(
                self._layout.kernels, build, self._naming, pinned=pinned
            )
        except (EnvStoreError, OSError) as error:
            self._warn(build, f"The kernels of this build could not be published: {error}")
            return changed
        return changed or set(before) != set(after)

    def _replace_link(self, build: Build) -> bool:
        link = self._layout.environment_link(build.namespace, build.name, build.key_version)
        try:
            if link is None:
                # Key version 3 has no link: one that a build of another version left would lie.
                return self._remove_link(build.namespace, build.name)
            return links.replace_link(link, build.prefix, store=self._layout.store_directory)
        except (EnvStoreError, OSError) as error:
            self._warn(build, f"The environment's link could not be brought up to date: {error}")
            return False

    def _remove_link(self, namespace: str, name: str) -> bool:
        link = self._layout.environment_link(namespace, name, key_version=2)
        if link is None or not links.is_ours(link, store=self._layout.store_directory):
            return False
        return links.remove_link(link, store=self._layout.store_directory)

    def _warn(self, build: Build, message: str) -> None:
        known = {warning.message for warning in self._builds.warnings(build.id)}
        if message not in known:
            _log.warning("%s/%s: %s", build.namespace, build.name, message)
            self._builds.add_warning(build.id, Problem(message))

    def _sweep(self, snapshot: Snapshot) -> None:
        """Remove what servers have left that were killed while they published."""
        sweep_unfinished(self._layout.index)
        for namespace in {environment["namespace"] for environment in snapshot["environments"]}:
            links.sweep_links(self._layout.environments_directory(namespace))

    def _withdraw(self, namespace: str, name: str) -> bool:
        changed = self._remove_link(namespace, name)
        links.sweep_links(self._layout.environments_directory(namespace))
        removed = kernelspecs.remove_kernels(self._layout.kernels, namespace, name)
        return changed or bool(removed)

    def _finish(self, namespace: str, name: str, build: Build | None) -> None:
        if self._for_user:
            user_kernels.link_user_kernels(self._layout.kernels)
        self._note(namespace, name, build)
        # Announced first: the index is for readers who look once in a while.
        self._journal.kernels_changed(namespace, name, build.id if build else None)
        self._tell_readers(namespace, name)

    def _note(self, namespace: str, name: str, build: Build | None) -> None:
        """Bring conda's list of the user's environments up to date, if that is asked for."""
        link = self._layout.environment_link(namespace, name, key_version=2)
        if not self._register or link is None:
            return
        if build is not None and links.is_ours(link, store=self._layout.store_directory):
            environments_txt.register(link)
        else:
            environments_txt.unregister(link)

    def _cards(self, namespace: str, name: str) -> list[KernelCard]:
        owner = (namespace, name)
        return self.kernels_of([owner])[owner]

    def _snapshot(self) -> Snapshot:
        environments = self._environments.list(Listing()).items
        return self._snapshot_of(environments, self._builds.ended(BUILDS_EACH), self.kernels())

    def _tell_readers(self, namespace: str, name: str) -> None:
        """Bring the index up to date about one environment.

        What it says of others only `reconcile` changes: it announces what it finds different.
        """
        environment = self._environments.find(namespace, name)
        part = self._snapshot_of(
            [environment] if environment else [],
            self._builds.ended(BUILDS_EACH, environment.id) if environment else [],
            self._cards(namespace, name),
        )
        if not write_environment(self._layout.index, part, (namespace, name)):
            write_index(self._layout.index, self._snapshot())

    def _snapshot_of(
        self,
        environments: Iterable[Environment],
        ended_builds: Iterable[Build],
        kernels: Iterable[KernelCard],
    ) -> Snapshot:
        return make_snapshot(
            self._store_id,
            self._layout,
            self._namespaces.list(Listing()).items,
            environments,
            ended_builds,
            kernels,
            self._builds.key_of,
        )
