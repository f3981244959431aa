"""The files made from builds, for whoever may read the build."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ..api.addition_replies import ArtifactFileReply
from ..builder.open_archive import OpenArchive
from ..domain.archives import INSTALLER, TAR_GZ, TAR_ZST, ZIP, ArchiveFormat
from ..service.artifacts import ArtifactFile
from .call import Call, Eventually, SendArchive, SendFile, endpoint


@endpoint(
    "GET",
    "build/{build_id}/yaml",
    action="read",
    content_type="text/yaml",
    reply=str,
    ranged=True,
    errors=(404,),
)
def build_yaml(call: Call) -> SendFile:
    """The environment.yml of a build, with exact versions."""
    return _send(call.services.artifacts.environment_yaml(call["build_id"]))


@endpoint(
    "GET",
    "build/{build_id}/artifacts",
    action="read",
    reply=tuple[ArtifactFileReply, ...],
    errors=(404,),
)
def list_artifacts(call: Call) -> tuple[ArtifactFileReply, ...]:
    """The files that a build can be had as, with the size and checksum of those that are there."""
    return tuple(map(ArtifactFileReply.of, call.services.artifacts.list(call["build_id"])))


@endpoint(
    "GET",
    "build/{build_id}/docker",
    action="read",
    reply=str,
    errors=(400, 404),
    deprecated=True,
)
def build_docker(call: Call) -> None:
    """Images are not made: conda-store's answer for builds that have none."""
    call.services.artifacts.refuse_docker_manifest(call["build_id"])


def _lockfile_endpoint(path: str, name: str, run: Callable[[Call], SendFile]) -> None:
    """Make an endpoint of one of the lockfile's names; each has an operation id of its own."""

    def lockfile(call: Call) -> SendFile:
        return run(call)

    lockfile.__name__ = name
    lockfile.__doc__ = run.__doc__
    endpoint(
        "GET", path, action="read", bare=True, ranged=True, reply=dict[str, Any], errors=(404,)
    )(lockfile)


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


def _archive_endpoint(path: str, name: str, form: ArchiveFormat, summary: str) -> None:
    """Make an endpoint of an archive; it is made when it is first asked for, and sent meanwhile."""

    def archive(call: Call) -> Eventually:
        file, opened = call.services.artifacts.archive(call["build_id"], form)
        return Eventually(
            opened,
            lambda archive: SendArchive(archive, file.content_type, file.name),
            lambda: _close(opened),
        )

    archive.__name__ = name
    archive.__doc__ = summary
    endpoint(
        "GET",
        path,
        action="read",
        content_type=form.content_type,
        reply=bytes,
        ranged=True,
        errors=(400, 404),
    )(archive)


for _path, _name, _format, _summary in (
    ("archive", "build_archive", TAR_GZ, "The archive of a build, as conda-pack makes them."),
    (TAR_GZ.file, "build_archive_tar_gz", TAR_GZ, "The archive of a build as a gzipped tar file."),
    (TAR_ZST.file, "build_archive_tar_zst", TAR_ZST, "The archive of a build as a zstd tar file."),
    (ZIP.file, "build_archive_zip", ZIP, "The archive of a build as a zip file, for unzip."),
    ("installer", "build_installer", INSTALLER, "A shell script that installs the build."),
    (INSTALLER.file, "build_installer_sh", INSTALLER, "A shell script that installs the build."),
):
    _archive_endpoint(f"build/{{build_id}}/{_path}", _name, _format, _summary)


def _close(opened: Future[OpenArchive]) -> None:
    """Close an archive that came when nobody waited for it any more."""
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


def _send(file: ArtifactFile) -> SendFile:
    return SendFile(file.path, file.content_type, file.name, file.store)
