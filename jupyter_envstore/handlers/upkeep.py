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
    """How a build's verification or repair goes, or what the last one has found."""
    return UpkeepReply.of(call.services.upkeep.last(call["build_id"]))


@endpoint("DELETE", "build/{build_id}/verify", action="write", errors=(404,))
def cancel_verification(call: Call) -> Acknowledged:
    """End a verification or a repair; what a repair has mended stays mended."""
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
