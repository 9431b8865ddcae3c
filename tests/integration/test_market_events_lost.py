"""Events lost, doubled, late and out of order: reconciliation comes to the same end as without any.

One story is lived twice: workers come, wait, are called, answer or don't, return the HIT and take
it again, vanish, hand in. Once the market tells nothing, once it tells as badly as it can.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.payments import PaymentState
from chalicelib.retainer.domain.seats import Closed, Seat, waited_ms
from chalicelib.retainer.store.tables import Postings
from tests.integration.paying import all_payments, check_books, open_pool
from tests.integration.telling import Telling, accept, left, told
from tests.integration.world import World
from tests.size import sized

STEP_S = 40
"""Longer than a call may go unanswered, shorter than a heartbeat vouches: whoever polls first after
a return gets the slot, whether an event freed it or its deadline has passed."""

STEPS = 24
WORKERS = ["Ada", "Ben", "Cid", "Dot", "Eve", "Fay"]


@dataclass
class Person:
    name: str
    seat: Seat | None = None
    doing: str = "away"
    shifts: int = 0

    @property
    def worker(self) -> str:
        """Somebody else after each submission: whoever has handed in waits behind that seat until
        the market has told of it, and so for longer without events."""
        return f"{self.name}{self.shifts}"


class Story:
    """What people do is drawn before anything happens, so that it is the same both times."""

    def __init__(self, world: World, clock: FakeClock, seed: int, is_on: bool) -> None:
        self.world = world
        self.clock = clock
        self.chance = random.Random(seed)
        self.telling = Telling(random.Random(seed + 1), is_on)
        self.people = [Person(name) for name in WORKERS]
        self.hit = open_pool(world, max_wait=280, max_hits_out=1, max_spend_per_hour=1_000)
        self.invoked: list[str] = []
        world.make(9)

    def run(self) -> None:
        for step in range(STEPS):
            self.clock.advance(STEP_S)
            self.telling.deliver(self.world)
            draws = [self.chance.random() for _ in self.people]
            if self.chance.random() < 0.4:
                # One at a time: of two, a freed slot and one past its deadline come in another
                # order, and so other people.
                for running in self.invoked[-1:]:
                    self.world.room.reservations.finish(running)
                self.invoked.append(self.world.invoked(self.chance.choice([1, 2])))
            for person, draw in zip(self.people, draws, strict=True):
                self._live(person, draw)
            if step % 3 == 2:
                self.world.room.review.run()
        self._end()

    def _live(self, person: Person, draw: float) -> None:
        seat = person.seat
        if person.doing == "away":
            if draw < 0.6:
                # The same assignment again after a return, another one after a submission.
                person.seat = accept(self.world, self.hit, person.worker, f"3{person.worker}")
                person.doing = "waiting"
                self.world.market._of(self.hit).held += 1
            return
        assert seat is not None
        if person.doing == "vanished":
            if self.clock.now_ms() >= (seat.due_ms or 0):
                self._leave(person, "AssignmentAbandoned")
            return
        if person.doing == "working":
            # Who goes from their work frees a slot: at once if the market tells it, else when the
            # assignment ends, and so for other people.
            if draw < 0.65:
                self._submit(person)
            return
        state = self.world.poll(seat)
        if state.is_superseded:
            pytest.fail(f"the seat of {person.name} was closed, who is there")
        # Who is called answers or is gone: of somebody who stays without answering it would depend
        # on the events who loses the call to whom.
        if state.task is not None and draw < 0.6:
            self.world.working(seat, ack=True)
            person.doing = "working"
        elif state.task is None and (state.is_wait_over or draw > 0.9):
            self._submit(person)
        elif state.task is not None or draw > 0.6:
            if 0.7 < draw < 0.75:
                person.doing = "vanished"
            else:
                self._leave(person, "AssignmentReturned")

    def _leave(self, person: Person, kind: str) -> None:
        assert person.seat is not None
        self.world.market._of(self.hit).held -= 1
        self.telling.add(left(person.seat, self.clock.now_ms(), kind))
        person.doing = "away"

    def _submit(self, person: Person) -> None:
        assert person.seat is not None
        now = self.clock.now_ms()
        self.world.market.hand_in(person.worker, person.seat.assignment, self.hit, now)
        self.telling.add(left(person.seat, now, "AssignmentSubmitted"))
        person.doing = "away"
        person.shifts += 1

    def _end(self) -> None:
        """Everybody goes home; what is late comes in; reconciliation has the last word."""
        for person in self.people:
            if person.doing != "away":
                self._leave(person, "AssignmentAbandoned")
        for kind in ("HITExpired", "HITReviewable"):
            self.telling.add(told(kind, self.hit, self.clock.now_ms()))
        for _ in range(14):
            self.telling.deliver(self.world)
        self.world.room.reservations.finish_all(None)
        for _ in range(3):
            self.clock.advance(620)
            self.world.room.sizing.run()
            self.world.room.review.run()


def outcome(world: World, reservations: list[str]) -> dict[str, Any]:
    """How it ended. A seat that somebody left is over, whether an event closed it or silence."""
    seats = sorted(
        (
            s.worker,
            s.assignment,
            s.epoch,
            s.closed is Closed.SUBMITTED,
            waited_ms(s, s.seen_ms),
            s.reckoned,
        )
        for s in world.seats.list("Dashboard")
    )
    rows = sorted(Postings.scan(consistent_read=True), key=lambda row: str(row.token))
    claims = [
        sorted(
            (key, claim.seat_id)
            for key, claim in world.ledger(r).claims.items()
            if claim.handed_in_ms is not None
        )
        for r in reservations
    ]
    payments = sorted(
        (p.kind, p.worker, p.assignment, p.state, p.wait_cents, p.quick_cents, p.work_cents)
        for p in all_payments()
    )
    bonuses = sorted((b.worker, b.assignment, b.cents) for b in world.market.bonuses)
    return {
        "seats": seats,
        "claims": claims,
        "postings": [(row.hit, row.stage) for row in rows if row.hit not in world.market.offers],
        "payments": payments,
        "bonuses": bonuses,
        "approved": sorted(world.market.settled.items()),
    }


def lived(endpoint: str, seed: int, is_on: bool) -> tuple[Story, dict[str, Any]]:
    clock = FakeClock()
    world = World.on(
        endpoint,
        f"e{uuid.uuid4().hex[:8]}-",
        clock,
        RETAINER_WAIT_URL="https://wait.example.org",
    )
    story = Story(world, clock, seed, is_on)
    story.run()
    check_books(world)
    return story, outcome(world, story.invoked)


@pytest.mark.parametrize("seed", range(sized(1, 12)))
def test_end_is_the_same__whatever_the_market_tells(dynamo_endpoint: str, seed: int) -> None:
    _, without = lived(dynamo_endpoint, seed, is_on=False)
    story, with_events = lived(dynamo_endpoint, seed, is_on=True)

    assert with_events == without
    assert story.telling.delivered > 10
    assert {p[3] for p in with_events["payments"]} >= {PaymentState.PAID}
    assert any(seat[2] > 1 for seat in with_events["seats"]), "nobody came back after a return"
