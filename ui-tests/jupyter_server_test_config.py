"""The servers of the browser tests: Galata's settings, and a store of their own.

Never use it elsewhere: it turns off what protects a server.
"""

from __future__ import annotations

import os
from tempfile import mkdtemp

from jupyterlab.galata import configure_jupyter_server

c = get_config()  # type: ignore[name-defined]  # noqa: F821

configure_jupyter_server(c)

c.ServerApp.port = int(os.environ["ENVSTORE_TEST_PORT"])
c.ServerApp.jpserver_extensions = {"jupyterlab": True, "jupyter_envstore": True}
c.JupyterNotebookApp.expose_app_in_browser = True
c.JupyterNotebookApp.user_settings_dir = mkdtemp(prefix="settings-")
c.EnvStore.store_directory = os.environ["ENVSTORE_TEST_STORE"]
c.EnvStore.conda_default_channels = [os.environ["ENVSTORE_TEST_CHANNEL"]]

if shared := os.environ.get("ENVSTORE_TEST_SHARED"):
    c.EnvStore.shared_stores = [f"team={shared}"]

if role := os.environ.get("ENVSTORE_TEST_ROLE"):
    c.EnvStore.authenticated_role_bindings = {"*/*": [role]}
