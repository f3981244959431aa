"""What a build's process is told to do: a value of primitives, so that it can travel as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .build_key import DEFAULT_VERSION

BUILD, SOLVE, VERIFY, REPAIR = "build", "solve", "verify", "repair"
RESTORE = "restore"
"""The tasks. `SOLVE` makes no build, and leaves its answer in the directory: see `Solution`.
`VERIFY` and `REPAIR` are about a finished build, and leave an `Inspection` there. What is to
`RESTORE` is built, once more, from its lock."""


@dataclass(frozen=True)
class WorkOrder:
    """One attempt at one build. Paths are absolute; sizes are bytes; times are seconds."""

    build_id: int
    attempt: int
    store_id: str
    namespace: str
    name: str
    directory: str
    """The attempt's working directory: order.json, events.jsonl, cancel, prefix/, cache/."""
    prefix: str
    """The final prefix; the installation is renamed to it from ``<directory>/prefix``."""
    log: str
    """The build's log; attempts are appended."""
    engine: str
    """``rattler``, ``conda``, ``mamba`` or ``micromamba``."""
    channels: tuple[str, ...]
    """URLs, in order of priority, without credentials."""
    subdir: str
    """The platform, as conda names it: ``linux-64``."""
    match_specs: tuple[str, ...]
    places: tuple[str, ...] = ()
    """The place of each match spec in the specification: ``dependencies[0]``."""
    pip: tuple[str, ...] = ()
    pip_places: tuple[str, ...] = ()
    """The place of each line of `pip`: ``dependencies[2].pip[0]``."""
    channel_places: dict[str, str] = field(default_factory=dict)
    """The places of the channels that the specification names, by URL: ``channels[0]``."""
    variables: dict[str, str] = field(default_factory=dict)
    engine_executable: str = ""
    """Where the engine's program is; looked up where nothing is said."""
    package_cache: str = ""
    foreign_caches: tuple[str, ...] = ()
    """Package caches of others: packages are taken from there, and nothing is written."""
    repodata_cache: str = ""
    bytecode_cache: str = ""
    lock: str = ""
    """The lockfile to install from, as `domain.conda_lock` writes it: then nothing is solved."""
    lock_artifact: str = ""
    """Where the build's own lockfile goes."""
    platforms: tuple[str, ...] = ()
    """Further platforms that the lockfile is made for."""
    memory_limit: int = 4 << 30
    memory_is_scarce: bool = False
    """The limit is what the control group leaves, and not what the trait allows."""
    solve_timeout: float = 300.0
    stall_timeout: float = 300.0
    build_timeout: float = 3600.0
    storage_threshold: int = 0
    """Refuse to begin with fewer free bytes than this."""
    run_link_scripts: bool = True
    path_conflict: str = "warn"
    """``warn`` or ``prevent``: what to do when two packages have a file at the same path."""
    mirrors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The URLs, without credentials, that serve a channel in place of its own, by its URL."""
    conda_files: tuple[str, ...] = ()
    """conda's configuration files, the most important one last: proxies, certificates, secrets."""
    key_version: int = DEFAULT_VERSION
    store_directory: str = ""
    win_extended_length_prefix: bool = False
    long_paths_enabled: bool | None = None
    """These four decide and explain how long paths may be: see `PathRules`."""
    record: dict[str, Any] = field(default_factory=dict)
    """What the marker in the prefix keeps of the build: see `record_of`."""
    shared_permissions: bool = True
    """Readable by everybody, writable by the owner only."""
    server_lease: str = ""
    """The lease of the server that wants this: without it, nobody waits for the outcome."""
    task: str = BUILD
    """What to do: see `BUILD` and the others."""
    keep_added: bool = False
    """A repair leaves files that nobody recorded."""
