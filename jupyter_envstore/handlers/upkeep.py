"""Finished builds, beside their records: verified and repaired."""

from __future__ import annotations

from ..api.additions import RepairBuild
from ..api.upkeep_replies import UpkeepReply
from .call import Acknowledged, Call, endpoint


@endpoint("POST", "build/{build_id}/verify", action="write", reply=UpkeepReply, errors=(404, 409))
def verify_build(call: Call) -> UpkeepReply:
    """Begin to compare all files of a build with what is recorded of them."""
    return UpkeepReply.of(call.services.upkeep.verify(call["build_id"], actor=call.author))


@endpoint("GET", "build/{build_id}/verify", action="read", reply=UpkeepReply, errors=(404,))
def build_verification(call: Call) -> UpkeepReply:
    """How a verification, a repair or a restoration goes, or how the last one has ended."""
    return UpkeepReply.of(call.services.upkeep.last(call["build_id"]))


@endpoint("DELETE", "build/{build_id}/verify", action="write", errors=(404,))
def cancel_verification(call: Call) -> Acknowledged:
    """End it; what a repair has mended stays mended, what is not restored stays shelved."""
    call.services.upkeep.cancel(call["build_id"])
    return Acknowledged()


@endpoint(
    "POST",
    "build/{build_id}/repair",
    action="write",
    body=RepairBuild,
    reply=UpkeepReply,
    errors=(404, 409),
)
def repair_build(call: Call) -> UpkeepReply:
    """Begin to mend a build from the package cache, or from its channels."""
    return UpkeepReply.of(
        call.services.upkeep.repair(
            call["build_id"], keep_added=call.body.keep_added, actor=call.author
        )
    )


@endpoint("PUT", "build/{build_id}/shelf", action="write", errors=(400, 404, 409))
def shelve_build(call: Call) -> Acknowledged:
    """Take a build's files off the disk; its lockfile, log, notes and history are kept."""
    call.services.shelving.shelve(call["build_id"], actor=call.author)
    return Acknowledged()


@endpoint(
    "DELETE",
    "build/{build_id}/shelf",
    action="write",
    reply=UpkeepReply,
    errors=(400, 404, 409),
)
def restore_build(call: Call) -> UpkeepReply:
    """Begin to bring a shelved build back, exactly as it was."""
    return UpkeepReply.of(call.services.upkeep.restore(call["build_id"], actor=call.author))
