"""The kernels of this server, as Jupyter knows them: which run from builds, and when they do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .service.running_kernels import RunningKernel

ACTIONS_SCHEMA_ID = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
"""The events with which Jupyter Server tells what it did to a kernel."""

_USES = {"start", "restart", "shutdown"}
"""What of it is a use of the kernel's build."""

NoteUses = Callable[[Collection[int]], Awaitable[None]]
"""Told the builds whose kernels were just started or ended. It must not raise."""


class ServerKernels:
    """The kernels of one server; `running` may be asked from any thread."""

    def __init__(self, server: Any, directories: Sequence[str], note_uses: NoteUses) -> None:
        """`directories` are those in which the store publishes kernels."""
        self._server = server
        self._directories = directories
        self._note_uses = note_uses
        self._builds: dict[str, int] = {}

    def watch(self) -> None:
        """Tell of the uses of builds from now on."""
        self._server.event_logger.add_listener(
            schema_id=ACTIONS_SCHEMA_ID, listener=self._on_action
        )

    def ignore(self) -> frozenset[int]:
        """Tell of no more uses, and return the builds of the kernels that have not ended yet."""
        self._server.event_logger.remove_listener(
            schema_id=ACTIONS_SCHEMA_ID, listener=self._on_action
        )
        used = frozenset(self._builds.values())
        self._builds.clear()
        return used

    def running(self) -> tuple[RunningKernel, ...]:
        """Return the kernels that run from the store, with their builds."""
        from .integration.kernelspecs import starts_kernel_of
        from .service.running_kernels import running_kernel

        manager = self._server.kernel_manager
        found = []
        for kernel_id in manager.list_kernel_ids():
            try:
                # A kernel keeps the kernelspec that it was started with, also when it is restarted.
                kernel = manager.get_kernel(kernel_id)
                name, spec = kernel.kernel_name, kernel.kernel_spec
            except (KeyError, AttributeError):
                # It ended meanwhile, or it runs on a gateway, which has its kernelspecs for itself.
                continue
            # Other stores count their builds, too: what a kernelspec says may be about theirs.
            if any(starts_kernel_of(directory, spec.argv) for directory in self._directories):
                found.append(running_kernel(kernel_id, name, spec.metadata))
        return tuple(kernel for kernel in found if kernel is not None)

    def documents(self, loop: asyncio.AbstractEventLoop) -> dict[int, str]:
        """Return the document of each kernel, by the kernel's process id; not in the loop."""
        sessions = asyncio.run_coroutine_threadsafe(
            self._server.session_manager.list_sessions(), loop
        ).result(timeout=10)
        documents = {}
        for session in sessions:
            manager = self._server.kernel_manager.get_kernel(session["kernel"]["id"])
            pid = getattr(manager.provisioner, "pid", None)
            if pid is not None:
                # The path of a console is made up, and nobody sees it.
                is_document = session["type"] != "console" and session["path"]
                documents[pid] = session["path"] if is_document else "a console"
        return documents

    async def _on_action(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002
        """Note the build of a kernel that was started or ended: the last it was used is now."""
        kernel_id = data.get("kernel_id")
        if kernel_id is None or data.get("status") != "success" or data["action"] not in _USES:
            return
        if data["action"] == "shutdown":
            # Jupyter has forgotten which kernel that was.
            build_id = self._builds.pop(kernel_id, None)
        else:
            build_id = next(
                (one.build_id for one in self.running() if one.kernel_id == kernel_id), None
            )
            if build_id is not None:
                self._builds[kernel_id] = build_id
        if build_id is not None:
            await self._note_uses([build_id])
