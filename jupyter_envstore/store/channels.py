"""The channels that the store has heard of, with the ids that conda-store's clients expect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .database import Database
from .listing import Listing, Page, Where

_OF_CONDA = (
    "(NOT EXISTS (SELECT 1 FROM package WHERE package.channel_id = channel.id)"
    " OR EXISTS (SELECT 1 FROM package"
    " WHERE package.channel_id = channel.id AND package.manager = 'conda'))"
)
"""Indexes of pip are in the same table, as packages of builds come from them."""


@dataclass(frozen=True)
class Channel:
    """A channel. `last_update` is naive UTC in ISO 8601."""

    id: int
    url: str
    last_update: str | None


class Channels:
    """The rows of ``channel``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, listing: Listing) -> Page[Channel]:
        """Return the channels of conda packages, by name."""
        return listing.run(
            self._database.read(),
            select="SELECT channel.*",
            source="FROM channel",
            sortable={"name": "channel.name"},
            default=("name",),
            read=_channel,
            where=Where().also(_OF_CONDA),
        )

    def by_url(self, urls: Iterable[str]) -> dict[str, Channel]:
        """Return the channels with these URLs; those that are new get an id."""
        wanted = dict.fromkeys(urls)
        found = self._known(wanted)
        new = [url for url in wanted if url not in found]
        if new:
            with self._database.write() as db:
                for url in new:
                    sql = "INSERT INTO channel (name) VALUES (?) ON CONFLICT DO NOTHING"
                    db.execute(sql, [url])
            found = self._known(wanted)
        return found

    def in_use(self) -> tuple[str, ...]:
        """Return the URLs of the channels from which builds that exist have conda packages."""
        rows = self._database.read().query(
            "SELECT name FROM channel WHERE EXISTS ("
            " SELECT 1 FROM package JOIN build_package ON build_package.package_id = package.id"
            " JOIN build ON build.id = build_package.build_id"
            " WHERE package.channel_id = channel.id AND package.manager = 'conda'"
            " AND build.deleted_on IS NULL) ORDER BY name"
        )
        return tuple(row["name"] for row in rows)

    def set_updated(self, moments: Mapping[str, str]) -> None:
        """Note when what is known of channels last changed, by URL."""
        with self._database.write() as db:
            for url, moment in moments.items():
                db.execute(
                    "INSERT INTO channel (name, last_update) VALUES (?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET last_update = excluded.last_update",
                    [url, moment],
                )

    def _known(self, urls: Iterable[str]) -> dict[str, Channel]:
        names = list(urls)
        marks = ", ".join("?" * len(names))
        rows = self._database.read().query(f"SELECT * FROM channel WHERE name IN ({marks})", names)
        return {row["name"]: _channel(row) for row in rows}


def _channel(row: dict[str, Any]) -> Channel:
    return Channel(row["id"], row["name"], row["last_update"])
