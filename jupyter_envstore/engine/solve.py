"""From match specs to the very packages that satisfy them."""

from __future__ import annotations

import asyncio
import math
import os
from datetime import timedelta
from functools import partial
from pathlib import Path

import rattler
from rattler import (
    ChannelPriority,
    Gateway,
    PackageRecord,
    RepoDataRecord,
    SourceConfig,
    Subdir,
    VirtualPackage,
    VirtualPackageOverrides,
)
from rattler.exceptions import SolverError
from rattler.networking import Client

from ..domain.order import WorkOrder
from .explain import explain
from .network import DELAYS, repeated
from .question import Question
from .refusal import BuildRefused
from .report import Report


async def solve(
    order: WorkOrder, question: Question, client: Client, report: Report
) -> list[RepoDataRecord]:
    """Return the packages, dependencies first.

    Raises `BuildRefused` of kind unsatisfiable, missing-package, network, channel or timeout; its
    text is in the log too.
    """
    names = ", ".join(order.channels)
    cache = _private_directory(order.repodata_cache)
    virtual_packages = _virtual_packages(order)
    report.log(f"Channels: {names}\nPlatform: {order.subdir}")
    report.log("Virtual packages: " + ", ".join(str(v.into_generic()) for v in virtual_packages))
    report.log("Match specs: " + "; ".join(order.match_specs))

    def gateway() -> Gateway:
        # A gateway remembers failures, so each attempt has its own.
        return Gateway(
            cache_dir=cache,
            default_config=SourceConfig(sharded_enabled=True),
            client=client,
        )

    async def attempt() -> list[RepoDataRecord]:
        return await rattler.solve(
            question.channels,
            question.solver_specs,
            gateway=gateway(),
            platforms=[Subdir(platform) for platform in question.platforms],
            virtual_packages=virtual_packages,
            channel_priority=ChannelPriority.Strict,
            timeout=timedelta(seconds=order.solve_timeout),
        )

    what = "The channel" if len(order.channels) == 1 else "One of the channels"
    try:
        records = await asyncio.wait_for(
            repeated(what, attempt, report, where=names), order.solve_timeout
        )
    except asyncio.TimeoutError as error:
        raise _too_slow(order) from error
    except SolverError as error:
        if "has been cancelled" in str(error):
            raise _too_slow(order) from error
        look_up = repeated(
            what,
            partial(explain, question, gateway(), virtual_packages, str(error)),
            report,
            where=names,
        )
        refusal = await asyncio.wait_for(look_up, order.solve_timeout)
        raise refusal from error
    return _dependencies_first(records)


def _dependencies_first(records: list[RepoDataRecord]) -> list[RepoDataRecord]:
    by_name = {record.name.normalized: record for record in records}
    # rattler's sort returns the records without their URLs.
    order = PackageRecord.sort_topologically(list[PackageRecord](records))
    return [by_name[record.name.normalized] for record in order]


def index_timeout(order: WorkOrder) -> int:
    """Return the seconds that one request for a channel's index may take.

    A request that hangs is ended early enough to be repeated within the times for the solve and
    for doing nothing. Repetition is ours (`network.repeated`), so that it is seen.
    """
    patience = min(order.solve_timeout / (len(DELAYS) + 2), order.stall_timeout * 0.4)
    return max(1, math.ceil(patience))


def _private_directory(path: str) -> Path:
    """Make the cache of indexes: it cannot be shared, rattler writes it for its owner alone."""
    directory = Path(path)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def _virtual_packages(order: WorkOrder) -> list[VirtualPackage]:
    """Return what this machine offers, where the specification's variables say nothing else."""
    for name, value in order.variables.items():
        if name.startswith("CONDA_OVERRIDE_"):
            os.environ[name] = value
    return VirtualPackage.detect(overrides=VirtualPackageOverrides.from_env())


def _too_slow(order: WorkOrder) -> BuildRefused:
    return BuildRefused(
        "timeout",
        f"The solver found no answer within {order.solve_timeout:g} s.",
        "Name versions for the largest packages (python, numpy) to narrow the search, "
        "or raise c.EnvStore.solve_timeout.",
    )
