"""Which wheels go into the local channel."""

from __future__ import annotations

NEWEST = ("ipykernel", "numpy", "pip", "requests", "setuptools", "wheel", "click", "pyyaml", "tqdm")
"""The newest version of each, and of all that they depend on."""

DATA = ("certifi", "tzdata")
"""Wheels that also hold what conda packages as ``ca-certificates`` and ``tzdata``."""

OLDER = (
    (
        'numpy==1.26.4; python_version < "3.13"',
        'numpy==2.1.3; python_version == "3.13"',
        'numpy==2.3.3; python_version >= "3.14"',
        "certifi==2024.2.2",
        "click==8.1.7",
        "idna==3.7",
        "ipykernel==6.29.5",
        "nest-asyncio==1.6.0",
        "packaging==24.0",
        "pip==24.0",
        "requests==2.31.0",
        "setuptools==69.5.1",
        "tqdm==4.66.1",
        "traitlets==5.14.3",
        "urllib3==1.26.18",
        "wheel==0.43.0",
    ),
    (
        'numpy==2.1.3; python_version < "3.13"',
        'numpy==2.2.6; python_version == "3.13"',
        'numpy==2.3.4; python_version >= "3.14"',
        "packaging==23.2",
        "requests==2.32.3",
        "urllib3==2.0.7",
    ),
)
"""Older versions, so that solvers have a choice. A group holds no project twice."""
