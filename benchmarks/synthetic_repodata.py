"""A channel as large as conda-forge, of indexes alone: nothing of it can be downloaded.

30,000 names and 660,000 records in linux-64 and noarch, as ``repodata.json``, the same compressed,
and in shards (CEP 16). Few names have very many versions; later names depend on earlier ones, most
of all on the first; a newer version never asks for less than an older one, so that solutions
exist. The same seed gives the same channel.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard
from typing_extensions import Self

from .msgpack import packed

NAMES = 30_000
RECORDS = 660_000

_SEED = 20
_MOST_VERSIONS = 400
_MOST_DEPENDENCIES = 12
_NOARCH = 0.58
"""The part of conda-forge's names that are noarch."""

Record = dict[str, Any]


def package_name(number: int) -> str:
    return f"synthetic-{number:05}"


def write_channel(channel: Path) -> int:
    """Write the channel and return how many records it has."""
    numbers = random.Random(_SEED)
    versions = _versions(numbers)
    noarch = [numbers.random() < _NOARCH for _ in range(NAMES)]
    total = 0
    for subdir, wanted in (("linux-64", False), ("noarch", True)):
        chosen = [number for number in range(NAMES) if noarch[number] is wanted]
        with _SubdirWriter(channel / subdir) as writer:
            for number in chosen:
                records = dict(_records(number, versions, subdir))
                writer.add(package_name(number), records)
                total += len(records)
    return total


def _versions(numbers: random.Random) -> list[int]:
    """Return how many versions each name has: together `RECORDS`."""
    weights = [min(numbers.paretovariate(1.0), _MOST_VERSIONS) for _ in range(NAMES)]
    scale = (RECORDS - NAMES) / sum(weights)
    return [1 + round(weight * scale) for weight in weights]


def _records(number: int, versions: list[int], subdir: str) -> Iterator[tuple[str, Record]]:
    numbers = random.Random(f"{_SEED} {number}")
    name = package_name(number)
    # Squared twice, towards the first names: a few libraries are needed by nearly everything.
    count = min(number, _MOST_DEPENDENCIES, int(numbers.expovariate(1 / 4.5)))
    needed = {int(number * numbers.random() ** 4) for _ in range(count)}
    for version in range(versions[number]):
        age = (version + 1) / versions[number]
        depends = [
            f"{package_name(other)} >={max(0, int(versions[other] * age) - 2)}"
            for other in sorted(needed)
        ]
        build = f"h{numbers.randrange(16**7):07x}_0"
        file = f"{name}-{version}-{build}.conda"
        digest = hashlib.sha256(file.encode()).hexdigest()
        yield (
            file,
            {
                "build": build,
                "build_number": 0,
                "depends": depends,
                "license": "BSD-3-Clause",
                "md5": digest[:32],
                "name": name,
                "sha256": digest,
                "size": numbers.randint(5_000, 3_000_000),
                "subdir": subdir,
                "timestamp": 1_500_000_000_000 + version * 1_000_000,
                "version": str(version),
            },
        )


class _SubdirWriter:
    """Writes the three forms of a subdirectory's index, name by name, in little memory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._shards: dict[str, bytes] = {}
        self._compress = zstandard.ZstdCompressor(level=3).compress
        (directory / "shards").mkdir(parents=True)

    def __enter__(self) -> Self:
        self._json = (self._directory / "repodata.json").open("w", encoding="utf-8")
        info = {"subdir": self._directory.name}
        self._json.write(f'{{"info": {json.dumps(info)}, "packages": {{}}, "packages.conda": {{')
        return self

    def add(self, name: str, records: dict[str, Record]) -> None:
        separator = ",\n" if self._shards else "\n"
        lines = (f"{json.dumps(file)}: {json.dumps(record)}" for file, record in records.items())
        self._json.write(separator + ",\n".join(lines))
        binary = {file: _with_bytes(record) for file, record in records.items()}
        shard = {"packages": {}, "packages.conda": binary, "removed": []}
        content = self._compress(packed(shard))
        digest = hashlib.sha256(content)
        path = self._directory / "shards" / f"{digest.hexdigest()}.msgpack.zst"
        path.write_bytes(content)
        self._shards[name] = digest.digest()

    def __exit__(self, *error: object) -> None:
        self._json.write('\n}, "removed": [], "repodata_version": 1}\n')
        self._json.close()
        index = {
            "info": {
                "subdir": self._directory.name,
                "base_url": "",
                "shards_base_url": "./shards/",
                "created_at": "2026-01-01T00:00:00Z",
            },
            "shards": self._shards,
        }
        content = self._compress(packed(index))
        (self._directory / "repodata_shards.msgpack.zst").write_bytes(content)
        plain = self._directory / "repodata.json"
        with plain.open("rb") as source, plain.with_suffix(".json.zst").open("wb") as target:
            zstandard.ZstdCompressor(level=3).copy_stream(source, target)


def _with_bytes(record: Record) -> Record:
    """Return the record with its digests as shards have them: as bytes, not as text."""
    digests = {key: bytes.fromhex(record[key]) for key in ("md5", "sha256")}
    return {**record, **digests}
