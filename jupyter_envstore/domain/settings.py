"""What an administrator decides, as one frozen value. `config` makes it from traits, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import build_key
from .layout import DEFAULT_BUILD_DIRECTORY, DEFAULT_ENVIRONMENT_DIRECTORY
from .role_bindings import RoleBindings
from .shared_names import SharedStoreSetting

ENGINES = ("rattler", "conda", "mamba", "micromamba")


@dataclass(frozen=True)
class Settings:
    """Sizes in bytes, times in seconds. The meaning of each is in the trait of the same name."""

    store_directory: str
    settled: frozenset[str] = frozenset()
    """The names of those that the administrator has set: conda's files do not change these."""
    database_path: str = ""
    build_directory: str = DEFAULT_BUILD_DIRECTORY
    environment_directory: str = DEFAULT_ENVIRONMENT_DIRECTORY
    build_key_version: int = build_key.DEFAULT_VERSION
    win_extended_length_prefix: bool = False
    default_namespace: str = "default"
    filesystem_namespace: str = "filesystem"
    watch_paths: tuple[str, ...] = ()
    engine: str = "rattler"
    engine_executable: str = ""
    register_environments: bool = False
    executor: str = "thread"
    dask_scheduler: str = ""
    max_concurrent_builds: int = 2
    max_attempts: int = 3
    build_timeout: float = 3600.0
    solve_timeout: float = 300.0
    max_concurrent_solves: int = 2
    max_concurrent_verifications: int = 1
    stall_timeout: float = 300.0
    memory_limit: int = 4 << 30
    storage_threshold: int = 1 << 30
    recovery_interval: float = 30.0
    keep_builds: int = 0
    keep_days: float = 0.0
    keep_failed_days: float = 0.0
    keep_cache_days: float = 30.0
    archive_cache_limit: int = 10 << 30
    max_concurrent_archives: int = 2
    namespace_quota: int = 0
    cleanup_interval: float = 86400.0
    package_cache_directory: str = ""
    shared_package_caches: tuple[str, ...] = ()
    repodata_cache_directory: str = ""
    shared_stores: tuple[SharedStoreSetting, ...] = ()
    conda_channel_alias: str = "https://conda.anaconda.org"
    conda_default_channels: tuple[str, ...] = ("conda-forge",)
    conda_indexed_channels: tuple[str, ...] = ()
    conda_solve_platforms: tuple[str, ...] = ()
    package_index_interval: float = 14400.0
    conda_allowed_channels: tuple[str, ...] = ()
    conda_default_packages: tuple[str, ...] = ()
    conda_required_packages: tuple[str, ...] = ()
    conda_included_packages: tuple[str, ...] = ()
    pypi_default_packages: tuple[str, ...] = ()
    pypi_required_packages: tuple[str, ...] = ()
    pypi_included_packages: tuple[str, ...] = ()
    defaults_channels: tuple[str, ...] = (
        "https://repo.anaconda.com/pkgs/main",
        "https://repo.anaconda.com/pkgs/r",
    )
    run_link_scripts: bool = True
    path_conflict: str = "warn"
    publish_kernels: str = "server"
    kernel_name_format: str = ""
    max_page_size: int = 100
    primary_namespace: str = ""
    authenticated_role_bindings: RoleBindings | None = None
    """None if it is not set: see `is_shared`."""
    user_role_bindings: Mapping[str, RoleBindings] = field(default_factory=dict)
    group_role_bindings: Mapping[str, RoleBindings] = field(default_factory=dict)
    max_token_days: float = 365.0

    @property
    def is_shared(self) -> bool:
        """Whether not everybody who is let in owns every namespace."""
        everybody = self.authenticated_role_bindings
        if everybody is None:
            return bool(self.user_role_bindings or self.group_role_bindings)
        return "admin" not in everybody.get("*/*", ())
