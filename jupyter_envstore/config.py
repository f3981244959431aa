"""What an administrator may set, turned once into a frozen `Settings`."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode, validate
from traitlets.config import Config, Configurable

from .domain.build_key import DEFAULT_VERSION, check_version
from .domain.layout import DEFAULT_BUILD_DIRECTORY, DEFAULT_ENVIRONMENT_DIRECTORY
from .domain.names import name_problem
from .domain.platforms import PLATFORMS
from .domain.role_bindings import RoleBindings, role_bindings
from .domain.settings import ENGINES, Settings
from .domain.shared_names import SharedStoreSetting, listed_stores

_GIB = 1 << 30
_DEFAULTS = Settings(store_directory="")


CONDA_STORE_NAMES = {
    ("CondaStore", "store_directory"): "store_directory",
    ("CondaStore", "build_directory"): "build_directory",
    ("CondaStore", "environment_directory"): "environment_directory",
    ("CondaStore", "build_key_version"): "build_key_version",
    ("CondaStore", "win_extended_length_prefix"): "win_extended_length_prefix",
    ("CondaStore", "storage_threshold"): "storage_threshold",
    ("CondaStore", "default_namespace"): "default_namespace",
    ("CondaStore", "filesystem_namespace"): "filesystem_namespace",
    ("CondaStore", "conda_channel_alias"): "conda_channel_alias",
    ("CondaStore", "conda_default_channels"): "conda_default_channels",
    ("CondaStore", "conda_indexed_channels"): "conda_indexed_channels",
    ("CondaStore", "conda_solve_platforms"): "conda_solve_platforms",
    ("CondaStore", "conda_allowed_channels"): "conda_allowed_channels",
    ("CondaStore", "conda_default_packages"): "conda_default_packages",
    ("CondaStore", "conda_required_packages"): "conda_required_packages",
    ("CondaStore", "conda_included_packages"): "conda_included_packages",
    ("CondaStore", "pypi_default_packages"): "pypi_default_packages",
    ("CondaStore", "pypi_required_packages"): "pypi_required_packages",
    ("CondaStore", "pypi_included_packages"): "pypi_included_packages",
    ("CondaStore", "conda_max_solve_time"): "solve_timeout",
    ("CondaStoreServer", "max_page_size"): "max_page_size",
    ("RBACAuthorizationBackend", "authenticated_role_bindings"): "authenticated_role_bindings",
    ("CondaStoreWorker", "concurrency"): "max_concurrent_builds",
    ("CondaStoreWorker", "watch_paths"): "watch_paths",
}
"""conda-store's traits that mean the same here, and what they are called here."""


def with_conda_store_names(config: Config) -> tuple[Config, list[str]]:
    """Return a configuration in which conda-store's traits count, and a remark on each of them.

    What is set under its own name wins. A trait that means nothing here is remarked on, too.
    """
    own = config.get("EnvStore", {})
    taken: dict[str, Any] = {}
    remarks = []
    for section in (
        "CondaStore",
        "CondaStoreServer",
        "CondaStoreWorker",
        "RBACAuthorizationBackend",
    ):
        for name, value in config.get(section, {}).items():
            new = CONDA_STORE_NAMES.get((section, name))
            if new is None:
                remarks.append(f"c.{section}.{name} has no meaning here and is ignored.")
            elif new in own:
                remarks.append(f"c.{section}.{name} is ignored: c.EnvStore.{new} is set.")
            else:
                taken[new] = value
                remarks.append(f"c.{section}.{name} is read as c.EnvStore.{new}: rename it.")
    merged: Config = copy.deepcopy(config)
    merged.merge(Config({"EnvStore": taken}))
    return merged, remarks


class _List(List[Any]):
    """A list that one word of a command line may be, too: ``["a", "b"]``.

    traitlets reads that only in programs that know the class when they start, as JupyterLab does
    not: for it, the word would be the only item.
    """

    def from_string(self, s: str) -> list[Any]:
        try:
            whole = json.loads(s)
        except ValueError:
            whole = None
        return whole if isinstance(whole, list) else [self.item_from_string(s)]


