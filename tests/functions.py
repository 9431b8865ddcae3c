"""Has what tests ask of a service by itself run as the function that would do it.

What a test calls is its own, and needs no role. Where a function would do nothing else, as in the
scheduled runs, it is that function's doing: so its permissions are tried in what only such tests
bring about. Within a handler nothing is changed: whose that is, the invocation says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from chalicelib.kit.invocation import running
from chalicelib.marketplace.container import Marketplace
from chalicelib.retainer.container import Retainer


def in_function(
    function: str, call: Callable[..., Any], *, serves: bool = False
) -> Callable[..., Any]:
    """Have a call run as this function's, unless one is running; one that `serves` others runs as
    itself, whosever call it answers."""

    @wraps(call)
    def called(*args: Any, **named: Any) -> Any:
        if running.get() is not None and not serves:
            return call(*args, **named)
        token = running.set(function)
        try:
            return call(*args, **named)
        finally:
            running.reset(token)

    return called


@contextmanager
def without_a_role() -> Iterator[None]:
    """Have what is called in a function count as nobody's: for what is no table of ours."""
    token = running.set(None)
    try:
        yield
    finally:
        running.reset(token)


def room_in_functions(room: Retainer) -> None:
    _wrap("size_pools", room.sizing, "run")
    _wrap("review", room.review_run, "run")
    _wrap("review", room.review, "run", "run_hint", "pay")
    for step in (room.errands, room.parts, room.erasure, room.retention):
        _wrap("review", step, "run")
    _wrap("market_events", room.events, "take")


def market_in_functions(market: Marketplace) -> None:
    _wrap("market_tick", market.tick, "run", "send")
    _wrap("market_calls", market.calling_run, "run")


def _wrap(function: str, service: Any, *names: str) -> None:
    for name in names:
        setattr(service, name, in_function(function, getattr(service, name)))
