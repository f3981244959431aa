"""conda's configuration: whether it knows the store's environments."""

from __future__ import annotations

from ..api.models import ChangeCondaConfig, CondaConfigQuery
from ..domain.errors import Refused
from ..service.conda_config import CondaConfig
from .call import Call, endpoint


@endpoint(
    "GET",
    "conda-config",
    action="read",
    query=CondaConfigQuery,
    reply=CondaConfig,
    errors=(400, 404),
)
def get_conda_config(call: Call) -> CondaConfig:
    """The state of conda's configuration, and what registering namespaces would change."""
    return call.services.conda_config.state(call.query.namespace)


@endpoint(
    "PUT",
    "conda-config",
    action="write",
    body=ChangeCondaConfig,
    reply=CondaConfig,
    errors=(400, 404, 409),
)
def change_conda_config(call: Call) -> CondaConfig:
    """Register and unregister namespaces in the file that the header If-Match has the etag of."""
    if call.if_match is None:
        raise Refused(
            "The change does not say which state of the file it is for.",
            "Send the etag of GET conda-config/ in the header If-Match.",
        )
    service, body = call.services.conda_config, call.body
    if body.unregister == "all":
        return service.unregister_all(etag=call.if_match)
    return service.change(register=body.register_, unregister=body.unregister, etag=call.if_match)
