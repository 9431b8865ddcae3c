"""Review: work handed in at the market is kept with its reservation, approved, and counted.

The answers are written before the approval is sent, and the outcome after; each step recognises
that it was done before, so a run that dies anywhere is made good by the next.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from enum import Enum
from typing import Any

from chalicelib.clock import Clock
from chalicelib.dynamo import StoreUnavailable
from chalicelib.retainer.domain.market import (
    Decision,
    Market,
    MarketError,
    MarketUnavailable,
    SeatState,
    Work,
)
from chalicelib.retainer.domain.ports import (
    LedgerStore,
    NoteStore,
    PostingStore,
    ProtoHitStore,
    SeatStore,
    Submission,
    SubmissionStore,
)
from chalicelib.retainer.domain.postings import Posting, PostingStage
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.domain.reservations import Claim, Ledger
from chalicelib.retainer.domain.seats import Closed, Seat
from chalicelib.retainer.services.measuring import Measuring

THANKS = "Thank you for waiting and for your work."

HINT_TRIES = 6
HINT_WAIT_S = 0.4

ANSWERS_MOST = 300_000
"""Characters of answers, as JSON; a table's item holds 400 KB."""

log = logging.getLogger("retainer.review")


class _Outcome(Enum):
    """What became of one submission: `LEFT` is for the next run."""

    SETTLED = "settled"
    KNOWN = "known"
    LEFT = "left"


def vain_home(hit_type_id: str) -> str:
    """Return where the submissions of workers are kept who waited without being called."""
    return f"waited#{hit_type_id}"


