"""The channel that the builds of a campaign are made from: small, with all that is published."""

from __future__ import annotations

import json
from pathlib import Path

from tests.engine.tiny_channel import PLACEHOLDER, TinyChannel

WANTED = ["tool"]
"""What the builds ask for."""
PACKAGES = ("tool", "library", "kernel")
"""What they get."""


def make_channel(directory: Path) -> TinyChannel:
    """Packages with text and binary prefixes, a link script, and a kernel."""
    channel = TinyChannel(directory)
    argv = [f"{PLACEHOLDER}/bin/tool", "{connection_file}"]
    kernel = {"argv": argv, "display_name": "Tool", "language": "tool"}
    channel.add("library", files={f"lib/{i}": f"{i}" * 5000 for i in range(20)})
    channel.add("kernel", files={"share/jupyter/kernels/tool/kernel.json": json.dumps(kernel)})
    channel.add(
        "tool",
        files={
            "bin/tool": f"#!/bin/sh\necho {PLACEHOLDER}\n",
            "lib/tool.so": b"\x7fELF\0" + PLACEHOLDER.encode() + b"\0" * 20,
            "bin/.tool-post-link.sh": '#!/bin/sh\necho linked > "$PREFIX/share/linked"\n',
            "share/tool": "tool",
        },
        modes={"bin/tool": 0o755, "bin/.tool-post-link.sh": 0o755},
        depends=["library", "kernel"],
    )
    return channel
