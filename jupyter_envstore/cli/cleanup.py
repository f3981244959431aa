"""``jupyter envstore cleanup``: removes what the rules of retention let go, or only says what."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from traitlets import Bool, Float, Int, Unicode

from ..api.cleanup_replies import CleanupReply
from ..domain.errors import Refused
from ..domain.sizes import describe_size
from ..service.cleanup_plan import Wish
from .command import Command, Services


class Cleanup(Command):
    """The command."""

    description = """Remove builds, packages and byte code that the rules of retention let go.

    The rules are those of the configuration. Current and pinned builds, and builds that a program
    runs from, are never removed. Servers may run."""
    examples = """
    jupyter envstore cleanup --dry-run                      # what would go, and why
    jupyter envstore cleanup
    jupyter envstore cleanup --keep-builds=1 --namespace=default
    """
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.flags,
        "dry-run": ({"Cleanup": {"dry_run": True}}, "Only say what would go."),
    }
    aliases: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.aliases,
        "keep-builds": "Cleanup.keep_builds",
        "keep-days": "Cleanup.keep_days",
        "keep-failed-days": "Cleanup.keep_failed_days",
        "namespace": "Cleanup.namespace",
        "environment": "Cleanup.environment",
    }

    dry_run = Bool(False, help="Only say what would go.").tag(config=True)
    keep_builds = Int(
        None, allow_none=True, min=0, help="Instead of c.EnvStore.keep_builds, for this once."
    ).tag(config=True)
    keep_days = Float(
        None, allow_none=True, min=0, help="Instead of c.EnvStore.keep_days, for this once."
    ).tag(config=True)
    keep_failed_days = Float(
        None, allow_none=True, min=0, help="Instead of c.EnvStore.keep_failed_days, for this once."
    ).tag(config=True)
    namespace = Unicode(
        None, allow_none=True, help="Only builds of this namespace, and no cache."
    ).tag(config=True)
    environment = Unicode(
        None, allow_none=True, help="Only builds of this environment of the namespace."
    ).tag(config=True)

    def work(self, services: Services) -> bool:
        """Clean up, or say what would go."""
        if self.environment is not None and self.namespace is None:
            raise Refused("An environment needs its namespace.", "Add --namespace.")
        wish = Wish(
            self.keep_builds,
            self.keep_days,
            self.keep_failed_days,
            self.namespace,
            self.environment,
        )
        service = services.cleanup
        cleaned = service.preview(wish) if self.dry_run else service.run(wish)
        reply = CleanupReply.of(cleaned, dry_run=self.dry_run)
        self.answer(dataclasses.asdict(reply))
        for line in _lines(reply):
            self.say(line)
        return True


def _lines(reply: CleanupReply) -> list[str]:
    lines = [
        f"Build {gone.id} of {gone.namespace}/{gone.environment}: {gone.reason}; "
        f"{describe_size(gone.bytes)}"
        for gone in reply.builds
    ]
    lines += [
        f"Kept: build {kept.id} of {kept.namespace}/{kept.environment}: {kept.reason}"
        for kept in reply.kept
    ]
    if reply.cache.left_alone is not None:
        lines.append(reply.cache.left_alone)
    back = "would come back" if reply.dry_run else "came back"
    lines.append(
        f"Builds: {len(reply.builds)}, entries of caches: {reply.cache.entries}; "
        f"{describe_size(reply.bytes)} {back}."
    )
    return lines