class Review:
    def __init__(
        self,
        protos: ProtoHitStore,
        seats: SeatStore,
        ledgers: LedgerStore,
        postings: PostingStore,
        submissions: SubmissionStore,
        notes: NoteStore,
        measuring: Measuring,
        markets: Mapping[str, Market],
        clock: Clock,
    ) -> None:
        self._protos = protos
        self._seats = seats
        self._ledgers = ledgers
        self._postings = postings
        self._submissions = submissions
        self._notes = notes
        self._measuring = measuring
        self._markets = markets
        self._clock = clock

    def run(self) -> int:
        """Review all that was handed in; return how many submissions were settled."""
        settled = 0
        for proto in self._protos.list():
            for posting in self._postings.live(proto.hit_type_id):
                # One HIT's trouble is no reason to leave the workers of others unpaid.
                try:
                    settled += self._review(proto, posting)
                except MarketUnavailable as error:
                    log.warning("market away", extra={"hit": posting.hit, "why": str(error)})
                except MarketError as error:
                    log.error("not reviewed", extra={"hit": posting.hit, "why": str(error)})
        return settled

    def run_hint(self, hit: str, assignment: str | None) -> int:
        """Review one HIT at once, waiting a moment for the submission that a page announced."""
        posting = self._postings.by_hit(hit)
        proto = None if posting is None else self._protos.find(posting.proto)
        if posting is None or proto is None:
            return 0
        for _ in range(HINT_TRIES if assignment else 1):
            settled = self._review(proto, posting)
            if settled:
                return settled
            self._clock.sleep(HINT_WAIT_S)
        return 0

    def _review(self, proto: ProtoHit, posting: Posting) -> int:
        if posting.hit is None:
            return 0
        market = self._markets.get(posting.market)
        if market is None:
            raise MarketError(f"The market {posting.market} is not configured.")
        is_over = False
        if posting.stage is PostingStage.CLOSED:
            # Read before the work is: whoever is pending now may hand in between the two.
            state = market.status(posting.hit)
            is_over = state is None or (state.available == 0 and state.pending == 0)
        settled = 0
        for work in market.work(posting.hit):
            outcome = self._try_one(proto, market, work)
            settled += outcome is _Outcome.SETTLED
            is_over = is_over and outcome is not _Outcome.LEFT
        if is_over:
            self._postings.set_stage(posting, PostingStage.SETTLED)
        return settled

    def _try_one(self, proto: ProtoHit, market: Market, work: Work) -> _Outcome:
        try:
            return self._review_one(proto, market, work)
        except MarketUnavailable:
            raise
        except (MarketError, StoreUnavailable) as error:
            # Kept as handed in, or not even that; the next run tries again.
            log.error("not settled", extra={"assignment": work.assignment, "why": str(error)})
            return _Outcome.LEFT

    def _review_one(self, proto: ProtoHit, market: Market, work: Work) -> _Outcome:
        seat, ledger, claim = self._place(work)
        home = vain_home(proto.hit_type_id) if ledger is None else ledger.id
        kept = self._submissions.keep(
            Submission(
                home=home,
                assignment=work.assignment,
                worker=work.worker,
                hit=work.posting,
                proto=proto.hit_type_id,
                answers=_fitting(work.answers),
                submitted_ms=work.submitted_ms,
                state=SeatState.DONE,
            )
        )
        if kept.state is not SeatState.DONE:
            return _Outcome.KNOWN
        if ledger is not None and claim is not None and claim.ack_ms is None:
            # Whoever handed it in has answered, whatever their page sent.
            self._ledgers.show(ledger, claim, self._clock.now_ms(), ack=True)
        if seat is not None and seat.closed is None:
            self._seats.close(seat, Closed.SUBMITTED)
        state = work.state
        if state is SeatState.DONE:
            state = market.settle(work.assignment, Decision.APPROVE, THANKS)
        paid = proto.reward_cents if state is SeatState.PAID else 0
        self._submissions.settled(kept, state, paid)
        if ledger is not None and claim is not None:
            self._note_latency(proto, ledger, claim)
            self._finish_if_served(ledger.id)
        return _Outcome.SETTLED

    def _finish_if_served(self, reservation: str) -> None:
        """End a reservation whose every slot is handed in: sizing need not look at it again."""
        ledger = self._ledgers.get(reservation)
        if ledger is None or not ledger.is_running or not ledger.is_settled:
            return
        handed_in = {s.assignment for s in self._submissions.of(reservation)}
        if all(c.assignment in handed_in for c in ledger.claims.values() if c.ack_ms is not None):
            self._ledgers.finish(ledger, self._clock.now_ms(), cancelled=False)

    def _place(self, work: Work) -> tuple[Seat | None, Ledger | None, Claim | None]:
        """Find the seat that the work came from, and the reservation that it was for."""
        place = self._seats.find_assignment(work.assignment, consistent=True)
        if place is None or place.worker != work.worker:
            return None, None, None
        seat = self._seats.get(place.proto, f"{place.assignment}.{place.epoch}", consistent=True)
        if seat is None or seat.reservation is None:
            return seat, None, None
        ledger = self._ledgers.get(seat.reservation)
        claim = None if ledger is None else ledger.holds(seat.worker, seat.seat_id)
        return (seat, ledger, claim) if claim is not None else (seat, None, None)

    def _note_latency(self, proto: ProtoHit, ledger: Ledger, claim: Claim) -> None:
        """Keep how long the call took. Workers who came only after the invoke do not count: their
        time is recruitment, not dispatch."""
        if ledger.invoked_ms is None or claim.shown_ms is None:
            return
        place = self._seats.get(ledger.proto, claim.seat_id)
        if place is None or place.arrived_ms > ledger.invoked_ms:
            return
        shown = claim.shown_ms - ledger.invoked_ms
        answered = (claim.ack_ms or claim.shown_ms) - claim.shown_ms
        self._notes.add_latencies(proto.hit_type_id, [(shown, answered)])
        response = None if claim.ack_ms is None else claim.ack_ms - claim.shown_ms
        self._measuring.answered(proto.hit_type_id, claim.at_ms - place.arrived_ms, response)


def _fitting(answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answers, or a word on where they are: too long ones must not keep a worker from
    being paid."""
    size = len(json.dumps(dict(answers)))
    if size <= ANSWERS_MOST:
        return answers
    return {"too_large": f"These answers have {size} characters; read them at the market."}
