"""Several ProtoHITs share a pool: who waits on the HIT of one is called for the work of another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import wire
from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.market import MarketUnavailable
from chalicelib.retainer.domain.measures import Call
from chalicelib.retainer.domain.ports import SizingReport
from chalicelib.retainer.domain.reservations import Policy
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.store.notes import DynamoNotes
from tests.integration.test_budgets import measured
from tests.integration.world import World
from tests.size import FULL

EASY = {"pool": "lab"}
HARD = {"pool": "lab", "worker_locale": "US", "approval_rating": 95, "reward": 0.05}


def put(world: World, name: str, **fields: Any) -> str:
    return world.put_proto(hit_type_id=name, url=f"https://example.org/{name}.html", **fields)


def sit(world: World, worker: str, proto: str, **more: Any) -> Seat:
    """Put a worker into a pool as an arrival at a HIT of this ProtoHIT would."""
    made = world.room.reservations.proto(proto)
    pool = made.pool_id if made.pool else None
    return world.seat(worker, proto=proto, pool=pool, accepted=made.conditions, **more)


def calls(state: Any) -> str | None:
    return None if state.task is None else state.task.id


def sized(world: World, reason: str = "schedule") -> dict[str, SizingReport]:
    world.room.sizing.run(None, reason)
    notes = DynamoNotes()
    return {
        p.hit_type_id: notes.get_report(p.hit_type_id) for p in world.room.reservations.protos()
    }


def out(world: World) -> dict[str, int]:
    """Seats of HITs out, by ProtoHIT."""
    found: dict[str, int] = {}
    for posting in world.market.hits_out:
        found[posting.proto] = found.get(posting.proto, 0) + posting.seats
    return found


def test_worker_of_one_protohit__is_called_for_another_and_told_its_page(world: World) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY)
    seat = sit(world, "W1", "A")
    reservation = world.invoked(1, hit_type="B", payload="go")

    state = world.poll(seat)

    assert calls(state) == reservation
    told = page_state(state)
    assert (told["hitType"], told["url"]) == ("B", "https://example.org/B.html")
    assert told["payload"] == "go"
    world.working(seat, ack=True)
    (slot,) = world.room.results.read(reservation, None, 0).slots
    assert slot.worker == "W1"
    assert slot.acknowledged is not None
    assert calls(world.poll(seat)) == reservation, "asking again gives the same answer"


def test_protohits_without_a_pool_of_the_same_name__stay_apart(world: World) -> None:
    put(world, "A", pool="B")
    put(world, "B")
    seat = sit(world, "W1", "A")
    alone = sit(world, "W2", "B")
    reservation = world.invoked(1, hit_type="B")

    assert calls(world.poll(seat)) is None
    state = world.poll(alone)
    assert calls(state) == reservation
    assert "url" not in page_state(state)
    assert "hitType" not in page_state(state)


@pytest.mark.parametrize(
    ("theirs", "wanted", "may"),
    [
        ({}, {}, True),
        ({"worker_locale": "US"}, {}, True),
        ({}, {"worker_locale": "US"}, False),
        ({"worker_locale": "DE"}, {"worker_locale": "US"}, False),
        ({"approval_rating": 95}, {"approval_rating": 90}, True),
        ({"approval_rating": 90}, {"approval_rating": 95}, False),
        ({"reward": 0.10}, {"reward": 0.05}, True),
        ({"reward": 0.05}, {"reward": 0.10}, False),
        ({"quick_bonus": 0.02}, {}, True),
        ({}, {"quick_bonus": 0.02}, False),
        ({}, {"wait_pay": 0.02}, False),
        ({"assignment_duration": 1200}, {}, True),
        ({}, {"assignment_duration": 1200}, False),
    ],
)
def test_worker__does_work_that_demands_no_more_and_pays_no_better(
    world: World, theirs: dict[str, Any], wanted: dict[str, Any], may: bool
) -> None:
    put(world, "A", **EASY, max_wait=300, **theirs)
    put(world, "B", **EASY, max_wait=300, **wanted)
    seat = sit(world, "W1", "A")
    reservation = world.invoked(1, hit_type="B")

    assert calls(world.poll(seat)) == (reservation if may else None)
    assert calls(world.poll(sit(world, "W2", "B"))) == (None if may else reservation)


def test_work_for_signed_arrivals__goes_to_them_only(world: World) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY, verifiedOnly=True)
    unsigned = sit(world, "W1", "A")
    signed = sit(world, "W2", "A", verified=True)
    reservation = world.invoked(1, hit_type="B")

    assert calls(world.poll(unsigned)) is None
    assert calls(world.poll(signed)) == reservation


def test_arrival__takes_its_place_in_the_shared_pool_by_what_its_hit_demanded(
    world: World,
) -> None:
    put(world, "A", **HARD)
    put(world, "B", **EASY)
    world.make(1, hit_type="A", delay_s=60)
    sized(world)
    (hit,) = [p.hit for p in world.market.hits_out if p.proto == "A"]

    put(world, "A", pool="lab", reward=0.10)
    state = world.room.arrivals.waiting("W1", "3A", hit, None, "", True)

    assert state.seat is not None
    assert state.seat.pool == "~lab"
    assert state.seat.accepted is not None
    assert (state.seat.accepted.locale, state.seat.accepted.reward_cents) == ("US", 5)
    assert world.ledgers.get_pool("~lab").waiting == 1  # type: ignore[union-attr]
    reservation = world.invoked(1, hit_type="B")
    assert world.room.dispatch.poll("3A", state.seat_key).reward_cents is None
    assert calls(world.room.dispatch.poll("3A", None)) == reservation


def test_oldest_call_is_served_first__whoever_it_is_of(world: World, clock: FakeClock) -> None:
    for name in "ABC":
        put(world, name, **EASY)
    order = []
    for name in "CABBAC":
        order.append(world.invoked(1, hit_type=name))
        clock.advance(0.1)

    assert [calls(world.poll(sit(world, f"W{n}", "A"))) for n in range(6)] == order


def test_calls_that_few_may_answer__do_not_hide_those_that_others_may(
    world: World, clock: FakeClock
) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    hard = [world.invoked(1, hit_type="Hard") for _ in range(30)]
    clock.advance(1)
    easy = world.invoked(1, hit_type="Easy")

    assert calls(world.poll(sit(world, "W1", "Easy"))) == easy
    assert calls(world.poll(sit(world, "W2", "Hard"))) in hard


def test_work_done_before_and_calls_of_others__hide_nothing_either(
    world: World, clock: FakeClock
) -> None:
    """The worker has served the one of the nine oldest that they may do; the next is the tenth."""
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    served = world.invoked(2, hit_type="Easy")
    seat = sit(world, "W1", "Easy")
    assert calls(world.poll(seat)) == served
    world.working(seat, ack=True)
    again = sit(world, "W1", "Easy", assignment="3again")
    assert calls(world.poll(again)) is None
    clock.advance(1)
    for n in range(12):
        world.invoked(1, foreign_id=n, hit_type="Hard")
    clock.advance(1)
    later = world.invoked(1, hit_type="Easy")

    assert calls(world.poll(world.now_of(again))) == later


@pytest.mark.parametrize(("strict", "most"), [(8, 1), (30, 2.5), (200 if FULL else 60, 5)])
def test_poll_that_calls_of_others_are_in_front_of__costs_a_bounded_number_of_units(
    world: World, strict: int, most: float
) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    for n in range(strict):
        world.invoked(1, foreign_id=n, hit_type="Hard")
    seat = sit(world, "W1", "Easy")

    with measured(world.dynamo) as cost:
        assert calls(world.poll(seat)) is None

    assert (cost.read_units <= most, cost.writes) == (True, 0), cost


def test_call_to_everybody__is_to_everybody_who_may_do_the_work(world: World) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    for n in range(6):
        sit(world, f"E{n}", "Easy")
    for n in range(8):
        sit(world, f"H{n}", "Hard")
    sized(world)

    easy = world.invoked(1, hit_type="Easy", policy=Policy.FIRST)
    # Nobody has polled yet: counted again, all of them wait.
    sized(world)
    strict = world.invoked(1, hit_type="Hard", policy=Policy.FIRST)

    assert world.ledger(easy).slots == 14
    assert world.ledger(strict).slots == 8


def test_invoke_of_work_that_nobody_there_may_do__has_a_sizing_run_at_once(world: World) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    for n in range(6):
        sit(world, f"E{n}", "Easy")
    sized(world)
    world.starter.started.clear()

    world.invoked(1, hit_type="Easy")
    assert world.starter.started == []
    world.invoked(1, hit_type="Hard")
    assert {r["reason"] for _, r in world.starter.started} == {"make", "invoke"}


def test_idle_poll_of_a_pool_of_five__costs_what_any_idle_poll_does(world: World) -> None:
    for n in range(5):
        put(world, f"P{n}", pool="lab", approval_rating=90 + n, worker_locale="US")
        for m in range(20):
            world.make(1, foreign_id=m, hit_type=f"P{n}", delay_s=3600)
    seats = [sit(world, f"W{n}{m}", f"P{n}") for n in range(5) for m in range(6)]
    world.room.sizing.run()
    for n in range(5):
        assert calls(world.poll(seats.pop())) is None
        done = world.invoked(1, hit_type=f"P{n}")
        world.working(next(s for s in seats if calls(world.poll(s)) == done), ack=True)
    idle = next(s for s in seats if world.now_of(s).reservation is None)

    with measured(world.dynamo) as with_key:
        assert calls(world.poll(idle)) is None
    with measured(world.dynamo) as without:
        world.room.dispatch.poll(idle.assignment, None)

    assert (with_key.read_units, with_key.writes) == (1, 0)
    assert (without.read_units, without.writes) == (1.5, 0)


@pytest.mark.parametrize(("slots", "most"), [(1, 2), (20, 2), (100, 9)])
def test_claims_across_protohits__cost_what_others_do(world: World, slots: int, most: int) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY)
    reservation = world.invoked(slots, hit_type="B")
    costs = []
    for n in range(slots):
        seat = sit(world, f"A{n:013d}", "A", assignment=f"3{n:029d}")
        with measured(world.dynamo) as cost:
            assert calls(world.poll(seat)) == reservation
        costs.append(cost)

    assert {c.writes for c in costs[:-1]} <= {2}
    assert costs[-1].writes == 3
    assert max((c.write_units - 1 for c in costs[:-1]), default=0) <= most


def test_who_may_do_work_that_few_may_do__polls_for_that(world: World) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    easy = [sit(world, f"E{n}", "Easy") for n in range(30)]
    hard = [sit(world, f"H{n}", "Hard") for n in range(3)]
    world.room.sizing.run()

    slow, quick = world.poll(easy[0]).pace, world.poll(hard[0]).pace

    assert slow is not None
    assert quick is not None
    assert slow.every_ms > 4000
    assert quick.every_ms < 800


def test_a_shared_pool__needs_fewer_seats_than_separate_ones(
    world: World, clock: FakeClock
) -> None:
    """Four kinds of work with the same calls, once apart and once in one pool."""
    for name in "ABCDEFGH":
        put(world, name, standing=True, pool="lab" if name > "D" else "", max_hits_out=0)
    sized(world)
    notes = DynamoNotes()
    for n in range(120):
        clock.advance(30)
        for name in ("ABCD"[n % 4], "EFGH"[n % 4]):
            notes.add_event(name, Call(clock.now_ms(), 1))
    clock.advance(1)
    for name in "ABCDEFGH":
        put(world, name, standing=True, pool="lab" if name > "D" else "")

    reports = sized(world)

    apart = sum(reports[n].target for n in "ABCD")
    together = reports["E"].target
    assert {reports[n].target for n in "EFGH"} == {together}
    assert together < 0.75 * apart
    posted = out(world)
    assert sum(posted[n] for n in "ABCD") == apart
    assert sum(posted[n] for n in "EFGH") == together
    # Calls are as frequent for each: each posts its part, as far as whole seats go.
    assert max(posted[n] for n in "EFGH") - min(posted[n] for n in "EFGH") <= 3
    assert "shared pool lab of E, F, G, H" in reports["E"].why
    assert "shared" not in reports["A"].why


def test_reservations_of_all_members__are_recruited_for_once(world: World) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY)
    put(world, "C", **EASY)
    world.make(6, hit_type="A")
    world.make(3, hit_type="B")
    for n in range(3):
        sit(world, f"W{n}", "C")

    reports = sized(world)

    assert out(world) == {"A": 4, "B": 2}
    assert reports["C"].wanted == 9
    sized(world)
    assert out(world) == {"A": 4, "B": 2}


def test_who_is_missing_for_strict_work__is_posted_for_by_strict_hits(world: World) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    world.make(4, hit_type="Hard")
    world.make(5, hit_type="Easy")
    for n in range(7):
        sit(world, f"E{n}", "Easy")

    reports = sized(world)

    # Of nine wanted, seven wait, but none of them may do the strict work.
    assert out(world) == {"Hard": 4}
    assert reports["Hard"].wanted == 4
    assert reports["Hard"].waiting == 0
    assert reports["Easy"].waiting == 7


def test_strict_workers__count_for_work_that_demands_less(world: World) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    world.make(4, hit_type="Easy")
    for n in range(4):
        sit(world, f"H{n}", "Hard")

    sized(world)

    assert out(world) == {}


def test_surplus__is_expired_where_nobody_of_the_pool_needs_it(
    world: World, clock: FakeClock
) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    strict = world.make(4, hit_type="Hard")
    sized(world)
    assert out(world) == {"Hard": 4}

    world.make(4, hit_type="Easy")
    world.room.reservations.finish(strict, cancelled=True)
    clock.advance(20)
    sized(world, "cancel")
    assert out(world) == {"Hard": 4}, "these workers may do the easy work"

    world.room.reservations.finish_all("Easy")
    sized(world, "cancel")
    assert out(world) == {}


def test_caps_of_each_protohit_hold__and_others_post_what_it_may_not(world: World) -> None:
    put(world, "A", **EASY, max_waiting=2)
    put(world, "B", **EASY)
    world.make(10, hit_type="A")

    sized(world)
    assert out(world) == {"A": 2, "B": 8}

    put(world, "C", pool="few", max_waiting=3)
    put(world, "D", pool="few", max_hits_out=0)
    world.make(10, hit_type="C")
    reports = sized(world)
    assert out(world) == {"A": 2, "B": 8, "C": 3}
    assert reports["C"].short == 7
    assert "cap on workers waiting" in reports["C"].why


def test_stop_of_one_member__leaves_the_pool_to_the_others(world: World, clock: FakeClock) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY)
    world.make(4, hit_type="A")
    world.make(4, hit_type="B")
    sized(world)
    assert out(world) == {"A": 4, "B": 4}

    world.room.reservations.set_stopped("A", True)
    sized(world, "stop")

    assert out(world) == {"B": 4}


def test_pool_is_told_as_shared__with_who_shares_it(world: World) -> None:
    put(world, "Hard", **HARD)
    put(world, "Easy", **EASY)
    put(world, "Alone")
    sit(world, "W1", "Easy")
    sit(world, "W2", "Hard")
    sized(world)

    told = {n: wire.pool(world.room.pools.state(n)) for n in ("Hard", "Easy", "Alone")}

    assert [told["Hard"][k] for k in ("pool", "sharedBy", "waiting", "qualified")] == [
        "lab", ["Easy", "Hard"], 2, 1,
    ]  # fmt: skip
    assert told["Easy"]["qualified"] == 2
    assert [told["Alone"][k] for k in ("pool", "sharedBy", "waiting")] == [None, ["Alone"], 0]
    json.dumps(told)


def test_protohit_moved_into_a_pool__brings_those_who_wait_and_what_runs(
    world: World, clock: FakeClock
) -> None:
    put(world, "A")
    put(world, "B", **EASY)
    seat = sit(world, "W1", "A")
    other = sit(world, "W2", "B")
    running = {world.invoked(1, hit_type="A", foreign_id=n) for n in (1, 2)}
    world.starter.started.clear()

    put(world, "A", **EASY)
    assert ("size_pools", {"hitType": "A", "reason": "pool"}) in world.starter.started
    assert calls(world.poll(other)) is None
    sized(world, "pool")

    assert {calls(world.poll(other)), calls(world.poll(seat))} == running


def test_protohit_moved_out_of_a_pool__takes_its_own_along(world: World, clock: FakeClock) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY)
    seat = sit(world, "W1", "A")
    other = sit(world, "W2", "B")
    made = world.make(1, hit_type="A")
    running = world.invoked(1, hit_type="A")

    put(world, "A")
    sized(world, "pool")
    clock.advance(1)
    world.room.reservations.invoke(made)

    assert calls(world.poll(other)) is None
    assert calls(world.poll(seat)) == running
    assert calls(world.poll(sit(world, "W3", "A"))) == made
    assert world.ledgers.board("~lab").rows == []


def test_reservation_invoked_after_its_protohit_moved__is_on_the_new_board_at_once(
    world: World,
) -> None:
    put(world, "A", **EASY)
    put(world, "B", pool="other")
    reservation = world.make(1, hit_type="A")
    put(world, "A", pool="other")
    seat = sit(world, "W1", "B")

    world.room.reservations.invoke(reservation)

    assert calls(world.poll(seat)) == reservation


def test_slot_that_is_left__comes_back_on_the_shared_board(world: World, clock: FakeClock) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY)
    first, second = sit(world, "W1", "A"), sit(world, "W2", "A")
    reservation = world.invoked(1, hit_type="B")
    world.poll(first)
    world.working(first, ack=True)
    world.room.reservations.finish(reservation)
    world.room.reservations.unfinish(reservation)
    assert calls(world.poll(second)) is None

    other = world.invoked(1, hit_type="B")
    third = sit(world, "W3", "B")
    assert calls(world.poll(third)) == other
    clock.advance(20)
    assert calls(world.poll(second)) == other, "not answered in time: it goes to the next"
    assert world.poll(third).released


def test_work_for_another__is_kept_and_decided_by_whose_it_is_and_paid_by_the_hit(
    world: World, clock: FakeClock
) -> None:
    put(world, "A", **EASY, reward=0.10)
    put(world, "B", **EASY, review="ask")
    world.make(1, hit_type="A", delay_s=60)
    sized(world)
    (hit,) = [p.hit for p in world.market.hits_out]
    state = world.room.arrivals.waiting("W1", "3A", hit, None, "signed", True)
    assert state.seat is not None
    reservation = world.invoked(1, hit_type="B")
    assert calls(world.poll(state.seat)) == reservation
    world.working(state.seat, ack=True)
    world.market.hand_in("W1", "3A", hit, clock.now_ms(), answer="42")

    world.room.review.run()
    held, _ = world.room.decisions.page("B", None, 10)
    assert [h.submission.assignment for h in held] == ["3A"]
    world.room.decisions.decide("3A", "approve", "")
    world.room.review.run()

    (slot,) = world.room.results.read(reservation, None, 0).slots
    assert (slot.answers, slot.paid_cents) == ({"answer": "42"}, 10)
    costs = world.room.costs.report(None, "", "")
    assert [(row.proto, row.spent.work) for row in costs.rows if row.spent.work] == [("A", 10)]
    assert world.room.pools.state("B").latency.n == 1


def test_one_member_on_a_market_that_is_away__keeps_no_other_from_being_sized(
    dynamo_endpoint: str, table_prefix: str, clock: FakeClock
) -> None:
    world = World.on(dynamo_endpoint, table_prefix, clock)
    put(world, "A", **EASY)
    put(world, "B", **EASY, sandbox=False)
    world.make(2, hit_type="A")
    world.make(2, hit_type="B")

    reports = sized(world)

    assert out(world) == {"A": 2}
    assert "market production is not configured" in reports["B"].why


def test_market_that_fails_in_between__leaves_nothing_posted_twice(
    world: World, clock: FakeClock
) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY)
    world.make(4, hit_type="A")
    world.make(4, hit_type="B")
    opened: list[str] = []

    def second_fails(proto: Any) -> None:
        opened.append(proto.hit_type_id)
        if len(opened) == 2:
            raise MarketUnavailable("Rate exceeded")

    world.market.on_open = second_fails
    sized(world)
    assert out(world) == {"A": 4}
    clock.advance(31)
    sized(world)
    clock.advance(61)
    sized(world)

    assert out(world) == {"A": 4, "B": 4}


def test_seat_from_before_there_were_shared_pools__does_its_own_work_in_one(world: World) -> None:
    put(world, "A")
    put(world, "B", **EASY)
    old = world.seat("W1", proto="A")
    put(world, "A", **EASY)
    sized(world, "pool")

    others = world.invoked(1, hit_type="B")
    assert calls(world.poll(world.now_of(old))) is None
    mine = world.invoked(1, hit_type="A")
    assert calls(world.poll(world.now_of(old))) == mine
    assert calls(world.poll(sit(world, "W2", "A"))) == others


def test_hit_whose_protohit_changed_before_it_was_posted__is_for_its_own_work_only(
    world: World, clock: FakeClock
) -> None:
    """The market may have made it as it was, or as it is: nobody knows what it demands."""
    put(world, "A", **HARD)
    put(world, "B", **EASY)
    world.make(1, hit_type="A")

    def fails(proto: Any) -> None:
        raise MarketUnavailable("Rate exceeded")

    world.market.on_open = fails
    sized(world)
    world.market.on_open = None
    put(world, "A", pool="lab", worker_locale="DE")
    clock.advance(31)
    sized(world)
    (hit,) = [p.hit for p in world.market.hits_out]
    state = world.room.arrivals.waiting("W1", "3A", hit, None, "", True)
    assert state.seat is not None
    assert state.seat.accepted is None

    world.invoked(1, hit_type="B")

    assert calls(world.poll(state.seat)) is None
    assert calls(world.poll(state.seat)) is None


def test_a_shared_pool_that_is_as_it_should_be__is_left_alone(
    world: World, clock: FakeClock
) -> None:
    put(world, "Hard", **HARD, standing=True)
    put(world, "Easy", **EASY, standing=True)
    put(world, "Simple", **EASY, standing=True)
    sized(world)
    there = out(world)
    assert there["Hard"] > 0
    assert sum(there.values()) > there["Hard"]
    clock.advance(30)
    seats: list[Seat] = []
    for posting in world.market.hits_out:
        posting.held = posting.seats
        seats += [
            sit(world, f"W{posting.hit}{n}", posting.proto, hit=posting.hit)
            for n in range(posting.seats)
        ]
    posted = world.market.asked_to_open

    for _ in range(6):
        clock.advance(30)
        for seat in seats:
            world.seats.heartbeat(seat, clock.now_ms(), True)
        reports = sized(world)
        assert {(r.posted, r.expired) for r in reports.values()} == {(0, 0)}

    assert world.market.asked_to_open == posted
    assert reports["Easy"].target >= reports["Hard"].target > 0


def test_name_of_a_pool__is_checked(world: World) -> None:
    with pytest.raises(BadInput, match="pool must be"):
        put(world, "A", pool="~x")
    with pytest.raises(BadInput, match="pool must be"):
        put(world, "A", pool=7)
    assert world.room.reservations.proto(put(world, "A", pool="")).pool_id == "A"
