"""Why a solve failed, in the user's own words: what the solver's message leaves out.

The solver never says which versions exist, which names are close, nor that a candidate which it
does not find was excluded by the user's own match spec.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rattler import Gateway, GenericVirtualPackage, MatchSpec, RepoDataRecord, Subdir

from ..domain.errors import Problem
from .question import Asked, Question
from .refusal import BuildRefused

MOST_NAMES = 5
MOST_VERSIONS = 8

_NEED = re.compile(
    r"(?P<who>[\w.-]+ [^│├└─\n]+?) would require[\s│├└─]*(?P<name>[\w.-]+) (?P<range>[^\n]*?), "
    r"(?:for which no candidates were found|which cannot be installed)"
)


@dataclass
class _Finding:
    message: str
    place: str
    hint: str | None = None
    missing: str | None = None
    """The name of which the channels have no package at all."""
    suggestions: list[str] = field(default_factory=list)
    instead: list[str] = field(default_factory=list)
    """Match specs that could stand in the place."""
    aside: bool = False
    """Marks a place only; the sentence of another finding covers it."""


async def explain(
    question: Question, gateway: Gateway, virtual: list[GenericVirtualPackage], text: str
) -> BuildRefused:
    """Return the refusal for a solver's message `text`. Raises what the gateway raises."""
    candidates = _Candidates(question, gateway)
    names = await candidates.names()
    findings: list[_Finding] = []
    for asked in question.asked:
        if asked.name.startswith("__"):
            continue  # What the machine offers; the solver's message is clear about it.
        if asked.name not in names:
            findings.append(_missing_name(asked, names))
            continue
        records = await candidates.named(asked.name)
        matching = [record for record in records if asked.spec.matches(record)]
        if not matching:
            findings.append(_missing_version(asked, records))
        elif outranked := _outranked(asked, records, matching, question.channels):
            findings.append(outranked)
    if not findings:
        machine = ", ".join(str(package) for package in virtual)
        findings = await _blocked(question, text, machine, candidates, names)
    findings = findings or _involved(question, text)
    message = " ".join(finding.message for finding in findings if not finding.aside) or (
        "The match specs of this environment cannot all be satisfied together."
    )
    return BuildRefused(
        "missing-package" if any(finding.missing for finding in findings) else "unsatisfiable",
        message,
        next((finding.hint for finding in findings if finding.hint), None)
        or "Loosen or remove one of the match specs named above.",
        explanation=text.strip(),
        problems=tuple(
            Problem(f.message, f.place, f.hint, instead=tuple(f.instead), missing=f.missing)
            for f in findings
        ),
        suggestions=tuple(dict.fromkeys(s for f in findings for s in f.suggestions)),
    )


# -- what may be wrong with one match spec ----------------------------------------------------


def _missing_name(asked: Asked, names: set[str]) -> _Finding:
    near = _near_names(asked.name, names)
    hint = f"Did you mean {_either(near)}?" if near else "Check the spelling, or add its channel."
    whole = "" if asked.text == asked.name else f" ({asked.text!r} in the specification)"
    return _Finding(
        f"No channel of this environment has a package named {asked.name!r}{whole}.",
        asked.place,
        hint,
        missing=asked.name,
        suggestions=near,
        instead=[_renamed(asked, other) for other in near],
    )


def _missing_version(asked: Asked, records: list[RepoDataRecord]) -> _Finding:
    name, versions = asked.name, _versions(records)
    shown = ", ".join(versions[:MOST_VERSIONS])
    more = len(versions) - MOST_VERSIONS
    tail = f" and {more} older ones" if more > 0 else ""
    return _Finding(
        f"No {name} satisfies {asked.text!r}: the channels have {shown}{tail}.",
        asked.place,
        f"Ask for a version that exists, e.g. {name} {versions[0]}.",
        suggestions=[f"{name} {version}" for version in versions[:MOST_NAMES]],
        instead=[f"{name}={version}" for version in versions[:MOST_NAMES]] + _loosened(asked),
    )


def _outranked(
    asked: Asked,
    records: list[RepoDataRecord],
    matching: list[RepoDataRecord],
    channels: tuple[str, ...],
) -> _Finding | None:
    """Say it where only a channel of lower priority has what is asked for."""
    if asked.spec.channel is not None:
        return None
    first = next(c for c in channels if any(_is_from(record, c) for record in records))
    if any(_is_from(record, first) for record in matching):
        return None
    other = next(c for c in channels if any(_is_from(record, c) for record in matching))
    return _Finding(
        f"{asked.text!r} is only in the channel {other}, but {asked.name} is taken from {first}: "
        "each package is taken from the first channel that has it.",
        asked.place,
        f"Name the channel in the match spec ({other}::{asked.text}), or put it first.",
        suggestions=[f"{other}::{asked.text}"],
        instead=[f"{other}::{asked.text}"],
    )


def _is_from(record: RepoDataRecord, channel: str) -> bool:
    return record.channel.rstrip("/") == channel.rstrip("/")