class EnvStore(Configurable):
    """The store of environments: ``c.EnvStore.<name>`` in Jupyter's configuration files."""

    store_directory = Unicode(
        "~/.envstore",
        help="""Where builds and environments are kept. Keep it short: the prefix of a build,
        which is below it, may have 255 characters at most.""",
    ).tag(config=True)

    database_path = Unicode(
        "",
        help="""The SQLite database; by default ``.envstore/envstore.db`` in the store. It has to
        be on a local disk.""",
    ).tag(config=True)

    build_directory = Unicode(
        DEFAULT_BUILD_DIRECTORY,
        help="""Template of the directory of a namespace's builds. It may use {store_directory}
        and {namespace}, which is empty for builds of key version 3.""",
    ).tag(config=True)

    environment_directory = Unicode(
        DEFAULT_ENVIRONMENT_DIRECTORY,
        help="""Template of the link that names an environment's current build. It may use
        {store_directory}, {namespace} and {name}.""",
    ).tag(config=True)

    build_key_version = Int(
        DEFAULT_VERSION,
        help="""Format of the directory names of new builds: 1 (long, conda-store's legacy), 2
        (default) or 3 (short, without a link in the namespace). Old builds keep theirs.""",
    ).tag(config=True)

    win_extended_length_prefix = Bool(
        False,
        help="""On Windows, begin paths with ``\\\\\\\\?\\\\`` so that they may exceed 260
        characters.""",
    ).tag(config=True)

    default_namespace = Unicode(
        "default", help="The namespace of environments that are built without naming one."
    ).tag(config=True)

    max_concurrent_builds = Int(
        _DEFAULTS.max_concurrent_builds,
        min=1,
        help="How many builds this server runs at the same time; others wait in the queue.",
    ).tag(config=True)

    max_attempts = Int(
        _DEFAULTS.max_attempts,
        min=1,
        help="""How often a build is begun when the server that ran it goes away. A build that
        fails for a reason of its own is never repeated by itself.""",
    ).tag(config=True)

    build_timeout = Float(
        _DEFAULTS.build_timeout, min=1, help="Seconds that a build may take in all."
    ).tag(config=True)

    max_concurrent_solves = Int(
        _DEFAULTS.max_concurrent_solves,
        min=1,
        help="""How many dry runs (POST solve/) this server runs at the same time, beside the
        builds; a few more may wait.""",
    ).tag(config=True)

    max_concurrent_verifications = Int(
        _DEFAULTS.max_concurrent_verifications,
        min=1,
        help="""How many builds this server verifies or repairs at the same time; others wait for
        their turn. Each takes at most as long as a build may: see `build_timeout`.""",
    ).tag(config=True)

    solve_timeout = Float(
        _DEFAULTS.solve_timeout, min=1, help="Seconds that the solver may take."
    ).tag(config=True)

    stall_timeout = Float(
        _DEFAULTS.stall_timeout,
        min=1,
        help="Seconds that a build may neither use the processor nor write anything.",
    ).tag(config=True)

    memory_limit = Int(
        _DEFAULTS.memory_limit,
        min=_GIB // 2,
        help="""Bytes of memory that a build may use, at least 512 MiB. Where the control group
        of the server leaves less, that is the limit.""",
    ).tag(config=True)

    storage_threshold = Int(
        _DEFAULTS.storage_threshold,
        min=0,
        help="Builds are refused while the store's file system has fewer free bytes than this.",
    ).tag(config=True)

    engine = Enum(
        ENGINES,
        _DEFAULTS.engine,
        help="""What solves and installs: ``rattler``, in the build's own process, or the program
        ``conda`` (23.1 or newer), ``mamba`` or ``micromamba`` (1.1 or newer) of a site that must
        use it.""",
    ).tag(config=True)

    engine_executable = Unicode(
        _DEFAULTS.engine_executable,
        help="""The path of that program. By default it is looked for where CONDA_EXE or MAMBA_EXE
        says, then on the server's PATH.""",
    ).tag(config=True)

    register_environments = Bool(
        _DEFAULTS.register_environments,
        help="""Note the environments in ``~/.conda/environments.txt``, for editors and other
        programs that read it. conda itself finds them through ``envs_dirs``, and the file is left
        alone.""",
    ).tag(config=True)

    executor = Enum(
        ("thread", "process", "dask"),
        _DEFAULTS.executor,
        help="""Where builds are supervised: by threads of this server, by processes beside it, or
        by a Dask cluster that has the store mounted at the same path
        (``pip install jupyter-envstore[dask]``). The builds themselves are processes in any case.
        """,
    ).tag(config=True)

    dask_scheduler = Unicode(
        _DEFAULTS.dask_scheduler,
        help="""The address of the Dask scheduler, as ``tcp://host:8786``, or the path of its
        scheduler file. Needed by the executor ``dask``.""",
    ).tag(config=True)

    recovery_interval = Float(
        _DEFAULTS.recovery_interval,
        min=0.1,
        help="""Seconds between two rounds of recovery: builds of servers that are gone are
        queued again, left-overs removed, links and kernelspecs mended.""",
    ).tag(config=True)

    keep_builds = Int(
        _DEFAULTS.keep_builds,
        min=0,
        help="""How many of the newest completed builds of each environment are kept. A build is
        removed when neither this nor ``keep_days`` keeps it; while both are 0, all are kept. The
        current build, pinned ones and those that a program uses are never removed.""",
    ).tag(config=True)

    keep_days = Float(
        _DEFAULTS.keep_days,
        min=0,
        help="""For how many days after its end, and after its last use by a kernel, a completed
        build is kept; see ``keep_builds``.""",
    ).tag(config=True)

    keep_failed_days = Float(
        _DEFAULTS.keep_failed_days,
        min=0,
        help="""After how many days failed and canceled builds, with their logs, are removed; 0
        keeps them.""",
    ).tag(config=True)

    keep_cache_days = Float(
        _DEFAULTS.keep_cache_days,
        min=0,
        help="""For how many days after their last use packages and byte code that no build has
        are kept in the caches; 0 keeps them all.""",
    ).tag(config=True)

    archive_cache_limit = Int(
        _DEFAULTS.archive_cache_limit,
        min=0,
        help="""Bytes of archives of builds that are kept. Beyond it, those go that nobody has
        downloaded for the longest time, and none while it is downloaded or made; with 0, each
        goes when its download has ended.""",
    ).tag(config=True)

    max_concurrent_archives = Int(
        _DEFAULTS.max_concurrent_archives,
        min=1,
        help="How many archives this server makes at the same time; others wait for their turn.",
    ).tag(config=True)

    namespace_quota = Int(
        _DEFAULTS.namespace_quota,
        min=0,
        help="""Bytes that the builds of one namespace may occupy, shared files counted once; 0 is
        no limit. Beyond it, the clean-up removes the oldest unprotected builds, and new builds
        are refused while that is not enough.""",
    ).tag(config=True)

    cleanup_interval = Float(
        _DEFAULTS.cleanup_interval,
        min=0,
        help="""Seconds between two clean-ups by these rules, whichever server of the store does
        them; 0 cleans up only when asked to.""",
    ).tag(config=True)

    package_cache_directory = Unicode(
        "",
        help="""Where downloaded packages are kept; by default in the store. It has to be on the
        store's file system: builds share files with it. One that belongs to another user is only
        read, as those of `shared_package_caches`.""",
    ).tag(config=True)

    shared_package_caches = _List(
        Unicode(),
        help="""Package caches of others, such as the one of a shared store or conda's: what they
        have is checked, taken into the store's own cache, and not downloaded. Nothing is written
        there. Whoever owns one is trusted with what is in the packages that others cannot
        change; of all, archives are taken by their hash.""",
    ).tag(config=True)

    repodata_cache_directory = Unicode(
        "",
        help="""Where the channels' indexes are kept; by default in the user's cache directory.
        It cannot be shared between users.""",
    ).tag(config=True)

    shared_stores = _List(
        Unicode(),
        help="""Directories of other stores, whose environments can be used here and not changed:
        ["/srv/team/envstore"], or ["physics=/srv/team/envstore"] to say what is put before the
        names of their namespaces, with a colon, and before the first. No server of theirs needs to
        run. Whoever owns one is trusted with what its kernels run.""",
    ).tag(config=True)

    watch_paths = _List(
        Unicode(),
        help="""Folders whose environment files are built: environment.yml files, lockfiles and the
        like, when they are new or have changed. What is removed there stays in the store. A file
        can be named, too.""",
    ).tag(config=True)

    filesystem_namespace = Unicode(
        _DEFAULTS.filesystem_namespace,
        help="The namespace of the environments that are found in `watch_paths`.",
    ).tag(config=True)

    conda_channel_alias = Unicode(
        _DEFAULTS.conda_channel_alias,
        help="""What a channel's name is appended to. Unless it is set, ``channel_alias`` of
        conda's configuration files is used, where they have one.""",
    ).tag(config=True)

    conda_default_channels = _List(
        Unicode(),
        list(_DEFAULTS.conda_default_channels),
        help="The channels of specifications that name none.",
    ).tag(config=True)

    conda_indexed_channels = _List(
        Unicode(),
        help="""Further channels that searches for packages look at, besides the default ones and
        those from which builds have packages.""",
    ).tag(config=True)

    conda_solve_platforms = _List(
        Enum(PLATFORMS),
        help="""Further platforms that every lockfile is made for, e.g. ["osx-arm64", "win-64"]. A
        build fails if its specification cannot be solved for one of them.""",
    ).tag(config=True)

    package_index_interval = Float(
        _DEFAULTS.package_index_interval,
        min=0,
        help="""Seconds after which channels are asked again for the index that searches for
        packages use, when somebody searches or a build has finished; 0 never asks them. Nothing
        is downloaded for it before the first search.""",
    ).tag(config=True)

    conda_allowed_channels = _List(
        Unicode(),
        help="""The only channels that specifications may name, in their list or in a match spec;
        without any, all are allowed.""",
    ).tag(config=True)

    conda_default_packages = _List(
        Unicode(), help="The match specs of specifications that name no conda package."
    ).tag(config=True)

    conda_required_packages = _List(
        Unicode(), help="The packages without which a specification is refused."
    ).tag(config=True)

    conda_included_packages = _List(
        Unicode(),
        help="""Match specs that are added to every specification which does not name the package,
        e.g. ["ipykernel"]. The build says so in a warning.""",
    ).tag(config=True)

    pypi_default_packages = _List(
        Unicode(), help="The requirements of specifications whose pip section names none."
    ).tag(config=True)

    pypi_required_packages = _List(
        Unicode(), help="The packages without which a pip section is refused, even an empty one."
    ).tag(config=True)

    pypi_included_packages = _List(
        Unicode(),
        help="""Requirements that are added to the pip section of every specification which does
        not name the package there.""",
    ).tag(config=True)

    defaults_channels = _List(
        Unicode(),
        list(_DEFAULTS.defaults_channels),
        help="""The channels that the name ``defaults`` stands for. Unless they are set,
        ``default_channels`` of conda's configuration files are used, where they have some.""",
    ).tag(config=True)

    run_link_scripts = Bool(
        True,
        help="Run the link scripts of packages, as conda does. They are programs of the channel.",
    ).tag(config=True)

    path_conflict = Enum(
        ("warn", "prevent"),
        "warn",
        help="""What to do when two packages have a file at the same path: warn, as conda, or
        let the build fail.""",
    ).tag(config=True)

    publish_kernels = Enum(
        ("server", "user"),
        "server",
        help="""Who finds the kernels: this Jupyter server, or every program of the user too
        (``jupyter execute``, papermill, editors), by links in the user's data directory.""",
    ).tag(config=True)

    kernel_name_format = Unicode(
        "",
        help="""Template of the kernels' display names. It may use {environment}, {namespace},
        {language}, {kernel} and {display_name}; by default ``environment (namespace)``.""",
    ).tag(config=True)

    max_page_size = Int(
        _DEFAULTS.max_page_size, min=1, help="How many rows one page of a list has at most."
    ).tag(config=True)

    primary_namespace = Unicode(
        "",
        help="""A user's own namespace: where specifications go that name none, and whose role
        mappings are the user's. It may use {username}, e.g. "{username}". By default, and for a
        user without a name or with one that cannot be a namespace's, it is default_namespace.""",
    ).tag(config=True)

    authenticated_role_bindings = Dict(
        default_value=None,
        allow_none=True,
        help="""What everybody may do whom Jupyter lets in: roles (viewer, editor, admin) by
        entity, e.g. {"default/*": ["viewer"], "{username}/*": ["admin"]}. By default everybody is
        admin of everything, and nobody is anything as soon as user_role_bindings or
        group_role_bindings are set.""",
    ).tag(config=True)

    user_role_bindings = Dict(
        help="""What users may do beyond that, by their names in Jupyter, e.g.
        {"ada": {"*/*": ["admin"]}, "bob": {"team-*/*": ["viewer"]}}.""",
    ).tag(config=True)

    group_role_bindings = Dict(
        help="""What members of groups may do beyond that, e.g. {"analysts": {"analysis/*":
        ["editor"]}}. Groups are those of JupyterHub, or the attribute groups of the identity
        provider's users.""",
    ).tag(config=True)

    max_token_days = Float(
        _DEFAULTS.max_token_days,
        min=0,
        help="How many days a token may be valid at most. Without a time it is valid for one.",
    ).tag(config=True)

    @validate("primary_namespace")
    def _check_primary_namespace(self, proposal: dict[str, Any]) -> str:
        value = str(proposal["value"])
        example = value.replace("{username}", "u")
        if value and (problem := name_problem(example, "primary_namespace")):
            raise TraitError(f"c.EnvStore.primary_namespace: {problem[0]}")
        return value

    @validate("authenticated_role_bindings")
    def _check_authenticated(self, proposal: dict[str, Any]) -> Any:
        _optional_bindings(proposal["value"], "authenticated_role_bindings")
        return proposal["value"]

    @validate("user_role_bindings", "group_role_bindings")
    def _check_bindings(self, proposal: dict[str, Any]) -> Any:
        _named_bindings(proposal["value"], proposal["trait"].name)
        return proposal["value"]

    @validate("shared_stores")
    def _check_shared_stores(self, proposal: dict[str, Any]) -> list[str]:
        _listed_stores(proposal["value"])
        return list(proposal["value"])

    @validate("build_key_version")
    def _check_build_key_version(self, proposal: dict[str, Any]) -> int:
        try:
            return check_version(proposal["value"])
        except ValueError as error:
            raise TraitError(f"c.EnvStore.build_key_version: {error}") from None

    @validate("default_namespace", "filesystem_namespace")
    def _check_namespace(self, proposal: dict[str, Any]) -> str:
        value, trait = str(proposal["value"]), proposal["trait"].name
        if problem := name_problem(value, trait):
            raise TraitError(f"c.EnvStore.{trait}: {problem[0]}")
        return value

    def settings(self) -> Settings:
        """Return the values, with paths made absolute."""
        store = _absolute(self.store_directory)
        return Settings(
            store_directory=store,
            settled=self._settled(),
            database_path=_absolute(self.database_path),
            build_directory=self.build_directory,
            environment_directory=self.environment_directory,
            build_key_version=self.build_key_version,
            win_extended_length_prefix=self.win_extended_length_prefix,
            default_namespace=self.default_namespace,
            max_concurrent_builds=self.max_concurrent_builds,
            max_attempts=self.max_attempts,
            build_timeout=self.build_timeout,
            solve_timeout=self.solve_timeout,
            max_concurrent_solves=self.max_concurrent_solves,
            max_concurrent_verifications=self.max_concurrent_verifications,
            stall_timeout=self.stall_timeout,
            memory_limit=self.memory_limit,
            storage_threshold=self.storage_threshold,
            recovery_interval=self.recovery_interval,
            engine=self.engine,
            engine_executable=_absolute(self.engine_executable),
            register_environments=self.register_environments,
            executor=self.executor,
            dask_scheduler=self.dask_scheduler,
            keep_builds=self.keep_builds,
            keep_days=self.keep_days,
            keep_failed_days=self.keep_failed_days,
            keep_cache_days=self.keep_cache_days,
            archive_cache_limit=self.archive_cache_limit,
            max_concurrent_archives=self.max_concurrent_archives,
            namespace_quota=self.namespace_quota,
            cleanup_interval=self.cleanup_interval,
            package_cache_directory=_absolute(self.package_cache_directory),
            shared_package_caches=tuple(map(_absolute, self.shared_package_caches)),
            repodata_cache_directory=_absolute(self.repodata_cache_directory)
            or str(_user_cache() / "repodata"),
            shared_stores=_listed_stores(self.shared_stores),
            watch_paths=tuple(dict.fromkeys(map(_absolute, filter(None, self.watch_paths)))),
            filesystem_namespace=self.filesystem_namespace,
            conda_channel_alias=self.conda_channel_alias,
            conda_default_channels=tuple(self.conda_default_channels),
            conda_indexed_channels=tuple(self.conda_indexed_channels),
            conda_solve_platforms=tuple(self.conda_solve_platforms),
            package_index_interval=self.package_index_interval,
            conda_allowed_channels=tuple(self.conda_allowed_channels),
            conda_default_packages=tuple(self.conda_default_packages),
            conda_required_packages=tuple(self.conda_required_packages),
            conda_included_packages=tuple(self.conda_included_packages),
            pypi_default_packages=tuple(self.pypi_default_packages),
            pypi_required_packages=tuple(self.pypi_required_packages),
            pypi_included_packages=tuple(self.pypi_included_packages),
            defaults_channels=tuple(self.defaults_channels),
            run_link_scripts=self.run_link_scripts,
            path_conflict=self.path_conflict,
            publish_kernels=self.publish_kernels,
            kernel_name_format=self.kernel_name_format,
            max_page_size=self.max_page_size,
            primary_namespace=self.primary_namespace,
            authenticated_role_bindings=_optional_bindings(
                self.authenticated_role_bindings, "authenticated_role_bindings"
            ),
            user_role_bindings=_named_bindings(self.user_role_bindings, "user_role_bindings"),
            group_role_bindings=_named_bindings(self.group_role_bindings, "group_role_bindings"),
            max_token_days=self.max_token_days,
        )

    def _settled(self) -> frozenset[str]:
        """Return the names of the traits that a configuration file or the command line sets."""
        return frozenset(
            name for section in self.section_names() for name in self.config.get(section, {})
        )


def _absolute(path: str) -> str:
    return str(Path(os.path.abspath(Path(path).expanduser()))) if path else ""  # noqa: PTH100


def _listed_stores(value: list[str]) -> tuple[SharedStoreSetting, ...]:
    try:
        listed = listed_stores(value)
    except ValueError as error:
        raise TraitError(f"c.EnvStore.shared_stores: {error}") from None
    return tuple(replace(store, directory=_absolute(store.directory)) for store in listed)


def _user_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "jupyter-envstore"


def _bindings(value: object, trait: str) -> RoleBindings:
    try:
        return role_bindings(value)
    except ValueError as error:
        raise TraitError(f"c.EnvStore.{trait}: {error}") from None


def _optional_bindings(value: object, trait: str) -> RoleBindings | None:
    return None if value is None else _bindings(value, trait)


def _named_bindings(value: Mapping[str, Any], trait: str) -> dict[str, RoleBindings]:
    return {str(name): _bindings(given, f"{trait}[{name!r}]") for name, given in value.items()}
