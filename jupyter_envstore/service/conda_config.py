"""How conda finds the environments of the store: its ``.condarc``, looked at and changed."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..domain import condarc
from ..domain.conda_merge import merge
from ..domain.conda_settings import CondaSettings, ConfigurationFile, ShownSetting
from ..domain.credentials import without_credentials
from ..domain.errors import Conflict, EnvStoreError, NotFound, Problem, Refused
from ..domain.layout import Layout
from ..domain.settings import Settings
from ..domain.shared_names import is_shared_name
from ..integration.conda_files import CondaFiles
from ..integration.condarc import CondarcFile, Snapshot
from ..store.listing import Listing
from ..store.namespaces import Namespaces
from .ambiguous_names import ambiguous_names


@dataclass(frozen=True)
class RegisteredNamespace:
    """A namespace, and whether conda knows its folder through the file."""

    namespace: str
    directory: str
    registered: bool


@dataclass(frozen=True)
class CondarcChange:
    """What a change would do to the file: either a diff, or why it cannot be done."""

    namespaces: tuple[str, ...]
    diff: str
    """Unified; empty if nothing would change."""
    removes_file: bool = False
    problem: Problem | None = None


@dataclass(frozen=True)
class OtherCondaFile:
    """Another file that conda merges."""

    path: str
    envs_dirs: tuple[str, ...]
    problem: str | None


@dataclass(frozen=True)
class CondaConfig:
    """The state of conda's configuration, as far as the store is concerned."""

    file: str
    exists: bool
    etag: str
    backup: str | None
    """The copy from before the store's first change, while it differs from the file."""
    problem: Problem | None
    """Why the file cannot be changed."""
    alias: str | None
    """``envs_dirs`` or ``envs_path``, whichever the file uses."""
    entries: tuple[str, ...]
    namespaces: tuple[RegisteredNamespace, ...]
    register: CondarcChange
    unregister: CondarcChange
    search_order: tuple[str, ...]
    """Every folder in which conda looks for a name, the first one first."""
    other_files: tuple[OtherCondaFile, ...]
    settings: tuple[ShownSetting, ...]
    """What conda's files say about channels and connections, used or not, without secrets."""
    warnings: tuple[Problem, ...]


