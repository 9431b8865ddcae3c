"""The application's routes about money and people: costs, held work, block, message, bonus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json, as_text
from chalicelib.retainer.api import pay_wire
from chalicelib.retainer.api.routing import routes_of
from chalicelib.retainer.domain.errands import ErrandKind
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.ids import is_path_id
from chalicelib.retainer.domain.readers import dollars

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer

bp = Blueprint(__name__)

ANSWER_MOST = 4_000_000
"""Characters of a page of held work: a Lambda function answers with 6 MB at most."""

WORKERS_MOST = 100
SUBJECT_MOST = 200
TEXT_MOST = 4_096
REASON_MOST = 4_000
BONUS_MOST_DOLLARS = 1_000

_route = routes_of(bp)


@_route("/retainer/costs", "GET", takes="hitType from to format")
def costs(room: Retainer, params: Params) -> Response:
    """Tell what was spent and is owed, by ProtoHIT, day and kind."""
    kind = params.text("format", 10, default="json")
    if kind not in {"json", "csv"}:
        raise BadInput("format must be json or csv.", "out_of_range", "format")
    report = room.costs.report(
        params.text("hitType", 100, default="") or None,
        params.text("from", 10, default=""),
        params.text("to", 10, default=""),
    )
    if kind == "json":
        return as_json(pay_wire.costs(report))
    return Response(
        body=pay_wire.costs_csv(report),
        headers={"Content-Type": "text/csv; charset=utf-8", "Cache-Control": "no-store"},
    )


@_route("/retainer/review", "GET", takes="hitType cursor limit answers")
def list_held(room: Retainer, params: Params) -> Response:
    """List work that waits for a decision."""
    hit_type = params.text("hitType", 100, default="") or None
    if hit_type is not None:
        room.reservations.proto(hit_type)
    found, following = room.decisions.page(
        hit_type,
        params.text("cursor", 64, default="") or None,
        params.whole("limit", 1, 100, default=25),
        params.flag("answers", default=True),
    )
    body: list[dict[str, Any]] = []
    size = 0
    for one in found:
        row = pay_wire.held(one)
        size += len(json.dumps(row))
        if body and size > ANSWER_MOST:
            following = body[-1]["assignment"]
            break
        body.append(row)
    return as_json(body, headers={} if following is None else {"x-next-cursor": following})


@_route("/retainer/review", "POST", takes="assignment assignments decision reason")
def decide(room: Retainer, params: Params) -> Response:
    """Approve or reject work that is held: one piece, or several alike."""
    if params.text("assignments", WORKERS_MOST * 65, default=""):
        decided = room.decisions.decide_all(
            _ids(params, "assignments"),
            params.text("decision", 20),
            params.text("reason", 2_000, default=""),
        )
        return as_json(pay_wire.decided(decided))
    room.decisions.decide(
        _id(params, "assignment"),
        params.text("decision", 20),
        params.text("reason", 2_000, default=""),
    )
    return as_text("OK")


@_route("/retainer/worker/block", "POST", takes="worker reason market")
def block(room: Retainer, params: Params) -> Response:
    """Block workers at the market."""
    return _ask(room, params, ErrandKind.BLOCK, "", params.text("reason", REASON_MOST))


@_route("/retainer/worker/unblock", "POST", takes="worker market")
def unblock(room: Retainer, params: Params) -> Response:
    """Lift a block."""
    return _ask(room, params, ErrandKind.UNBLOCK, "", "")


@_route("/retainer/worker/message", "POST", takes="worker subject text market")
def message(room: Retainer, params: Params) -> Response:
    """Write to workers through the market."""
    subject, text = params.text("subject", SUBJECT_MOST), params.text("text", TEXT_MOST)
    return _ask(room, params, ErrandKind.MESSAGE, subject, text)


@_route("/retainer/worker/bonus", "POST", takes="worker assignment amount reason key market")
def bonus(room: Retainer, params: Params) -> Response:
    """Pay a bonus for an assignment; the same key again pays nothing again."""
    cents = dollars("amount", params.need("amount"), BONUS_MOST_DOLLARS)
    if cents == 0:
        raise BadInput("amount must be at least a cent.", "out_of_range", "amount")
    asked = room.errands.reward(
        room.errands.market(params.text("market", 20, default="")),
        _id(params, "worker"),
        _id(params, "assignment"),
        cents,
        params.text("reason", REASON_MOST),
        params.text("key", 200),
    )
    return as_json({"id": asked}, 202)


@_route("/retainer/worker/errand", "GET", takes="id")
def errand(room: Retainer, params: Params) -> Response:
    """Tell what became of a block, a message or a bonus."""
    return as_json(pay_wire.errand(room.errands.state(params.text("id", 100))))


def _ask(room: Retainer, params: Params, kind: ErrandKind, subject: str, text: str) -> Response:
    workers = _ids(params, "worker")
    market = room.errands.market(params.text("market", 20, default=""))
    return as_json({"id": room.errands.ask(kind, market, workers, subject, text)}, 202)


def _ids(params: Params, name: str) -> list[str]:
    given = params.text(name, WORKERS_MOST * 65).replace(",", " ").split()
    if not given or len(given) > WORKERS_MOST or not all(map(is_path_id, given)):
        raise BadInput(
            f"{name} must be 1 to {WORKERS_MOST} ids, with commas between them.",
            "malformed_id",
            name,
        )
    return given


def _id(params: Params, name: str) -> str:
    value = params.text(name, 64)
    if not is_path_id(value):
        raise BadInput(
            f"The {name}'s id must be 1 to 64 letters, digits, _ or -.", "malformed_id", name
        )
    return value
