"""The application API's JSON: domain values in the words of the original's clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.domain import protohits

if TYPE_CHECKING:
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reservations import Ledger, Missing, Reservation
    from chalicelib.retainer.services.pools import Percentiles, PoolState
    from chalicelib.retainer.services.results import Results, Slot
    from chalicelib.retainer.services.slot_pay import Pay

_SLOT_STATES = {"done": "submitted", "paid": "paid", "refused": "rejected"}
STATUS = {"done": "Submitted", "paid": "Approved", "refused": "Rejected"}
_PAY_STATE = {"owed": "owed", "posted": "posted", "paid": "paid", "void": "rejected"}


def proto(value: ProtoHit) -> dict[str, Any]:
    wire = protohits.to_wire(value)
    return {"id": value.hit_type_id, "hitTypeID": value.hit_type_id, **wire}


def reservation(
    value: Reservation, ledger: Ledger, of: ProtoHit | None, now_ms: int
) -> dict[str, Any]:
    return {
        "id": value.id,
        "proto": {
            "id": value.proto,
            "hitTypeID": value.proto,
            "title": "" if of is None else of.title,
            "url": "" if of is None else of.url,
        },
        "foreignID": value.foreign_id,
        "payload": value.payload,
        "startTime": value.start_ms,
        "assignments": value.num_assignments,
        "spare": value.spare,
        "workers": sorted({c.worker for c in ledger.claims.values()}),
        "invoked": ledger.invoked_ms is not None,
        "done": ledger.ended_by(now_ms) is not None,
        "cancelled": ledger.cancelled,
        "endedBy": ledger.ended_by(now_ms),
        **_limits(ledger),
        "invokedAt": ledger.invoked_ms,
        "doneAt": ledger.done_ms,
        "claimed": len(ledger.claims),
        "shown": sorted(c.had_ms for c in ledger.claims.values() if c.had_ms is not None),
        "acknowledged": sum(c.ack_ms is not None for c in ledger.claims.values()),
        "called": ledger.slots,
        "released": ledger.released,
    }


def original(
    value: Reservation, ledger: Ledger, of: ProtoHit | None, waiting: int, now_ms: int
) -> dict[str, Any]:
    """A reservation as the original sent it, and no more: its status page finds rows by their text.

    `workers` counts the waiting workers that it could call: none once it is done.
    """
    ours = reservation(value, ledger, of, now_ms)
    return {
        "id": int(value.id) if value.id.isdecimal() else value.id,
        "proto": ours["proto"],
        "foreignID": value.foreign_id,
        "payload": value.payload or "",
        "startTime": value.start_ms,
        "assignments": value.num_assignments,
        "workers": 0 if ours["done"] else waiting,
        "invoked": ours["invoked"],
        "done": ours["done"],
    }


def slots(ledger: Ledger, found: Sequence[Slot], now_ms: int) -> list[dict[str, Any]]:
    """Slots without their answers and pay, each with the `state` that it is in."""
    late = {claim.seat_id for claim in ledger.expired(now_ms)}
    return [
        {
            "worker": slot.worker,
            "assignment": slot.assignment,
            "state": _state(slot, any(s.rpartition(".")[0] == slot.assignment for s in late)),
            "claimed": slot.claimed,
            "shown": slot.shown,
            "acknowledged": slot.acknowledged,
            "submitted": slot.submitted,
        }
        for slot in found
    ]


def _state(slot: Slot, is_late: bool) -> str:
    if slot.status is not None:
        return _SLOT_STATES[slot.status]
    if is_late:
        return "late"
    if slot.acknowledged is not None:
        return "acknowledged"
    return "claimed" if slot.shown is None else "shown"


def results(value: Results, now_ms: int) -> dict[str, Any]:
    ledger = value.ledger
    return {
        "id": ledger.id,
        "version": value.version,
        "now": now_ms,
        "invoked": ledger.invoked_ms is not None,
        "invokedAt": ledger.invoked_ms,
        "done": value.ended_by is not None,
        "endedBy": value.ended_by,
        **_limits(ledger),
        "numAssignments": ledger.asked_for,
        "policy": ledger.policy.value,
        "called": ledger.slots,
        "spare": ledger.spare,
        "missing": None if value.missing is None else _missing(value.missing),
        "slots": [_slot(s) for s in value.slots],
        "gone": [{**_slot(s), "gone": s.gone} for s in value.gone],
        **({} if value.again_s is None else {"pending": True}),
    }


def _limits(ledger: Ledger) -> dict[str, Any]:
    """When a reservation ends by itself: seconds, and epoch milliseconds."""
    return {
        "timeout": None if ledger.timeout_ms is None else ledger.timeout_ms // 1000,
        "endsAt": ledger.ends_ms,
        "lease": None if ledger.lease_ms is None else ledger.lease_ms // 1000,
    }


def _missing(value: Missing) -> dict[str, int]:
    return {
        "nobodyCame": value.nobody_came,
        "calledAndSilent": value.called_and_silent,
        "atWork": value.at_work,
        "gone": value.gone,
    }


def _slot(value: Slot) -> dict[str, Any]:
    return {
        "worker": value.worker,
        "assignment": value.assignment,
        "claimed": value.claimed,
        "shown": value.shown,
        "seen": value.seen,
        "muted": value.muted,
        "acknowledged": value.acknowledged,
        "submitted": value.submitted,
        "answers": value.answers,
        "status": None if value.status is None else STATUS[value.status],
        "paid": None if value.paid_cents is None else format_dollars(value.paid_cents),
        "pay": None if value.pay is None else _pay(value.pay),
    }


def _pay(value: Pay) -> dict[str, Any]:
    parts = {"reward": value.reward, "waiting": value.waiting, "bonus": value.bonus}
    return {
        kind: None
        if part is None
        else {"amount": format_dollars(part.cents), "state": _PAY_STATE[part.state]}
        for kind, part in parts.items()
    }


def pool(value: PoolState) -> dict[str, Any]:
    proto_hit, report = value.proto, value.report
    return {
        "hitType": proto_hit.hit_type_id,
        "pool": proto_hit.pool or None,
        "sharedBy": [p.hit_type_id for p in value.sharers],
        "qualified": value.qualified,
        "waiting": value.occupancy.waiting,
        "present": value.occupancy.present,
        "hitsOut": value.hits_out,
        "available": value.available,
        "target": report.wanted + report.target,
        "standing": report.target,
        "model": report.model,
        "stopped": proto_hit.stopped,
        "reserved": value.reserved,
        "pollEvery": value.poll_every_ms,
        "latency": _percentiles(value.latency),
        "response": _percentiles(value.response),
        "cost": {
            "reward": format_dollars(proto_hit.reward_cents),
            "fee": format_dollars(value.fee_cents),
            "perWorker": format_dollars(proto_hit.reward_cents + value.fee_cents),
            "payAtMost": format_dollars(proto_hit.terms.most_cents),
        },
        "caps": {
            "hitsOut": proto_hit.max_hits_out,
            "waiting": proto_hit.max_waiting,
            "spendPerHour": format_dollars(proto_hit.max_spend_hour_cents),
            "spendPerDay": format_dollars(proto_hit.max_spend_day_cents),
        },
        "sizing": {
            "at": report.at_ms,
            "posted": report.posted,
            "expired": report.expired,
            "short": report.short,
            "why": report.why,
        },
    }


def _percentiles(value: Percentiles) -> dict[str, Any]:
    return {"n": value.n, "p50": value.p50, "p95": value.p95}
