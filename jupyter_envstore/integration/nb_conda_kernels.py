"""nb_conda_kernels beside us: it lists the kernels of conda's environments, and ours are listed.

It looks into every environment that ``conda info`` names, and so into the store's as soon as a
namespace is registered with conda. Its own trait `env_filter`, a regular expression of paths that
it leaves out, is made to match the store's too.
"""

from __future__ import annotations

import re
from typing import Any

_MANAGER = "CondaKernelSpecManager"
_ONE_NAME = r"[^/\\]+"


def leave_out_environments(kernel_spec_manager: Any, template: str) -> None:
    """Let nb_conda_kernels, if it is the manager, leave out the environments of the store.

    `template` is that of their links, with ``{namespace}`` and ``{name}`` in it. What a site has
    set `env_filter` to stays in force. Nothing is done to other managers.
    """
    kinds = type(kernel_spec_manager).__mro__
    if not any(kind.__name__ == _MANAGER for kind in kinds):
        return
    ours = paths_of(template)
    present = kernel_spec_manager.env_filter
    if present and ours in present:
        return
    pattern = f"{present}|{ours}" if present else ours
    kernel_spec_manager.env_filter = pattern
    # It compiles the trait when it is made, and keeps what it found for a minute.
    kernel_spec_manager._env_filter_regex = re.compile(pattern)  # noqa: SLF001
    kernel_spec_manager._conda_kernels_cache_expiry = None  # noqa: SLF001


def paths_of(template: str) -> str:
    """Return the regular expression of the paths that a template stands for."""
    parts = re.split(r"\{(?:namespace|name)\}", template)
    return f"^{_ONE_NAME.join(re.escape(part) for part in parts)}$"
