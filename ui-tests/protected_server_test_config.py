"""A server as people have it, for the tests of other clients: with a token, XSRF, a base URL."""

from __future__ import annotations

import os

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(os.environ["ENVSTORE_TEST_PORT"])
c.ServerApp.port_retries = 0
c.ServerApp.base_url = os.environ["ENVSTORE_TEST_BASE_URL"]
c.ServerApp.open_browser = False
c.ServerApp.jpserver_extensions = {"jupyter_envstore": True}
c.IdentityProvider.token = os.environ["ENVSTORE_TEST_TOKEN"]
c.EnvStore.store_directory = os.environ["ENVSTORE_TEST_STORE"]
c.EnvStore.conda_default_channels = [os.environ["ENVSTORE_TEST_CHANNEL"]]
