"""What conditions of a ledger's writes say, and where its row stands in the indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.condition import Condition, size

from chalicelib.retainer.domain.reservations import Claim, Ledger, Lost
from chalicelib.retainer.store.ledger_rows import AUTO, left_of
from chalicelib.retainer.store.tables import Ledgers

LEFT_KEPT = 50
"""Of so many who left their work their claims are kept, for what is still owed and handed in: each
makes every later claim dearer."""


def running() -> Condition:
    running: Condition = Ledgers.invoked.exists() & Ledgers.done.does_not_exist()
    return running


def takes_more(at_ms: int) -> Condition:
    """It runs, its time is not over, and its task is not just being changed."""
    in_time: Condition = Ledgers.ends.does_not_exist() | (Ledgers.ends > at_ms)
    is_free: Condition = Ledgers.held.does_not_exist() | (Ledgers.held <= at_ms)
    takes: Condition = running() & in_time & is_free
    return takes


def needs_answers() -> Condition:
    needs: Condition = Ledgers.need.does_not_exist() | (Ledgers.acked < Ledgers.need)
    return needs


def unchanged(claim: Claim) -> Condition:
    path = Ledgers.claims[claim.key]
    shown = path["h"].does_not_exist() if claim.shown_ms is None else path["h"].exists()
    same: Condition = (path["t"] == claim.at_ms) & (path["s"] == claim.seat_id)
    answered = path["k"].does_not_exist() if claim.ack_ms is None else path["k"].exists()
    unchanged: Condition = same & answered & shown & path["e"].does_not_exist()
    return unchanged


def open_stage(ledger: Ledger) -> str:
    # The index of what is not done knows only what stands in here.
    return f"open#{ledger.start_ms:013d}#{ledger.id}{AUTO if ledger.auto_invoke else ''}"


def run_stage(ledger: Ledger) -> str:
    return f"run#{ledger.invoked_ms:013d}#{ledger.id}"


def free_rank(reservation: str, invoked_ms: int) -> str:
    return f"1#{invoked_ms:013d}#{reservation}"


def full_rank(reservation: str, until_ms: int) -> str:
    return f"2#{until_ms:013d}#{reservation}"


def full(ledger: Ledger) -> Condition:
    """Nothing is to be had at present: no slot is free, or enough have answered."""
    enough: Condition = running() & (Ledgers.acked >= Ledgers.need)
    if ledger.has_enough:
        return enough
    taken: Condition = running() & (size(Ledgers.claims) >= ledger.slots)
    return taken


def free_row(ledger: Ledger, since_ms: int | None = None) -> list[Any]:
    """Put a running reservation on the board, free; with `since_ms`, since then."""
    assert ledger.invoked_ms is not None
    row: list[Any] = [
        Ledgers.board.set(ledger.pool_id),
        Ledgers.rank.set(free_rank(ledger.id, ledger.invoked_ms)),
    ]
    if since_ms is None:
        return [*row, Ledgers.full_until.remove()]
    return [*row, Ledgers.full_until.set(since_ms)]


def full_row(ledger: Ledger, until_ms: int) -> list[Any]:
    """Put a running reservation on the board, full until then."""
    return [
        Ledgers.board.set(ledger.pool_id),
        Ledgers.full_until.set(until_ms),
        Ledgers.rank.set(full_rank(ledger.id, until_ms)),
    ]


def off_the_board() -> Sequence[Any]:
    return [Ledgers.board.remove(), Ledgers.rank.remove(), Ledgers.full_until.remove()]


def taken_back(ledger: Ledger, claim: Claim, why: Lost | None, now_ms: int) -> list[Any]:
    """Count a claim that is taken back; of whom was at work, keep who they were."""
    actions: list[Any] = [Ledgers.released.add(1)]
    if claim.ack_ms is not None:
        actions.append(Ledgers.acked.add(-1))
    if why is Lost.SILENT:
        actions.append(Ledgers.silent.add(1))
    if why is not Lost.GONE:
        return actions
    actions.append(Ledgers.gone.add(1))
    if claim.ack_ms is not None and ledger.left is None:
        actions.append(Ledgers.left.set({claim.seat_id: left_of(claim, now_ms)}))
    elif claim.ack_ms is not None and len(ledger.left or ()) < LEFT_KEPT:
        actions.append(Ledgers.left[claim.seat_id].set(left_of(claim, now_ms)))
    return actions
