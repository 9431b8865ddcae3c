"""The console's routes for studies: results by pseudonym, deleting a worker's data. Admin scope."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json, as_text
from chalicelib.kit.spreadsheets import table
from chalicelib.kit.strict_json import NotJson, parse_json
from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.api.csv_text import as_csv
from chalicelib.retainer.api.people_routes import days, path_id, wants_csv
from chalicelib.retainer.api.routing import routes_of
from chalicelib.retainer.api.wire import STATUS
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.services.keys import Scope

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer
    from chalicelib.retainer.services.exports import Row

bp = Blueprint(__name__)

FIELDS_MOST = 200

_HEADS = [
    "worker", "assignment", "reservation", "foreignID", "claimed", "shown", "seen", "acknowledged",
    "submitted", "waited", "answeredWithin", "status", "paid",
]  # fmt: skip
_TIMES = {"claimed", "shown", "seen", "acknowledged", "submitted"}

_route = routes_of(bp, Scope.ADMIN)


@_route("/retainer/export", "GET", takes="hitType from to study raw fields cursor limit format")
def export(room: Retainer, params: Params) -> Response:
    """Give a ProtoHIT's results a page at a time, as JSON or CSV, by pseudonym."""
    # Deferred, as all services are until their room is built.
    from chalicelib.retainer.services.exports import Wanted, flat

    as_table = wants_csv(params)
    hit_type = params.text("hitType", 100)
    first, until = days(params)
    raw = params.flag("raw", default=False)
    wanted = Wanted(hit_type, first, until, params.text("study", 100, default="") or hit_type, raw)
    cursor = params.text("cursor", 64, default="") or None
    found, following = room.exports.page(wanted, cursor, params.whole("limit", 1, 100, default=50))
    headers = {} if following is None else {"x-next-cursor": following}
    rows = [_row(row, raw) for row in found]
    if not as_table:
        return as_json(rows, headers=headers)
    heads = [h for h in _HEADS if raw or h != "assignment"]
    answers = [flat(row["answers"]) for row in rows]
    given = _fields(params)
    fields = given or sorted({name for one in answers for name in one})
    text = table(
        [*heads, *(f"answer.{name}" for name in fields)],
        (
            [*(_cell(h, row[h]) for h in heads), *(one.get(name, "") for name in fields)]
            for row, one in zip(rows, answers, strict=True)
        ),
        # A page that goes on with the same columns is appended to the one before.
        with_heads=not given or cursor is None,
    )
    return as_csv(text, f"{_file_name(hit_type)}-results", headers)


_REMAINS = (
    "The market keeps its own record of its workers. Where it is this deployment's, who runs it "
    "deletes everything, here and there, by `market workers erase`."
)


@_route("/retainer/worker/erasure", "GET", takes="worker")
def erasure(room: Retainer, params: Params) -> Response:
    """Tell what deleting a worker's data would do, and what hinders it."""
    found = room.erasure.outlook(path_id(params, "worker"))
    return as_json(
        {
            "worker": found.worker,
            "asked": found.asked_ms,
            "stays": found.stays,
            "answers": found.answers,
            "payments": found.payments,
            "askedAbout": found.asked_about,
            "all": found.is_all,
            "hindrances": list(found.hindrances),
            "remains": _REMAINS,
        }
    )


@_route("/retainer/worker/erase", "POST", takes="worker confirm")
def erase(room: Retainer, params: Params) -> Response:
    """Delete a worker's data; carried out at once, but not before the answer."""
    room.erasure.ask(path_id(params, "worker"), params.text("confirm", 64))
    return as_text("OK")


def _row(value: Row, raw: bool) -> dict[str, Any]:
    claim, work = value.claim, value.submission
    answered = None
    if claim.had_ms is not None and claim.acknowledged_ms is not None:
        answered = claim.acknowledged_ms - claim.had_ms
    paid = None if value.pay is None else value.pay.paid_cents
    row = {
        "worker": value.worker,
        "assignment": value.assignment,
        "reservation": value.reservation,
        "foreignID": value.foreign_id,
        "claimed": claim.at_ms,
        "shown": claim.had_ms,
        "seen": claim.seen_ms,
        "acknowledged": claim.acknowledged_ms,
        "submitted": None if work is None else work.submitted_ms,
        "waited": None if work is None else work.waited_ms,
        "answeredWithin": answered,
        "status": None if work is None else STATUS[work.state.value],
        "paid": None if paid is None else format_dollars(paid),
        "answers": None if work is None else work.answers,
    }
    if not raw:
        del row["assignment"]
    return row


def _cell(head: str, value: Any) -> Any:
    if head in _TIMES and value is not None:
        at = datetime.fromtimestamp(value / 1000, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _fields(params: Params) -> list[str]:
    """Read the answers' fields that are to be the columns, a JSON array of names."""
    if not params.has("fields"):
        return []
    given = params.raw("fields")
    try:
        names = parse_json(given) if isinstance(given, str) else given
    except NotJson:
        names = None
    if (
        not isinstance(names, list)
        or len(names) > FIELDS_MOST
        or not all(isinstance(name, str) for name in names)
    ):
        raise BadInput(
            f"fields must be a JSON array of at most {FIELDS_MOST} names.", "wrong_type", "fields"
        )
    return names


def _file_name(hit_type: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in hit_type)
