"""Ledgers, claims and pool rows as their items hold them."""

from __future__ import annotations

from typing import Any

from chalicelib.retainer.domain.pacing import PoolRow
from chalicelib.retainer.domain.reservations import BoardRow, Claim, EndedBy, Gone, Ledger, Policy
from chalicelib.retainer.domain.sharing import Conditions, Sharing

AUTO = "#auto"
"""Ends the stage of a reservation that invokes itself."""


def entry_of(claim: Claim) -> dict[str, Any]:
    entry: dict[str, Any] = {"s": claim.seat_id, "t": claim.at_ms}
    if claim.key != claim.worker:
        entry["w"] = claim.worker
    if claim.acks:
        entry["a"] = 1
    if claim.unsigned:
        entry["u"] = 1
    if claim.due_ms is not None:
        # In seconds, which are fewer digits.
        entry["d"] = -((claim.at_ms - claim.due_ms) // 1000)
    return entry


def claim_of(key: str, entry: dict[str, Any]) -> Claim:
    shown, ack = entry.get("h"), entry.get("k")
    return Claim(
        key=key,
        worker=entry.get("w", key),
        seat_id=entry["s"],
        at_ms=int(entry["t"]),
        shown_ms=None if shown is None else int(shown),
        ack_ms=None if ack is None else int(ack),
        acks=bool(entry.get("a")),
        muted="m" in entry,
        seen_ms=None if "n" not in entry else int(entry["t"]) + int(entry["n"]),
        shown_lag_ms=int(entry.get("i", 0)),
        ack_lag_ms=int(entry.get("j", 0)),
        unsigned=bool(entry.get("u")),
        due_ms=None if "d" not in entry else int(entry["t"]) + int(entry["d"]) * 1000,
        handed_in_ms=None if "e" not in entry else int(entry["t"]) + int(entry["e"]),
    )


def left_of(claim: Claim, now_ms: int) -> dict[str, Any]:
    """The record of a claim whose worker was at work and has lost the slot."""
    kept = {**entry_of(claim), "w": claim.worker, "k": claim.ack_ms, "x": now_ms}
    if claim.shown_ms is not None:
        kept["h"] = claim.shown_ms
    lags = {"i": claim.shown_lag_ms, "j": claim.ack_lag_ms}
    return kept | {name: lag for name, lag in lags.items() if lag}


def _gone_of(seat_id: str, entry: dict[str, Any]) -> Gone:
    return Gone(claim_of(seat_id, entry), int(entry["x"]))


def ledger_of(row: Any) -> Ledger:
    claims = getattr(row, "claims", None)
    held = claims.as_dict() if claims is not None else {}
    left = getattr(row, "left", None)

    def number(name: str) -> int | None:
        value = getattr(row, name, None)
        return None if value is None else int(value)

    return Ledger(
        id=row.id,
        proto=getattr(row, "proto", None) or row.undone,
        slots=number("slots") or 0,
        distinct=getattr(row, "distinct", None) is not False,
        start_ms=number("start") or 0,
        ack_within_ms=number("ack_within") or 0,
        invoked_ms=number("invoked"),
        done_ms=number("done"),
        cancelled=bool(getattr(row, "cancelled", None)),
        full_until_ms=number("full_until"),
        acked=number("acked") or 0,
        released=number("released") or 0,
        silent=number("silent") or 0,
        gone=number("gone") or 0,
        left=None if left is None else {i: _gone_of(i, e) for i, e in left.as_dict().items()},
        answer_within_ms=number("answer_within"),
        timeout_ms=number("timeout"),
        ends_ms=number("ends"),
        lease_ms=number("lease"),
        leased_ms=number("leased"),
        ended=EndedBy(ended) if (ended := getattr(row, "ended", None)) else None,
        spare=number("spare") or 0,
        need=number("need"),
        policy=Policy(getattr(row, "policy", None) or Policy.EXACT),
        probability=float(getattr(row, "probability", None) or 0.95),
        sharing=sharing_of(getattr(row, "pool", None)),
        board=getattr(row, "board", None),
        auto_invoke=(getattr(row, "stage", None) or "").endswith(AUTO),
        claims={key: claim_of(key, entry) for key, entry in held.items()},
    )


def board_row_of(row: Any) -> BoardRow:
    shared = row.pool or {}
    return BoardRow(
        id=row.id,
        invoked_ms=int(row.invoked),
        slots=int(row.slots),
        distinct=row.distinct is not False,
        full_until_ms=None if row.full_until is None else int(row.full_until),
        hit_type=shared.get("of"),
        wanted=Conditions.of_text(shared.get("wants")),
    )


def shared_of(hit_type: str, sharing: Sharing) -> dict[str, str]:
    return {"in": sharing.pool, "of": hit_type, "wants": sharing.wanted.to_text()}


def sharing_of(stored: dict[str, str] | None) -> Sharing | None:
    wanted = Conditions.of_text((stored or {}).get("wants"))
    return None if stored is None or wanted is None else Sharing(stored["in"], wanted)


def pool_of(row: Any) -> PoolRow:
    pool = row.pool
    return PoolRow(
        proto=row.board,
        waiting=int(row.waiting or 0),
        verified_waiting=int(row.verified or 0),
        ready_for=int(pool["ready_for"]),
        ready_now=int(pool["ready_now"]),
        due=tuple((int(t), int(n)) for t, n in pool["due"]),
        auto=tuple((int(t), str(i)) for t, i in pool.get("auto", ())),
        reward_cents=int(pool["reward"]),
        waits=tuple(int(n) for n in pool.get("waits", ())),
        scarce=tuple(
            (wanted, int(n))
            for text, n in pool.get("scarce", ())
            if (wanted := Conditions.of_text(text)) is not None
        ),
    )
