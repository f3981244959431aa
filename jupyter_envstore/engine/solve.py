"""From match specs to the very packages that satisfy them."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

import rattler
from rattler import (
    ChannelPriority,
    Gateway,
    GenericVirtualPackage,
    RepoDataRecord,
    SourceConfig,
    Subdir,
)
from rattler.exceptions import DetectVirtualPackageError, InvalidVersionError, SolverError
from rattler.networking import Client

from ..domain.order import WorkOrder
from .direct_urls import add_channels
from .explain import explain
from .index_directory import INDEXES, own_index_directory
from .locked import dependencies_first
from .network import DELAYS, repeated
from .question import Question, places_by_url
from .refusal import BuildRefused
from .report import Report
from .virtual_packages import virtual_packages


class Solver(Protocol):
    """What finds packages; see `engines.Engine`."""

    async def solve(self, question: Question) -> list[RepoDataRecord]: ...


async def solve(
    order: WorkOrder, question: Question, client: Client, report: Report
) -> list[RepoDataRecord]:
    """Return the packages, dependencies first.

    Raises `BuildRefused` of kind unsatisfiable, missing-package, network, channel or timeout; its
    text is in the log too.
    """
    names, places = ", ".join(order.channels), places_by_url(order)
    virtual = virtual_packages_of(order, question.platform)
    report.log(f"Channels: {names}\nPlatform: {question.platform}")
    report.log("Virtual packages: " + ", ".join(map(str, virtual)))
    report.log("Match specs: " + "; ".join(order.match_specs))

    async def attempt() -> list[RepoDataRecord]:
        return await rattler.solve(
            question.channels,
            question.solver_specs,
            gateway=gateway_of(order, client),
            platforms=[Subdir(platform) for platform in question.platforms],
            virtual_packages=virtual,
            channel_priority=ChannelPriority.Strict,
            timeout=timedelta(seconds=order.solve_timeout),
        )

    what = "The channel" if len(order.channels) == 1 else "One of the channels"
    try:
        records = await asyncio.wait_for(
            repeated(what, attempt, report, where=names, places=places), order.solve_timeout
        )
    except asyncio.TimeoutError as error:
        raise too_slow(order) from error
    except SolverError as error:
        if "has been cancelled" in str(error):
            raise too_slow(order) from error
        look_up = repeated(
            what,
            partial(explain, question, gateway_of(order, client), virtual, str(error)),
            report,
            where=names,
            places=places,
        )
        refusal = await asyncio.wait_for(look_up, order.solve_timeout)
        raise refusal from error
    add_channels(records)
    return dependencies_first(records)


async def solve_elsewhere(
    order: WorkOrder, question: Question, engine: Solver
) -> dict[str, list[RepoDataRecord]]:
    """Return the packages for each further platform of the order, by platform.

    Raises `BuildRefused` as `solve` does, naming the platform.
    """
    return {
        platform: await _solve_on(platform, replace(question, platform=platform), engine)
        for platform in order.platforms
    }


async def _solve_on(platform: str, question: Question, engine: Solver) -> list[RepoDataRecord]:
    try:
        return await engine.solve(question)
    except BuildRefused as refused:
        raise refused.about(
            f"On {platform}: {refused.verdict.message}",
            f"{platform} is one of conda_solve_platforms, for which every lockfile is made.",
        ) from refused


def index_timeout(order: WorkOrder) -> int:
    """Return the seconds that one request for a channel's index may take.

    A request that hangs is ended early enough to be repeated within the times for the solve and
    for doing nothing. Repetition is ours (`network.repeated`), so that it is seen.
    """
    patience = min(order.solve_timeout / (len(DELAYS) + 2), order.stall_timeout * 0.4)
    return max(1, math.ceil(patience))


def gateway_of(order: WorkOrder, client: Client) -> Gateway:
    """Return what reads the channels. It remembers failures, so each attempt has its own."""
    return Gateway(
        cache_dir=own_index_directory(order.repodata_cache, Path(order.directory) / INDEXES),
        default_config=SourceConfig(sharded_enabled=True),
        client=client,
    )


def virtual_packages_of(order: WorkOrder, platform: str) -> list[GenericVirtualPackage]:
    """Return what a platform offers, or raise `BuildRefused` where a variable says nonsense."""
    try:
        return virtual_packages(order, platform)
    except (DetectVirtualPackageError, InvalidVersionError) as error:
        raise BuildRefused(
            "unsatisfiable",
            f"A virtual package of {platform} cannot be what a variable says: {error}",
            "The values of CONDA_OVERRIDE_* are versions, e.g. CONDA_OVERRIDE_GLIBC: '2.28'.",
        ) from error


def too_slow(order: WorkOrder) -> BuildRefused:
    """Return the refusal of a solve that took more than its time."""
    return BuildRefused(
        "timeout",
        f"The solver found no answer within {order.solve_timeout:g} s.",
        "Name versions for the largest packages (python, numpy) to narrow the search, "
        "or raise c.EnvStore.solve_timeout.",
    )
