"""Environments arrive from another store: with their past, and without their prefixes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..domain.conda_lock import conda_lock_text, read_conda_lock
from ..domain.credentials import without_credentials
from ..domain.errors import Conflict, EnvStoreError, InvalidInput, Problem
from ..domain.exchange import TravellingBuild, TravellingEnvironment
from ..domain.layout import Layout
from ..domain.moments import Clock, utc_now
from ..domain.names import name_problem
from ..domain.specification import Specification, from_model, parse_specification
from ..store.artifacts import Artifacts
from ..store.database import Database
from ..store.environments import Environments
from ..store.exchange import Arrivals
from ..store.files import write_atomically
from ..store.history import DEEDS, History
from ..store.namespaces import Namespaces
from .exchange_file import ExportReader, LockPart, LogPart
from .lockfiles import LockfileService

CLIENT = "jupyter envstore import"
"""What builds say of who asked for them."""


@dataclass
class ImportedEnvironment:
    """What came of one environment of a file. `conflict` says why nothing did, as a sentence."""

    namespace: str
    name: str
    is_new: bool = False
    builds: int = 0
    """Those that are new here; `known` were imported before."""
    known: int = 0
    conflict: str | None = None
    again: int | None = None
    """The build that makes the current one anew, if that was asked for."""


@dataclass(frozen=True)
class Imported:
    """What came of a file."""

    store_id: str
    environments: tuple[ImportedEnvironment, ...]
    remarks: tuple[str, ...] = ()


@dataclass
class _Arriving:
    """An environment while its parts come. `ids` are those of its builds: there, and here."""

    environment: TravellingEnvironment
    store_id: str
    result: ImportedEnvironment
    environment_id: int = 0
    ids: dict[int, int] = field(default_factory=dict)


class ImportService:
    """Reads such files. Everything can be repeated: what is there already stays as it is."""

    def __init__(
        self,
        *,
        database: Database,
        namespaces: Namespaces,
        environments: Environments,
        arrivals: Arrivals,
        artifacts: Artifacts,
        history: History,
        layout: Layout,
        lockfiles: LockfileService,
        refuse_if_full: Callable[[str], None],
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._namespaces = namespaces
        self._environments = environments
        self._arrivals = arrivals
        self._artifacts = artifacts
        self._history = history
        self._layout = layout
        self._lockfiles = lockfiles
        self._refuse_if_full = refuse_if_full
        self._clock = clock

    def read(self, file: Path, *, namespace: str | None = None, build: bool = False) -> Imported:
        """Import every environment of a file, into one namespace if one is named.

        With `build`, the builds that were current are built again, exactly. An environment whose
        name is taken by one that does not come from the same store is left out, and said.

        Raises `NotFound`, `Conflict` for a file that is not whole: what came before stays, and
        importing a whole one goes on from there. Raises `InvalidInput` for the namespace.
        """
        if namespace is not None and (problem := name_problem(namespace, "namespace")):
            raise InvalidInput([Problem(problem[0], "namespace", problem[1])])
        self._refuse_if_full("environment:create")
        reader = ExportReader(file)
        remarks: list[str] = []
        done: list[_Arriving] = []
        try:
            arriving: _Arriving | None = None
            for part in reader.parts():
                if isinstance(part, TravellingEnvironment):
                    self._finish(arriving)
                    arriving = self._begin(part, namespace, reader.manifest.store_id)
                    done.append(arriving)
                elif arriving is None:
                    raise Conflict(f"{file} begins with a build.", "Export again.")
                elif arriving.result.conflict is not None:
                    continue
                elif isinstance(part, TravellingBuild):
                    self._build(arriving, part, remarks)
                elif isinstance(part, LockPart):
                    self._lock(arriving, part, remarks)
                else:
                    self._log(arriving, part)
            self._finish(arriving)
        finally:
            reader.close()
        if build:
            for one in done:
                self._build_again(one, remarks)
        results = tuple(one.result for one in done)
        return Imported(reader.manifest.store_id, results, tuple(remarks))

    # -- one environment --------------------------------------------------------------------------

    def _begin(
        self, environment: TravellingEnvironment, namespace: str | None, store_id: str
    ) -> _Arriving:
        owner = namespace or environment.namespace, environment.name
        result = ImportedEnvironment(*owner)
        arriving = _Arriving(environment, store_id, result)
        for name, what in zip(owner, ("namespace", "name"), strict=True):
            if problem := name_problem(name, what):
                result.conflict = f"It has no {what} that is one. {problem[1] or problem[0]}"
                return arriving
        with self._database.write():
            there = self._environments.find(*owner)
            if there is not None:
                arriving.ids = self._arrivals.known(there.id, store_id)
                if not arriving.ids:
                    result.conflict = (
                        f"There is an environment {owner[0]}/{owner[1]} already, which does not "
                        "come from there. Import into another namespace, with --namespace."
                    )
                    return arriving
            result.is_new = there is None
            row = self._namespaces.ensure(owner[0])
            arriving.environment_id = self._environments.ensure(
                row.id,
                owner[1],
                environment.description if there is None else "",
                environment.created_on,
            )
            result.known = len(arriving.ids)
        return arriving

    def _build(self, arriving: _Arriving, build: TravellingBuild, remarks: list[str]) -> None:
        if build.id in arriving.ids:
            return
        try:
            specification = _checked(build)
        except (EnvStoreError, KeyError, TypeError, ValueError) as error:
            remarks.append(f"Build {build.id} was left out: its specification is none: {error}.")
            return
        parent = arriving.ids.get(build.parent_build_id or 0)
        made = self._arrivals.add(
            arriving.environment_id, build, specification, arriving.store_id, parent
        )
        if build.packages:
            self._artifacts.add(made.id, "YAML", self._layout.yaml_artifact(made.id))
        arriving.ids[build.id] = made.id
        arriving.result.builds += 1
        if arriving.result.builds % 100 == 0:
            self._refuse_if_full("environment:create")

    def _lock(self, arriving: _Arriving, part: LockPart, remarks: list[str]) -> None:
        """Keep a lockfile if it is one; its text is made anew, so that nothing else is in it."""
        build_id = arriving.ids.get(part.build_id)
        if build_id is None:
            return
        if not Path(self._layout.lock_artifact(build_id)).exists():
            try:
                text = conda_lock_text(read_conda_lock(json.loads(part.data)))
            except (InvalidInput, ValueError, RecursionError) as error:
                remarks.append(f"The lockfile of build {part.build_id} was left out: {error}")
                return
            self._write(self._layout.lock_artifact(build_id), text)
        self._artifacts.add(build_id, "LOCKFILE", self._layout.lock_artifact(build_id))
        # With it, the build is as one that was taken off the disk here.
        self._arrivals.shelve(build_id, self._clock())

    def _log(self, arriving: _Arriving, part: LogPart) -> None:
        build_id = arriving.ids.get(part.build_id)
        if build_id is None:
            return
        if not Path(self._layout.log(build_id)).exists():
            self._write(self._layout.log(build_id), part.data.decode("utf-8", "replace"))
        self._artifacts.add(build_id, "LOGS", self._layout.log(build_id))

    def _write(self, path: str, text: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)

    def _finish(self, arriving: _Arriving | None) -> None:
        """Write the history, when all ids are known; an environment without builds is none."""
        if arriving is None or arriving.result.conflict is not None:
            return
        environment, result = arriving.environment, arriving.result
        with self._database.write():
            if not arriving.ids:
                result.conflict = "None of its builds had ended: there is nothing to show of it."
                self._environments.remove(arriving.environment_id)
                return
            deeds = [
                replace(deed, build_id=arriving.ids.get(deed.build_id or 0))
                for deed in environment.history
                if deed.deed in DEEDS
            ]
            self._arrivals.merge_history(arriving.environment_id, deeds)
            if result.is_new:
                origin = f"{environment.namespace}/{environment.name} of the store "
                self._history.note(
                    arriving.environment_id, "cloned", actor=None, detail=origin + arriving.store_id
                )

    def _build_again(self, arriving: _Arriving, remarks: list[str]) -> None:
        build_id = arriving.ids.get(arriving.environment.current or 0)
        if arriving.result.conflict is not None or not arriving.result.builds or build_id is None:
            return
        try:
            again = self._lockfiles.rebuild(build_id, author=None, client=CLIENT)
        except EnvStoreError as error:
            remarks.append(f"Build {build_id} is not built again: {error.message}")
        else:
            arriving.result.again = again


def _checked(build: TravellingBuild) -> Specification:
    """Return the specification; raise if it is none, whatever the store that it is from thinks.

    Its name becomes a part of paths, and its parts are asked again when somebody rebuilds it.
    """
    specification = from_model(build.model, without_credentials(build.text))
    if problem := name_problem(specification.name):
        raise InvalidInput([Problem(problem[0], "name", problem[1])])
    if not specification.is_lockfile:
        parse_specification(json.dumps(specification.question))
    return specification
