"""The lockfile of a build in the forms of other tools, made of it when they are asked for."""

from __future__ import annotations

from .call import Call, SendFile, endpoint


@endpoint(
    "GET",
    "build/{build_id}/explicit.txt",
    action="read",
    content_type="text/plain",
    reply=str,
    errors=(404, 409),
)
def build_explicit(call: Call) -> SendFile:
    """The packages of a build as an explicit file with hashes, as conda reads it."""
    path = call.services.lockfiles.explicit(call["build_id"])
    return SendFile(path, "text/plain", path.name)


@endpoint(
    "GET",
    "build/{build_id}/pixi.lock",
    action="read",
    content_type="text/yaml",
    reply=str,
    errors=(404, 409),
)
def build_pixi_lock(call: Call) -> SendFile:
    """The lockfile of a build as pixi has it, version 6."""
    path = call.services.lockfiles.pixi_lock(call["build_id"])
    return SendFile(path, "text/yaml", path.name)


@endpoint(
    "GET",
    "build/{build_id}/environment.yml",
    action="read",
    content_type="text/yaml",
    reply=str,
    errors=(404,),
)
def build_environment_yml(call: Call) -> SendFile:
    """The environment.yml of a build, with exact versions."""
    file = call.services.artifacts.environment_yaml(call["build_id"])
    return SendFile(file.path, file.content_type, file.name)
