"""A ``.condarc`` on disk: read with an etag, and replaced only if it is still the same."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from ..domain.errors import Conflict, Refused

BACKUP_SUFFIX = ".envstore-backup"
"""Of the copy of the file as it was before the store wrote to it."""
_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Snapshot:
    """The file at one moment; `content` is None if there is none."""

    path: Path
    content: bytes | None

    @property
    def etag(self) -> str:
        """The same for the same content at the same path, and else another."""
        digest = hashlib.sha256(f"{self.path}\0{self.content is None}\0".encode())
        digest.update(self.content or b"")
        return digest.hexdigest()[:32]

    @property
    def text(self) -> str | None:
        """Raises `Refused` if the file is not text in UTF-8."""
        try:
            return None if self.content is None else self.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(
                f"{self.path} is not text in UTF-8 (byte {error.start}), so it is not changed.",
                "Save it in UTF-8, and try again.",
            ) from None


class CondarcFile:
    """One ``.condarc``. A link is followed: its target is written, the link stays."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Snapshot:
        """Raises `Refused` if the file cannot be read."""
        try:
            with self.path.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return Snapshot(self.path, None)
        except OSError as error:
            raise Refused(
                f"{self.path} cannot be read: {error.strerror}.",
                "Look at what it is, and at its permissions.",
            ) from error
        if len(content) > _MAX_BYTES:
            raise Refused(f"{self.path} has more than {_MAX_BYTES:,} bytes, so it is not changed.")
        return Snapshot(self.path, content)

    def check_writable(self) -> None:
        """Raise `Refused`, with the reason, if the file is not ours to write."""
        target = self._target()
        parent = target.parent
        if not parent.is_dir():
            raise Refused(
                f"{target} cannot be made: there is no directory {parent}.",
                "Make the directory, or set CONDARC to another file.",
            )
        if not os.access(parent, os.W_OK | os.X_OK):
            raise Refused(
                f"{target} cannot be replaced: the directory {parent} is read-only for you.",
                "Change the permissions of the directory, or set CONDARC to another file.",
            )
        try:
            status = target.stat()
        except FileNotFoundError:
            return
        if not stat.S_ISREG(status.st_mode):
            raise Refused(f"{target} is not a file.", "Set CONDARC to the file that conda reads.")
        if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            raise Refused(
                f"{target} belongs to another user (uid {status.st_uid}), so it is not changed.",
                "Ask its owner to add the folders, or set CONDARC to a file of your own.",
            )
        # Root may write to everything; the bit still says what the owner wants.
        if not status.st_mode & stat.S_IWUSR or not os.access(target, os.W_OK):
            raise Refused(
                f"{target} is read-only, so it is not changed.",
                f"Make it writable (chmod u+w {target}) if it may be changed.",
            )
        if status.st_nlink > 1:
            raise Refused(
                f"{target} has {status.st_nlink} names (hard links): replacing it would "
                "separate them.",
                "Make it a symbolic link, which is followed, or a file with one name.",
            )

    def write(self, text: str | None, etag: str, *, keep: bool = False) -> Snapshot:
        """Replace the content, or remove the file if `text` is None, and return what is there.

        Readers see the old or the new content, also after a crash; the mode stays. With `keep`
        the present content is kept beside the file until it is back. Raises `Conflict` if the
        file has changed since it had this etag, and `Refused` if it cannot be written.
        """
        self.check_writable()
        target = self._target()
        new = None if text is None else text.encode("utf-8")
        self._check_unchanged(etag)
        try:
            if keep and target.exists():
                shutil.copy2(target, self.backup_of(target))
            if new is None:
                target.unlink(missing_ok=True)
            else:
                self._replace(target, new, etag)
            self._drop_backup(target, new)
        except OSError as error:
            raise Refused(f"{target} cannot be written: {error.strerror}.") from error
        return self.read()

    def _check_unchanged(self, etag: str) -> None:
        if self.read().etag != etag:
            raise Conflict(
                f"{self.path} was changed meanwhile, so nothing was written.",
                "Look at the change again: it is worked out from the file as it is now.",
            )

    def _replace(self, target: Path, content: bytes, etag: str) -> None:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
        # A new file gets the mode that the user's umask leaves; a copy is private at first.
        mode = 0o600 if target.exists() else 0o666
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                _take_over(target, temporary)
            # As late as can be: conda knows no lock that would keep others away.
            self._check_unchanged(etag)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _drop_backup(self, target: Path, content: bytes | None) -> None:
        """Remove the backup once the file is again what it was."""
        backup = self.backup_of(target)
        with contextlib.suppress(OSError):
            if content is not None and backup.read_bytes() == content:
                backup.unlink()

    @property
    def backup(self) -> Path:
        """Where the content before the store's first change is kept."""
        return self.backup_of(self._target())

    @staticmethod
    def backup_of(target: Path) -> Path:
        return target.with_name(target.name + BACKUP_SUFFIX)

    def _target(self) -> Path:
        return Path(os.path.realpath(self.path))


def _take_over(old: Path, new: Path) -> None:
    """Give the new file the mode, group and attributes of the old one."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # A group that this user is no longer in.
            os.chown(new, -1, old.stat().st_gid)
    shutil.copystat(old, new)
    os.utime(new)
