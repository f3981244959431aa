"""How `make run` starts JupyterLab."""

from __future__ import annotations

import pytest
from jupyterlab.labapp import LabApp

from jupyter_envstore.config import EnvStore
from tools.run import STORE, options


@pytest.mark.parametrize("channel", ["conda-forge", "file:///srv/my%20channels/local"])
def test_a_specification_without_channels_uses_the_one_that_was_chosen(channel):
    lab = LabApp()
    # JupyterLab does not know the settings of its extensions when it reads its command line.
    lab.parse_command_line(options(channel))
    settings = EnvStore(config=lab.config).settings()
    assert settings.conda_default_channels == (channel,)
    assert settings.store_directory == str(STORE)
