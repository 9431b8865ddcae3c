"""The JSON and CSV of money, held work and errands; amounts are dollars as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.kit.spreadsheets import table
from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.domain.payments import Payment, is_vain_home

if TYPE_CHECKING:
    from chalicelib.retainer.domain.errands import Errand
    from chalicelib.retainer.domain.payments import Cents
    from chalicelib.retainer.domain.ports import Held
    from chalicelib.retainer.services.costs import CostReport
    from chalicelib.retainer.services.decisions import Decided

KINDS = ("waiting", "work", "bonus", "fee")
_HEADS = ["hitType", "day", *KINDS, "total", *(f"owed {kind}" for kind in KINDS), "owed total"]
_TROUBLES_SHOWN = 50


def cents(value: Cents) -> dict[str, str]:
    found = {kind: format_dollars(getattr(value, kind)) for kind in KINDS}
    return {**found, "total": format_dollars(value.total)}


def costs(value: CostReport) -> dict[str, Any]:
    return {
        "from": value.first,
        "to": value.last,
        "rows": [
            {"hitType": r.proto, "day": r.day, "spent": cents(r.spent), "owed": cents(r.owed)}
            for r in value.rows
        ],
        "spent": cents(value.spent),
        "owed": cents(value.owed),
        "troubles": [_trouble(p) for p in value.troubles[:_TROUBLES_SHOWN]],
    }


def costs_csv(value: CostReport) -> str:
    """One line for each ProtoHIT and day."""
    return table(
        _HEADS,
        ([r.proto, r.day, *cents(r.spent).values(), *cents(r.owed).values()] for r in value.rows),
    )


def _trouble(value: Payment) -> dict[str, Any]:
    return {
        "hitType": value.proto,
        "kind": value.kind,
        "worker": value.worker,
        "assignment": value.assignment,
        "amount": format_dollars(value.cents),
        "since": value.owed_ms,
        "why": value.why,
    }


def held(value: Held) -> dict[str, Any]:
    work = value.submission
    return {
        "assignment": work.assignment,
        "worker": work.worker,
        "hit": work.hit,
        "hitType": work.proto,
        "reservation": None if is_vain_home(work.home) else work.home,
        "answers": work.answers,
        "submitted": work.submitted_ms,
        "approvedAt": value.approves_ms,
        "decision": None if value.decision is None else _DECISIONS[value.decision],
        "why": value.why,
    }


def decided(value: Decided) -> dict[str, Any]:
    return {
        "decided": list(value.decided),
        "refused": [
            {"assignment": assignment, "code": code, "message": message}
            for assignment, code, message in value.refused
        ],
    }


_DECISIONS = {"approve": "approve", "refuse": "reject"}


def errand(value: Errand | Payment) -> dict[str, Any]:
    if isinstance(value, Payment):
        return {
            "id": value.id,
            "kind": "bonus",
            "state": value.state,
            "amount": format_dollars(value.cents),
            "worker": value.worker,
            "why": value.why,
        }
    return {
        "id": value.id,
        "kind": value.kind,
        "state": value.state,
        "workers": list(value.workers),
        "missed": list(value.missed),
        "why": value.why,
    }
