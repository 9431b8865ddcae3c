"""Health checks: a function that the doctor starts touches what its runs begin with, no more.

That it answers shows that its code loads, that its configuration and parameters can be read, that
its services can be built and that its role may read what each run reads first. Nothing is changed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.kit import logs

if TYPE_CHECKING:
    from chalicelib.bootstrap import App

log = logging.getLogger("retainer.health")

OF_RETAINER = ("size_pools", "review", "market_events")
OF_MARKETPLACE = ("mturk", "market_tick", "market_calls")


class UnknownFunction(Exception):
    """A health check was sent to a function that knows none."""


def check(app: App, function_name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Touch what a function needs, and tell what was read; costs a few half read units.

    `function_name` is the full one. Raises what the function itself would meet.
    """
    logs.note(cause=event.get("id"))
    function = function_name.rpartition("-")[2]
    if function in OF_RETAINER:
        from chalicelib.retainer import health as service

        read = service.check(app.retainer.stores, function)
    elif function not in OF_MARKETPLACE:
        raise UnknownFunction(function_name)
    elif app.config.marketplace.enabled:
        from chalicelib.marketplace import health as marketplace

        read = marketplace.check(app.marketplace, function)
    else:
        read = []
    log.info("checked", extra={"read": read})
    return {"function": function, "read": read}
