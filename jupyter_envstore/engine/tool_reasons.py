"""Why a tool found no solution: its own text, read for what needs what, and completed.

The tools name neither the line of the specification nor the versions that exist. What they say is
brought into the form of rattler's messages, which `explain` understands, so that a person reads
the same sentences whichever engine solves.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from rattler.exceptions import FetchRepoDataError, GatewayError
from rattler.networking import Client

from ..domain.errors import Problem
from ..domain.order import WorkOrder
from .explain import explain
from .question import Asked, Question
from .refusal import BuildRefused
from .report import Report
from .solve import gateway_of, index_timeout, virtual_packages_of
from .tool import ToolRun

_BRACKETS = re.compile(r"^(?P<name>[\w.-]+)\[version='?(?P<range>[^'\]]+)'?[^\]]*\]$")
_CONDA_NEED = re.compile(r"^(?P<who>[^\s>][^>\n]*?) -> (?:.* -> )?(?P<what>\S+)$", re.MULTILINE)
_MAMBA_NEEDS = (
    re.compile(r"nothing provides (?P<what>[^\n]+?) needed by (?P<who>\S+)"),
    re.compile(r"package (?P<who>\S+) (?:requires|conflicts with) (?P<what>[^\n,]+?), but none"),
    re.compile(
        r"(?P<who>[\w.-]+ [^\s│├└─]\S*|[\w.-]+) (?:would require|is (?:not )?installable (?:and it|"
        r"because it) requires)[\s│├└─]*(?P<what>[\w.-]+ [^\n]*?) ?,? (?:which|for which|that)"
    ),
)
_REQUESTED = (
    re.compile(r"nothing provides requested (?P<what>[^\n]+)"),
    re.compile(r"[│├└─]\s*(?P<what>[\w.-]+(?: [^\n]*?)?) ?,? ?does not exist \(perhaps"),
)
_DIST = re.compile(r"^(?P<name>.+)-(?P<version>[^-]+)-[^-]+$")


async def explain_with_channels(
    order: WorkOrder, question: Question, client: Client, run: ToolRun, report: Report
) -> BuildRefused:
    """Return the refusal for a run that found no solution.

    The channels are asked for names and versions; where they cannot be, as where only the tool has
    the right to, the tool's own text has to do.
    """
    needs = [
        f"{who} would require {what}, for which no candidates were found"
        for who, what in _needs(run)
    ]
    told = "\n".join([run.text, *needs])
    refused: BuildRefused | None = None
    with suppress(BuildRefused, GatewayError, FetchRepoDataError, OSError, asyncio.TimeoutError):
        gateway = gateway_of(order, client)
        virtual = virtual_packages_of(order, question.platform)
        looking = explain(question, gateway, virtual, told)
        refused = await asyncio.wait_for(looking, index_timeout(order))
    if refused is None:
        report.log("The channels could not be asked what they have: the engine's reasons stand.")
        refused = plain_reasons(question, run)
    refused.verdict = replace(refused.verdict, explanation=run.text or None)
    return refused


def plain_reasons(question: Question, run: ToolRun) -> BuildRefused:
    """Return the refusal as far as the tool's text and the specification tell it."""
    absent = set(_absent(run))
    missing = [asked for asked in question.asked if asked.name in absent]
    if missing:
        problems = tuple(_missing(asked) for asked in missing)
        return BuildRefused(
            "missing-package",
            " ".join(problem.message for problem in problems),
            "Check the name and the version, or add the channel that has it.",
            problems=problems,
        )
    blamed = {name for who, what in _needs(run) for name in (_first_word(who), _first_word(what))}
    involved = [asked for asked in question.asked if asked.name in blamed]
    quoted = " and ".join(repr(asked.text) for asked in involved) or "The match specs"
    message = f"{quoted} cannot be satisfied{' together' if len(involved) != 1 else ''}."
    return BuildRefused(
        "unsatisfiable",
        message,
        "Loosen or remove one of the match specs named above.",
        problems=tuple(Problem(message, asked.place) for asked in involved),
    )


def _missing(asked: Asked) -> Problem:
    message = f"No channel of this environment has {asked.text!r}."
    return Problem(message, asked.place, missing=asked.name)


def _needs(run: ToolRun) -> Iterator[tuple[str, str]]:
    """Yield who needs what, as ``numpy 1.26.4`` and ``python >=3.12``."""
    for found in _CONDA_NEED.finditer(run.text):
        yield _words(found["who"].split(" -> ")[0]), _words(found["what"])
    for pattern in _MAMBA_NEEDS:
        for found in pattern.finditer(run.text):
            yield _dist_words(found["who"]), found["what"].strip(" ,")
    packages = run.answer.get("packages")
    for text in packages if isinstance(packages, list) else ():
        if (what := _words(str(text))).startswith("__"):
            yield "one of the packages", what


def _absent(run: ToolRun) -> Iterator[str]:
    """Yield the names of what the tool has not found at all, asked for or needed."""
    packages = run.answer.get("packages")
    for text in packages if isinstance(packages, list) else ():
        yield _first_word(_words(str(text)))
    for pattern in _REQUESTED:
        for found in pattern.finditer(run.text):
            yield _first_word(found["what"])


def _words(text: str) -> str:
    """Turn conda's spellings of a match spec into ``name range``."""
    if found := _BRACKETS.match(text):
        return f"{found['name']} {found['range']}"
    name, equals, version = text.partition("=")
    return f"{name} {version}.*" if equals and version[:1].isdigit() else text


def _dist_words(text: str) -> str:
    found = _DIST.match(text)
    return f"{found['name']} {found['version']}" if found else text


def _first_word(text: str) -> str:
    return re.split(r"[\s=<>!~\[]", text, maxsplit=1)[0]
