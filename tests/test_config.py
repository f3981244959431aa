"""What an administrator may set, and what is refused at start."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from jupyter_server.serverapp import ServerApp
from traitlets import TraitError
from traitlets.config import Config

from jupyter_envstore.config import CONDA_STORE_NAMES, EnvStore, with_conda_store_names
from jupyter_envstore.domain.settings import Settings

VECTORS = Path(__file__).parent / "domain" / "vectors" / "build_keys.json"
RECORDED = json.loads(VECTORS.read_text())
ERRORS = {entry["case"]: entry["message"] for entry in RECORDED["errors"] if "message" in entry}


def configured(**traits):
    return EnvStore(config=Config({"EnvStore": traits}))


# -- build keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [0, 4])
def test_unknown_version_in_conda_stores_words_with_our_trait(version):
    recorded = ERRORS[f"CondaStore(build_key_version={version})"]
    with pytest.raises(TraitError) as refused:
        configured(build_key_version=version).settings()
    assert str(refused.value) == recorded.replace("c.CondaStore", "c.EnvStore")


@pytest.mark.parametrize("version", ["2", "x", 2.5, None])
def test_a_version_is_a_number(version):
    recorded = ERRORS[f"CondaStore(build_key_version={version!r})"]
    with pytest.raises(TraitError) as refused:
        EnvStore(build_key_version=version)
    assert str(refused.value) == recorded.replace("a CondaStore", "an EnvStore")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_known_versions(version):
    assert configured(build_key_version=version).settings().build_key_version == version


# -- lists on a command line ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["main"], ("main",)),
        (["main", "other"], ("main", "other")),
        (['["main", "other"]'], ("main", "other")),
        (["[]"], ()),
        (["[main"], ("[main",)),
    ],
)
def test_a_list_is_given_as_words_or_as_one(words, expected):
    server = ServerApp()
    # A server knows the class only after it has read its command line.
    server.parse_command_line([f"--EnvStore.conda_default_channels={word}" for word in words])
    assert EnvStore(config=server.config).settings().conda_default_channels == expected


# -- names and limits ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden"])
def test_the_default_namespace_must_be_a_name(name):
    with pytest.raises(TraitError, match=r"c\.EnvStore\.default_namespace: "):
        configured(default_namespace=name).settings()


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("max_concurrent_builds", 0),
        ("max_attempts", 0),
        ("memory_limit", (1 << 29) - 1),
        ("storage_threshold", -1),
        ("build_timeout", 0.0),
        ("recovery_interval", 0.0),
        ("max_page_size", 0),
        ("path_conflict", "ignore"),
        ("publish_kernels", "everywhere"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_trait(trait, value):
    with pytest.raises(TraitError, match=trait):
        configured(**{trait: value}).settings()


# -- settings ------------------------------------------------------------------------------------


def test_every_trait_has_a_setting_and_keeps_its_default(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    traits = set(EnvStore.class_trait_names(config=True))
    settings = {field.name for field in dataclasses.fields(Settings)}
    assert traits <= settings
    made = configured(store_directory=str(tmp_path / "store")).settings()
    expected = Settings(
        store_directory=str(tmp_path / "store"),
        repodata_cache_directory=str(tmp_path / "jupyter-envstore" / "repodata"),
    )
    differing = {name for name in traits if getattr(made, name) != getattr(expected, name)}
    assert differing == set()


def test_every_trait_reaches_its_setting(tmp_path):
    values = {
        "store_directory": str(tmp_path),
        "database_path": str(tmp_path / "other.db"),
        "build_directory": "{store_directory}/b/{namespace}",
        "environment_directory": "{store_directory}/e/{namespace}/{name}",
        "build_key_version": 3,
        "win_extended_length_prefix": True,
        "default_namespace": "team",
        "max_concurrent_builds": 7,
        "max_concurrent_solves": 5,
        "max_concurrent_verifications": 9,
        "max_attempts": 8,
        "build_timeout": 9.0,
        "solve_timeout": 10.0,
        "stall_timeout": 11.0,
        "memory_limit": 1 << 31,
        "storage_threshold": 12,
        "recovery_interval": 13.0,
        "engine": "conda",
        "engine_executable": "/opt/conda/bin/conda",
        "register_environments": True,
        "executor": "process",
        "dask_scheduler": "tcp://127.0.0.1:8786",
        "keep_builds": 15,
        "keep_days": 16.0,
        "keep_failed_days": 17.0,
        "keep_cache_days": 18.0,
        "archive_cache_limit": 19 << 20,
        "max_concurrent_archives": 20,
        "namespace_quota": 19,
        "cleanup_interval": 20.0,
        "shared_stores": ["/srv/team/envstore", "physics=/srv/physics/envstore"],
        "watch_paths": ["/srv/environments", "/srv/one.yml"],
        "filesystem_namespace": "found",
        "package_cache_directory": str(tmp_path / "packages"),
        "shared_package_caches": ["/srv/team/envstore/.envstore/cache/packages"],
        "repodata_cache_directory": str(tmp_path / "repodata"),
        "conda_channel_alias": "https://mirror.example",
        "conda_default_channels": ["a", "b"],
        "conda_solve_platforms": ["osx-arm64"],
        "conda_allowed_channels": ["c"],
        "conda_default_packages": ["python"],
        "conda_required_packages": ["pip"],
        "conda_included_packages": ["ipykernel"],
        "pypi_default_packages": ["flask"],
        "pypi_required_packages": ["django"],
        "pypi_included_packages": ["bottle"],
        "defaults_channels": ["https://c.example"],
        "run_link_scripts": False,
        "path_conflict": "prevent",
        "publish_kernels": "user",
        "kernel_name_format": "{environment}",
        "max_page_size": 14,
        "conda_indexed_channels": ["main"],
        "package_index_interval": 21.0,
        "primary_namespace": "{username}",
        "authenticated_role_bindings": {"*/*": ("viewer",)},
        "user_role_bindings": {"ada": {"team/*": ("admin", "viewer")}},
        "group_role_bindings": {"staff": {"team/x": ("developer",)}},
        "max_token_days": 23.0,
    }
    assert set(values) == set(EnvStore.class_trait_names(config=True)), "a new trait: add it here"
    made = dataclasses.asdict(configured(**values).settings())
    made["shared_stores"] = tuple(
        f"{store['label']}={store['directory']}" for store in made["shared_stores"]
    )
    values["shared_stores"] = ["team=/srv/team/envstore", "physics=/srv/physics/envstore"]
    for name, value in values.items():
        expected = tuple(value) if isinstance(value, list) else value
        assert made[name] == expected, name


def test_paths_are_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "ada"))
    assert configured().settings().store_directory == str(tmp_path / "ada" / ".envstore")
    relative = configured(store_directory="state/../store").settings().store_directory
    assert relative == str(tmp_path / "store")


def test_the_repodata_cache_is_the_users(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    expected = str(tmp_path / ".cache" / "jupyter-envstore" / "repodata")
    assert configured().settings().repodata_cache_directory == expected


def test_every_trait_says_what_it_is():
    for name, trait in EnvStore.class_traits(config=True).items():
        assert len(trait.help) > 20, name


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (["/srv/team/envstore"], [("team", "/srv/team/envstore")]),
        (["/a/x", "/b/x"], [("x", "/a/x"), ("x2", "/b/x")]),
        (["x=/b/y", "/a/x"], [("x", "/b/y"), ("x2", "/a/x")]),
        (["/a/my store"], [("my-store", "/a/my store")]),
        (["/"], [("shared", "/")]),
        (["/srv/a=b/envstore"], [("a=b", "/srv/a=b/envstore")]),
    ],
)
def test_shared_stores_have_labels(listed, expected):
    stores = configured(shared_stores=listed).settings().shared_stores
    assert [(store.label, store.directory) for store in stores] == expected


@pytest.mark.parametrize("listed", [["a b=/srv/x"], [".x=/srv/x"], ["a=/x", "a=/y"]])
def test_a_label_must_begin_a_name_and_be_the_only_one(listed):
    with pytest.raises(TraitError, match=r"c\.EnvStore\.shared_stores: "):
        configured(shared_stores=listed)


# -- conda-store's names ---------------------------------------------------------------------------


def test_conda_stores_traits_are_read_with_a_remark_that_names_ours():
    config, remarks = with_conda_store_names(
        Config(
            {
                "CondaStore": {"store_directory": "/opt/conda-store", "build_key_version": 3},
                "CondaStoreWorker": {"concurrency": 4},
            }
        )
    )
    settings = EnvStore(config=config).settings()
    assert settings.store_directory == "/opt/conda-store"
    assert (settings.build_key_version, settings.max_concurrent_builds) == (3, 4)
    assert remarks == [
        "c.CondaStore.store_directory is read as c.EnvStore.store_directory: rename it.",
        "c.CondaStore.build_key_version is read as c.EnvStore.build_key_version: rename it.",
        "c.CondaStoreWorker.concurrency is read as c.EnvStore.max_concurrent_builds: rename it.",
    ]


def test_our_own_names_win_over_conda_stores():
    given = Config({"CondaStore": {"default_namespace": "old"}})
    given.EnvStore.default_namespace = "new"
    config, remarks = with_conda_store_names(given)
    assert EnvStore(config=config).settings().default_namespace == "new"
    assert remarks == [
        "c.CondaStore.default_namespace is ignored: c.EnvStore.default_namespace is set."
    ]


def test_what_means_nothing_here_is_named():
    config, remarks = with_conda_store_names(Config({"CondaStore": {"redis_url": "redis://x"}}))
    assert EnvStore(config=config).settings() == EnvStore().settings()
    assert remarks == ["c.CondaStore.redis_url has no meaning here and is ignored."]


def test_a_wrong_value_is_refused_under_our_name():
    config, _ = with_conda_store_names(Config({"CondaStore": {"build_key_version": 4}}))
    with pytest.raises(TraitError, match=r"c\.EnvStore\.build_key_version: invalid build key"):
        EnvStore(config=config)


@pytest.mark.parametrize("new", sorted(set(CONDA_STORE_NAMES.values())))
def test_every_name_that_is_taken_over_is_a_trait(new):
    assert new in EnvStore.class_own_traits(config=True)


# -- roles ---------------------------------------------------------------------------------------


def test_without_any_roles_everybody_owns_everything():
    assert not configured().settings().is_shared
    assert not configured(authenticated_role_bindings={"*/*": ["admin"]}).settings().is_shared


@pytest.mark.parametrize(
    "traits",
    [
        {"user_role_bindings": {"ada": {"*/*": ["admin"]}}},
        {"group_role_bindings": {"all": {"*/*": "admin"}}},
        {"authenticated_role_bindings": {}},
        {"authenticated_role_bindings": {"*/*": ["editor"], "{username}/*": ["admin"]}},
    ],
)
def test_with_some_roles_nobody_has_others(traits):
    assert configured(**traits).settings().is_shared


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"user_role_bindings": {"ada": {"team": ["viewer"]}}}, r"bindings\['ada'\]: 'team' is no"),
        ({"group_role_bindings": {"all": {"a/*": ["boss"]}}}, "'boss' is no role"),
        ({"authenticated_role_bindings": {"a b/*": ["viewer"]}}, "'a b/\\*' is no entity"),
        ({"user_role_bindings": {"ada": ["viewer"]}}, "has to be a dict"),
        ({"primary_namespace": "../{username}"}, "c.EnvStore.primary_namespace"),
    ],
)
def test_roles_that_are_none_are_refused(traits, message):
    with pytest.raises(TraitError, match=message):
        configured(**traits)


def test_conda_stores_roles_of_everybody_count():
    given = {"RBACAuthorizationBackend": {"authenticated_role_bindings": {"a/*": ["viewer"]}}}
    config, _ = with_conda_store_names(Config(given))
    settings = EnvStore(config=config).settings()
    assert settings.authenticated_role_bindings == {"a/*": ("viewer",)}
    assert settings.is_shared
