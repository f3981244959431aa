"""Byte code, compiled once for each package and Python, and hard-linked into every later build.

Without it, each start of a kernel in a read-only prefix compiles everything again. The entries of
the cache are those of `bytecode_manifest`. Byte code fits a source of its time and size (PEP 552,
by time stamp); a source that differs, because a placeholder was replaced in it, is compiled in the
prefix.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from rattler import RepoDataRecord

from ..domain.build import Phase
from ..domain.events import Progress
from .bytecode_manifest import (
    IN_PREFIX,
    NEVER,
    Compiled,
    Manifest,
    interpreter_file,
    read_manifest,
    target_of,
    write_manifest,
)
from .cache_entries import MANIFEST, lock_of_byte_code, mark_used
from .children import Children
from .locks import lock_file
from .ownership import is_kept_by, own_users
from .package_cache import entry_name
from .prefix import WINDOWS, python_of
from .report import Report
from .survey import Survey

WORKERS = 2
BATCH = 500
"""Files compiled between two progress events."""

_LIBRARY = "Lib/" if WINDOWS else "lib/python"
_COMPILE = """
import py_compile, sys
for line in sys.stdin:
    path = line.rstrip("\\n")
    try:
        # The import system puts the real path in when it loads the file.
        py_compile.compile(path, dfile="/" + path, doraise=True,
                           invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    except Exception:
        print(path)
"""
_IDENTIFY = (
    "import importlib.util as u, sys; print(sys.implementation.cache_tag, u.MAGIC_NUMBER.hex())"
)


@dataclass
class ByteCode:
    """What was added to the prefix: numbers of files, and bytes."""

    linked: int = 0
    compiled: int = 0
    size: int = 0
    size_own: int = 0
    own: set[str] = field(default_factory=set)
    """The files of this prefix alone: no manifest tells what they are."""


class ByteCodeCache:
    """The store's byte code at `path`, for one prefix and its interpreter."""

    def __init__(
        self, path: Path, prefix: Path, children: Children, report: Report, found: Survey
    ) -> None:
        self._path = path
        self._prefix = prefix
        self._children = children
        self._report = report
        self._found = found
        self._tag = ""
        self._added = ByteCode()

    def fill(self, records: list[RepoDataRecord]) -> ByteCode:
        """Give every source of the prefix's Python its byte code, where possible.

        Whatever cannot be compiled is left as it is: Python compiles it, or fails, on import.
        """
        interpreter = self._interpreter(records)
        if interpreter is None:
            return self._added
        self._tag, magic = interpreter
        entries = self._path / f"{self._tag}-{magic}"
        entries.mkdir(parents=True, exist_ok=True)
        lock = lock_file(lock_of_byte_code(self._path), exclusive=False, wait=True)
        try:
            self._fill_from(entries, records)
        finally:
            os.close(lock)
        return self._added

    def _fill_from(self, entries: Path, records: list[RepoDataRecord]) -> None:
        known, new = _by_manifest(entries, records)
        covered = {source for _, manifest in known for source in manifest}
        fresh = {entry: self._sources_of(record) for entry, record in new}
        for sources in fresh.values():
            covered.update(sources)
        leftover = [s for s in self._found.sources if s.startswith(_LIBRARY) and s not in covered]
        leftover = [s for s in leftover if self._target(s) not in self._found.compiled]

        in_prefix = [s for _, manifest in known for s in self._differing(manifest)]
        background = self._start_compiling([*in_prefix, *leftover])
        self._link_all(known)
        self._count_compiled([*in_prefix, *leftover], _failures(background))
        self._compile_new(fresh)

    # -- the interpreter ---------------------------------------------------------------------

    def _interpreter(self, records: list[RepoDataRecord]) -> tuple[str, str] | None:
        """Return the prefix's cache tag and magic number; asked of it once, then remembered."""
        record = next((r for r in records if r.name.normalized == "python"), None)
        if record is None or record.sha256 is None:
            return None
        remembered = interpreter_file(self._path, record.sha256.hex())
        with contextlib.suppress(OSError, ValueError):
            tag, magic = json.loads(remembered.read_text(encoding="utf-8"))
            return tag, magic
        try:
            status, answer = self._children.capture(
                [python_of(self._prefix), "-I", "-c", _IDENTIFY]
            )
        except OSError as error:  # For another machine, or broken.
            status, answer = 1, str(error)
        words = answer.split()
        if status != 0 or len(words) != 2:
            self._report.log("Byte code is not compiled: the build's Python cannot tell its tag.")
            return None
        _write_whole(remembered, json.dumps(words))
        return words[0], words[1]

    def _target(self, source: str) -> str:
        return target_of(source, self._tag)

    # -- what the cache has --------------------------------------------------------------------

    def _differing(self, manifest: Manifest) -> list[str]:
        """Return the sources of a manifest that the cached byte code is not for."""
        sources = self._found.sources
        return [
            source
            for source, compiled in manifest.items()
            if compiled.number != NEVER
            and source in sources
            and (compiled.number == IN_PREFIX or sources[source] != compiled[:2])
        ]

    def _link_all(self, known: list[tuple[Path, Manifest]]) -> None:
        links = [link for entry, manifest in known for link in self._links(entry, manifest)]
        for folder in {target.rpartition("/")[0] for _, target in links}:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder)  # noqa: PTH102  # Hundreds of them, and thousands of links.
        with ThreadPoolExecutor(WORKERS) as pool:
            shares = [links[i::WORKERS] for i in range(WORKERS)]
            self._added.size_own += sum(pool.map(_link_share, shares))

    def _links(self, entry: Path, manifest: Manifest) -> Iterator[tuple[str, str]]:
        """Yield the cached file and the target of each source that the cache is right for."""
        sources = self._found.sources
        for source, compiled in manifest.items():
            if compiled.number >= 0 and sources.get(source) == compiled[:2]:
                self._added.linked += 1
                self._added.size += compiled.length
                yield f"{entry}/{compiled.number}.pyc", f"{self._prefix}/{self._target(source)}"

    # -- what it has not yet -------------------------------------------------------------------

    def _sources_of(self, record: RepoDataRecord) -> dict[str, bool]:
        """Return the package's sources without byte code, and whether each was rewritten."""
        path = self._prefix / "conda-meta" / f"{entry_name(record)}.json"
        meta = json.loads(path.read_text(encoding="utf-8"))
        rewritten = {
            entry["_path"]
            for entry in meta.get("paths_data", {}).get("paths", ())
            if entry.get("prefix_placeholder")
        }
        return {
            source: source in rewritten
            for source in meta.get("files", ())
            if source.endswith(".py")
            and source.startswith(_LIBRARY)
            and source in self._found.sources
            and self._target(source) not in self._found.compiled
        }

    def _compile_new(self, fresh: dict[Path, dict[str, bool]]) -> None:
        total, done = len(fresh), 0
        for batch in _batches(fresh):
            sources = [source for entry in batch for source in fresh[entry]]
            failed = _failures(self._start_compiling(sources))
            self._count_compiled(sources, failed)
            for entry in batch:
                self._keep(entry, fresh[entry], failed)
            done += len(batch)
            self._report.progress(Progress(Phase.COMPILING, done, total), last=done == total)

    def _start_compiling(self, sources: list[str]) -> list[subprocess.Popen[str]]:
        workers = [sources[i::WORKERS] for i in range(WORKERS)] if len(sources) > 20 else [sources]
        return [self._start_worker(share) for share in workers if share]

    def _start_worker(self, sources: list[str]) -> subprocess.Popen[str]:
        with tempfile.TemporaryFile("w+", encoding="utf-8", dir=self._children.directory) as todo:
            todo.write("".join(f"{source}\n" for source in sources))
            todo.seek(0)
            return self._children.start(
                [python_of(self._prefix), "-I", "-X", "utf8", "-W", "ignore", "-c", _COMPILE],
                stdin=todo.fileno(),
                stdout=subprocess.PIPE,
                directory=self._prefix,
            )

    def _count_compiled(self, sources: Iterable[str], failed: set[str]) -> None:
        for source in sources:
            if source not in failed:
                target = self._target(source)
                with contextlib.suppress(OSError):
                    status = os.stat(f"{self._prefix}/{target}")  # noqa: PTH116
                    self._added.own.add(target)
                    self._added.compiled += 1
                    self._added.size += status.st_size
                    self._added.size_own += status.st_size

    def _keep(self, entry: Path, sources: dict[str, bool], failed: set[str]) -> None:
        """Make the cache's entry for a package, in one step; another build may have made it."""
        new = Path(tempfile.mkdtemp(prefix=f".{entry.name}.", dir=entry.parent))
        manifest: Manifest = {}
        try:
            for number, (source, rewritten) in enumerate(sources.items()):
                time, size = self._found.sources[source]
                if source in failed or rewritten:
                    why = NEVER if source in failed else IN_PREFIX
                    manifest[source] = Compiled(time, size, why)
                    continue
                compiled = self._prefix / self._target(source)
                compiled.chmod(0o444)
                os.link(compiled, new / f"{number}.pyc")
                code = compiled.read_bytes()
                digest = hashlib.sha256(code).hexdigest()
                manifest[source] = Compiled(time, size, number, len(code), digest)
                self._added.size_own -= len(code)
            write_manifest(new, manifest)
            new.chmod(0o755)
            new.rename(entry)
            kept = (source for source, compiled in manifest.items() if compiled.number >= 0)
            self._added.own.difference_update(map(self._target, kept))
        except OSError:
            # Made meanwhile by another build, or no links here: this build has its own copies.
            shutil.rmtree(new, ignore_errors=True)


