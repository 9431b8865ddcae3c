"""Results: what became of each slot, and waiting for the next change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from chalicelib.retainer.domain.ids import is_own_id
from chalicelib.retainer.domain.missing import no_reservation
from chalicelib.retainer.domain.reservations import missing
from chalicelib.retainer.services.long_polls import LATER_S
from chalicelib.retainer.services.slot_pay import SlotPay

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.ports import (
        Starter,
        Submission,
    )
    from chalicelib.retainer.domain.reservations import Claim, EndedBy, Ledger, Missing
    from chalicelib.retainer.services.long_polls import LongPolls
    from chalicelib.retainer.services.slot_pay import Pay
    from chalicelib.retainer.stores import Stores

LOOK_EVERY_S = 0.25
REVIEW_EVERY_MS = 2_000
MOST_WAIT_S = 20


@dataclass(frozen=True, slots=True)
class Slot:
    worker: str
    assignment: str
    claimed: int
    shown: int | None
    seen: int | None
    acknowledged: int | None
    submitted: int | None
    answers: Mapping[str, Any] | None
    status: str | None
    pay: Pay | None
    gone: int | None = None
    muted: bool = False

    @property
    def paid_cents(self) -> int | None:
        """What the worker has been paid for it in all; None for nothing."""
        return None if self.pay is None else self.pay.paid_cents


@dataclass(frozen=True, slots=True)
class Results:
    """`gone`: those who were at work and have lost their slot, with what they handed in since."""

    ledger: Ledger
    slots: tuple[Slot, ...]
    version: str
    gone: tuple[Slot, ...] = ()
    missing: Missing | None = None
    ended_by: EndedBy | None = None
    # Seconds after which to ask again, where too many wait already.
    again_s: int | None = None


class ResultsOf:
    def __init__(
        self,
        stores: Stores,
        long_polls: LongPolls,
        starter: Starter,
        clock: Clock,
    ) -> None:
        self._ledgers = stores.ledgers
        self._submissions = stores.submissions
        self._payments = stores.payments
        self._seats = stores.seats
        self._notes = stores.notes
        self._long_polls = long_polls
        self._starter = starter
        self._clock = clock

    def submitting(self, hit: str, assignment: str) -> None:
        """Have the review started for a form that a page is just sending; once in two seconds."""
        now = self._clock.now_ms()
        if self._notes.hint_due(f"submitting#{assignment}", now, REVIEW_EVERY_MS):
            self._starter.start("review", {"hit": hit, "assignment": assignment})

    def read(
        self, reservation: str, since: str | None, wait_s: float, *, renews: bool = True
    ) -> Results:
        """Return the slots; with `since`, the version of an earlier answer, wait for a change. It
        `renews` the reservation's lease, if it has any.

        Waiting costs one read unit, and more for many answers, each quarter of a second, and a
        place among those who wait; payments are read as `SlotPay` says. Where there is no place, it
        returns at once and says when to ask again. While workers are answering, the review is
        started every two seconds: pages announce their submission, but an announcement may be lost.
        """
        wait_ms = round(min(wait_s, MOST_WAIT_S) * 1000)
        until = self._clock.now_ms() + wait_ms
        pay = SlotPay(self._payments, self._clock)
        results = self._look(reservation, pay, renews)
        if results.version != since or wait_ms <= 0:
            return results
        with self._long_polls.place(wait_ms) as may_wait:
            if not may_wait:
                self._ask_for_review(results)
                return replace(results, again_s=LATER_S)
            while results.version == since and self._clock.now_ms() < until:
                self._ask_for_review(results)
                self._clock.sleep(LOOK_EVERY_S)
                results = self._look(reservation, pay, renews)
            return results

    def _look(self, reservation: str, pay: SlotPay, renews: bool) -> Results:
        ledger = self._ledgers.get(reservation) if is_own_id(reservation) else None
        if ledger is None:
            raise no_reservation(reservation)
        now = self._clock.now_ms()
        if renews:
            self._renew(ledger, now)
        handed_in = {s.assignment: s for s in self._submissions.of(reservation)}
        claims, left = _in_order(ledger), _left(ledger)
        paid = pay.of([*claims, *(c for c, _ in left)], handed_in)
        slots = tuple(_slot(c, handed_in.get(c.assignment), paid[c.key]) for c in claims)
        gone = tuple(
            replace(_slot(c, handed_in.get(c.assignment), paid[c.key]), gone=at) for c, at in left
        )
        lacking = missing(ledger, handed_in, now)
        ended_by = ledger.ended_by(now)
        what = [
            ledger.invoked_ms, ledger.done_ms, ended_by,
            [asdict(slot) for slot in (*slots, *gone)], lacking and asdict(lacking),
        ]  # fmt: skip
        digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
        return Results(ledger, slots, digest[:16], gone, lacking, ended_by)

    def _renew(self, ledger: Ledger, now: int) -> None:
        """Have a lease begin anew: at most one write for each quarter of it."""
        if ledger.lease_ms is None or ledger.done_ms is not None:
            return
        if now - (ledger.leased_ms or 0) >= ledger.lease_ms / 4:
            self._ledgers.renew(ledger, now)

    def slots_of(self, ledger: Ledger) -> tuple[Slot, ...]:
        """Return a reservation's slots without answers and pay: a query, where anybody had the
        task."""
        handed_in = {}
        if any(c.shown_ms is not None for c in ledger.claims.values()):
            handed_in = {s.assignment: s for s in self._submissions.of(ledger.id, answers=False)}
        return tuple(_slot(c, handed_in.get(c.assignment), None) for c in _in_order(ledger))

    def _ask_for_review(self, results: Results) -> None:
        pending = [s for s in results.slots if s.shown is not None and s.submitted is None]
        if not pending:
            return
        now = self._clock.now_ms()
        if not self._notes.hint_due(f"review#{results.ledger.id}", now, REVIEW_EVERY_MS):
            return
        hits: set[str] = set()
        for slot in pending:
            place = self._seats.find_assignment(slot.assignment)
            if place is not None:
                hits.add(place.hit)
        for hit in sorted(hits):
            self._starter.start("review", {"hit": hit})


def _in_order(ledger: Ledger) -> list[Claim]:
    claims = (c for c in ledger.claims.values() if not ledger.is_surplus(c))
    return sorted(claims, key=lambda c: (c.at_ms, c.key))


def _left(ledger: Ledger) -> list[tuple[Claim, int]]:
    """Claims of those who were at work and lost their slot, and when they did."""
    held = {c.seat_id for c in ledger.claims.values()}
    found = [g for seat_id, g in (ledger.left or {}).items() if seat_id not in held]
    return [(g.claim, g.gone_ms) for g in sorted(found, key=lambda g: (g.claim.at_ms, g.claim.key))]


def _slot(claim: Claim, submission: Submission | None, pay: Pay | None) -> Slot:
    return Slot(
        worker=claim.worker,
        assignment=claim.assignment,
        claimed=claim.at_ms,
        shown=claim.had_ms,
        seen=claim.seen_ms,
        muted=claim.muted,
        acknowledged=claim.acknowledged_ms,
        submitted=None if submission is None else submission.submitted_ms,
        answers=None if submission is None else submission.answers,
        status=None if submission is None else submission.state.value,
        pay=pay,
    )
