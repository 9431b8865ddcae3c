"""The JSON of the dashboard's figures; amounts are dollars as text, times epoch milliseconds."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.api import pay_wire
from chalicelib.retainer.services.posting import HOUR_MS
from chalicelib.retainer.services.status import (
    EDGES_MS,
)

if TYPE_CHECKING:
    from chalicelib.retainer.domain.ports import SizingReport
    from chalicelib.retainer.services.status import (
        Ahead,
        Brief,
        Distribution,
        Focus,
        Money,
        Overview,
    )


def overview(value: Overview, since: str | None) -> dict[str, Any]:
    """All of it; or, where nothing has changed since the version of an earlier answer, that."""
    body = {
        "account": _account(value),
        "markets": list(value.markets),
        "pools": [_brief(b) for b in value.pools],
        "focus": None if value.focus is None else _focus(value.focus),
        "ahead": None if value.ahead is None else _ahead(value.ahead),
        "money": None if value.money is None else _money(value.money),
    }
    version = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    about = {"version": version, "now": value.now_ms}
    return {**about, "unchanged": True} if version == since else {**about, **body}


def _account(value: Overview) -> dict[str, Any]:
    rows = {b.row.proto: b.waiting for b in value.pools}
    caps = value.caps
    return {
        "hitsOut": sum(b.report.hits_out for b in value.pools),
        "waiting": sum(rows.values()),
        "committed": {
            "hour": format_dollars(sum(b.report.hour_cents for b in value.pools)),
            "day": format_dollars(sum(b.report.day_cents for b in value.pools)),
        },
        "caps": {
            "hitsOut": caps.max_hits_out,
            "waiting": caps.max_waiting,
            "spendPerHour": format_dollars(caps.max_spend_hour_cents),
            "spendPerDay": format_dollars(caps.max_spend_day_cents),
        },
    }


def _brief(value: Brief) -> dict[str, Any]:
    proto, report = value.proto, value.report
    return {
        "hitType": proto.hit_type_id,
        "title": proto.title,
        "pool": proto.pool or None,
        "sandbox": proto.sandbox,
        "stopped": proto.stopped,
        "waiting": value.waiting,
        "target": report.wanted + report.target,
        "hitsOut": report.hits_out,
        "short": report.short,
        "sizedAt": report.at_ms or None,
        "failures": report.failures,
        "notice": report.notice or None,
        "committed": {
            "hour": format_dollars(report.hour_cents),
            "day": format_dollars(report.day_cents),
        },
        "caps": {
            "hitsOut": proto.max_hits_out,
            "waiting": proto.max_waiting,
            "spendPerHour": format_dollars(proto.max_spend_hour_cents),
            "spendPerDay": format_dollars(proto.max_spend_day_cents),
        },
        "atCap": list(value.at_cap),
    }


def _focus(value: Focus) -> dict[str, Any]:
    proto, report = value.brief.proto, value.brief.report
    return {
        **_brief(value.brief),
        "sharedBy": [p.hit_type_id for p in value.sharers],
        "reserved": value.reserved,
        "standing": report.target,
        "model": report.model,
        "pollEvery": value.poll_every_ms,
        "cost": {
            "reward": format_dollars(proto.reward_cents),
            "fee": format_dollars(value.fee_cents),
            "perWorker": format_dollars(proto.reward_cents + value.fee_cents),
            "payAtMost": format_dollars(proto.terms.most_cents),
        },
        "edges": list(EDGES_MS),
        "latency": _distribution(value.latency),
        "response": _distribution(value.response),
        "sizing": _run(report) if report.at_ms else None,
        "samples": [
            [s.at_ms, s.waiting, s.present, s.target, s.hits_out, s.available, s.committed_cents]
            for s in value.samples
        ],
        "byHour": [[int(hour) * HOUR_MS, cents] for hour, cents in report.by_hour.items()],
    }


def _ahead(value: Ahead) -> dict[str, Any]:
    return {
        # Of now: its own time says nothing.
        "next": None if value.plan is None else {**_run(value.plan), "at": None},
        "present": value.occupancy.present,
        "waiting": value.occupancy.waiting,
        "verified": value.occupancy.verified_waiting,
        "workers": [
            {
                "worker": s.worker,
                "since": s.arrived_ms,
                "until": s.waits_until_ms,
                "verified": s.verified,
                "missed": s.missed,
            }
            for s in value.workers
        ],
    }


def _money(value: Money) -> dict[str, Any]:
    report = pay_wire.costs(value.costs)
    return {
        "spent": report["spent"],
        "owed": report["owed"],
        "rows": {
            row["hitType"]: {"spent": row["spent"], "owed": row["owed"]} for row in report["rows"]
        },
        "elsewhere": {
            "hour": format_dollars(value.elsewhere.hour_cents),
            "day": format_dollars(value.elsewhere.day_cents),
        },
        "troubles": report["troubles"],
        "held": value.held,
    }


def _run(report: SizingReport) -> dict[str, Any]:
    return {
        "at": report.at_ms,
        "posted": report.posted,
        "expired": report.expired,
        "short": report.short,
        "retryAt": report.retry_ms or None,
        "why": report.why,
    }


def _distribution(value: Distribution) -> dict[str, Any]:
    p = value.percentiles
    return {"n": p.n, "p50": p.p50, "p95": p.p95, "counts": list(value.counts)}
