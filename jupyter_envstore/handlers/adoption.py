"""The store as a whole: builds on disk that the database does not know."""

from __future__ import annotations

from ..api.models import AdoptBuilds
from ..builder.adoption import AdoptionReport
from .call import Call, endpoint


@endpoint(
    "POST", "store/adopt", action="write", body=AdoptBuilds, reply=AdoptionReport, errors=(409,)
)
def adopt_builds(call: Call) -> AdoptionReport:
    """Make builds known that are on disk and not in the database; with dry_run, say which."""
    service = call.services.adoption
    return service.preview() if call.body.dry_run else service.adopt()
