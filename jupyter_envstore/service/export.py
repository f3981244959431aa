"""Environments leave for another store: with their past, and without their prefixes."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..domain.errors import NotFound, Refused
from ..domain.exchange import FORMAT, Manifest, TravellingEnvironment
from ..domain.layout import Layout
from ..domain.moments import Clock, utc_now
from ..store.exchange import Departures
from ..store.files import replacing
from ..store.identity import Identity
from .exchange_file import MAX_LOG, ExportWriter, writing


@dataclass(frozen=True)
class Exported:
    """What went into a file; its size is bytes."""

    file: str
    size: int
    environments: tuple[str, ...]
    builds: int
    unfinished: int
    """Builds that had not ended, and stayed."""


class ExportService:
    """Writes files of environments."""

    def __init__(
        self,
        departures: Departures,
        identity: Identity,
        layout: Layout,
        clock: Clock = utc_now,
    ) -> None:
        self._departures = departures
        self._identity = identity
        self._layout = layout
        self._clock = clock

    def export(self, file: Path, wanted: Collection[str] = ()) -> Exported:
        """Write environments as they are now, ``namespace`` or ``namespace/name`` each, or all.

        A file that is there is replaced when the new one is whole. Raises `NotFound` for one that
        is not there, and `Refused` if the file cannot be written.
        """
        try:
            with replacing(file) as target, self._departures.at_one_moment():
                chosen = self._chosen(wanted)
                builds = sum(len(environment.builds) for environment in chosen)
                manifest = Manifest(
                    kind="envstore-export",
                    format=FORMAT,
                    made_on=self._clock(),
                    store_id=self._identity.store_id,
                    environments=len(chosen),
                    builds=builds,
                )
                with writing(target) as writer:
                    writer.begin(manifest)
                    for environment in chosen:
                        self._write(writer, environment)
                unfinished = self._departures.unfinished(chosen)
        except OSError as error:
            raise Refused(
                f"The export {file} cannot be written: {error.strerror or error}.",
                "Name a file in a directory that is there, is yours, and has room.",
            ) from error
        names = tuple(f"{one.namespace}/{one.name}" for one in chosen)
        return Exported(str(file), file.stat().st_size, names, builds, unfinished)

    def _write(self, writer: ExportWriter, environment: TravellingEnvironment) -> None:
        writer.environment(environment)
        for build_id in environment.builds:
            writer.build(
                self._departures.build(build_id),
                _content(self._layout.lock_artifact(build_id)),
                _content(self._layout.log(build_id), MAX_LOG),
            )

    def _chosen(self, wanted: Collection[str]) -> list[TravellingEnvironment]:
        there = self._departures.environments()
        if not wanted:
            return there
        chosen = []
        for environment in there:
            names = {environment.namespace, f"{environment.namespace}/{environment.name}"}
            if names.intersection(wanted):
                chosen.append(environment)
        found = {one.namespace for one in chosen}
        found |= {f"{one.namespace}/{one.name}" for one in chosen}
        if missing := sorted(set(wanted) - found):
            raise NotFound(
                f"There is no environment {missing[0]}.",
                "Write namespace/name, or a namespace alone for all of its environments.",
            )
        return chosen


def _content(path: str, most: int | None = None) -> bytes | None:
    """Return what a file holds, of a long one the end; None if it is not there."""
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - most) if most is not None else 0)
            cut = b"[The beginning was left out.]\n" if most is not None and size > most else b""
            return cut + file.read(size if most is None else most)
    except FileNotFoundError:
        return None
