"""The console's routes about people: assignments, workers, payments. They need the admin scope."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json
from chalicelib.kit.spreadsheets import table
from chalicelib.retainer.api import people_wire
from chalicelib.retainer.api.csv_text import as_csv
from chalicelib.retainer.api.routing import routes_of
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.ids import is_path_id
from chalicelib.retainer.domain.payments import Kind
from chalicelib.retainer.services.keys import Scope
from chalicelib.retainer.services.payments import Standing, Wanted

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer
    from chalicelib.retainer.services.people import Record

bp = Blueprint(__name__)

ANSWER_MOST = 4_000_000
"""Characters of a page: a Lambda function answers with 6 MB at most."""

_STAY = re.compile(r"[0-9]{13}#[A-Za-z0-9_-]{1,64}\.[0-9]{1,6}\Z")
_CURSOR = re.compile(r"[0-9]{13}#[ -~]{1,300}\Z")
_SELECTORS = ("hitType", "worker", "reservation", "hit", "assignment")

_route = routes_of(bp, Scope.ADMIN)


@_route(
    "/retainer/assignment/list",
    "GET",
    takes=f"{' '.join(_SELECTORS)} from to limit cursor answers",
)
def list_assignments(room: Retainer, params: Params) -> Response:
    """List assignments of one ProtoHIT, worker, reservation or HIT, or one assignment's stays; the
    newest first."""
    named = [name for name in _SELECTORS if params.has(name)]
    if len(named) != 1:
        raise BadInput(
            "Give one of hitType, worker, reservation, hit or assignment.", "missing_field"
        )
    limit = params.whole("limit", 1, 100, default=25)
    before = _cursor(params, _STAY)
    following: str | None = None
    if named == ["worker"]:
        found, following = room.people.of_worker(path_id(params, "worker"), before, limit)
    elif named == ["hit"]:
        found, following = room.people.of_hit(path_id(params, "hit"), before, limit)
    elif named == ["assignment"]:
        found = room.people.of_assignment(path_id(params, "assignment"))
    elif named == ["reservation"]:
        found = room.people.of_reservation(params.text("reservation", 64))
    else:
        hit_type = params.text("hitType", 100)
        room.reservations.proto(hit_type)
        first, last = days(params)
        until = None if last is None else f"{last:013d}"
        found, following = room.people.of_proto(hit_type, first, before or until, limit)
    return _page(found, following, params.flag("answers", default=True))


@_route("/retainer/worker/list", "GET", takes="prefix cursor limit")
def list_workers(room: Retainer, params: Params) -> Response:
    """List the ids of workers, in order; with `prefix`, those that begin so."""
    prefix = path_id(params, "prefix") if params.has("prefix") else ""
    after = path_id(params, "cursor") if params.has("cursor") else None
    found, following = room.people.roll(prefix, after, params.whole("limit", 1, 100, default=25))
    return as_json(found, headers=_next(following))


@_route("/retainer/worker", "GET", takes="worker")
def worker(room: Retainer, params: Params) -> Response:
    """Add up what a worker did."""
    return as_json(people_wire.summary(room.people.summary(path_id(params, "worker"))))


@_route("/retainer/worker/errand/list", "GET", takes="worker cursor limit")
def list_asked(room: Retainer, params: Params) -> Response:
    """List the messages, blocks and bonuses that were asked for a worker, the newest first."""
    found, following = room.people.asked_about(
        path_id(params, "worker"),
        _cursor(params, _CURSOR),
        params.whole("limit", 1, 50, default=25),
    )
    return as_json([people_wire.asked(one) for one in found], headers=_next(following))


@_route("/retainer/payment/list", "GET", takes="hitType state kind worker format cursor limit")
def list_payments(room: Retainer, params: Params) -> Response:
    """List payments, those owed last first, as JSON or CSV."""
    as_table = wants_csv(params)
    wanted = Wanted(
        params.text("hitType", 100, default="") or None,
        one_of(params, "state", Standing),
        one_of(params, "kind", Kind),
        path_id(params, "worker") if params.has("worker") else None,
    )
    before = _cursor(params, _CURSOR)
    found, following = room.payments.page(wanted, before, params.whole("limit", 1, 200, default=50))
    if not as_table:
        return as_json([people_wire.payment(p) for p in found], headers=_next(following))
    rows = [people_wire.payment_row(p) for p in found]
    text = table(people_wire.PAYMENT_HEADS, rows, with_heads=before is None)
    return as_csv(text, "payments", _next(following))


def path_id(params: Params, name: str) -> str:
    value = params.text(name, 64)
    if not is_path_id(value):
        raise BadInput(f"{name} must be 1 to 64 letters, digits, _ or -.", "malformed_id", name)
    return value


def wants_csv(params: Params) -> bool:
    kind = params.text("format", 10, default="json")
    if kind not in {"json", "csv"}:
        raise BadInput("format must be json or csv.", "out_of_range", "format")
    return kind == "csv"


def one_of(params: Params, name: str, choices: Any) -> Any:
    """Read one of an enumeration's values; None where nothing is given."""
    value = params.text(name, 20, default="")
    if value and value not in set(choices):
        raise BadInput(f"{name} must be {', '.join(choices)}.", "out_of_range", name)
    return choices(value) if value else None


def days(params: Params) -> tuple[int, int | None]:
    """Read `from` and `to`, days in UTC, both included, as (first ms, ms after the last)."""
    first = _day(params, "from")
    last = _day(params, "to")
    if first is not None and last is not None and last < first:
        raise BadInput("from and to must be in order.", "out_of_range", "from")
    return (
        0 if first is None else _ms(first),
        None if last is None else _ms(last + timedelta(days=1)),
    )


def _day(params: Params, name: str) -> date | None:
    text = params.text(name, 10, default="")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"{name} must be a day such as 2026-01-31.", "out_of_range") from None


def _ms(day: date) -> int:
    return max(0, int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000))


def _cursor(params: Params, shape: re.Pattern[str]) -> str | None:
    value = params.text("cursor", 400, default="")
    if value and not shape.match(value):
        raise BadInput("The cursor was not given by this list.", "bad_cursor", "cursor")
    return value or None


def _next(following: str | None) -> dict[str, str]:
    return {} if following is None else {"x-next-cursor": following}


def _page(found: list[Record], following: str | None, answers: bool) -> Response:
    body: list[dict[str, Any]] = []
    size = 0
    for one in found:
        row = people_wire.record(one, answers)
        size += len(json.dumps(row))
        if body and size > ANSWER_MOST:
            following = found[len(body) - 1].stay.name
            break
        body.append(row)
    return as_json(body, headers=_next(following))
