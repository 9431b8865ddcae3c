"""The JSON of assignments, workers and payments; amounts are dollars as text, times epoch ms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.domain.payments import NO_PROTO, Payment
from chalicelib.retainer.services.payments import standing

if TYPE_CHECKING:
    from chalicelib.retainer.domain.errands import Errand
    from chalicelib.retainer.services.people import Record, Summary

PAYMENT_HEADS = [
    "reference", "hitType", "kind", "state", "worker", "assignment", "work", "waiting", "bonus",
    "amount", "fee", "owedSince", "sent", "paid", "waited", "reason", "why",
]  # fmt: skip


def record(value: Record, answers: bool) -> dict[str, Any]:
    stay, claim = value.stay, value.claim
    return {
        "assignment": stay.assignment,
        "epoch": stay.epoch,
        "worker": stay.worker,
        "hit": stay.hit,
        "hitType": stay.proto,
        "workOf": stay.work_of,
        "market": stay.market or None,
        "state": value.state,
        "arrived": value.arrived_ms,
        "waited": value.waited_ms,
        "reservation": value.reservation,
        "called": None if claim is None else claim.at_ms,
        "shown": None if claim is None else claim.shown_ms,
        "acknowledged": None if claim is None else claim.ack_ms,
        "submitted": stay.submitted_ms,
        "answers": value.answers if answers else None,
        "paid": format_dollars(value.paid_cents),
        "owed": format_dollars(value.owed_cents),
    }


def summary(value: Summary) -> dict[str, Any]:
    return {
        "worker": value.worker,
        "stays": value.stays,
        "all": value.is_all,
        "submitted": value.submitted,
        "byHitType": dict(value.by_proto),
        "first": value.first_ms,
        "last": value.last_ms,
        "waited": value.waited_ms,
        "answeredWithin": value.answered_ms,
        "paid": format_dollars(value.paid_cents),
        "owed": format_dollars(value.owed_cents),
        "unanswered": value.unanswered,
        "restsUntil": value.rests_until_ms,
    }


def asked(value: Errand | Payment) -> dict[str, Any]:
    if isinstance(value, Payment):
        return {
            "id": value.id,
            "kind": "bonus",
            "state": standing(value),
            "asked": value.owed_ms,
            "market": value.market,
            "assignment": value.assignment,
            "amount": format_dollars(value.cents),
            "text": value.reason,
            "why": value.why,
        }
    return {
        "id": value.id,
        "kind": value.kind,
        "state": value.state,
        "asked": value.asked_ms,
        "market": value.market,
        "workers": len(value.workers),
        "missed": list(value.missed),
        "subject": value.subject,
        "text": value.text,
        "why": value.why,
    }


def payment(value: Payment) -> dict[str, Any]:
    return {
        "id": value.id,
        "reference": value.mark,
        "hitType": None if value.proto == NO_PROTO else value.proto,
        "kind": value.kind,
        "state": standing(value),
        "worker": value.worker,
        "assignment": value.assignment,
        "hit": value.hit,
        "market": value.market,
        "work": format_dollars(value.work_cents),
        "waiting": format_dollars(value.wait_cents),
        "bonus": format_dollars(value.quick_cents),
        "amount": format_dollars(value.cents),
        "fee": format_dollars(value.fee_cents),
        "owedSince": value.owed_ms,
        "sent": value.tried_ms,
        "paid": value.paid_ms,
        "waited": value.waited_ms,
        "reason": value.reason,
        "why": value.why,
    }


def payment_row(value: Payment) -> list[Any]:
    shown = payment(value)
    return [shown[head] for head in PAYMENT_HEADS]
