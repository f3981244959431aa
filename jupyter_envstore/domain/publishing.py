"""Which finished build an environment points at: publishing never goes backwards."""

from __future__ import annotations

from .build import Build, Environment


def may_publish(build: Build, environment: Environment) -> bool:
    """Tell whether a build that has just finished becomes the environment's current build.

    It does not if a younger build is published already, or if a user has switched by hand since
    the build was asked for. A younger build that failed holds nothing back.
    """
    published = environment.published_build_id
    if published is not None and published > build.id:
        return False
    return environment.switched_on is None or environment.switched_on < build.asked_on
