"""What an installation from a lockfile is compared with: rattler alone, in a fresh interpreter.

``python plain_lock_install.py ORDER``, where ORDER is a JSON object with ``lock`` (the path of a
pixi.lock), ``platform``, ``prefix`` and ``package_cache``. It reads the lockfile and links, and
leaves the prefix as it is: nothing is validated, compiled, recorded, frozen or published.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from rattler import LockFile, install


async def main(order: dict[str, Any]) -> None:
    """Install what the lockfile says."""
    environment = LockFile.from_path(order["lock"]).default_environment()
    assert environment is not None
    (platform,) = (one for one in environment.platforms() if str(one) == order["platform"])
    records = environment.conda_repodata_records_for_platform(platform) or []
    await install(records, order["prefix"], cache_dir=order["package_cache"], show_progress=False)
    print(len(records), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
    # As in the build's process: CPython 3.11 sometimes crashes at exit after an installation.
    os._exit(0)
