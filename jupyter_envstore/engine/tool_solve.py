"""Solving by conda, mamba or micromamba: a dry run, and the records of what it would install."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rattler import BuildString, PackageRecord, RepoDataRecord
from rattler.exceptions import InvalidPackageNameError, InvalidVersionError
from rattler.networking import Client

from ..domain.credentials import without_credentials
from ..domain.order import WorkOrder
from .index_directory import INDEXES, own_index_directory
from .locked import dependencies_first
from .network import delay_after
from .question import Asked, Question, places_by_url
from .refusal import BuildRefused
from .report import Report
from .solve import too_slow
from .tool import CommandLineTool, ToolRun
from .tool_failures import (
    connection_failure,
    foreign_files,
    missing_channel,
    refuse_what_is_clear,
)
from .tool_reasons import explain_with_channels
from .tool_version import Tool

_INVALID = (InvalidPackageNameError, InvalidVersionError)
_ADDS_PIP = (2, 6)
_PLAIN_PYTHON = re.compile(r"\s*python\s*(?:[\s<>=!~][^\[\]]*)?", re.IGNORECASE)
_NEVER_MADE = "solved"
"""In the attempt's directory: the prefix of a dry run, which nobody makes."""


class ToolSolver:
    """Has a tool find the packages for one order.

    The channels' indexes are in a directory of the tool and the user, which holds nothing else:
    no file there belongs to another user, whose times and modes the tool could not change.
    """

    def __init__(
        self, tool: CommandLineTool, order: WorkOrder, client: Client, report: Report
    ) -> None:
        """`client` reads the channels where the tool's reasons for a failure are not enough."""
        self._tool = tool
        self._order = order
        self._client = client
        self._report = report
        self._indexes = Path(order.repodata_cache) / order.engine

    async def solve(self, question: Question) -> list[RepoDataRecord]:
        """Return the packages, dependencies first.

        Raises `BuildRefused`, as `solve.solve` does.
        """
        order, report = self._order, self._report
        report.log(f"Channels: {', '.join(order.channels)}\nPlatform: {question.platform}")
        report.log("Match specs: " + "; ".join(order.match_specs))
        if not question.asked:
            return []
        try:
            run = await asyncio.wait_for(self._run_until_it_answers(question), order.solve_timeout)
        except asyncio.TimeoutError as error:
            raise too_slow(order) from error
        if not run.said_success:
            raise await explain_with_channels(order, question, self._client, run, report)
        records = records_of(run.answer, order.channels)
        self._check_all_there(question, records)
        return dependencies_first(records)

    def _check_all_there(self, question: Question, records: list[RepoDataRecord]) -> None:
        """Refuse a success that brings less than was asked for: conda says it now and then."""
        found = {record.name.normalized for record in records}
        absent = sorted(n for n in question.names - found if not n.startswith("__"))
        if absent:
            raise BuildRefused(
                "internal",
                f"{self._tool.tool} says that it succeeded, but found no {', '.join(absent)}.",
                "The build's log has what it said; build again, or set c.EnvStore.engine = "
                "'rattler' to go on.",
            )

    async def _run_until_it_answers(self, question: Question) -> ToolRun:
        """Run the tool; again while a connection fails in a way that may pass."""
        what = "The channel" if len(question.channels) == 1 else "One of the channels"
        attempt = 0
        while True:
            attempt += 1
            run = await self._run(question)
            if run.said_success:
                return run
            refuse_what_is_clear(run, self._tool.tool)
            failure = connection_failure(run) or missing_channel(run, question.channels)
            if failure is None:
                return run
            delay = delay_after(
                failure,
                what,
                attempt,
                self._report,
                where=", ".join(question.channels),
                places=places_by_url(self._order),
            )
            await asyncio.sleep(delay)

    async def _run(self, question: Question) -> ToolRun:
        own = Path(self._order.directory) / INDEXES
        indexes = own_index_directory(self._indexes, own)
        run = await self._run_with(indexes, question)
        problem = None if run.said_success else foreign_files(run, self._tool.tool)
        if problem is None:
            return run
        self._report.warn(problem.message, problem.hint)
        # Of this attempt alone: whatever is wrong with the other, this one belongs to the caller.
        own.mkdir(mode=0o700, exist_ok=True)
        return await self._run_with(own, question)

    async def _run_with(self, indexes: Path, question: Question) -> ToolRun:
        prefix = Path(self._order.directory) / _NEVER_MADE
        arguments = ["create", "--prefix", str(prefix), "--dry-run", "--json", "--yes", "--no-pin"]
        if self._tool.tool.is_conda:
            arguments.append("--no-default-packages")
        arguments.append("--override-channels")
        for channel in question.channels:
            arguments += ["--channel", channel]
        return await self._tool.run(
            [*arguments, *arguments_of(question, self._tool.tool)],
            packages=indexes,
            offline=False,
            platform=question.platform,
        )


