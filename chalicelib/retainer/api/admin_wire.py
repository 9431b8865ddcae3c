"""The admin console's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.api import wire
from chalicelib.retainer.domain import protohits
from chalicelib.retainer.domain.postings import PostingStage, committed_cents

if TYPE_CHECKING:
    from chalicelib.retainer.domain.forecast import Forecast
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.services.protohits import Checked, Looked


def proto(value: ProtoHit) -> dict[str, Any]:
    return {
        **wire.proto(value),
        "market": value.market,
        "stopped": value.stopped,
        "archived": value.archived_ms is not None,
    }


def checked(value: Checked) -> dict[str, Any]:
    return {
        "errors": {error.field or "": error.message for error in reversed(value.wrong)},
        "taken": value.taken,
        "cost": None if value.cost is None or value.proto is None
        else cost(value.cost, value.proto),
    }  # fmt: skip


def looked(value: Looked) -> dict[str, Any]:
    out = [p for p in value.postings if p.stage in {PostingStage.PLANNED, PostingStage.OPEN}]
    of = value.proto
    return {
        "spec": protohits.to_wire(of),
        "market": of.market,
        "stopped": of.stopped,
        "archived": of.archived_ms is not None,
        "out": {
            "hit": next((p.hit for p in out if p.hit is not None), None),
            "hits": len(out),
            "free": sum(p.available for p in out),
            "taken": sum(p.pending for p in value.postings),
            "committed": format_dollars(sum(p.committed_cents for p in out)),
        },
        "blocks": list(value.blocks),
        "cost": None if value.cost is None else cost(value.cost, of),
    }


def cost(value: Forecast, of: ProtoHit) -> dict[str, Any]:
    return {
        "fee": format_dollars(value.fee),
        "called": format_dollars(value.called),
        "vain": format_dollars(value.vain),
        "most": format_dollars(value.most),
        "stayS": round(value.stay_ms / 1000),
        "placeHour": format_dollars(value.place_hour),
        "workerHour": format_dollars(value.worker_hour),
        "workers": value.workers,
        "model": value.model,
        "why": value.why,
        "restHour": format_dollars(value.rest_hour),
        "calls": round(value.calls, 1),
        "callsHour": format_dollars(value.calls_hour),
        "capHour": format_dollars(of.max_spend_hour_cents),
        "capDay": format_dollars(of.max_spend_day_cents),
    }


def posting(value: Posting) -> dict[str, Any]:
    return {
        "token": value.token,
        "hit": value.hit,
        "hitType": value.proto,
        "market": value.market,
        "stage": value.stage.value,
        "closing": value.closing,
        "seats": value.seats,
        "available": value.available,
        "pending": value.pending,
        "completed": value.completed,
        "created": value.created_ms,
        "expires": value.expires_ms,
        "committed": format_dollars(committed_cents(value)),
        "reward": None if value.reward_cents is None else format_dollars(value.reward_cents),
    }
