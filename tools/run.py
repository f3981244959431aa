"""Start JupyterLab with the panel open, ready to build an environment."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from .channel_choice import ROOT, choose_channel

RUN = ROOT / ".cache" / "run"
NOTEBOOKS = RUN / "notebooks"
STORE = RUN / "store"


def main() -> None:
    """Replace this process by JupyterLab."""
    channel = choose_channel()
    NOTEBOOKS.mkdir(parents=True, exist_ok=True)
    print(
        f"Environments are kept in {STORE.relative_to(ROOT)}, notebooks in "
        f"{NOTEBOOKS.relative_to(ROOT)}.",
        flush=True,
    )
    command = [sys.executable, "-m", "jupyterlab", *options(channel), *sys.argv[1:]]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    _open_panel(RUN / "settings")
    os.execv(command[0], command)


def options(channel: str) -> list[str]:
    """Return the options of JupyterLab with which specifications without channels use `channel`."""
    return [
        f"--ServerApp.root_dir={NOTEBOOKS}",
        f"--EnvStore.store_directory={STORE}",
        f"--EnvStore.conda_default_channels={channel}",
        # Settings and workspaces of this try-out stay out of the user's own.
        f"--LabApp.user_settings_dir={RUN / 'settings'}",
        f"--LabApp.workspaces_dir={RUN / 'workspaces'}",
    ]


def _open_panel(settings: Path) -> None:
    """Let the panel be open at the first start; what the user chooses later stays."""
    path = settings / "jupyter-envstore" / "plugin.jupyterlab-settings"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"openOnStartup": True}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
