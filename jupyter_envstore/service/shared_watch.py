"""Keeps an eye on one shared store: what its index says, and its kernels, which are made here.

A thread for each store looks every `LOOK` seconds. While nothing has changed, a look is one
opened file; one store that does not answer holds up no other, and no request.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ..domain.errors import EnvStoreError
from ..domain.moments import Clock
from ..domain.shared_content import NotAnIndex, SharedContent, SharedEnvironment
from ..domain.shared_names import SharedStoreSetting, shared_namespace, slot_of
from ..integration import kernelspecs, user_kernels
from ..integration.kernel_names import KernelNaming
from ..integration.kernelspecs import KernelCard
from ..store.shared_index import SharedIndex, Stamp, is_really_inside
from .shared_views import build_of

_log = logging.getLogger(__name__)

LOOK = 2.0
"""Seconds between two looks: a publish is seen within 5."""
_PATIENCE = 3
"""Looks that may fail, one after the other, before what was known is no longer shown."""

Owner = tuple[str, str]


@dataclass(frozen=True)
class SharedState:
    """What is known of a shared store at a moment; never changed, only replaced."""

    setting: SharedStoreSetting
    content: SharedContent | None = None
    problem: str | None = None
    """Why it, or a part of it, is not shown: a sentence."""
    read_on: datetime | None = None
    kernels: Mapping[Owner, tuple[KernelCard, ...]] = field(default_factory=dict)
    """By namespace and name, as they are called here."""

    @property
    def slot(self) -> int:
        return slot_of(self.content.store_id) if self.content else 0


class Claims:
    """Which listed store is shown by which number: the first one of the list that has it."""

    def __init__(self, own_store_id: str) -> None:
        self._own = slot_of(own_store_id)
        self._order: list[SharedWatch] = []
        self._by_slot: dict[int, SharedWatch] = {}

    def join(self, watch: SharedWatch) -> None:
        self._order.append(watch)

    def claim(self, slot: int, watch: SharedWatch) -> bool:
        """Return whether a store is shown as what `watch` calls it; asked again at each look."""
        if slot == self._own:
            return False
        first = min(self._by_slot.get(slot, watch), watch, key=self._order.index)
        self._by_slot[slot] = first
        return first is watch

    def label(self, slot: int) -> str:
        if slot == self._own:
            return "this store itself"
        return self._by_slot[slot].state.setting.label


class SharedWatch:
    """Watches one store."""

    def __init__(
        self,
        setting: SharedStoreSetting,
        *,
        kernels: str,
        naming: KernelNaming,
        for_user: bool,
        claims: Claims,
        changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        """`kernels` is the directory for this store's kernels, `claims` common to all watches.

        `changed` is called in the thread.
        """
        self.state = SharedState(setting)
        self._setting = setting
        self._index = SharedIndex(setting.directory)
        self._kernels = kernels
        self._naming = naming
        self._for_user = for_user
        self._claims = claims
        self._changed = changed
        self._clock = clock
        self._stamp: Stamp | None = None
        self._failures = 0
        self._published: dict[Owner, SharedEnvironment] | None = None
        self._missing = 0
        """How many current builds the index tells of that are not on disk, or not seen yet."""
        self._stopping = threading.Event()
        name = f"envstore-shared-{setting.label}"
        claims.join(self)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """Watch no more; return whether the thread has ended, which a dead mount can prevent."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(0.25)
        return not self._thread.is_alive()

    def look(self) -> bool:
        """Read what has changed; return whether anything did. Never fails."""
        before = self.state
        try:
            after = self._read()
            self._failures = 0
        except (OSError, NotAnIndex) as error:
            after = self._failed(error)
        if after.content is not before.content or self._missing:
            after = self._with_kernels(after)
        self.state = after
        return replace(after, read_on=None) != replace(before, read_on=None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.look():
                    self._changed()
            except Exception:  # noqa: BLE001 -- the thread has to survive
                _log.exception("Watching the shared store %s failed.", self._setting.label)
            self._stopping.wait(LOOK)

    def _read(self) -> SharedState:
        """Return the state with what the index says now. Raises OSError or `NotAnIndex`."""
        stamp = self._index.stamp()
        if stamp != self._stamp or self.state.content is None:
            stamp, content = self._index.read()
            problem = None
            if content.left_out:
                reason = f"{content.left_out} entries of its index.json are not valid."
                problem = self._sentence(reason)
            state = replace(self.state, content=content, problem=problem, read_on=self._clock())
        else:
            state = self.state
        if not self._claims.claim(state.slot, self):
            shown_as = self._claims.label(state.slot)
            raise NotAnIndex(f"it is shown already, as {shown_as}.")
        self._stamp = stamp
        return state

    def _failed(self, error: OSError | NotAnIndex) -> SharedState:
        """Return the state after a look that failed: the same, for a while."""
        self._failures += 1
        if self.state.content is not None and self._failures < _PATIENCE:
            return self.state
        self._stamp = None
        if isinstance(error, FileNotFoundError):
            reason = "it has no .envstore/index.json, which its servers write when they publish."
        elif isinstance(error, OSError):
            reason = f"its index.json cannot be read: {error.strerror}."
        else:
            reason = str(error)
        problem = self._sentence(reason)
        if problem != self.state.problem:
            _log.warning("%s", problem)
        return SharedState(self._setting, problem=problem)

    def _sentence(self, reason: str) -> str:
        return f"The shared store {self._setting.label} in {self._setting.directory}: {reason}"

    # -- kernels ----------------------------------------------------------------------------------

    def _with_kernels(self, state: SharedState) -> SharedState:
        """Make the kernels of the current builds; those of a build that is not there yet, later."""
        current = {
            (environment.namespace, environment.name): environment
            for environment in (state.content.environments if state.content else ())
            if environment.current is not None
        }
        wanted = {
            owner: environment
            for owner, environment in current.items()
            if environment == self._known(owner) or self._is_there(environment)
        }
        self._missing = len(current) - len(wanted)
        try:
            cards = self._written(state.slot, wanted)
        except (OSError, EnvStoreError) as error:
            _log.warning("The kernels of %s are not listed: %s", self._setting.label, error)
            self._missing = len(current)
            return state
        self._published = wanted
        by_owner: dict[Owner, tuple[KernelCard, ...]] = {}
        for card in cards:
            by_owner[card.owner] = (*by_owner.get(card.owner, ()), card)
        return replace(state, kernels=by_owner)

    def _written(
        self, slot: int, wanted: Mapping[Owner, SharedEnvironment]
    ) -> Iterable[KernelCard]:
        label, root = self._setting.label, self._kernels
        builds = {
            owner: build_of(label, slot, environment)
            for owner, environment in wanted.items()
            if environment != self._known(owner)
        }
        if self._published is None:
            kernelspecs.reconcile_kernels(root, builds.values(), self._naming, confined=True)
        else:
            for build in builds.values():
                kernelspecs.write_kernels(root, build, self._naming, confined=True)
        for namespace, name in (self._published or {}).keys() - wanted.keys():
            kernelspecs.remove_kernels(root, shared_namespace(label, namespace), name)
        if self._for_user:
            user_kernels.link_user_kernels(root)
        return kernelspecs.list_kernels(root)

    def _known(self, owner: Owner) -> SharedEnvironment | None:
        return self._published.get(owner) if self._published is not None else None

    def _is_there(self, environment: SharedEnvironment) -> bool:
        prefix = environment.current.prefix if environment.current else ""
        return is_really_inside(prefix, self._setting.directory) and Path(prefix).is_dir()
