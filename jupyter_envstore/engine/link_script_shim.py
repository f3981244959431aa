"""Makes mamba tell that a link script failed: it looks only at whether the script could begin.

libmamba (1.5 to 2.8, `run_script` in ``core/link.cpp``) runs link scripts with the first ``bash``
on PATH, and takes no notice of the status that it ends with. A ``bash`` of ours in front of it
runs the real one, and says on standard error which script failed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

from .prefix import WINDOWS

_SHIM = r"""#!/bin/sh
{bash} "$@"
status=$?
if [ $status -ne 0 ] && [ -f "$1" ]; then
  name=$(sed -n -e 's,.*/\.\(.*\)-post-link\.sh.*,\1,p' -e 's,.*/\.\(.*\)-pre-link\.sh.*,\1,p' \
    "$1" | tail -n 1)
  [ -z "$name" ] || echo "post-link script failed for package $name: status $status" >&2
fi
exit $status
"""
_SAID = re.compile(r"^post-link script failed for package \S+: status \d+$", re.MULTILINE)


def path_with_shim(directory: Path) -> str | None:
    """Make the shim in a new directory, and return a PATH that has it; None where none can be."""
    bash = shutil.which("bash")
    if WINDOWS or bash is None:
        return None
    directory.mkdir(exist_ok=True)
    shim = directory / "bash"
    shim.write_text(_SHIM.replace("{bash}", shlex.quote(bash)), encoding="utf-8")
    shim.chmod(0o700)
    return f"{directory}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def link_script_failed(errors: str) -> bool:
    """Tell whether the shim has said in a run's standard error that a script failed."""
    return _SAID.search(errors) is not None
