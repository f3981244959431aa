"""What real tools said: recorded, and shortened where they repeat themselves.

conda's are of 23.1.0, 24.11.3 and 26.7.1 with the classic solver, against a channel that has lib
1.0 and 2.0, tool (which needs lib >=2), app (lib >=1,<2), python 3.12.1 and 3.13.0, numpy 1.26.4
(python >=3.12,<3.13.0a0), cuda (__cuda >=12) and broken (nothere >=3).
"""

from __future__ import annotations

import json
from typing import Any


def conda(name: str, message: str, **more: Any) -> str:
    error = {
        "caused_by": "None",
        "error": f"{name}: {message}",
        "exception_name": name,
        "exception_type": f"<class 'conda.exceptions.{name}'>",
        "message": message,
    }
    return json.dumps({**error, **more}, indent=2)


def not_found(*specs: str, name: str = "PackagesNotFoundInChannelsError") -> str:
    listed = "".join(f"\n  - {spec}" for spec in specs)
    message = (
        f"The following packages are not available from current channels:\n{listed}\n\n"
        "Current channels:\n\n  - https://conda.example/c/linux-64\n\nTo search for alternate "
        "channels that may provide the conda package you're\nlooking for, navigate to\n\n    "
        "https://anaconda.org\n\nand use the search bar at the top of the page.\n"
    )
    return conda(name, message, packages=list(specs), packages_formatted=listed)


CONDA_CONFLICT = conda(
    "UnsatisfiableError",
    "The following specifications were found to be incompatible with each other:\n\n"
    "Output in format: Requested package -> Available versions\n\n"
    "Package lib conflicts for:\napp -> lib[version='>=1,<2']\ntool -> lib[version='>=2']\n"
    "Note that strict channel priority may have removed packages required for satisfiability.",
    unsatisfiable=[["app", "lib[version='>=1,<2']"], ["tool", "lib[version='>=2']"]],
)
CONDA_PYTHON = conda(
    "UnsatisfiableError",
    "The following specifications were found to be incompatible with each other:\n\n"
    "Output in format: Requested package -> Available versions\n\n"
    "Package python conflicts for:\nnumpy=1.26 -> python[version='>=3.12,<3.13.0a0']\n"
    "python=3.13\n"
    "Note that strict channel priority may have removed packages required for satisfiability.",
    unsatisfiable=[["numpy=1.26", "python[version='>=3.12,<3.13.0a0']"], ["python=3.13"]],
)
CONDA_OUTRANKED = conda(
    "UnsatisfiableError",
    "\nNote that strict channel priority may have removed packages required for satisfiability.",
    unsatisfiable=[],
)


def conda_http(status: int, reason: str, url: str = "https://conda.example/c") -> str:
    return conda(
        "CondaHTTPError",
        f"HTTP {status} {reason} for url <{url}/linux-64/repodata.json>\nElapsed: 00:00.022032\n\n"
        "A remote server error occurred when trying to retrieve this URL.\n",
        caused_by=f"HTTPError('{status} Server Error: {reason} for url: {url}')",
        reason=reason,
        status_code=status,
        url=f"{url}/linux-64/repodata.json",
        elapsed_time="00:00.022032",
    )


CONDA_REFUSED = conda(
    "CondaHTTPError",
    "HTTP 000 CONNECTION FAILED for url <http://127.0.0.1:9/x/linux-64/current_repodata.json>\n"
    "Elapsed: -\n\nAn HTTP error occurred when trying to retrieve this URL.\n"
    "HTTP errors are often intermittent, and a simple retry will get you on your way.\n",
    caused_by=(
        "ConnectionError(MaxRetryError('HTTPConnectionPool(host=\\'127.0.0.1\\', port=9): Max "
        "retries exceeded with url: /x/linux-64/current_repodata.json.zst (Caused by "
        "NewConnectionError(\"HTTPConnection(host=\\'127.0.0.1\\', port=9): Failed to establish "
        "a new connection: [Errno 111] Connection refused\"))'))"
    ),
    reason="CONNECTION FAILED",
    status_code="000",
)
CONDA_NO_FILE = conda(
    "UnavailableInvalidChannel",
    "HTTP 404 UNAVAILABLE OR INVALID for channel chan <file:///nonexistent/chan>\n\n"
    "The channel is not accessible or is invalid.\n",
    channel_url="file:///nonexistent/chan",
    reason="UNAVAILABLE OR INVALID",
    status_code=404,
)
CONDA_NOT_AN_INDEX = json.dumps(
    {
        "error": "JSONDecodeError('Expecting value: line 1 column 1 (char 0)')",
        "exception_name": "JSONDecodeError",
        "exception_type": "<class 'json.decoder.JSONDecodeError'>",
    }
)
CONDA_EXITS_ZERO = (
    "Encountered corrupt package tarball at pkgs/tool-1.0-0.conda. conda has left it in place.\n"
    "CondaSystemExit: Exiting 1\n"
)
"""Of conda 26.7.1, with status 0 and no environment."""
CONDA_CORRUPT = conda(
    "CondaVerificationError",
    "The package for tool located at pkgs/tool-1.0-0\nappears to be corrupted. The path "
    "'share/tool'\nspecified in the package manifest cannot be found.\n",
)
CONDA_LINK_SCRIPT = conda(
    "LinkError",
    "post-link script failed for package https://conda.example/c/linux-64::tool-1.0-0\n"
    "location of failed script: prefix/bin/.tool-post-link.sh\n==> script messages <==\n<None>\n",
)
CONDA_LINK_SCRIPTS = json.dumps(
    {
        "error": "Multiple Errors Encountered.",
        "errors": [
            json.loads(CONDA_LINK_SCRIPT),
            {"error": "()", "exception_name": "tuple", "message": "()"},
        ],
        "exception_name": "CondaMultiError",
        "exception_type": "<class 'conda.CondaMultiError'>",
    }
)
"""Of conda 26.7.1: the failure, and that of taking back what there was not."""
CONDA_NO_CACHE = conda("NoWritablePkgsDirError", "No writeable pkgs directories configured.\n")
CONDA_NO_SOLVER = conda(
    "CondaValueError",
    "You have chosen a non-default solver backend (libmamba) but it was not recognized. "
    "Choose one of: classic",
)

MAMBA_FOREIGN_TIME = (
    "critical libmamba Multiple errors occured:\n"
    "    filesystem error: cannot set file time: Operation not permitted "
    "[/shared/pkgs/cache/2204cc85.json]\n"
    "    Subdir http://127.0.0.1:8791/noarch not loaded!\n"
)
"""Of micromamba 1.1.0, with status 1: an index that another user owns, unchanged on the server."""
MAMBA_FOREIGN_MODE = (
    "critical libmamba filesystem error: cannot set permissions: Operation not permitted "
    "[/shared/pkgs/cache]\n"
)
"""Of mamba 2.8.1, with status 1: a folder that another user owns."""
MAMBA_NO_CACHE = (
    "critical libmamba filesystem error: cannot create directories: Permission denied "
    "[/shared/pkgs/cache]\n"
)
