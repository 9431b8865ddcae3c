"""Review: work handed in at the market is kept with its reservation, decided on, and paid.

The answers, and what is owed for them, are written before the decision is sent, and the outcome
after; each step recognises that it was done before, so a run that dies anywhere is made good by the
next. Last comes one bonus for wait and quick answer; the payroll sends what a run had to leave.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit import invocation
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.steps import attempt
from chalicelib.retainer.domain.market import Decision, MarketError, MarketUnavailable, SeatState
from chalicelib.retainer.domain.payments import Kind, Payment, vain_home, work_id
from chalicelib.retainer.domain.ports import Submission
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.domain.protohits import ReviewRule
from chalicelib.retainer.domain.reservations import EndedBy, Lost
from chalicelib.retainer.domain.seats import Closed
from chalicelib.retainer.services.answers import fitting
from chalicelib.retainer.services.attendance import WHY_HELD, is_leaving, says_left
from chalicelib.retainer.services.earned import payment_of, place_of, waited_by_submitting
from chalicelib.retainer.services.seating import release
from chalicelib.retainer.services.trouble import REVIEW_LEAVES_MS, Trouble, in_turn

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.metrics import Metrics
    from chalicelib.retainer.domain.market import Market, Tariff, Work
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reservations import Claim, Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.attendance import Attendance
    from chalicelib.retainer.services.earned import Earned
    from chalicelib.retainer.services.ended import Ended
    from chalicelib.retainer.services.measuring import Measuring
    from chalicelib.retainer.services.payroll import Payroll
    from chalicelib.retainer.services.reckoning import Reckoning
    from chalicelib.retainer.services.stays import Stays
    from chalicelib.retainer.stores import Stores

THANKS = "Thank you for waiting and for your work."

DAY_MS = 86_400_000

HINT_TRIES = 6
HINT_WAIT_S = 0.4

SETTLED_REMEMBERED = 20_000
"""Assignments; some 2 MB."""

log = logging.getLogger("retainer.review")


class _Outcome(Enum):
    """What became of one submission: `LEFT` is for the next run, `HELD` for somebody's word."""

    SETTLED = "settled"
    KNOWN = "known"
    HELD = "held"
    LEFT = "left"


