"""``jupyter envstore share``: lets one user build in a store, and everybody else read it."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, ClassVar

from traitlets import Bool, Unicode

from ..domain.errors import Refused
from ..domain.sharing import Sharing, SharingWish
from .command import Command


class Share(Command):
    """The command."""

    description = """Let one user build in a store, and everybody else read it.

    The store and its package cache are given to the builder, closed for writing by others and
    opened for reading; access control lists go. It says what was done, what is in the way, and
    what to put into the configurations. Again, it has nothing to do. Stop the servers of the store
    first if it gets another owner."""
    examples = """
    jupyter envstore share --dry-run --EnvStore.store_directory=/srv/envstore --builder=envstore
    sudo jupyter envstore share --EnvStore.store_directory=/srv/envstore --builder=envstore
    jupyter envstore share --group=physics      # as the builder; for this group alone
    """
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.flags,
        "dry-run": ({"Share": {"dry_run": True}}, "Only say what would be done."),
    }
    aliases: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.aliases,
        "builder": "Share.builder",
        "group": "Share.group",
    }

    dry_run = Bool(False, help="Only say what would be done.").tag(config=True)
    builder = Unicode(
        None,
        allow_none=True,
        help="The user who builds; by default who owns the store, or runs this.",
    ).tag(config=True)
    group = Unicode(
        None, allow_none=True, help="The group that alone may read; by default everybody may."
    ).tag(config=True)

    def run(self) -> bool:
        """Share the store, which need not be there yet; all is well if nothing is in the way."""
        if not hasattr(os, "geteuid"):
            raise Refused(
                "Owners and modes say nothing on Windows.",
                "Share the directory of the store by its access control list there.",
            )
        from ..service.sharing import SharingService  # Windows lacks what it needs.

        wish = SharingWish(self.builder, self.group)
        service = SharingService(type(self).find_store(self.config))
        sharing = service.share(wish, dry_run=self.dry_run)
        self.answer({"dry_run": self.dry_run, **dataclasses.asdict(sharing)})
        for line in _lines(sharing, dry_run=self.dry_run):
            self.say(line)
        return not sharing.problems


def _lines(sharing: Sharing, *, dry_run: bool) -> list[str]:
    head = "To be done" if dry_run else "Done"
    return [
        f"{sharing.builder} builds, {sharing.readers} can read.",
        *(f"{head}: {line}" for line in sharing.done or ("nothing; all is as it should be",)),
        *(f"In the way: {line}" for line in sharing.problems),
        f"For the server of {sharing.builder}:",
        *(f"  {line}" for line in sharing.for_builder),
        "For everybody else's:",
        *(f"  {line}" for line in sharing.for_readers),
    ]