def _near_names(name: str, names: set[str]) -> list[str]:
    """Return the names that the user may have meant, nearest first."""
    alike = [other for other in (name.replace("_", "-"), name.replace("-", "_")) if other in names]
    close = difflib.get_close_matches(name, names, n=MOST_NAMES, cutoff=0.75)
    longer = sorted((n for n in names if len(name) > 2 and n.startswith(name)), key=len)
    return list(dict.fromkeys([*alike, *close, *longer]))[:MOST_NAMES]


def _versions(records: list[RepoDataRecord]) -> list[str]:
    newest = sorted({record.version for record in records}, reverse=True)
    return list(dict.fromkeys(str(version) for version in newest))


# -- match specs that are fine alone and not together ------------------------------------------


async def _blocked(
    question: Question, text: str, machine: str, candidates: _Candidates, names: set[str]
) -> list[_Finding]:
    """Find the needs that nothing meets which the user's own match spec allows.

    `names` are those of all packages that the channels have.
    """
    findings: dict[str, _Finding] = {}
    for need in _NEED.finditer(text):
        what = f"{need['who']} needs {need['name']} {need['range']}".rstrip(" *")
        if need["name"].startswith("__"):
            finding = _Finding(
                f"{what}, which this machine does not offer; it has {machine}.",
                next((a.place for a in question.asked if a.name == need["who"].split()[0]), ""),
                "To build for another machine, set "
                f"CONDA_OVERRIDE_{need['name'].strip('_').upper()} among the variables of the "
                "specification.",
            )
            findings.setdefault(finding.message, finding)
        elif need["name"] not in names:
            # Once, whichever versions of other packages need it.
            findings.setdefault(need["name"], _missing_need(question, need, what))
        for asked in question.asked:
            if asked.name == need["name"] and not await candidates.any_for(asked, need["range"]):
                finding = _Finding(
                    f"{what}, but the specification asks for {asked.text!r}.",
                    asked.place,
                    f"Change {asked.text!r}, or ask for another {need['who'].split()[0]}.",
                    instead=_loosened(asked),
                )
                findings.setdefault(finding.message, finding)
    return list(findings.values())


def _missing_need(question: Question, need: re.Match[str], what: str) -> _Finding:
    """Return that no channel has what a package needs, at the match spec that led to it.

    The solver's message is a tree, in which what was asked for is above what it needs.
    """
    who, name = need["who"].split()[0], need["name"]
    above = need.string[: need.end("who")]
    last = {
        asked.place: max((m.start() for m in _mentions(asked.name, f"{above} ")), default=-1)
        for asked in question.asked
    }
    place = max(last, key=lambda place: last[place])
    return _Finding(
        f"{what}, which no channel of this environment has.",
        place if last[place] >= 0 else "",
        f"Add a channel that has {name}, or ask for another {who}.",
        missing=name,
    )


def _mentions(name: str, text: str) -> Iterator[re.Match[str]]:
    """Find a package's name in a solver's message: a version, or a range, follows it."""
    return re.finditer(rf"(?<![\w.-]){re.escape(name)} ", text)


def _involved(question: Question, text: str) -> list[_Finding]:
    """Name the user's match specs that the solver's message is about."""
    found = [asked for asked in question.asked if any(_mentions(asked.name, text))]
    if not found:
        return []
    quoted = [repr(asked.text) for asked in found]
    if len(found) == 1:
        message = f"{quoted[0]} cannot be satisfied with these channels: what it needs is missing."
    else:
        message = f"{', '.join(quoted[:-1])} and {quoted[-1]} cannot be satisfied together."
    return [
        _Finding(message, asked.place, aside=asked is not found[0], instead=_loosened(asked))
        for asked in found
    ]


def _renamed(asked: Asked, name: str) -> str:
    """Return what was asked for, of a package with another name."""
    begins_so = asked.text.lower().startswith(asked.name)
    return f"{name}{asked.text[len(asked.name) :]}" if begins_so else name


def _loosened(asked: Asked) -> list[str]:
    """Return the match spec that takes every version, unless that was asked for."""
    return [] if asked.text == asked.name else [asked.name]


class _Candidates:
    """What the channels have, looked up when it is needed."""

    def __init__(self, question: Question, gateway: Gateway) -> None:
        self._channels = question.channels
        self._platforms = [Subdir(platform) for platform in question.platforms]
        self._gateway = gateway
        self._known: dict[str, list[RepoDataRecord]] = {}

    async def names(self) -> set[str]:
        found = await self._gateway.names(self._channels, self._platforms)
        return {name.normalized for name in found}

    async def named(self, name: str) -> list[RepoDataRecord]:
        if name not in self._known:
            found = await self._gateway.query(
                self._channels, self._platforms, [MatchSpec(name)], recursive=False
            )
            self._known[name] = [record for records in found for record in records]
        return self._known[name]

    async def any_for(self, asked: Asked, versions: str) -> bool:
        """Tell whether a package satisfies both the user's match spec and a range of versions."""
        need = MatchSpec(f"{asked.name} {versions}")
        records = await self.named(asked.name)
        return any(asked.spec.matches(record) and need.matches(record) for record in records)


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
