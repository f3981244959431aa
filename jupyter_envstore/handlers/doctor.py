"""The doctor: what is wrong around the store, for its administrators."""

from __future__ import annotations

from ..api.additions import Mend
from ..domain.diagnosis import Diagnosis
from .call import Call, endpoint


@endpoint("GET", "store/doctor", action="read", reply=Diagnosis, errors=(409,))
def examine_store(call: Call) -> Diagnosis:
    """What is wrong around the store, what it means, who is hit and the command that mends it."""
    return call.services.doctor.examine()


@endpoint("POST", "store/doctor", action="write", body=Mend, reply=Diagnosis, errors=(409,))
def mend_store(call: Call) -> Diagnosis:
    """Mend what the server may mend by itself: everything, or findings with these codes."""
    return call.services.doctor.mend(call.body.only)
