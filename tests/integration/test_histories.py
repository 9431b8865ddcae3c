"""What happened to one assignment, in order, from what is on record; and the times of a call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errors import NotFound
from chalicelib.retainer.domain.reports import Mark, Report
from chalicelib.retainer.domain.reservations import Policy
from chalicelib.retainer.domain.seats import Closed, Seat
from chalicelib.retainer.services.keys import Scope
from chalicelib.retainer.store.tables import Assignments, Seats
from local.stack import StackOptions, running_stack
from tests.integration.paying import open_pool, waiter
from tests.integration.test_api import Api
from tests.integration.test_budgets import measured
from tests.integration.test_payments import hand_in
from tests.integration.world import World
from tests.unit.test_reports import base36


def marks(*entries: tuple[Mark, int]) -> Report:
    return Report(marks="".join(f"{mark}{base36(at)}" for mark, at in entries))


def history(world: World, assignment: str = "3A1", reservation: str = "") -> list[tuple[str, str]]:
    return [(one.event, one.by.value) for one in world.room.histories.of(assignment, reservation)]


@pytest.fixture
def posted(world: World) -> World:
    world.put_proto()
    world.post_hit()
    return world


def test_whole_story__is_told_in_order(world: World, clock: FakeClock) -> None:
    hit = open_pool(world)
    seat = waiter(world, hit, "A1", seconds=0, accepted_ms=clock.now_ms() - 2_000, page=2)
    hidden = clock.now_ms() + 5_000
    clock.advance(20)
    world.poll(seat, marks((Mark.HIDDEN, hidden)))
    reservation = world.invoked(1)
    world.poll(seat)
    called = clock.now_ms()
    clock.advance(1)
    world.working(seat, told=Report(shown_ms=called + 100))
    clock.advance(2)
    answer = Report(seen_ms=called + 1_500, ack_ms=called + 1_900)
    world.working(seat, ack=True, told=answer)
    clock.advance(20)
    hand_in(world, seat)
    clock.advance(1)
    world.room.review.run()

    found = world.room.histories.of("3A1")

    assert [(one.event, one.by.value) for one in found if one.event not in {"heard", "owed"}] == [
        ("accepted", "market"),
        ("arrived", "server"),
        ("hidden", "page"),
        ("called", "server"),
        ("shown", "page"),
        ("seen", "page"),
        ("acknowledged", "page"),
        ("submitted", "market"),
        ("closed", "server"),
        ("reviewed", "server"),
        ("paid", "server"),
        ("paid", "server"),
    ]
    at = {one.event: one.at_ms for one in found}
    assert at["hidden"] == hidden
    assert [at[name] - called for name in ("called", "shown", "seen", "acknowledged")] == [
        0, 100, 1_500, 1_900,
    ]  # fmt: skip
    details = {one.event: one.detail for one in found}
    assert reservation in details["called"]
    assert details["acknowledged"] == "heard of 1.1 s later"
    assert details["arrived"] == "worker A1, signed by the market, page 2"
    assert details["reviewed"] == "approved"
    assert {one.detail for one in found if one.event == "paid"} == {
        "$0.05 reward",
        "$0.02 for the wait, $0.03 for the quick answer",
    }


def test_calls_that_went_to_others__are_in_the_story_too(posted: World, clock: FakeClock) -> None:
    seat = posted.seat("A1")
    posted.invoked(1)
    posted.poll(seat)
    clock.advance(6)
    other = posted.seat("A2")
    posted.poll(other)
    posted.working(other, ack=True)
    released = clock.now_ms()
    posted.poll(seat)
    many = posted.invoked(1, 2, policy=Policy.FIRST)
    clock.advance(60)
    posted.poll(seat)
    posted.working(seat)
    quicker = posted.seat("A3")
    posted.poll(quicker)
    posted.working(quicker, ack=True)
    posted.poll(seat)

    assert posted.ledger(many).has_enough
    assert [name for name, _ in history(posted) if name != "heard"] == [
        "arrived", "called", "released", "called", "surplus",
    ]  # fmt: skip
    at = {one.event: one.at_ms for one in posted.room.histories.of("3A1")}
    assert at["released"] == released


def test_returned__superseded__waited_in_vain(posted: World, clock: FakeClock) -> None:
    seat = posted.seat("A1")
    clock.advance(400)
    assert history(posted)[-1] == ("waitOver", "server")
    posted.seats.close(seat, Closed.RETURNED, clock.now_ms())
    assert history(posted)[-1] == ("returned", "market")

    posted.seats.close(posted.seat("B1"), Closed.SUPERSEDED, clock.now_ms())
    assert history(posted, "3B1")[-1] == ("superseded", "server")


def test_left_to_be_paid__says_so(world: World) -> None:
    seat = waiter(world, open_pool(world), "A1", seconds=10)
    world.market.hand_in("A1", "3A1", seat.hit, world.clock.now_ms(), retainer="left")
    world.room.review.run()

    assert ("left", "market") in history(world)
    assert "submitted" not in dict(history(world))


def test_seats_cleared_away__the_reservation_still_tells(world: World, clock: FakeClock) -> None:
    seat = waiter(world, open_pool(world), "A1", seconds=0)
    reservation = world.invoked(1)
    world.poll(seat)
    world.working(seat, ack=True)
    clock.advance(5)
    hand_in(world, seat)
    world.room.review.run()
    Seats(seat.proto, seat.seat_id).delete()
    Assignments(seat.assignment).delete()

    with pytest.raises(NotFound):
        world.room.histories.of("3A1")
    assert [name for name, _ in history(world, "3A1", reservation) if name != "owed"] == [
        "called", "shown", "acknowledged", "submitted", "reviewed", "paid", "paid",
    ]  # fmt: skip


def test_unknown_assignment__is_not_found(posted: World) -> None:
    with pytest.raises(NotFound):
        posted.room.histories.of("3NONE")


def test_reports__come_with_heartbeats_that_are_written_anyway(
    posted: World, clock: FakeClock
) -> None:
    state = posted.room.arrivals.waiting("A1", "3A1", "3HIT", None, "", True)
    assert state.seat is not None
    seat: Seat = state.seat
    noted = []

    with measured(posted.dynamo) as cost:
        for n in range(60):
            clock.advance(1)
            report = marks(*((Mark.HIDDEN, clock.now_ms() - m * 50) for m in (1, 0)))
            noted.append(posted.poll(seat, report).noted)
            posted.room.arrivals.waiting("A1", "3A1", "3HIT", None, "", True, told=report)
            assert n < 15 or posted.now_of(seat).journal

    assert cost.writes <= 4
    assert cost.write_units == cost.writes
    # Told so, or the page would say it again with each poll.
    assert 3 <= sum(noted) <= 4


def test_last_words__are_written_at_once__and_once(posted: World, clock: FakeClock) -> None:
    seat = posted.seat("A1")
    posted.invoked(1)
    posted.poll(seat)
    posted.working(seat, ack=True)
    clock.advance(2)
    words = marks((Mark.NOTIFIED, clock.now_ms() - 1_900), (Mark.SUBMITTING, clock.now_ms()))

    with measured(posted.dynamo) as cost:
        for _ in range(5):
            assert posted.working(seat, told=words).noted

    assert cost.writes == 1
    assert [name for name, by in history(posted) if by == "page"] == [
        "shown", "acknowledged", "notified", "submitting",
    ]  # fmt: skip


def test_page__is_not_believed_where_money_hangs_on_it(world: World, clock: FakeClock) -> None:
    seat = waiter(world, open_pool(world), "A1")
    reservation = world.invoked(1)
    world.poll(seat)
    called = clock.now_ms()
    world.working(seat, told=Report(shown_ms=called))
    clock.advance(3)
    world.working(seat, ack=True, told=Report(seen_ms=called, ack_ms=called + 100))
    hand_in(world, seat)
    world.room.review.run()

    (slot,) = world.room.results.read(reservation, None, 0).slots
    assert (slot.shown, slot.seen, slot.acknowledged) == (called, called, called + 100)
    # The wait alone: a quick answer is one that is heard of within two seconds.
    assert [b.cents for b in world.market.bonuses] == [25]


@pytest.mark.parametrize(("reckoned_ms", "quick"), [(1_500, 1.0), (None, 0.0)])
def test_slow_network__does_not_make_a_slow_worker(
    world: World, clock: FakeClock, reckoned_ms: int | None, quick: float
) -> None:
    seat = waiter(world, open_pool(world), "A1")
    world.invoked(1)
    world.poll(seat)
    called = clock.now_ms()
    world.working(seat)
    clock.advance(4)
    ack = None if reckoned_ms is None else called + reckoned_ms
    world.working(seat, ack=True, told=Report(ack_ms=ack))
    hand_in(world, seat)
    world.room.review.run()
    world.room.sizing.run()

    proto = world.room.reservations.proto("Dashboard")
    measures = world.room.review._measuring.gather(proto, [], clock.now_ms()).measures
    assert sum(measures.responses.called) == pytest.approx(1)
    assert sum(measures.responses.answered) == pytest.approx(quick)


def test_ledger__grows_by_little(world: World) -> None:
    """Every claim is billed by the whole item."""
    world.put_proto()
    reservation = world.invoked(100)
    costs = []
    for n in range(100):
        seat = world.seat(f"A{n:013d}", f"3{n:029d}")
        world.poll(seat)
        now = world.clock.now_ms()
        world.clock.sleep(0.9)
        world.working(seat, told=Report(shown_ms=now + 10, seen_ms=now + 700))
        with measured(world.dynamo) as cost:
            world.working(seat, ack=True, told=Report(ack_ms=now + 800))
        costs.append(cost.write_units)

    claims = world.ledger(reservation).claims.values()
    assert all(claim.seen_ms is not None and claim.ack_lag_ms for claim in claims)
    # The last tells the board as well.
    assert max(costs[:-1]) <= 10


@pytest.fixture(scope="module")
def closed() -> Iterator[Api]:
    with running_stack(StackOptions(speed=0, variables={"RETAINER_OPEN": "0"})) as stack:
        yield Api(stack.api)


def test_route__needs_the_admin_scope__and_names_what_is_wrong(closed: Api) -> None:
    keys = bootstrap.get().retainer.keys
    program = keys.make("a program", Scope.APPLICATION)
    admin = keys.make("the operator", Scope.ADMIN)
    path = "retainer/assignment/events"

    def code(query: str, key: str) -> tuple[int, str]:
        answer = closed.get(f"{path}{query}", x_api_key=key)
        return answer.status, answer.code

    assert code("?assignment=3A", program) == (403, "wrong_scope")
    assert code("?assignment=3A", admin) == (404, "unknown_assignment")
    assert code("", admin) == (400, "missing_field")
    assert code("?assignment=a/b", admin) == (400, "malformed_id")
