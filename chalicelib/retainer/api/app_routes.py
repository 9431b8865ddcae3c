"""The application's routes: make, invoke, finish, read results. They need an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json, as_json_text, as_text, without_markup
from chalicelib.retainer.api import wire
from chalicelib.retainer.api.params import ANY_ROUTE_TAKES, parse_json_field
from chalicelib.retainer.api.routing import routes_of
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.ids import is_own_id
from chalicelib.retainer.domain.reservations import Policy

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer

bp = Blueprint(__name__)

YEAR_S = 31_536_000

LONGEST_S = 30 * 86_400
"""After so long at the most a reservation ends by itself, if it is to."""

LEASE_LEAST_S = 30
"""A lease is renewed once in a quarter of it, and a program may wait 20 s for an answer."""

ANSWER_MOST = 4_000_000
"""Characters of a page of reservations: a Lambda function answers with 6 MB at most."""

_route = routes_of(bp)


@_route("/retainer/puttask", "POST", takes="*")
def puttask(room: Retainer, params: Params) -> Response:
    """Create or replace a ProtoHIT; answers its id."""
    given = (
        parse_json_field("json", params.raw("json"))
        if params.has("json")
        else params.all_but("new", *ANY_ROUTE_TAKES)
    )
    if params.has("json"):
        params.refuse_others(("json", "new"))
    if not given:
        raise BadInput("The field json is missing.", "missing_field", "json")
    proto = room.reservations.put_proto(given, params.flag("new", default=False))
    return as_text(proto.hit_type_id)


@_route("/retainer/protohit/list", "GET", takes="archived")
def list_protohits(room: Retainer, params: Params) -> Response:
    """List ProtoHITs in the words of puttask; with `archived`, those as well."""
    found = room.reservations.protos(params.flag("archived", default=False))
    return as_json([wire.proto(p) for p in found])


@_route("/retainer/protohit/sandbox/get", "POST", takes="hitType")
def get_sandbox(room: Retainer, params: Params) -> Response:
    """Tell whether a ProtoHIT posts to the sandbox market."""
    proto = room.reservations.proto(params.text("hitType", 100))
    return as_text("true" if proto.sandbox else "false")


@_route("/retainer/protohit/sandbox/set", "POST", takes="hitType sandbox")
def set_sandbox(room: Retainer, params: Params) -> Response:
    """Choose the market that a ProtoHIT posts to."""
    hit_type = params.text("hitType", 100)
    sandbox = params.flag("sandbox")
    wanted = "sandbox" if sandbox else "production"
    if wanted not in room.config.markets:
        raise BadInput(f"The market {wanted} is not configured.", "unknown_market", "sandbox")
    room.reservations.set_sandbox(hit_type, sandbox)
    return as_text("OK")


@_route("/retainer/protohit/stop", "POST", takes="hitType")
def stop(room: Retainer, params: Params) -> Response:
    """Post no more for a ProtoHIT, or for all, and expire what is out."""
    room.reservations.set_stopped(params.text("hitType", 100, default="") or None, True)
    return as_text("OK")


@_route("/retainer/protohit/start", "POST", takes="hitType")
def start(room: Retainer, params: Params) -> Response:
    """Post again for a ProtoHIT, or for all."""
    room.reservations.set_stopped(params.text("hitType", 100, default="") or None, False)
    return as_text("OK")


@_route(
    "/retainer/reservation/make",
    "POST",
    takes="hitType foreignID delay numAssignments payload spare distinct key policy probability "
    "autoInvoke timeout lease",
)
def make(room: Retainer, params: Params) -> Response:
    """Reserve workers; answers the reservation's id."""
    # Deferred, as all services are until their room is built.
    from chalicelib.retainer.services.reservations import Asked

    asked = Asked(
        hit_type=params.text("hitType", 100),
        foreign_id=params.foreign_id("foreignID"),
        delay_s=params.whole("delay", 0, YEAR_S),
        num_assignments=params.whole("numAssignments", 1, 100),
        payload=params.payload("payload"),
        spare=params.whole("spare", 0, 99, default=0),
        distinct=params.flag("distinct", default=True),
        key=params.text("key", 200, default="") or None,
        policy=_policy(params),
        probability=params.number("probability", default=0.95),
        auto_invoke=params.flag("autoInvoke", default=False),
        timeout_s=_seconds(params, "timeout", 1),
        lease_s=_seconds(params, "lease", LEASE_LEAST_S),
    )
    return as_text(room.reservations.make(asked))


@_route("/retainer/reservation/invoke", "POST", takes="id foreignID payload timeout")
def invoke(room: Retainer, params: Params) -> Response:
    """Call the workers of a reservation."""
    foreign_id = params.foreign_id("foreignID") if params.has("foreignID") else None
    timeout_s = _seconds(params, "timeout", 1)
    room.reservations.invoke(_id(params), foreign_id, params.payload("payload"), timeout_s)
    return as_text("OK")


@_route("/retainer/reservation/cancel", "POST", takes="id")
def cancel(room: Retainer, params: Params) -> Response:
    """End a reservation and expire the HITs that no other one needs."""
    room.reservations.finish(_id(params), cancelled=True)
    return as_text("OK")


