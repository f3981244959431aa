"""What Prometheus reads."""

from __future__ import annotations

from .call import Call, endpoint


@endpoint(
    "GET",
    "metrics",
    action="read",
    permission=(),
    root="",
    content_type="text/plain",
    reply=bytes,
)
def metrics(call: Call) -> bytes:
    """Numbers about the store, in Prometheus' exposition format."""
    return call.services.metrics.exposition()
