"""A JupyterLab extension that is a store of immutable, versioned conda builds.

This module imports nothing of the package: the build worker runs below it, and must not pay
for the server's imports.
"""

from __future__ import annotations

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-envstore"}]


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    from .extension import EnvStoreExtension

    return [{"module": "jupyter_envstore.extension", "app": EnvStoreExtension}]