def arguments_of(question: Question, tool: Tool) -> list[str]:
    """Return the match specs as arguments. Raises `BuildRefused` for what would be an option.

    From 2.6 on mamba asks for pip, too, where it reads the plain name ``python``, whatever its
    settings say (`create_install_request` in libmamba's ``api/install.cpp``); in
    ``python[version=…]`` it does not see it.
    """
    adds_pip = not tool.is_conda and tool.parts >= _ADDS_PIP
    texts = []
    for asked in question.asked:
        if asked.text.startswith("-"):
            raise BuildRefused("unsatisfiable", f"{asked.text!r} is not a match spec.")
        texts.append(_in_brackets(asked) if adds_pip else asked.argument)
    return texts


def _in_brackets(asked: Asked) -> str:
    if not _PLAIN_PYTHON.fullmatch(asked.argument):
        return asked.argument
    wanted = [f'version="{asked.spec.version or "*"}"']
    if asked.spec.build:
        wanted.append(f'build="{asked.spec.build}"')
    return f"python[{','.join(wanted)}]"


def records_of(answer: Mapping[str, Any], channels: Iterable[str]) -> list[RepoDataRecord]:
    """Return the records of a dry run's answer; `channels` are those that it was asked with.

    conda says what it would fetch in full and of what it would link the name alone; mamba says
    both in full. Nothing is in the cache of a dry run, so everything would be fetched. Raises
    `BuildRefused` if the answer is not understood.
    """
    actions = answer.get("actions") or {}
    if isinstance(actions, list):
        actions = actions[0] if actions else {}
    fetched = {_identity(raw): raw for raw in actions.get("FETCH", ())}
    try:
        return [
            record_of({**raw, **fetched.get(_identity(raw), {})}, channels)
            for raw in actions.get("LINK", ())
        ]
    except (KeyError, TypeError, ValueError, *_INVALID) as error:
        raise BuildRefused(
            "internal",
            f"The engine's solution cannot be understood: {type(error).__name__}: {error}",
            "The build's log has the engine's version; set c.EnvStore.engine = 'rattler' to go on.",
        ) from error


def record_of(raw: Mapping[str, Any], channels: Iterable[str]) -> RepoDataRecord:
    """Return the record of a package as conda and mamba write it: as in the channel's index."""
    url = str(raw["url"])
    plain = without_credentials(url)
    folder, _, file_name = plain.rpartition("/")
    channel, _, subdir = folder.rpartition("/")
    # What is asked for is the order's own URL: secrets, and the place of a mirror, come later.
    known = next((own for own in channels if own.rstrip("/") == channel), channel)
    record = PackageRecord(
        raw["name"],
        raw["version"],
        BuildString(raw.get("build") or raw["build_string"]),
        int(raw["build_number"]),
        raw.get("subdir") or subdir,
        noarch=_noarch(raw.get("noarch")),
        depends=list(raw.get("depends") or ()),
        constrains=list(raw.get("constrains") or ()),
        sha256=_digest(raw.get("sha256")),
        md5=_digest(raw.get("md5")),
        size=int(raw["size"]) if raw.get("size") else None,
        license=raw.get("license") or None,
        license_family=raw.get("license_family") or None,
        python_site_packages_path=raw.get("python_site_packages_path") or None,
    )
    return RepoDataRecord(record, file_name, f"{known.rstrip('/')}/{subdir}/{file_name}", known)


def _identity(raw: Mapping[str, Any]) -> tuple[Any, ...]:
    return (raw.get("name"), raw.get("version"), raw.get("build_string") or raw.get("build"))


def _noarch(value: object) -> Any:
    """Return ``python``, ``generic`` or None; very old packages have a mere true."""
    return "generic" if value is True else value if value in ("python", "generic") else None


def _digest(text: object) -> bytes | None:
    good = isinstance(text, str) and re.fullmatch(r"[0-9a-f]{32,64}", text)
    return bytes.fromhex(str(text)) if good else None
