"""What is on the server's disk: builds that the database does not know, and others' prefixes."""

from __future__ import annotations

from pathlib import Path

from ..api.additions import ImportPrefix
from ..api.build_replies import SubmittedReply
from ..api.models import AdoptBuilds
from ..builder.adoption import AdoptionReport
from ..domain.errors import Refused
from .call import Call, endpoint


@endpoint(
    "POST", "store/adopt", action="write", body=AdoptBuilds, reply=AdoptionReport, errors=(409,)
)
def adopt_builds(call: Call) -> AdoptionReport:
    """Make builds known that are on disk and not in the database; with dry_run, say which."""
    service = call.services.adoption
    return service.preview() if call.body.dry_run else service.adopt()


@endpoint(
    "POST",
    "store/import-prefix",
    action="write",
    body=ImportPrefix,
    reply=SubmittedReply,
    errors=(400, 404, 409),
)
def import_prefix(call: Call) -> SubmittedReply:
    """Build what is in a conda environment on the server's disk, of the very same packages."""
    prefix = Path(call.body.prefix)
    if not prefix.is_absolute():
        raise Refused(f"{prefix} is no absolute path.", "Name the prefix from the root on.")
    namespace = call.body.namespace or call.access.primary_namespace
    submitted = call.services.prefix_imports.submit(
        prefix, namespace, call.body.name, author=call.author, client=call.client
    )
    return SubmittedReply.of(submitted)
