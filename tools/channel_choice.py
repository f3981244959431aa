"""Which channel to use for trying things out: conda-forge, or the local one where it is far."""

from __future__ import annotations

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from jupyter_envstore.domain.settings import Settings

ROOT = Path(__file__).parents[1]
CHANNELS = ROOT / ".cache" / "channels"

_PATIENCE = 3.0
"""Seconds that conda-forge gets to answer."""


def choose_channel() -> str:
    """Return ``conda-forge`` if it answers, else the URL of the local channel, made if needed."""
    if _answers("conda-forge"):
        return "conda-forge"
    print(
        f"conda-forge did not answer within {_PATIENCE:.0f} seconds: using a local channel, made "
        f"of this Python and of wheels ({CHANNELS.relative_to(ROOT)}).",
        flush=True,
    )
    return make_local_channel()


def make_local_channel() -> str:
    """Make the local channel, unless it is there, and return its URL."""
    command = [sys.executable, "-m", "tools.local_channel", "--out", str(CHANNELS)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        sys.exit("The local channel could not be made; the lines above say why.")
    return (CHANNELS / "local").as_uri()


def _answers(channel: str) -> bool:
    answered = threading.Event()

    def ask() -> None:
        url = f"{Settings('').conda_channel_alias}/{channel}/noarch/repodata.json.zst"
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, method="HEAD"), timeout=_PATIENCE
            ):
                answered.set()
        except (urllib.error.URLError, OSError):
            return

    # A thread, because the look-up of a name has a patience of its own.
    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(_PATIENCE)
