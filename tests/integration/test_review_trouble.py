"""Review in trouble: work that cannot be kept, HITs that cannot be read, submissions late."""

from __future__ import annotations

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.payments import vain_home
from chalicelib.retainer.store.submissions import DynamoSubmissions
from tests.integration.test_budgets import measured
from tests.integration.world import World


def posted(world: World, *names: str) -> list[str]:
    """Post one HIT of one seat for each ProtoHIT, each held by a worker; return the HITs."""
    for name in names:
        world.put_proto(hit_type_id=name)
        world.make(1, hit_type=name)
    world.room.sizing.run()
    for posting in world.market.hits_out:
        posting.held = 1
    return [p.hit for p in world.market.hits_out]


def test_work_handed_in_while_the_review_looks__is_not_forgotten__though_the_hit_is_over(
    world: World, clock: FakeClock
) -> None:
    (hit,) = posted(world, "Dashboard")
    world.market.close(hit)
    world.room.sizing.run()

    def hand_in(posting: str) -> None:
        world.market.hand_in("A1", "3A1", hit, clock.now_ms(), answer="late")
        world.market.on_worked = None

    world.market.on_worked = hand_in
    world.room.review.run()
    world.room.review.run()

    assert world.market.settled == {"3A1": SeatState.PAID}
    assert hit not in {p.hit for p in world.postings.live("Dashboard")}


def test_answers_too_long_to_keep__do_not_keep_their_worker_from_being_paid(
    world: World, clock: FakeClock
) -> None:
    (hit,) = posted(world, "Dashboard")
    world.market.hand_in("A1", "3A1", hit, clock.now_ms(), answer="é" * 200_000)

    world.room.review.run()

    assert world.market.settled == {"3A1": SeatState.PAID}
    (kept,) = DynamoSubmissions().of(vain_home("Dashboard"))
    assert "read them at the market" in kept.answers["too_large"]


def test_hit_that_cannot_be_read__keeps_nobody_else_from_being_paid(
    world: World, clock: FakeClock
) -> None:
    bad, good = posted(world, "A", "B")
    world.market.unreadable.add(bad)
    world.market.hand_in("A1", "3A1", good, clock.now_ms(), answer="x")

    assert world.room.review.run() == 1
    assert world.market.settled == {"3A1": SeatState.PAID}


def test_submission_after_release__is_paid__and_is_no_answer_of_the_reservation(
    world: World, clock: FakeClock
) -> None:
    (hit,) = posted(world, "Dashboard")
    seats = [world.seat(f"A{n}", f"3A{n}", hit=hit) for n in (1, 2)]
    reservation = world.invoked(1)
    assert world.poll(seats[0]).task is not None
    clock.advance(6)
    assert world.poll(seats[1]).task is not None
    world.market.hand_in("A1", "3A1", hit, clock.now_ms(), answer="too late")
    world.market.hand_in("A3", "3UNKNOWN", hit, clock.now_ms(), answer="never came")

    assert world.room.review.run() == 2

    assert set(world.market.settled) == {"3A1", "3UNKNOWN"}
    assert "A3" in world.room.people.roll("A", None, 9)[0]
    (slot,) = world.room.results.read(reservation, None, 0).slots
    assert (slot.worker, slot.answers) == ("A2", None)


def test_work_that_is_settled__costs_the_next_run_nothing(world: World, clock: FakeClock) -> None:
    (hit,) = posted(world, "Dashboard")
    for n in range(5):
        world.market.hand_in(f"A{n}", f"3A{n}", hit, clock.now_ms(), answer="x")
    assert world.room.review.run() == 5
    world.market.hand_in("A5", "3A5", hit, clock.now_ms(), answer="x")
    assert world.room.review.run() == 1

    with measured(world.dynamo) as of_none:
        assert world.room.review.run() == 0

    # Its own, whoever handed in: every five minutes seats that cannot be submitted any more are
    # looked for, and work that the market has ended; each run asks whether it is time.
    assert of_none.writes <= 2
    # A new container knows nothing, and finds out.
    world.restart()
    with measured(world.dynamo) as finding_out:
        assert world.room.review.run() == 0
    assert finding_out.reads >= of_none.reads + 6
    assert world.market.settled == {f"3A{n}": SeatState.PAID for n in range(6)}