class Review:
    def __init__(
        self,
        stores: Stores,
        earned: Earned,
        payroll: Payroll,
        reckoning: Reckoning,
        ended: Ended,
        stays: Stays,
        attendance: Attendance,
        measuring: Measuring,
        markets: Mapping[str, Market],
        fees: Tariff,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._protos = stores.protos
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._postings = stores.postings
        self._submissions = stores.submissions
        self._notes = stores.notes
        self._payments = stores.payments
        self._earned = earned
        self._payroll = payroll
        self._reckoning = reckoning
        self._ended = ended
        self._stays = stays
        self._attendance = attendance
        self._measuring = measuring
        self._markets = markets
        self._fees = fees
        self._clock = clock
        self._metrics = metrics
        # A HIT's list names all that was ever handed in for it; what is settled stays so.
        self._settled: dict[str, None] = {}

    def run(self) -> int:
        """Review all that was handed in, owe who could not hand in, and pay all that is owed;
        return how many submissions were settled."""
        settled = 0
        trouble = Trouble(self._metrics)
        for proto in in_turn(self._protos.list(), self._clock.now_ms()):
            since = self._clock.now_ms()
            if proto.is_at_rest(since):
                continue
            if not invocation.is_time_for(REVIEW_LEAVES_MS):
                log.warning("left for the next run", extra={"hitType": proto.hit_type_id})
                continue
            settled += attempt(
                "review of a ProtoHIT",
                partial(self._review_all_of, proto, since, trouble),
                0,
                hitType=proto.hit_type_id,
            )
        attempt("pay", partial(self.pay, trouble), 0)
        return settled

    def _review_all_of(self, proto: ProtoHit, since: int, trouble: Trouble) -> int:
        """Review the HITs of a ProtoHIT, and owe who could not hand in."""
        settled = 0
        read: set[str] = set()
        for posting in in_turn(list(self._postings.live(proto.hit_type_id)), since):
            if posting.market in trouble.away or not invocation.is_time_for(REVIEW_LEAVES_MS):
                continue
            # One HIT's trouble is no reason to leave the workers of others unpaid.
            try:
                settled += self._review(proto, posting, read)
            except MarketError as error:
                trouble.met(posting.market, error)
                is_away = isinstance(error, MarketUnavailable)
                log.log(
                    logging.WARNING if is_away else logging.ERROR,
                    "market away" if is_away else "not reviewed",
                    extra={"hit": posting.hit, "why": str(error)},
                )
        for posting, market, work in self._ended.work(proto.hit_type_id, since):
            settled += self._try_one(proto, posting, market, work) is _Outcome.SETTLED
        self._reckoning.run(proto.hit_type_id, read, since)
        return settled

    def pay(self, trouble: Trouble | None = None) -> int:
        """Pay all that is owed; return how many payments were completed."""
        protos = [p.hit_type_id for p in self._protos.list()]
        return self._payroll.run(protos, trouble or Trouble(self._metrics))

    def run_hint(self, hit: str, assignment: str | None) -> int:
        """Review one HIT at once, waiting a moment for the submission that a page announced."""
        posting = self._postings.by_hit(hit)
        proto = None if posting is None else self._protos.find(posting.proto)
        # Of a HIT that is settled nothing is left to review, and people may have been cleared away.
        if posting is None or proto is None or posting.stage is PostingStage.SETTLED:
            return 0
        for tries_left in reversed(range(HINT_TRIES if assignment else 1)):
            settled = self._review(proto, posting)
            if settled:
                return settled
            if tries_left:
                self._clock.sleep(HINT_WAIT_S)
        return 0

    def _review(self, proto: ProtoHit, posting: Posting, read: set[str] | None = None) -> int:
        """Review one HIT; `read` takes it up if all of its work was read and dealt with."""
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
        is_read = True
        for work in market.work(posting.hit):
            if work.assignment in self._settled:
                continue
            if not invocation.is_time_for(REVIEW_LEAVES_MS):
                is_read = is_over = False
                break
            outcome = self._try_one(proto, posting, market, work)
            if outcome in {_Outcome.SETTLED, _Outcome.KNOWN}:
                self._remember(work.assignment)
            settled += outcome is _Outcome.SETTLED
            is_read = is_read and outcome is not _Outcome.LEFT
            is_over = is_over and outcome not in {_Outcome.LEFT, _Outcome.HELD}
        if is_read and read is not None:
            read.add(posting.hit)
        if is_over:
            self._postings.set_stage(posting, PostingStage.SETTLED)
        return settled

    def _remember(self, assignment: str) -> None:
        while len(self._settled) >= SETTLED_REMEMBERED:
            self._settled.pop(next(iter(self._settled)), None)
        self._settled[assignment] = None

    def _try_one(self, proto: ProtoHit, posting: Posting, market: Market, work: Work) -> _Outcome:
        try:
            return self._review_one(proto, posting, market, work)
        except MarketUnavailable:
            raise
        except (MarketError, StoreUnavailable) as error:
            # Kept as handed in, or not even that; the next run tries again.
            line = {"hitType": proto.hit_type_id, "hit": work.posting, "worker": work.worker}
            line |= {"assignment": work.assignment, "why": str(error)}
            log.error("not settled", extra=line)
            return _Outcome.LEFT

    def _review_one(
        self, proto: ProtoHit, posting: Posting, market: Market, work: Work
    ) -> _Outcome:
        stay = self._earned.stay(work.assignment, work.worker, work.posting)
        ledger, claim, holds = place_of(self._ledgers, stay)
        work_of = proto
        if ledger is not None and ledger.proto != proto.hit_type_id:
            # Work of another ProtoHIT of a shared pool: whose it is decides on it.
            work_of = self._protos.find(ledger.proto) or proto
        home = vain_home(proto.hit_type_id) if ledger is None else ledger.id
        kept = self._submissions.keep(
            Submission(
                home=home,
                assignment=work.assignment,
                worker=work.worker,
                hit=work.posting,
                proto=work_of.hit_type_id,
                answers=fitting(work.answers),
                submitted_ms=work.submitted_ms,
                state=SeatState.DONE,
                waited_ms=waited_by_submitting(stay[0], work.submitted_ms) if stay else None,
            )
        )
        if kept.state is not SeatState.DONE:
            # A run that died after settling it has left the note.
            self._release(work.assignment)
            return _Outcome.KNOWN
        is_silent = claim is not None and claim.ack_ms is None and not is_leaving(work.answers)
        if ledger is not None and claim is not None and is_silent:
            # A worker who handed an answer in has answered, whatever their page sent.
            self._ledgers.show(ledger, claim, self._clock.now_ms(), ack=True)
        if ledger is not None and claim is not None and holds and claim.handed_in_ms is None:
            self._hand_in(ledger, claim, work, is_silent)
        if stay and stay[0].closed is None:
            self._seats.close(stay[0], Closed.SUBMITTED, self._clock.now_ms())
        is_resting = self._attendance.handed_in(stay, claim, work, self._clock.now_ms()) is not None
        job = self._payments.owe(self._job(proto, posting, work))
        state = work.state
        if state is SeatState.DONE:
            decided = self._decision(
                work_of, posting.promised(proto), kept, ledger is not None, is_resting, stay,
                lambda: self._stays.handed_in(posting, stay, kept, claim),
            )  # fmt: skip
            if decided is None:
                return _Outcome.HELD
            state = market.settle(work.assignment, *decided)
        if state is SeatState.PAID:
            self._payments.complete(job, self._clock.now_ms())
        else:
            self._payments.void(job)
        owed = self._owe(posting, stay, work, claim)
        self._stays.handed_in(posting, stay, kept, claim)
        self._submissions.settled(kept, state, self._clock.now_ms())
        # In this order: whoever finds no note afterwards finds the work settled.
        self._release(work.assignment)
        if ledger is not None and claim is not None and holds:
            self._note_latency(ledger, claim, stay[0])
            if says_left(work.answers):
                release(self._ledgers, ledger.id, stay[0], self._clock.now_ms(), Lost.GONE)
            self._finish_if_served(ledger.id)
        if owed is not None:
            self._pay(owed)
        return _Outcome.SETTLED

    def _hand_in(self, ledger: Ledger, claim: Claim, work: Work, is_silent: bool) -> None:
        """Note in the ledger that a slot is answered. Who only left has answered nothing."""
        if is_silent or (claim.ack_ms is not None and not says_left(work.answers)):
            self._ledgers.hand_in(ledger, claim, work.submitted_ms)

    def _job(self, proto: ProtoHit, posting: Posting, work: Work) -> Payment:
        """Make the payment of the reward and its fee, as they were when the HIT was posted."""
        reward = posting.promised(proto).reward_cents
        fee = posting.fee_cents
        if fee is None:
            fee = self._fees.of(posting.market).of_assignment(reward, posting.seats)
        return Payment(
            id=work_id(work.assignment, work.worker),
            kind=Kind.WORK,
            proto=proto.hit_type_id,
            market=posting.market,
            worker=work.worker,
            assignment=work.assignment,
            hit=work.posting,
            owed_ms=self._clock.now_ms(),
            work_cents=reward,
            fee_cents=fee,
        )

    def _decision(
        self,
        work_of: ProtoHit,
        hit_of: ProtoHit,
        kept: Submission,
        answers_call: bool,
        is_resting: bool,
        stay: Sequence[Seat],
        before_holding: Callable[[], None],
    ) -> tuple[Decision, str] | None:
        """Return what is decided on work, and why; None as long as nothing is."""
        asked = work_of.review == ReviewRule.ASK and answers_call
        is_ruled = work_of.review == ReviewRule.HOLD or asked
        if not is_ruled and not is_resting:
            return Decision.APPROVE, THANKS
        approves = kept.submitted_ms + hit_of.auto_approval_delay * 1000
        held = self._submissions.held(kept.assignment)
        if held is None:
            # The wait is reckoned once it is decided on: until then its seats must not be cleared.
            for seat in stay:
                self._seats.keep_until(seat, approves + DAY_MS)
            before_holding()
            held = self._submissions.hold(kept, approves, "" if is_ruled else WHY_HELD)
        # Without a note another run has settled it since: the next one will find that.
        if held is None or held.decision is None:
            return None
        return held.decision, held.reason or THANKS

    def _release(self, assignment: str) -> None:
        if self._submissions.held(assignment) is not None:
            self._submissions.release(assignment)

    def _owe(
        self, posting: Posting, stay: Sequence[Seat], work: Work, claim: Claim | None
    ) -> Payment | None:
        """Record the bonus for wait and quick answer: promised, so owed whatever was decided on
        the work. Where a compensation is on record already, it takes its place or is left to it."""
        what = self._earned.by_submitting(stay, work.submitted_ms, claim)
        if not stay:
            return None
        now, fees = self._clock.now_ms(), self._fees.of(posting.market)
        wanted = payment_of(Kind.BONUS, stay[0], posting, fees, what, now)
        there = self._payments.owe(wanted) if what.cents else self._payments.find(wanted.id)
        if there is not None and there.kind is Kind.COMPENSATION and there.tried_ms is None:
            fee = fees.of_bonus(there.cents)
            there = self._payments.reroute(there, replace(there, kind=Kind.BONUS, fee_cents=fee))
        return there

    def _pay(self, payment: Payment) -> None:
        if not payment.is_open or payment.again_ms > self._clock.now_ms():
            return
        try:
            self._payroll.pay(payment)
        except MarketUnavailable as error:
            log.warning("market away", extra={"payment": payment.id, "why": str(error)})

    def _finish_if_served(self, reservation: str) -> None:
        """End a reservation whose every slot is handed in: sizing need not look at it again."""
        ledger = self._ledgers.get(reservation)
        if ledger is None or not ledger.is_running or not ledger.is_settled:
            return
        handed_in = {s.assignment for s in self._submissions.of(reservation)}
        if all(c.assignment in handed_in for c in ledger.claims.values() if c.ack_ms is not None):
            self._ledgers.finish(ledger, self._clock.now_ms(), EndedBy.ANSWERED)

    def _note_latency(self, ledger: Ledger, claim: Claim, seat: Seat) -> None:
        """Keep how long the call took. Workers who came only after the invoke do not count: their
        time is recruitment, not dispatch."""
        # By the page's reckoning: a slow network does not make a slow worker.
        had, answered = claim.had_ms, claim.acknowledged_ms
        if ledger.invoked_ms is None or had is None:
            return
        if seat.began_ms > ledger.invoked_ms:
            return
        response = None if answered is None else answered - had
        self._notes.add_latencies(ledger.proto, [(had - ledger.invoked_ms, response or 0)])
        self._measuring.answered(ledger.proto, claim.at_ms - seat.began_ms, response)