def _link_share(links: list[tuple[str, str]]) -> int:
    """Make the links and return the bytes that had to be copied instead."""
    return sum(_link(cached, target) for cached, target in links)


def _link(cached: str, target: str) -> int:
    try:
        os.link(cached, target)
    except FileExistsError:
        return 0
    except OSError:  # Another file system, or the most links that an inode may have.
        with contextlib.suppress(OSError):
            shutil.copyfile(cached, target)
            return os.path.getsize(target)  # noqa: PTH202
    return 0


def _by_manifest(
    entries: Path, records: list[RepoDataRecord]
) -> tuple[list[tuple[Path, Manifest]], list[tuple[Path, RepoDataRecord]]]:
    """Separate the packages that the cache knows from those it does not."""
    known, new = [], []
    for record in records:
        if record.sha256 is None:
            continue
        entry = entries / record.sha256.hex()
        try:
            # What others can write to would run in every build that links it.
            if not is_kept_by(own_users(), entry.stat()):
                raise PermissionError(entry)
            manifest = read_manifest(entry)
        except (OSError, ValueError, TypeError):
            new.append((entry, record))
        else:
            mark_used(entry / MANIFEST)
            known.append((entry, manifest))
    return known, new


def _batches(fresh: dict[Path, dict[str, bool]]) -> Iterable[list[Path]]:
    batch: list[Path] = []
    size = 0
    for entry, sources in fresh.items():
        batch.append(entry)
        size += len(sources)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _failures(workers: list[subprocess.Popen[str]]) -> set[str]:
    """Wait for the workers and return the sources that could not be compiled."""
    failed: set[str] = set()
    for worker in workers:
        output, _ = worker.communicate()
        failed.update(output.splitlines())
    return failed


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
