"""Packages from the cache into the staging prefix, and what rattler does not say about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import rattler
from rattler import (
    Config,
    InstallerReporter,
    MatchSpec,
    PackageCacheLayer,
    RepoDataRecord,
    ValidationMode,
)
from rattler import PackageCache as RattlerCache
from rattler.exceptions import InstallerError
from rattler.networking import Client

from ..domain.build import Phase
from ..domain.events import Progress
from .background import in_thread
from .network import failure_of
from .package_cache import PackageCache, entry_name
from .path_lengths import path_is_too_long
from .refusal import BuildRefused, refuse_if_disk_fails
from .report import Report

MOST_CLOBBER_WARNINGS = 50

_LINK_OPTIONS = "allow-hard-links = true\nallow-symbolic-links = true\n"


class Linker:
    """Links packages into `staging` as if it were `prefix`, the final path.

    `private` is the attempt's own layer over the shared cache: rattler locks a layer from the
    first package to the last, and puts there what it must fetch again.
    """

    def __init__(
        self,
        cache: PackageCache,
        private: Path,
        staging: Path,
        prefix: Path,
        client: Client,
        report: Report,
    ) -> None:
        self._cache = cache
        self._private = private
        self._staging = staging
        self._prefix = prefix
        self._client = client
        self._report = report

    async def link(self, records: list[RepoDataRecord], specs: list[MatchSpec]) -> None:
        """Make the staging prefix; each package is validated in full, file by file, on the way.

        `specs` are the match specs that asked for packages. Raises `BuildRefused`.
        """
        await self._install(records, specs, ValidationMode.full())
        damaged = [r for r in records if (self._private / entry_name(r)).is_dir()]
        if damaged:
            await self._replace(damaged, records)
            # Everything was validated just now, or comes fresh from its channel.
            await self._install(records, specs, ValidationMode.fast())

    async def _install(
        self, records: list[RepoDataRecord], specs: list[MatchSpec], mode: ValidationMode
    ) -> None:
        self._report.log(f"Preparing transaction: {len(records)} packages ... done")
        self._report.log("Executing transaction: ", end="")
        layers = [
            PackageCacheLayer(self._private),
            PackageCacheLayer(self._cache.path).with_validation_mode(mode),
        ]
        progress = _LinkProgress(len(records), self._report)  # type: ignore[abstract]
        try:
            await rattler.install(
                records,
                self._staging,
                installed_packages=[],
                # rattler 0.28 takes the inner objects only, whatever its annotation says.
                requested_specs=[spec._match_spec for spec in specs],  # noqa: SLF001
                client=self._client,
                reporter=progress,
                alternative_target_prefix=self._prefix,
                config=Config.from_toml(_LINK_OPTIONS),
                package_cache=RattlerCache.from_layers(layers),
            )
        except InstallerError as error:
            self._report.log("failed")
            if path_is_too_long(error):
                raise
            raise _refusal(error, self._prefix) from error
        self._report.log("done")

    async def _replace(self, damaged: list[RepoDataRecord], records: list[RepoDataRecord]) -> None:
        """Put what rattler fetched again into the cache, so that it is linked from there."""
        for record in damaged:
            warn_of_damage(record, self._report)
        # Nothing is held while waiting: the other build may wait for an entry of ours.
        self._cache.release()
        for record in damaged:
            await in_thread(partial(self._cache.lock, record, exclusive=True, wait=True))
            self._cache.promote(self._private / entry_name(record), record)
            (self._private / f"{entry_name(record)}.lock").unlink(missing_ok=True)
            self._cache.release()
        for record in records:
            await in_thread(partial(self._cache.lock, record, exclusive=False, wait=True))
        self._staging.rename(self._staging.with_name("prefix.damaged"))


def warn_of_damage(record: RepoDataRecord, report: Report) -> None:
    """Tell that the cached files of a package had been changed: builds that link them, too."""
    report.warn(
        f"The package cache's copy of {record.file_name} did not match the package's own "
        "list of files any more. It was fetched again and replaced.",
        "Builds that link the damaged files keep them, and say so now: rebuild their environments.",
        damaged=record.sha256.hex() if record.sha256 else None,
    )


class _LinkProgress(InstallerReporter):
    """Counts linked packages; called from rattler's threads."""

    def __init__(self, total: int, report: Report) -> None:
        self._done = 0
        self._total = total
        self._report = report

    def on_link_complete(self, index: int) -> None:  # noqa: ARG002
        self._done += 1
        self._report.progress(
            Progress(Phase.LINKING, self._done, self._total), last=self._done == self._total
        )


def _refusal(error: InstallerError, prefix: Path) -> BuildRefused:
    text = str(error)
    refuse_if_disk_fails(error)
    if "cannot be longer than the placeholder" in text:
        return BuildRefused(
            "path",
            f"The prefix is too long for a package's placeholder: {prefix}",
            "Set c.EnvStore.store_directory closer to the root of the file system.",
            explanation=text,
        )
    failure = failure_of(error)
    if failure is not None:
        return BuildRefused(
            failure.kind,
            f"A damaged package could not be fetched again: {failure.reason}.",
            failure.hint,
            explanation=text,
        )
    return BuildRefused(
        "internal",
        f"The packages could not be linked: {text.splitlines()[0]}",
        "The build's log has the details.",
        explanation=text,
    )


# -- two packages, one path -------------------------------------------------------------------


def check_clobbered_paths(staging: Path, path_conflict: str, report: Report) -> None:
    """Warn of every path that two packages have, naming both, as conda does.

    rattler keeps the file of the package that lost below ``__clobbers__/<package>/``. Raises
    `BuildRefused` of kind conflict instead if `path_conflict` is ``prevent``.
    """
    aside = staging / "__clobbers__"
    if not aside.is_dir():
        return
    clobbered = sorted(_clobbered(aside))
    owners = _owners(staging, {path for _, path in clobbered})
    say_clobbered(
        [(path, owners.get(path, "another package"), loser) for loser, path in clobbered],
        path_conflict,
        report,
    )


def say_clobbered(
    clobbered: list[tuple[str, str, str]], path_conflict: str, report: Report
) -> None:
    """Warn of paths that two packages have: each path, whose file is used, and whose is not.

    Raises `BuildRefused` of kind conflict instead if `path_conflict` is ``prevent``.
    """
    messages = [
        f"The packages {used} and {unused} both have the file {path}; the one of {used} is used."
        for path, used, unused in clobbered
    ]
    if messages and path_conflict == "prevent":
        raise BuildRefused(
            "conflict",
            messages[0],
            "Remove one of the two packages from the specification, or set "
            'c.EnvStore.path_conflict = "warn".',
            explanation="\n".join(messages),
        )
    for message in messages[:MOST_CLOBBER_WARNINGS]:
        report.warn(message)
    if len(messages) > MOST_CLOBBER_WARNINGS:
        report.warn(f"{len(messages) - MOST_CLOBBER_WARNINGS} more files are in two packages.")


def _clobbered(aside: Path) -> Iterator[tuple[str, str]]:
    for package in aside.iterdir():
        for file in package.rglob("*"):
            if file.is_symlink() or not file.is_dir():
                yield package.name, file.relative_to(package).as_posix()


def _owners(staging: Path, paths: set[str]) -> dict[str, str]:
    owners: dict[str, str] = {}
    for file in (staging / "conda-meta").glob("*.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        for path in paths.intersection(record.get("files", ())):
            owners[path] = record["name"]
    return owners
