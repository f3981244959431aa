"""What a build is compared with: rattler alone, in a fresh interpreter.

``python plain_install.py ORDER``, where ORDER is a JSON object with ``channels``, ``match_specs``,
``prefix``, ``package_cache`` and ``repodata_cache``. It solves and links, and leaves the prefix as
it is: nothing is validated, compiled, recorded, frozen or published.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from rattler import Gateway, MatchSpec, VirtualPackage, install, solve


async def main(order: dict[str, Any]) -> None:
    """Solve and install."""
    records = await solve(
        order["channels"],
        [MatchSpec(text) for text in order["match_specs"]],
        gateway=Gateway(cache_dir=order["repodata_cache"]),
        virtual_packages=VirtualPackage.detect(),
    )
    await install(records, order["prefix"], cache_dir=order["package_cache"], show_progress=False)
    print(len(records), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
    # As in the build's process: CPython 3.11 sometimes crashes at exit after an installation.
    os._exit(0)
