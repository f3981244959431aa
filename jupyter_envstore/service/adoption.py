"""Adoption, as an administrator asks for it: builds on disk that the database does not know."""

from __future__ import annotations

from collections.abc import Callable

from ..builder.adoption import Adoption, AdoptionReport


class AdoptionService:
    """Previews, and carries out, the adoption of builds."""

    def __init__(self, adoption: Adoption, wake_housekeeper: Callable[[], None]) -> None:
        self._adoption = adoption
        self._wake_housekeeper = wake_housekeeper

    def preview(self) -> AdoptionReport:
        """Say what `adopt` would do; raise `Conflict` if the database is another store's."""
        return self._adoption.adopt(dry_run=True)

    def adopt(self) -> AdoptionReport:
        """Make every build known that can be; raise `Conflict` as `preview` does."""
        report = self._adoption.adopt()
        # What was held back while there was a doubt is done now: links, kernels, strays.
        self._wake_housekeeper()
        return report
