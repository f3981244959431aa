"""hypothesis drives servers, builds and crashes at random; the store has to be as the model says.

The servers are the product's own objects without their threads, on real files and a real SQLite;
only supervisors and builds' processes are fakes. ENVSTORE_MODEL_EXAMPLES asks for a longer search.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.errors import Conflict, Refused
from jupyter_envstore.domain.moments import to_text
from jupyter_envstore.domain.settings import Settings
from tests.builder.invariants import check_invariants

from .crashes import ServerCrash, crash_after
from .expected import ENDED, Built, Named, State, difference, read_state
from .fake_supervision import Attempt, FakeExecutor

MAX_ATTEMPTS = 2
MOST_AT_ONCE = 2
NAMESPACE = "ns"

pick = st.integers(0, 999)
names = st.sampled_from(("a", "b"))
fuse = st.integers(0, 200).map(lambda number: number if number < 25 else None)
"""After how many changes of files the server dies in the middle; mostly it does not."""


class Server:
    """One server of the store, whose threads are the test itself."""

    def __init__(self, values: Settings, clock: Callable[[], datetime]) -> None:
        self.store = EnvironmentStore(values, listener=lambda _: None, notebooks=dict, clock=clock)
        self.dispatcher = self.store.dispatcher
        self.executor = FakeExecutor()
        self.dispatcher._executor = self.executor
        self.id = self.store._servers.own_id

    @property
    def ended(self) -> list[int]:
        """The builds whose end waits to be recorded, the next one first."""
        inbox = self.dispatcher._inbox
        messages = [inbox.get() for _ in range(inbox.qsize())]
        for message in messages:
            if message is not None:
                inbox.put(message)
        return [message.build.id for message in messages if message is not None]

    def crash(self) -> None:
        """End as a killed process does: the kernel takes back files and locks."""
        servers = self.store._servers
        servers._ending.set()
        if servers._thread is not None:
            servers._thread.join()
        if servers._lease is not None:
            servers._lease._close()
        self._let_go()

    def stop(self) -> None:
        self.store._servers.unregister()
        self._let_go()

    def _let_go(self) -> None:
        self.store.threads.shutdown()
        self.store._database.close()


class StoreMachine(RuleBasedStateMachine):
    """Rules that need something to exist pick it by a number, which is easy to make smaller."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="envstore-model-"))
        self.now = datetime.fromisoformat("2030-01-01")
        self.state = State()
        self.servers: list[Server] = []
        self.slow: list[Attempt] = []
        self.outcomes: dict[int, str] = {}

    # -- servers ----------------------------------------------------------------------------------

    @initialize(key_version=st.sampled_from((1, 2, 3)), asked=st.lists(names, max_size=4))
    def open_store(self, key_version: int, asked: list[str]) -> None:
        self.start_server(key_version)
        for name in asked:
            self.submit(0, name, None)

    @precondition(lambda self: len(self.servers) < 2)
    @rule(key_version=st.sampled_from((1, 2, 3)))
    def start_server(self, key_version: int) -> None:
        values = Settings(
            str(self.root / "s"),
            storage_threshold=0,
            max_attempts=MAX_ATTEMPTS,
            max_concurrent_builds=MOST_AT_ONCE,
            build_key_version=key_version,
            repodata_cache_directory=str(self.root / "repodata"),
        )
        self.servers.append(Server(values, lambda: self.now))

    @precondition(lambda self: self.servers)
    @rule(which=pick, slow=st.booleans())
    def kill_server(self, which: int, slow: bool) -> None:
        self._crash(self._server(which), slow=slow)

    @precondition(lambda self: self.servers)
    @rule(which=pick)
    def stop_server(self, which: int) -> None:
        """In good order: what runs is given back, and does not count."""
        server = self._server(which)
        for running in list(server.dispatcher._running.values()):
            server.dispatcher._attempts.stop(running.build, "shutdown")
        for attempt in list(server.executor.attempts):
            self._end(server, attempt, "shutdown", attempt.heed)
        while ended := server.ended:
            self._record(server, ended[0], None)
        self.servers.remove(server)
        server.stop()

    @precondition(lambda self: self.slow)
    @rule(which=pick)
    def slow_process_ends(self, which: int) -> None:
        self.slow.pop(which % len(self.slow)).end_at_last()

    @rule(days=st.sampled_from((-400, -1, 0, 1, 400)), seconds=st.integers(0, 90))
    def set_clock(self, days: int, seconds: int) -> None:
        self.now += timedelta(days=days, seconds=seconds)

    # -- what users ask for -----------------------------------------------------------------------

    @precondition(lambda self: self.servers)
    @rule(which=pick, name=names, dies=fuse)
    def submit(self, which: int, name: str, dies: int | None) -> None:
        text = f"name: {name}\nchannels: [https://example.org/c]\ndependencies: [finish]\n"
        before, asked_on = self.state, to_text(self.now)

        def act(server: Server) -> None:
            environments = server.store.services.environments
            environments.submit(text, NAMESPACE, author=None, client=None)

        server = self._server(which)
        died = self._attempt(server, act, dies)
        after = read_state(self.root / "s")
        new = after.builds.keys() - before.builds.keys()
        assert len(new) == 1 or (died and not new)
        for number in new:
            build = after.builds[number]
            assert build == Built(build.environment, "QUEUED", asked_on)
            known = before.find(name)
            assert known in (None, build.environment)
            if known is None:
                assert after.environments[build.environment] == Named(name)
            before = before.with_build(number, build).with_environment(
                build.environment, after.environments[build.environment]
            )
        self._settle_on(before, before)
        self._burying(server, died)

    @precondition(lambda self: self.servers and self.state.builds)
    @rule(which=pick, build=pick, dies=fuse)
    def cancel(self, which: int, build: int, dies: int | None) -> None:
        number = self._build(build)
        if self._hidden(number):
            return
        after = self.state.cancel(number)
        self._do(which, lambda s: s.store.services.builds.cancel(number), after, dies)

    @precondition(lambda self: self.servers and self.state.builds)
    @rule(which=pick, build=pick, dies=fuse)
    def delete_build(self, which: int, build: int, dies: int | None) -> None:
        number = self._build(build)
        if self._hidden(number):
            return
        after, refused = self.state.delete_build(number), False
        if self.state.builds[number].status == "BUILDING" or self.state.published(number):
            after, refused = self.state, True

        def act(server: Server) -> None:
            try:
                server.store.services.builds.delete(number)
            except (Refused, Conflict):
                assert refused
            else:
                assert not refused

        self._do(which, act, after, dies)

    @precondition(lambda self: self.servers)
    @rule(which=pick, name=names, dies=fuse)
    def delete_environment(self, which: int, name: str, dies: int | None) -> None:
        number = self.state.find(name)
        if number is None:
            return
        after = self.state.delete_environment(number)
        self._do(
            which, lambda s: s.store.services.environments.delete(NAMESPACE, name), after, dies
        )

    @precondition(lambda self: self.servers and self.state.builds)
    @rule(which=pick, build=pick, dies=fuse)
    def switch(self, which: int, build: int, dies: int | None) -> None:
        number = self._build(build)
        if self._hidden(number) or self.state.builds[number].status != "COMPLETED":
            return
        name = self.state.environments[self.state.builds[number].environment].name
        after = self.state.switch(number, to_text(self.now))
        self._do(
            which,
            lambda s: s.store.services.environments.switch(NAMESPACE, name, number),
            after,
            dies,
        )

    # -- what servers do --------------------------------------------------------------------------

    @precondition(lambda self: self.servers)
    @rule(which=pick, dies=fuse)
    def claim(self, which: int, dies: int | None) -> None:
        server = self._server(which)
        queued = {n for n, b in self.state.builds.items() if b.status == "QUEUED"}
        free = MOST_AT_ONCE - len(server.dispatcher.running)
        died = self._attempt(server, lambda s: s.dispatcher._fill(), dies)
        after = read_state(self.root / "s")
        taken = {n for n in queued if after.builds[n].status == "BUILDING"}
        assert len(taken) == min(free, len(queued)) or (died and len(taken) < free)
        expected = self.state
        for number in taken:
            build = self.state.builds[number]
            claimed = Built(
                build.environment,
                "BUILDING",
                build.asked_on,
                server.id,
                build.attempts + 1,
                build.releases,
            )
            expected = expected.with_build(number, claimed)
        self._settle_on(expected, expected)
        self._burying(server, died)

    @precondition(lambda self: self._attempts())
    @rule(which=pick)
    def process_finishes(self, which: int) -> None:
        server, attempt = self._attempts()[which % len(self._attempts())]
        self._end(server, attempt, "finished", attempt.finish)

    @precondition(lambda self: self._attempts())
    @rule(which=pick)
    def process_is_killed(self, which: int) -> None:
        server, attempt = self._attempts()[which % len(self._attempts())]
        self._end(server, attempt, "died", attempt.be_killed)

    @precondition(lambda self: self._attempts())
    @rule(which=pick)
    def supervisor_is_killed(self, which: int) -> None:
        server, attempt = self._attempts()[which % len(self._attempts())]
        self._end(server, attempt, "lost", attempt.lose_supervisor)

    @precondition(lambda self: any(a.told_to_stop for _, a in self._attempts()))
    @rule(which=pick)
    def process_is_stopped(self, which: int) -> None:
        told = [pair for pair in self._attempts() if pair[1].told_to_stop]
        server, attempt = told[which % len(told)]
        self._end(server, attempt, "canceled", attempt.heed)

    @precondition(lambda self: any(server.ended for server in self.servers))
    @rule(which=pick, dies=fuse)
    def record(self, which: int, dies: int | None) -> None:
        waiting = [server for server in self.servers if server.ended]
        server = waiting[which % len(waiting)]
        self._record(server, server.ended[0], dies)

    @precondition(lambda self: self.servers)
    @rule(which=pick, dies=fuse)
    def recover(self, which: int, dies: int | None) -> None:
        alive = {server.id for server in self.servers}
        held = {attempt.order.build_id for attempt in self.slow}
        after = self.state
        for number, build in self.state.builds.items():
            if build.status == "BUILDING" and build.owner not in alive and number not in held:
                after = after.orphan(number, MAX_ATTEMPTS)
        self._do(which, lambda s: s.store._recovery.run(), after.purge(), dies, between=(after,))

    # -- the end ----------------------------------------------------------------------------------

    def teardown(self) -> None:
        """Whatever happened: one server brings all of it to its end, and nothing is left."""
        try:
            for server in list(self.servers):
                self._crash(server, slow=False)
            while self.slow:
                self.slow.pop().end_at_last()
            self.start_server(2)
            for _ in range(200):
                self.recover(0, None)
                self.claim(0, None)
                for server, attempt in self._attempts():
                    self._end(server, attempt, "finished", attempt.finish)
                while ended := self.servers[0].ended:
                    self._record(self.servers[0], ended[0], None)
                if all(build.status in ENDED for build in self.state.builds.values()):
                    break
            self.recover(0, None)
            self.recover(0, None)
            self.servers.pop().stop()
            check_invariants(self.root / "s", settled=True)
        finally:
            for server in self.servers:
                server.crash()
            shutil.rmtree(self.root)

    # -- helpers ----------------------------------------------------------------------------------

    def _do(
        self,
        which: int,
        act: Callable[[Server], object],
        after: State,
        dies: int | None,
        between: tuple[State, ...] = (),
    ) -> None:
        """Let a server act; when it dies meanwhile, some of it may have been done, and no more."""
        server = self._server(which)
        died = self._attempt(server, act, dies)
        self._settle_on(after, *((self.state, *between, after) if died else (after,)))
        self._burying(server, died)

    def _attempt(self, server: Server, act: Callable[[Server], object], dies: int | None) -> bool:
        try:
            with crash_after(dies, self.root):
                act(server)
        except ServerCrash:
            return True
        return False

    def _settle_on(self, expected: State, *allowed: State) -> None:
        actual = read_state(self.root / "s")
        assert not (found := difference(actual, *allowed)), "\n".join(found)
        self.state = actual

    def _burying(self, server: Server, died: bool) -> None:
        if died:
            self._crash(server, slow=False)

    def _crash(self, server: Server, *, slow: bool) -> None:
        self.servers.remove(server)
        for attempt in server.executor.attempts:
            attempt.outlive_its_server()
            if slow:
                self.slow.append(attempt)
            else:
                attempt.end_at_last()
        server.crash()

    def _end(self, server: Server, attempt: Attempt, outcome: str, end: Callable[[], None]) -> None:
        self.outcomes[attempt.order.build_id] = outcome
        server.executor.attempts.remove(attempt)
        end()

    def _record(self, server: Server, number: int, dies: int | None) -> None:
        outcome, flagged = self.outcomes[number], self.state.builds[number].flagged
        if outcome == "finished":
            after = self.state.finish(number)
        elif outcome == "lost" or (outcome == "shutdown" and not flagged):
            after = self.state.orphan(number, MAX_ATTEMPTS, counted=outcome == "lost")
        else:
            after = self.state.die(number)
        self._do(
            self.servers.index(server), lambda s: s.dispatcher._take_from_inbox(0), after, dies
        )

    def _attempts(self) -> list[tuple[Server, Attempt]]:
        return [(s, attempt) for s in self.servers for attempt in s.executor.attempts]

    def _server(self, which: int) -> Server:
        return self.servers[which % len(self.servers)]

    def _build(self, which: int) -> int:
        return sorted(self.state.builds)[which % len(self.state.builds)]

    def _hidden(self, number: int) -> bool:
        """Whether users do not see the build any more."""
        build = self.state.builds[number]
        return build.deleted or self.state.environments[build.environment].deleted


# What is found is made smaller, which may take five minutes.
TestStore = pytest.mark.timeout(900)(StoreMachine.TestCase)
TestStore.settings = settings(
    max_examples=int(os.environ.get("ENVSTORE_MODEL_EXAMPLES", "15")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
