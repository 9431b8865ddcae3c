"""No state without an end, tried at random: pages vanish, reload, answer, return and go, programs
die, and time passes. Left alone, every page comes to its end and every slot to the next worker."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.reservations import HANDED_IN_WITHIN_MS, Policy
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.store.tables import MODELS
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.paying import open_pool
from tests.integration.telling import accept, left, tell
from tests.integration.world import World
from tests.size import sized
from tests.tables import lent

WAIT_S = 90
DURATION_S = 240
MOST_PAGES = 6
MOST_RESERVATIONS = 4
ANY = st.integers(0, 11)
"""Which page or reservation, of those that there are."""


@dataclass
class Page:
    """A worker's page as ours behaves: it asks for work, says that it has it, hands in a wait."""

    world: World
    seat: Seat
    is_open: bool = True
    is_over: bool = False
    call: str | None = None
    is_here: bool = False

    @property
    def may_hand_in(self) -> bool:
        return self.is_open and self.world.clock.now_ms() < (self.seat.due_ms or 0)

    def act(self) -> None:
        """Its next request: a ping while called or at work, else a poll."""
        if self.call is not None:
            try:
                self.world.working(self.seat)
                return
            except Conflict:
                self.call, self.is_here = None, False
        state = self.world.poll(self.seat)
        if state.task is not None:
            self.call = state.task.id
        elif state.is_superseded:
            self.is_open = False
        elif state.is_wait_over:
            self.hand_in(retainer="waited")

    def press(self) -> None:
        """The worker says that they are there."""
        try:
            self.world.working(self.seat, ack=True)
            self.is_here = True
        except Conflict:
            self.call, self.is_here = None, False

    def hand_in(self, **answers: str) -> None:
        """What comes after the assignment's deadline, the market refuses."""
        if self.may_hand_in:
            seat, now = self.seat, self.world.clock.now_ms()
            self.world.market.hand_in(seat.worker, seat.assignment, seat.hit, now, **answers)
        self.is_open, self.is_over = False, True


