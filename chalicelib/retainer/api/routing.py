"""How the application's routes are declared: a handler gets the room and checked parameters."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Protocol

from chalice.app import Blueprint, Response

from chalicelib.kit import logs
from chalicelib.kit.trail import note_objects
from chalicelib.retainer.api.params import CONTENT_TYPES, Params
from chalicelib.retainer.api.views import check_key, errors_answered, note_ids
from chalicelib.retainer.services.keys import NAME_MOST, Scope

if TYPE_CHECKING:
    from chalicelib.retainer.container import Retainer

Handler = Callable[["Retainer", Params], Response]
Declare = Callable[[Handler], Handler]


def _room() -> Retainer:
    from chalicelib import bootstrap  # deferred: nothing is wired while routes are declared

    return bootstrap.get().retainer


class Route(Protocol):
    def __call__(self, path: str, method: str, takes: str = "") -> Declare: ...


def routes_of(bp: Blueprint, scope: Scope = Scope.APPLICATION) -> Route:
    """Return what declares a blueprint's routes, each of which needs an API key of this scope.

    A route `takes` the parameters that are named, with spaces between them, and refuses others: a
    mistyped one would be passed over in silence. A star takes any: the handler looks at them.
    """

    def route(path: str, method: str, takes: str = "") -> Declare:
        def declare(handler: Handler) -> Handler:
            @wraps(handler)
            def view() -> Response:
                room = _room()
                params = Params.of(bp.current_request)
                note_ids(
                    reservation=params.raw("id" if "/reservation" in path else "reservation"),
                    hitType=params.raw("hitType") or params.raw("hit_type_id"),
                    assignment=params.raw("assignment"),
                )
                note_objects("worker", params.raw("worker"))
                note_objects("assignment", params.raw("assignments"))
                if "/keys" in path:
                    logs.note(named=str(params.raw("name") or "")[:NAME_MOST] or None)
                header = bp.current_request.headers.get("x-api-key")
                params.caller = check_key(
                    room.keys, room.config.open, params, header, scope,
                    room.config.keys_in_addresses,
                )  # fmt: skip
                if takes != "*":
                    params.refuse_others(takes.split())
                return handler(room, params)

            # Chalice calls a view by its path's parameters; the wrapped signature would mislead it.
            del view.__wrapped__
            more = {"content_types": CONTENT_TYPES} if method == "POST" else {}
            bp.route(path, methods=[method], **more)(errors_answered(view))
            return handler

        return declare

    return route
