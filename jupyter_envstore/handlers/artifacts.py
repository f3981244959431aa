"""The files made from builds, for whoever may read the build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..service.artifacts import ArtifactFile
from .call import Call, Eventually, SendFile, endpoint


@endpoint(
    "GET",
    "build/{build_id}/yaml",
    action="read",
    content_type="text/yaml",
    reply=str,
    errors=(404,),
)
def build_yaml(call: Call) -> SendFile:
    """The environment.yml of a build, with exact versions."""
    return _send(call.services.artifacts.environment_yaml(call["build_id"]))


@endpoint(
    "GET",
    "build/{build_id}/archive",
    action="read",
    content_type="application/gzip",
    reply=bytes,
    errors=(404,),
)
def build_archive(call: Call) -> Eventually:
    """The archive of a build, as conda-pack makes them: made when it is first asked for."""
    file, there = call.services.artifacts.archive(call["build_id"])
    return Eventually(there, lambda _: _send(file, download=True), lambda: None)


@endpoint("GET", "build/{build_id}/installer", action="read", reply=str, errors=(400, 404))
def build_installer(call: Call) -> None:
    """Installers are not made: conda-store's answer for builds that have none."""
    call.services.artifacts.refuse_installer(call["build_id"])


@endpoint("GET", "build/{build_id}/docker", action="read", reply=str, errors=(400, 404))
def build_docker(call: Call) -> None:
    """Images are not made: conda-store's answer for builds that have none."""
    call.services.artifacts.refuse_docker_manifest(call["build_id"])


def _lockfile_endpoint(path: str, name: str, run: Callable[[Call], SendFile]) -> None:
    """Make an endpoint of one of the lockfile's names; each has an operation id of its own."""

    def lockfile(call: Call) -> SendFile:
        return run(call)

    lockfile.__name__ = name
    lockfile.__doc__ = run.__doc__
    endpoint("GET", path, action="read", bare=True, reply=dict[str, Any], errors=(404,))(lockfile)


def _of_build(call: Call) -> SendFile:
    """The lockfile of a build: conda-lock's format, version 1, as JSON."""
    return _send(call.services.artifacts.lockfile(call["build_id"]))


def _of_environment(call: Call) -> SendFile:
    """The lockfile of an environment's current build."""
    artifacts = call.services.artifacts
    return _send(artifacts.lockfile(artifacts.current_build(call["namespace"], call["name"])))


for _form, _suffix in (
    ("lockfile", ""),
    ("conda-lock.yml", "_yml"),
    ("conda-lock.yaml", "_yaml"),
):  # conda-store's three names of the same.
    _lockfile_endpoint(f"build/{{build_id}}/{_form}", f"build_lockfile{_suffix}", _of_build)
    _lockfile_endpoint(
        f"environment/{{namespace}}/{{name}}/{_form}",
        f"environment_lockfile{_suffix}",
        _of_environment,
    )


def _send(file: ArtifactFile, *, download: bool = False) -> SendFile:
    return SendFile(file.path, file.content_type, file.name, download, file.store)