class Endings(RuleBasedStateMachine):
    """`endpoint` is set by the test."""

    endpoint = ""

    @initialize(answer_within=st.sampled_from([0, 60]))
    def start(self, answer_within: int) -> None:
        self.clock = FakeClock()
        self.lent = ExitStack()
        prefix = self.lent.enter_context(lent(self.endpoint, MODELS, "e"))
        self.world = World.on(self.endpoint, prefix, self.clock)
        self.hit = open_pool(
            self.world, max_wait=WAIT_S, assignment_duration=DURATION_S, max_assignments=9,
            answer_within=answer_within,
        )  # fmt: skip
        self.world.room.reservations.finish_all(None)
        self.made: list[str] = []
        self.all_pages: list[Page] = []
        self.answered: set[tuple[str, str]] = set()
        self.arrive()
        self.make(1, None, None, Policy.EXACT, True)

    # ---- workers -----------------------------------------------------------------------------

    @rule()
    def arrive(self) -> None:
        if len(self.all_pages) < MOST_PAGES:
            self.all_pages.append(self.newcomer(len(self.all_pages)))

    def newcomer(self, number: int) -> Page:
        return Page(self.world, accept(self.world, self.hit, f"W{number}"))

    @rule(n=ANY)
    def ask(self, n: int) -> None:
        page = self.all_pages[n % len(self.all_pages)]
        if page.is_open:
            page.act()
            self.check_call(page)

    @rule(n=ANY, stays=st.booleans())
    def press(self, n: int, stays: bool) -> None:
        page = self.all_pages[n % len(self.all_pages)]
        if page.is_open:
            page.act()
        if page.is_open and page.call is not None:
            page.press()
            page.is_open = stays

    @rule(n=ANY)
    def be_silent(self, n: int) -> None:
        """Nobody is at the page: it says that it has the task, and then again."""
        for seconds in (1, 2, 16):
            self.clock.advance(seconds)
            self.ask(n)

    @rule(n=ANY)
    def vanish(self, n: int) -> None:
        page = self.all_pages[n % len(self.all_pages)]
        page.is_open = False

    @rule(n=ANY)
    def reload(self, n: int) -> None:
        page = self.all_pages[n % len(self.all_pages)]
        if not page.is_over and self.world.now_of(page.seat).closed is None:
            page.is_open, page.call = True, None
            page.act()

    @rule(n=ANY, reviewed=st.booleans())
    def answer(self, n: int, reviewed: bool) -> None:
        page = self.all_pages[n % len(self.all_pages)]
        if page.is_here and page.call is not None and page.may_hand_in:
            held = self.world.ledger(page.call).holds(page.seat.worker, page.seat.seat_id)
            page.hand_in(answer="yes")
            if reviewed:
                self.world.room.review.run()
                if held is not None:
                    self.answered.add((page.call, page.seat.seat_id))

    @rule(n=ANY)
    def leave(self, n: int) -> None:
        page = self.all_pages[n % len(self.all_pages)]
        page.hand_in(retainer="left")

    @rule(n=ANY, is_told=st.booleans())
    def give_the_hit_back(self, n: int, is_told: bool) -> None:
        page = self.all_pages[n % len(self.all_pages)]
        if page.is_open:
            page.is_open, page.is_over = False, True
            if is_told:
                self.clock.advance(1)
                tell(self.world, left(page.seat, self.clock.now_ms()))

    @rule(n=ANY, nth=st.integers(1, 5), after=st.booleans())
    def die_asking(self, n: int, nth: int, after: bool) -> None:
        page = self.all_pages[n % len(self.all_pages)]
        if page.is_open:
            try:
                with session_of(self.world.dynamo, lambda real: KillAt(real, nth, after)):
                    page.act()
            except Killed:
                pass

    # ---- applications ------------------------------------------------------------------------

    @rule(
        slots=st.integers(1, 2),
        timeout_s=st.sampled_from([None, None, 60]),
        lease_s=st.sampled_from([None, None, 30]),
        policy=st.sampled_from([Policy.EXACT, Policy.EXACT, Policy.FIRST]),
        invoked=st.sampled_from([True, True, True, False]),
    )
    def make(
        self, slots: int, timeout_s: int | None, lease_s: int | None, policy: Policy, invoked: bool
    ) -> None:
        if len(self.made) >= MOST_RESERVATIONS:
            return
        made = self.world.make(slots, timeout_s=timeout_s, lease_s=lease_s, policy=policy)
        if invoked:
            self.world.room.reservations.invoke(made)
        self.made.append(made)

    @rule(n=ANY, cancelled=st.booleans())
    def finish(self, n: int, cancelled: bool) -> None:
        reservation = self.made[n % len(self.made)]
        self.world.room.reservations.finish(reservation, cancelled=cancelled)

    @rule(n=ANY)
    def unfinish(self, n: int) -> None:
        reservation = self.made[n % len(self.made)]
        self.world.room.reservations.unfinish(reservation)

    @rule(n=ANY)
    def read(self, n: int) -> None:
        reservation = self.made[n % len(self.made)]
        results = self.world.room.results.read(reservation, None, 0)
        if results.missing is None:
            return
        why = results.missing
        there = sum(s.submitted is not None for s in results.slots)
        reasons = why.nobody_came + why.called_and_silent + why.at_work + why.gone
        assert reasons == max(0, results.ledger.asked_for - there), "a reason is missing"

    # ---- time --------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 6, 16, 40, 61]), silent=st.booleans())
    def let_time_pass(self, seconds: int, silent: bool) -> None:
        self.clock.advance(seconds)
        for n in range(0 if silent else len(self.all_pages)):
            self.ask(n)

    @rule(nth=st.integers(0, 6), after=st.booleans())
    def run_each_minute(self, nth: int, after: bool) -> None:
        if nth:
            try:
                with session_of(self.world.dynamo, lambda real: KillAt(real, nth, after)):
                    self.world.room.sizing.run()
            except Killed:
                self.clock.advance(95)  # until its lease is over
        self.world.room.sizing.run()
        self.check_nothing_is_overdue()

    # ---- what holds --------------------------------------------------------------------------

    def check_call(self, page: Page) -> None:
        """A page that has just asked is called for nothing that is over."""
        if page.call is None or page.is_here:
            return
        ledger, now = self.world.ledger(page.call), self.clock.now_ms()
        claim = ledger.holds(page.seat.worker, page.seat.seat_id)
        assert claim is not None, "called without a claim"
        if claim.ack_ms is None:
            assert ledger.takes_more(now), "called for what has ended"
            assert now < claim.at_ms + ledger.ack_within_ms, "called for longer than there is time"

    def check_nothing_is_overdue(self) -> None:
        now = self.clock.now_ms()
        for reservation in self.made:
            ledger = self.world.ledger(reservation)
            if ledger.done_ms is not None:
                continue
            assert ledger.ended_by(now) is None, "it runs beyond its end"
            for claim in ledger.claims.values() if ledger.is_running else ():
                is_late = claim.at_ms + ledger.ack_within_ms <= now
                unanswered = claim.ack_ms is None and not ledger.has_enough
                assert not (unanswered and is_late), "a call that nobody will answer"
                assert claim.ack_ms is None or not ledger.is_overdue(claim, now), "work without end"
        for reservation, seat_id in self.answered:
            held = {c.seat_id for c in self.world.ledger(reservation).claims.values()}
            assert seat_id in held, "what was handed in lost its slot"

    def teardown(self) -> None:
        try:
            if getattr(self, "made", None) or getattr(self, "all_pages", None):
                self.check_that_all_comes_to_an_end()
        finally:
            if hasattr(self, "lent"):
                self.lent.close()

    def check_that_all_comes_to_an_end(self) -> None:
        """Nobody reads, comes or answers any more; open pages ask, and each minute the runs do."""
        for _ in range((DURATION_S + HANDED_IN_WITHIN_MS // 1000) // 60 + 2):
            self.clock.advance(60)
            for page in self.all_pages:
                if page.is_open:
                    page.act()
            self.world.room.review.run()
            self.world.room.sizing.run()
        self.check_nothing_is_overdue()
        for page in self.all_pages:
            assert not page.is_open, "a page without an end"
        for reservation in self.made:
            ledger = self.world.ledger(reservation)
            results = self.world.room.results.read(reservation, None, 0, renews=False)
            assert results.missing is None or not results.missing.at_work, "at work for ever"
            if ledger.is_running:
                assert (ledger.timeout_ms, ledger.lease_ms) == (None, None), "it outlived its end"
        self.check_that_all_is_served()

    def check_that_all_is_served(self) -> None:
        """Every slot whose worker went is the next one's."""
        running = [r for r in self.made if self.world.ledger(r).is_running]
        wanted = sum(self.world.ledger(r).slots for r in running)
        fresh = [self.newcomer(100 + n) for n in range(wanted)]
        for _ in range(3):
            self.clock.advance(1)
            for page in fresh:
                page.act()
        for reservation in running:
            ledger = self.world.ledger(reservation)
            assert ledger.is_full or ledger.has_enough, "a slot that nobody gets"


@pytest.mark.race
def test_everything__comes_to_an_end__whatever_happens(dynamo_endpoint: str) -> None:
    Endings.endpoint = dynamo_endpoint
    run_state_machine_as_test(
        Endings,
        settings=settings(
            max_examples=sized(10, 300),
            stateful_step_count=sized(20, 60),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