class CondaConfigService:
    """Look at conda's configuration, and add the store's folders to it or take them out."""

    def __init__(
        self,
        *,
        namespaces: Namespaces,
        layout: Layout,
        settings: Settings,
        conda: CondaFiles,
        shared_directories: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """`shared_directories` returns the folders of shared stores, by their namespaces."""
        self._shared_directories = shared_directories
        self._namespaces = namespaces
        self._layout = layout
        self._settings = settings
        self._conda = conda
        self._writing = threading.Lock()

    def state(self, only: Sequence[str] = ()) -> CondaConfig:
        """Return the state, and what registering and unregistering would do.

        These previews are about the namespaces of `only`, or about all. Raises `NotFound` for a
        namespace that does not exist.
        """
        for name in only:
            self._directory(name)
        file = CondarcFile(self._conda.written)
        problem, snapshot, said = self._look(file)
        namespaces = self._state_of_namespaces(said)
        chosen = [item for item in namespaces if not only or item.namespace in only]
        files = self._conda.files()
        conda = self._conda.settings(files)
        return CondaConfig(
            file=str(file.path),
            exists=snapshot is None or snapshot.content is not None,
            etag="" if snapshot is None else snapshot.etag,
            backup=str(file.backup) if file.backup.exists() else None,
            problem=problem,
            alias=said.alias,
            entries=said.entries,
            namespaces=namespaces,
            register=self._preview(
                snapshot,
                problem,
                register=[item.namespace for item in chosen if not item.registered],
            ),
            unregister=self._preview(
                snapshot,
                problem,
                unregister=[item.namespace for item in chosen if item.registered],
            ),
            search_order=self._search_order(conda),
            other_files=tuple(self._others(files)),
            settings=self._shown(conda),
            warnings=tuple(self._warnings(conda, said, namespaces)),
        )

    def change(
        self, *, register: Sequence[str] = (), unregister: Sequence[str] = (), etag: str
    ) -> CondaConfig:
        """Add the folders of some namespaces and take out those of others; return the new state.

        Raises `Conflict` if the file is no longer the one with this etag, `Refused` with the
        reason if it cannot be changed, `NotFound` for a namespace that does not exist.
        """
        with self._writing:
            file = CondarcFile(self._conda.written)
            snapshot = file.read()
            if snapshot.etag != etag:
                raise Conflict(
                    f"{file.path} is not the file that this change was worked out for.",
                    "Look at the change again: it is worked out from the file as it is now.",
                )
            self._check_name(file.path)
            file.check_writable()
            old, new = snapshot.text, self._changed(snapshot, register, unregister)
            if new != old:
                file.write(new, etag, keep=old is not None and self._is_untouched(old))
        return self.state()

    def unregister_all(self, *, etag: str) -> CondaConfig:
        """Take out the folders of every namespace; raises as `change`."""
        return self.change(unregister=tuple(self._directories()), etag=etag)

    # -- the change -------------------------------------------------------------------------------

    def _changed(
        self, snapshot: Snapshot, register: Iterable[str], unregister: Iterable[str]
    ) -> str | None:
        """Return the text after the change; None where there is no file, or shall be none."""
        text = snapshot.text
        leaving = [self._directory(name) for name in unregister]
        if text is not None and leaving:
            text = condarc.unregister(text, leaving, expand=self._conda.expand)
        coming = [self._directory(name) for name in register]
        if not coming:
            return text
        for folder in coming:
            if self._conda.expand(folder) != folder:
                raise Refused(
                    f"conda would not find {folder}: it replaces the variable in it.",
                    "Rename the namespace, without the name of a variable after $.",
                )
        return condarc.register(
            text, coming, before=self._folders_before(text), expand=self._conda.expand
        )

    def _is_untouched(self, text: str) -> bool:
        """Tell whether no store has changed the text yet."""
        said = self._state_of_namespaces(condarc.read(text))
        return not condarc.is_changed(text) and not any(item.registered for item in said)

    def _folders_before(self, text: str | None) -> list[str]:
        """Return what has to come before our folders, for `conda create -n` to go where it went.

        conda makes an environment in the first folder that it can write to.
        """
        entries = condarc.read(text).entries if text is not None else ()
        if any(self._conda.can_create_in(entry) for entry in entries):
            return []
        inherited = merge(self._conda.files_below(), {}).envs_dirs
        return [*inherited, *filter(self._conda.can_create_in, self._conda.own_folders())]

    def _preview(
        self,
        snapshot: Snapshot | None,
        problem: Problem | None,
        register: Sequence[str] = (),
        unregister: Sequence[str] = (),
    ) -> CondarcChange:
        names = (*register, *unregister)
        if snapshot is None or problem is not None:
            return CondarcChange(names, "", problem=problem)
        try:
            text = self._changed(snapshot, register, unregister)
        except Refused as refused:
            return CondarcChange(names, "", problem=_problem(refused))
        removed = snapshot.content is not None and text is None
        return CondarcChange(names, self._diff(snapshot.text, text), removes_file=removed)

    def _diff(self, old: str | None, new: str | None) -> str:
        path = str(self._conda.written)
        lines = difflib.unified_diff(
            _lines(old),
            _lines(new),
            path if old is not None else "/dev/null",
            path if new is not None else "/dev/null",
            n=2,
        )
        # The lines around a change may hold a password for a channel or a proxy.
        return without_credentials("".join(lines))

    def _check_name(self, path: Path) -> None:
        if not self._conda.is_read(path):
            raise Refused(
                f"conda does not read {path}, which CONDARC names: only .condarc, condarc, *.yml "
                "and *.yaml.",
                "Give the file such a name in CONDARC.",
            )

    # -- the state --------------------------------------------------------------------------------

    def _look(self, file: CondarcFile) -> tuple[Problem | None, Snapshot | None, condarc.EnvsDirs]:
        """Return why the file cannot be changed, what is in it, and what it says."""
        snapshot, said = None, condarc.EnvsDirs(None)
        try:
            snapshot = file.read()
            said = condarc.read(snapshot.text or "")
            self._check_name(file.path)
            file.check_writable()
        except Refused as refused:
            return _problem(refused), snapshot, said
        return None, snapshot, said

    def _directories(self) -> dict[str, str]:
        """Return the folder of each namespace: of this store's, then of those of shared stores."""
        own = [namespace.name for namespace in self._namespaces.list(Listing()).items]
        directories = {name: self._layout.environments_directory(name) for name in own}
        return {**directories, **self._shared_directories()}

    def _directory(self, namespace: str) -> str:
        if is_shared_name(namespace):
            shared = self._shared_directories()
            if namespace not in shared:
                raise NotFound("namespace does not exist")
            return shared[namespace]
        self._namespaces.get(namespace)
        return self._layout.environments_directory(namespace)

    def _state_of_namespaces(self, said: condarc.EnvsDirs) -> tuple[RegisteredNamespace, ...]:
        known = {self._conda.expand(entry) for entry in said.entries}
        return tuple(
            RegisteredNamespace(name, directory, self._conda.expand(directory) in known)
            for name, directory in self._directories().items()
        )

    def _others(self, files: Iterable[ConfigurationFile]) -> Iterator[OtherCondaFile]:
        for file in files:
            if Path(file.path) != self._conda.written:
                said = merge([file], {})
                problem = said.problems[0] if said.problems else None
                yield OtherCondaFile(file.path, said.envs_dirs, problem)

    def _search_order(self, conda: CondaSettings) -> tuple[str, ...]:
        every = (*conda.envs_dirs, *self._conda.own_folders())
        return tuple(dict.fromkeys(self._conda.expand(entry) for entry in every))

    def _shown(self, conda: CondaSettings) -> tuple[ShownSetting, ...]:
        shown = [self._with_administrator(item) for item in conda.shown]
        if self._conda.netrc is not None:
            shown.append(ShownSetting("netrc", "passwords by host", (str(self._conda.netrc),)))
        if tokens := self._conda.token_urls():
            shown.append(ShownSetting("anaconda tokens", ", ".join(tokens), ("anaconda login",)))
        return tuple(shown)

    def _with_administrator(self, item: ShownSetting) -> ShownSetting:
        trait = {
            "channel_alias": "conda_channel_alias",
            "default_channels": "defaults_channels",
        }.get(item.name)
        if trait is None or trait not in self._settings.settled:
            return item
        return ShownSetting(item.name, item.value, item.sources, f"c.EnvStore.{trait} is set")

    def _warnings(
        self,
        conda: CondaSettings,
        said: condarc.EnvsDirs,
        namespaces: Sequence[RegisteredNamespace],
    ) -> Iterator[Problem]:
        for sentence in conda.problems:
            yield Problem(sentence)
        ours = {
            self._conda.expand(item.directory): item.namespace
            for item in namespaces
            if item.registered
        }
        if not ours:
            return
        yield from ambiguous_names(self._search_order(conda), ours)
        reached = {self._conda.expand(entry) for entry in conda.envs_dirs}
        if not reached.issuperset(map(self._conda.expand, said.entries)):
            yield Problem(
                f"conda does not look at what {self._conda.written} says of {said.alias}.",
                hint="Another of its files marks envs_dirs with #!final, which ends the list.",
            )
        if self._settings.build_key_version == 3:
            yield Problem(
                "Builds of key version 3 have no link in envs: conda does not see them by name.",
                hint="Set c.EnvStore.build_key_version = 2 for new builds.",
            )


def _lines(text: str | None) -> list[str]:
    lines = (text or "").splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines


def _problem(error: EnvStoreError) -> Problem:
    return Problem(error.message, hint=error.hint)
