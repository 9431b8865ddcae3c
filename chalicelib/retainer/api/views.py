"""What every view shares: errors become answers, and keys are checked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from chalicelib.kit import logs
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.http.answers import refused
from chalicelib.kit.refusals import Refusal
from chalicelib.retainer.domain.errors import BadInput, NotAuthenticated, Unavailable
from chalicelib.retainer.domain.ids import is_hit_type_id
from chalicelib.retainer.domain.market import MarketUnavailable

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.domain.ports import ApiKey
    from chalicelib.retainer.services.keys import Keys, Scope

log = logging.getLogger("retainer.api")

View = Callable[..., Any]


_IN_LINES = {
    "worker_id": "worker",
    "assignment_id": "assignment",
    "hit_id": "hit",
    "hit_type_id": "hitType",
}
"""Ids in a route's path, as log lines name them."""


def note_ids(**given: Any) -> None:
    """Have log lines name what a request is about; what is no id is left out."""
    logs.note(**{k: v for k, v in given.items() if isinstance(v, str) and is_hit_type_id(v)})


def errors_answered(view: View) -> View:
    """Make the domain's errors answers; anything else propagates and is logged once."""

    @wraps(view)
    def answering(*args: Any, **kwargs: Any) -> Any:
        note_ids(**{_IN_LINES[name]: kwargs[name] for name in kwargs if name in _IN_LINES})
        try:
            return view(*args, **kwargs)
        except Refusal as refusal:
            return refused(refusal)
        except (StoreUnavailable, MarketUnavailable) as error:
            log.warning("unavailable", extra={"view": view.__name__, "why": str(error)})
            return refused(Unavailable("Something behind the service did not answer; try again."))

    return answering


def check_key(
    keys: Keys, is_open: bool, params: Params, header: str | None, scope: Scope,
    in_addresses: bool = False,
) -> ApiKey | None:  # fmt: skip
    """Return the caller's key; refuse one without a key in force, unless this is the open,
    one-machine stack.

    A key that is given is checked in any case, so that a wrong one is noticed on a laptop too. In
    an address, which logs and histories keep, none is taken unless `in_addresses`.
    """
    if "apiKey" in params.in_address and not in_addresses:
        raise BadInput(
            "An API key does not belong in an address: send it in the header x-api-key, or as "
            "apiKey in the body of a POST. RETAINER_KEYS_IN_ADDRESSES=1 takes it here, too.",
            "key_in_address",
            "apiKey",
        )
    given = params.text("apiKey", 200, default="") or header or ""
    if given:
        found = keys.check(given, scope)
        logs.note(key=found.name)
        return found
    if not is_open:
        raise NotAuthenticated("This route needs an API key.", "key_needed")
    return None
