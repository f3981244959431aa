"""Numbers greater than the database or the file system can hold are no mistake of the server."""

from __future__ import annotations

import pytest

HUGE = 10**30


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"events/?since={HUGE}", None),
        ("GET", f"build/?environment_id={HUGE}", None),
        ("PUT", "environment/ns/env/", {"build_id": HUGE}),
        ("PUT", "environment/ns/env/", {"build_id": -HUGE}),
        ("POST", "environment/ns/env/clone/", {"name": "other", "build_id": HUGE}),
    ],
)
async def test_a_number_that_the_database_cannot_hold_is_refused(api, build, method, path, body):
    reply = await api.request(method, path, body=body)
    assert reply.status == 422
    assert "9223372036854775808" in reply.error["message"]


@pytest.mark.parametrize("offset", [2**62, 2**63, HUGE])
async def test_a_log_has_nothing_past_its_end_however_far(api, build, offset):
    reply = await api.get(f"build/{build}/logs/?offset={offset}")
    assert (reply.status, reply.text) == (200, "")
