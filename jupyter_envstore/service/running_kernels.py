"""The kernels that this server runs from the store, and the builds that they were started with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RunningKernel:
    """A kernel of this server, and the build that it has for as long as it lives."""

    kernel_id: str
    """Jupyter's id of the kernel."""
    name: str
    """The kernelspec that it was started by, which may be about another build by now."""
    namespace: str
    environment: str
    build_id: int


RunningKernels = Callable[[], tuple[RunningKernel, ...]]
"""Returns the running kernels that are the store's. The edge, which knows Jupyter, provides it."""


def running_kernel(kernel_id: str, name: str, metadata: Mapping[str, Any]) -> RunningKernel | None:
    """Return a kernel by the metadata of the kernelspec it was started with; None if not ours."""
    try:
        ours = metadata["envstore"]
        return RunningKernel(
            kernel_id,
            name,
            namespace=str(ours["namespace"]),
            environment=str(ours["environment"]),
            build_id=int(ours["build_id"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
