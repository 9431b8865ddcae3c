"""Sizing runs and review against a market that fails and callers that die."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.payments import vain_home
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.store.submissions import DynamoSubmissions
from tests.fakes import FakeMarket, FakePosting
from tests.functions import without_a_role
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.world import World


def free_seats(world: World) -> int:
    return sum(p.seats for p in world.market.hits_out)


def test_run__posts_what_reservations_need__and_no_more(world: World) -> None:
    world.put_proto()
    for n in range(4):
        world.seat(f"A{n}")
    world.make(20)

    world.room.sizing.run()
    assert sorted(p.seats for p in world.market.hits_out) == [7, 9]
    world.room.sizing.run()
    assert free_seats(world) == 16


def test_run__recruits_for_a_reservation_only_when_its_time_is_near(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.make(3, delay_s=600)

    world.room.sizing.run()
    assert world.market.hits_out == []
    clock.advance(481)
    world.room.sizing.run()
    assert free_seats(world) == 3


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 10))
def test_run_that_died__is_completed_by_the_next__at_whichever_write(
    world: World, clock: FakeClock, nth: int, after: bool
) -> None:
    world.put_proto()
    world.make(12)

    dying = session_of(world.dynamo, lambda real: KillAt(real, nth, after))
    with dying, contextlib.suppress(Killed):
        world.room.sizing.run()
    clock.advance(91)
    world.room.sizing.run()

    assert free_seats(world) == 12
    recorded = [p for p in world.postings.live("Dashboard") if p.stage is PostingStage.OPEN]
    assert sorted(p.hit or "" for p in recorded) == sorted(p.hit for p in world.market.hits_out)


def test_market_that_is_away__loses_nothing(world: World, clock: FakeClock) -> None:
    world.put_proto()
    world.make(2)
    world.market.is_away = True
    world.room.sizing.run()
    assert world.market.postings == {}

    world.market.is_away = False
    clock.advance(60)
    world.room.sizing.run()

    assert free_seats(world) == 2


def test_posting_older_than_the_markets_memory__is_looked_up_not_posted_again(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.make(2)
    world.market.is_away = True
    world.room.sizing.run()
    world.market.is_away = False
    clock.advance(24 * 3600)

    world.room.sizing.run()

    assert free_seats(world) == 2
    assert len(world.market.postings) == 1


def test_cancel__expires_at_once_what_nobody_else_needs(world: World, clock: FakeClock) -> None:
    world.put_proto()
    kept, dropped = world.make(2), world.make(9)
    world.room.sizing.run()
    clock.advance(20)

    world.room.reservations.finish(dropped, cancelled=True)
    world.room.sizing.run("Dashboard", "cancel")

    assert free_seats(world) == 2
    world.room.reservations.finish(kept)
    world.room.sizing.run()
    assert free_seats(world) == 2


def test_finish__leaves_hits_for_the_hold_time__then_they_are_expired(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    reservation = world.make(3)
    world.room.sizing.run()
    world.room.reservations.finish(reservation)

    runs = 0
    while world.market.hits_out:
        clock.advance(60)
        world.room.sizing.run()
        runs += 1

    assert runs == 2


def test_stale_hit__is_replaced(world: World, clock: FakeClock) -> None:
    world.put_proto()
    world.make(3)
    world.room.sizing.run()
    first = world.market.hits_out[0].hit
    clock.advance(181)
    world.room.sizing.run()

    assert free_seats(world) == 3
    assert world.market.hits_out[0].hit != first


def test_cap_on_hits_out__stops_the_pool(world: World) -> None:
    world.put_proto(max_hits_out=2)
    world.make(50)

    for _ in range(3):
        world.room.sizing.run()

    assert len(world.market.hits_out) == 2
    report = world.room.pools.state("Dashboard").report
    assert report.short == 32
    assert "cap on HITs out" in report.why


def test_cap_on_spending__counts_seats_given_back_as_unspent(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(max_spend_per_hour=0.60)
    reservation = world.make(50)
    for _ in range(3):
        world.room.sizing.run()
    assert free_seats(world) == 10

    world.room.reservations.finish(reservation)
    clock.advance(20)
    world.room.sizing.run(reason="cancel")
    assert world.market.hits_out == []

    world.make(50)
    world.room.sizing.run()
    assert free_seats(world) == 10


def test_caps_of_the_account__bound_all_protohits_together(world: World) -> None:
    for name in ("a", "b", "c"):
        world.put_proto(hit_type_id=name, max_spend_per_hour=40, max_hits_out=1000)
        for _ in range(10):
            world.make(100, hit_type=name)

    world.room.sizing.run()

    assert len(world.market.hits_out) <= 100
    assert free_seats(world) * 6 <= 5000


def test_two_runs_at_once__do_no_harm(world: World) -> None:
    world.put_proto()
    world.make(5)
    notes = world.room.sizing._notes
    assert notes.take_lease("sizing", "another", world.clock.now_ms(), 60_000)

    assert world.room.sizing.run() == []
    assert world.market.hits_out == []

    # The other run finds, when it ends, that it was asked to look again.
    assert notes.drop_lease("sizing", "another") == {"#"}


def test_run_asked_for_during_a_run__is_done_by_that_run(world: World) -> None:
    class BusyMarket(FakeMarket):
        """While the first HIT is posted, somebody reserves more and asks for a run."""

        def open(self, *what: Any) -> str:
            if not self.postings:
                with without_a_role():
                    world.make(4, hit_type="A")
                    assert world.room.sizing.run("A") == []
            return str(super().open(*what))

    market = BusyMarket()
    world.markets["sandbox"] = market
    # Several pools: the run must not forget, on its way from one to the next, what it was asked.
    for name in "ABC":
        world.put_proto(hit_type_id=name)
        world.make(1, hit_type=name)

    world.room.sizing.run()

    out = [(p.proto, p.seats) for p in market.hits_out]
    assert sum(seats for proto, seats in out if proto == "A") == 5


def test_switching_the_market__closes_what_is_out_there(world: World, clock: FakeClock) -> None:
    world.put_proto()
    world.make(3)
    world.room.sizing.run()
    second = type(world.market)(name="production")
    world.markets["production"] = second
    world.room.reservations.set_sandbox("Dashboard", False)

    clock.advance(60)
    world.room.sizing.run()

    assert world.market.hits_out == []
    assert sum(p.seats for p in second.hits_out) == 3


def work_done(world: World, clock: FakeClock) -> tuple[str, str]:
    """One worker called and done, one who waited in vain; return (reservation, HIT)."""
    world.put_proto()
    reservation = world.make(2)
    world.room.sizing.run()
    hit = world.market.hits_out[0].hit
    world.market.hits_out[0].held = 2
    seats = []
    for name in ("A1", "A2"):
        state = world.room.arrivals.waiting(name, f"3{name}", hit, None, "signed", True)
        assert state.seat is not None
        seats.append(state.seat)
    world.room.reservations.invoke(reservation)
    world.poll(seats[0])
    clock.advance(0.4)
    world.working(seats[0])
    clock.advance(1.1)
    world.working(seats[0], ack=True)
    world.market.hand_in("A1", "3A1", hit, clock.now_ms(), answer="left")
    world.market.hand_in("A2", "3A2", hit, clock.now_ms(), waited="1")
    return reservation, hit


def test_review__keeps_answers_with_the_reservation_and_pays_everybody(
    world: World, clock: FakeClock
) -> None:
    reservation, _ = work_done(world, clock)

    assert world.room.review.run() == 2
    assert world.room.review.run() == 0

    slot = world.room.results.read(reservation, None, 0).slots[0]
    assert slot.answers == {"answer": "left"}
    assert slot.status == SeatState.PAID
    assert slot.paid_cents == 5
    vain = DynamoSubmissions().of(vain_home("Dashboard"))
    assert [(s.worker, s.state) for s in vain] == [("A2", SeatState.PAID)]
    assert world.market.approvals == 2
    state = world.room.pools.state("Dashboard")
    assert (state.latency.p50, state.response.p50) == (400, 1100)
    assert state.occupancy.present == 0


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 11))
def test_review_that_died__is_made_good_by_the_next__at_whichever_write(
    world: World, clock: FakeClock, nth: int, after: bool
) -> None:
    reservation, _ = work_done(world, clock)

    dying = session_of(world.dynamo, lambda real: KillAt(real, nth, after))
    with dying, contextlib.suppress(Killed):
        world.room.review.run()
    world.room.review.run()

    assert world.market.approvals == 2
    slot = world.room.results.read(reservation, None, 0).slots[0]
    assert (slot.answers, slot.status) == ({"answer": "left"}, SeatState.PAID)


def test_hint__has_one_hit_reviewed_at_once(world: World, clock: FakeClock) -> None:
    reservation, hit = work_done(world, clock)

    assert world.room.review.run_hint(hit, "3A1") == 2
    assert world.room.results.read(reservation, None, 0).slots[0].answers is not None
    assert world.room.review.run_hint("3UNKNOWN", None) == 0


def test_posting__is_settled__once_closed_and_all_its_work_reviewed(
    world: World, clock: FakeClock
) -> None:
    reservation, _ = work_done(world, clock)
    world.room.reservations.finish(reservation)
    for _ in range(4):
        clock.advance(60)
        world.room.sizing.run()
        world.room.review.run()

    assert world.postings.live("Dashboard") == []


def test_reservation__is_done_by_itself__once_every_slot_is_handed_in(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    hit = world.post_hit()
    world.market.postings["token"] = FakePosting(hit, 9, "Dashboard")
    reservation = world.invoked(2)
    for n, name in enumerate(("A1", "A2")):
        seat = world.seat(name, hit=hit)
        world.poll(seat)
        world.working(seat, ack=True)
        assert world.ledger(reservation).done_ms is None
        world.market.hand_in(name, seat.assignment, hit, clock.now_ms(), answer=str(n))
        world.room.review.run()

    assert world.ledger(reservation).done_ms is not None
    assert list(world.ledgers.undone("Dashboard")) == []