@_route("/retainer/reservation/finish", "POST", takes="id")
def finish(room: Retainer, params: Params) -> Response:
    """End a reservation; no more workers are sent to it."""
    room.reservations.finish(_id(params))
    return as_text("OK")


@_route("/retainer/reservation/unfinish", "POST", takes="id")
def unfinish(room: Retainer, params: Params) -> Response:
    """Take a reservation up again."""
    room.reservations.unfinish(_id(params))
    return as_text("OK")


@_route("/retainer/reservation/finish/all", "POST", takes="hitType")
def finish_all(room: Retainer, params: Params) -> Response:
    """End all reservations, or those of one ProtoHIT."""
    room.reservations.finish_all(params.text("hitType", 100, default="") or None)
    return as_text("OK")


@_route("/retainer/reservation/list", "GET", takes="hitType open slots limit cursor v")
def list_reservations(room: Retainer, params: Params) -> Response:
    """List reservations, newest first, or those not done; pages by a cursor, shorter ones where
    payloads are large. With `slots` a query more for each whose workers had the task.

    A client that neither accepts JSON by name nor asks for more gets the original's answer."""
    hit_type = params.text("hitType", 100, default="") or None
    if hit_type is not None:
        room.reservations.proto(hit_type)
    cursor = params.text("cursor", 64, default="") or None
    if cursor is not None and not is_own_id(cursor):
        raise BadInput("The cursor was not given by this list.", "bad_cursor", "cursor")
    limit = params.whole("limit", 1, 100, default=25)
    if params.flag("open", default=False):
        found, following = room.reservations.open_page(hit_type, cursor, limit)
    else:
        found, following = room.reservations.page(hit_type, cursor, limit)
    with_slots = params.flag("slots", default=False)
    is_original = not (with_slots or params.wants_json or params.flag("v", default=False))
    now = room.clock.now_ms()
    protos = {p.hit_type_id: p for p in room.reservations.protos(archived=True)}
    names = {r.proto for r, ledger in found if is_original and ledger.done_ms is None}
    waiting = room.pools.able([p for p in protos.values() if p.hit_type_id in names])
    body: list[dict[str, Any]] = []
    size = 0
    for reservation, ledger in found:
        proto = protos.get(reservation.proto)
        if is_original:
            row = wire.original(reservation, ledger, proto, waiting.get(reservation.proto, 0), now)
        else:
            row = wire.reservation(reservation, ledger, proto, now)
        if with_slots:
            row["slots"] = wire.slots(ledger, room.results.slots_of(ledger), now)
        size += len(without_markup(row))
        if body and size > ANSWER_MOST:
            following = str(body[-1]["id"])
            break
        body.append(row)
    headers = {} if following is None else {"x-next-cursor": following}
    return as_json_text(body, headers) if is_original else as_json(body, headers=headers)


@_route("/retainer/reservation/results", "GET", takes="id since wait")
def results(room: Retainer, params: Params) -> Response:
    """Read what became of each slot; with `since` and `wait`, as soon as it has changed."""
    since = params.text("since", 64, default="") or None
    wait_s = params.whole("wait", 0, 20, default=0)
    found = room.results.read(_id(params), since, wait_s if since is not None else 0)
    headers = {} if found.again_s is None else {"Retry-After": str(found.again_s)}
    return as_json(wire.results(found, room.clock.now_ms()), headers=headers)


@_route("/retainer/pool", "GET", takes="hitType")
def pool(room: Retainer, params: Params) -> Response:
    """Tell how many wait, how fast they answer, and what one costs."""
    return as_json(wire.pool(room.pools.state(params.text("hitType", 100))))


@_route("/retainer/putwork", "POST", takes="hitType foreignID payload")
def putwork(room: Retainer, params: Params) -> Response:
    """Deprecated: an invoked reservation for one worker."""
    # Deferred, as all services are until their room is built.
    from chalicelib.retainer.services.reservations import Asked

    reservation = room.reservations.make(
        Asked(
            hit_type=params.text("hitType", 100),
            foreign_id=params.foreign_id("foreignID"),
            delay_s=0,
            num_assignments=1,
            payload=params.payload("payload"),
        )
    )
    room.reservations.invoke(reservation)
    return as_text(reservation, {"Deprecation": "true"})


@_route("/retainer/putwork/done", "POST", takes="id")
def putwork_done(room: Retainer, params: Params) -> Response:
    """Deprecated: ends what putwork began."""
    room.reservations.finish(_id(params))
    return as_text("OK", {"Deprecation": "true"})


def _seconds(params: Params, name: str, least: int) -> int | None:
    """Read after how long a reservation ends by itself; not given, it does not."""
    return params.whole(name, least, LONGEST_S) if params.has(name) else None


def _policy(params: Params) -> Policy:
    given = params.text("policy", 20, default="") or Policy.EXACT
    try:
        return Policy(given)
    except ValueError:
        raise BadInput("policy must be exact, over or first.", "out_of_range", "policy") from None


def _id(params: Params) -> str:
    return params.text("id", 64)
