"""The store's kernels in a running server: one more directory to search, no class replaced.

Every kernel spec manager built on jupyter_client's reads `kernel_dirs` at each request, so that
appending to the list of the one instance works with whichever class a site has chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add_kernel_directory(kernel_spec_manager: Any, directory: str | Path) -> str | None:
    """Let a kernel spec manager search `directory`, after its own directories.

    Return None if its kernels will be listed, else the reason why not: a sentence for the log.
    """
    reason = _why_not(kernel_spec_manager)
    if reason is not None:
        return reason
    present = list(kernel_spec_manager.kernel_dirs)
    if str(directory) not in present:
        # A new list: traitlets announces an assignment, and would miss an append.
        kernel_spec_manager.kernel_dirs = [*present, str(directory)]
    if getattr(kernel_spec_manager, "allowed_kernelspecs", None):
        return (
            "KernelSpecManager.allowed_kernelspecs lists the kernels that this server shows, "
            "and hides those of the store unless it names them."
        )
    return None


def remove_kernel_directory(kernel_spec_manager: Any, directory: str | Path) -> None:
    """Undo `add_kernel_directory`."""
    if _why_not(kernel_spec_manager) is None:
        kernel_spec_manager.kernel_dirs = [
            entry for entry in kernel_spec_manager.kernel_dirs if entry != str(directory)
        ]


def _why_not(kernel_spec_manager: Any) -> str | None:
    kind = type(kernel_spec_manager)
    # By name, because importing the class would start the gateway's client.
    if any(base.__name__ == "GatewayKernelSpecManager" for base in kind.__mro__):
        return (
            "Kernels run on a gateway, which does not see this store: its kernels are not listed. "
            "Install the store where the gateway runs."
        )
    if not hasattr(kernel_spec_manager, "kernel_dirs"):
        return (
            f"{kind.__module__}.{kind.__name__} has no kernel_dirs, so the store's kernels cannot "
            "be listed by it. Set publish_kernels to user, or use a kernel spec manager that is "
            "built on jupyter_client's."
        )
    return None
