"""Claiming, driven at random: whatever happens in whatever order, the invariants hold."""

from __future__ import annotations

import contextlib
from collections import Counter
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.seats import Closed, Seat
from chalicelib.retainer.store.tables import MODELS
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.world import World
from tests.size import sized
from tests.tables import lent

WORKERS = [f"A{n}" for n in range(6)]


class Claiming(RuleBasedStateMachine):
    """Applications and pages act at random; `endpoint` is set by the test."""

    endpoint = ""
    seats = Bundle("seats")
    reservations = Bundle("reservations")

    @initialize()
    def start(self) -> None:
        self.clock = FakeClock()
        self.lent = ExitStack()
        prefix = self.lent.enter_context(lent(self.endpoint, MODELS, "s"))
        self.world = World.on(self.endpoint, prefix, self.clock)
        self.world.put_proto()
        self.made: list[str] = []
        self.seated: list[Seat] = []
        self.acknowledged: set[tuple[str, str]] = set()

    @rule(target=seats, worker=st.sampled_from(WORKERS), acks=st.booleans())
    def sit(self, worker: str, acks: bool) -> Seat:
        seat = self.world.seat(worker, f"3S{len(self.seated)}", acks=acks)
        self.seated.append(seat)
        return seat

    @rule(target=reservations, slots=st.integers(1, 3), distinct=st.booleans())
    def make(self, slots: int, distinct: bool) -> object:
        if len(self.made) >= 6:
            return multiple()
        self.made.append(self.world.invoked(slots, distinct=distinct))
        return self.made[-1]

    @rule(seat=seats)
    def poll(self, seat: Seat) -> None:
        state = self.world.poll(seat)
        if state.task is not None:
            ledger = self.world.ledger(state.task.id)
            assert ledger.holds(seat.worker, seat.seat_id), "called without a claim"

    @rule(seat=seats, ack=st.booleans())
    def work(self, seat: Seat, ack: bool) -> None:
        with contextlib.suppress(Conflict):
            state = self.world.working(seat, ack)
            assert state.task is not None
            claim = self.world.ledger(state.task.id).holds(seat.worker, seat.seat_id)
            assert claim is not None
            assert claim.shown_ms is not None
            if claim.ack_ms is not None:
                self.acknowledged.add((state.task.id, seat.seat_id))

    @rule(seat=seats, nth=st.integers(1, 4), after=st.booleans())
    def die_polling(self, seat: Seat, nth: int, after: bool) -> None:
        dying = session_of(self.world.dynamo, lambda real: KillAt(real, nth, after))
        with dying, contextlib.suppress(Killed):
            self.world.poll(seat)

    @rule(reservation=reservations)
    def finish(self, reservation: str) -> None:
        self.world.room.reservations.finish(reservation)

    @rule(reservation=reservations)
    def unfinish(self, reservation: str) -> None:
        self.world.room.reservations.unfinish(reservation)

    @rule(seat=seats)
    def submit(self, seat: Seat) -> None:
        self.world.seats.close(seat, Closed.SUBMITTED, self.world.clock.now_ms())

    @rule(seconds=st.sampled_from([0.5, 3, 6, 16]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def nobody_is_given_twice(self) -> None:
        held: Counter[str] = Counter()
        for reservation in getattr(self, "made", []):
            ledger = self.world.ledger(reservation)
            assert len(ledger.claims) <= ledger.slots
            assert ledger.acked == sum(c.ack_ms is not None for c in ledger.claims.values())
            if ledger.distinct:
                workers = [c.worker for c in ledger.claims.values()]
                assert len(workers) == len(set(workers))
            held.update(self.world.live_claims(reservation).values())
        assert all(n == 1 for n in held.values()), "a seat in two reservations"
        for reservation, seat_id in getattr(self, "acknowledged", set()):
            claims = self.world.ledger(reservation).claims.values()
            assert seat_id in {c.seat_id for c in claims}, "an acknowledged claim was taken away"

    def teardown(self) -> None:
        if getattr(self, "made", None):
            self.check_that_all_is_taken()
        if hasattr(self, "lent"):
            self.lent.close()

    def check_that_all_is_taken(self) -> None:
        """When all is quiet, every slot that somebody may take is taken, and everybody knows."""
        self.clock.advance(1)
        for _ in range(6):
            told = {s.seat_id: self.world.poll(s) for s in self.seated}
            # Called later where a call was missed: within a poll period of the slowest pace.
            self.clock.advance(0.6)
        for reservation in self.made:
            ledger = self.world.ledger(reservation)
            if not ledger.is_running:
                continue
            for seat_id in self.world.live_claims(reservation).values():
                state = told[seat_id]
                gone = state.seat is not None and state.seat.closed is not None
                assert gone or (state.task is not None and state.task.id == reservation)
            if not ledger.is_full:
                for seat in self.seated:
                    state = told[seat.seat_id]
                    idle = state.task is None and state.seat is not None
                    may = idle and state.seat is not None and state.seat.closed is None
                    mine = {c.worker for c in ledger.claims.values()}
                    if may and not (ledger.distinct and seat.worker in mine):
                        assert state.is_wait_over, "a slot was left empty"


@pytest.mark.race
def test_claiming__holds_its_invariants__whatever_happens(dynamo_endpoint: str) -> None:
    Claiming.endpoint = dynamo_endpoint
    run_state_machine_as_test(
        Claiming,
        settings=settings(
            max_examples=sized(10, 300),
            stateful_step_count=sized(25, 60),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
