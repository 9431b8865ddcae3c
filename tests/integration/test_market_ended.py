"""What the market has ended behind the service's back is noticed, settled from what is known, paid
where that is possible still, and shown; what can never be paid ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.payments import Kind, PaymentState
from chalicelib.retainer.services.payments import Standing, standing
from chalicelib.retainer.store.submissions import DynamoSubmissions
from tests.integration.paying import all_payments
from tests.integration.place import WAIT_URL, Place, open_hit, placed
from tests.integration.studying import arrived, handed_in, posted
from tests.integration.world import World


@pytest.fixture
def place(dynamo_endpoint: str) -> Iterator[Place]:
    with placed(dynamo_endpoint) as place:
        yield place


def test_held_work_whose_hit_was_deleted_at_the_market__is_settled_paid_and_erasable(
    place: Place,
) -> None:
    room = place.world.room
    hit = open_hit(place, review="hold")
    seat = place.arrive(hit, "Ada").seat
    assert seat is not None
    place.market.clock.advance(40)
    place.world.poll(seat)
    place.submit(seat.assignment)
    place.review()
    place.client.approve_assignment(AssignmentId=seat.assignment)
    place.client.update_expiration_for_hit(HITId=hit, ExpireAt=1)
    place.client.delete_hit(HITId=hit)
    with pytest.raises(Conflict, match="waits for a decision"):
        room.protohits.archive("Dashboard")
    assert [p.hit for p in room.hits.unknown(9)[0]] == [hit]

    for _ in range(3):
        place.market.clock.advance(301)
        room.sizing.run()
        place.review()

    assert DynamoSubmissions().held(seat.assignment) is None
    (work,) = [p for p in all_payments() if p.kind is Kind.WORK]
    (wait,) = [p for p in all_payments() if p.kind is not Kind.WORK]
    assert work.state is PaymentState.PAID
    # This market still takes a bonus for it.
    assert (wait.kind, wait.state, wait.wait_cents) == (Kind.BONUS, PaymentState.PAID, 4)
    assert place.earned("Ada") == 5 + 4
    place.check_books()
    assert room.erasure.outlook(seat.worker).hindrances == ()
    assert room.hits.unknown(9)[0] == []
    room.reservations.finish_all(None)
    room.reservations.set_stopped("Dashboard", True)
    for _ in range(2):
        place.market.clock.advance(301)
        room.sizing.run()
        place.review()
    room.protohits.archive("Dashboard")


@pytest.mark.parametrize("compensate", [True, False])
def test_wait_that_no_bonus_can_pay_any_more__is_compensated__or_ends_and_is_shown(
    world: World, compensate: bool
) -> None:
    world.variables |= WAIT_URL
    world.restart()
    hit = posted(world, wait_pay=0.06, review="hold", compensate=compensate)
    seat = arrived(world, hit, "A1")
    world.clock.advance(40)  # type: ignore[attr-defined]
    world.poll(seat)
    handed_in(world, seat, retainer="waited")
    world.room.review.run()
    # Decided on and deleted there, and nothing is told of it any more.
    world.market.handed_in.clear()
    world.market.deleted.add(hit)
    for _ in range(3):
        world.clock.advance(301)  # type: ignore[attr-defined]
        world.room.sizing.run()
        world.room.review.run()

    assert DynamoSubmissions().held(seat.assignment) is None
    (wait,) = [p for p in all_payments() if p.kind is not Kind.WORK]
    if compensate:
        assert (wait.kind, wait.wait_cents) == (Kind.COMPENSATION, 4)
        assert standing(wait) is Standing.OFFERED
        return
    (trouble,) = world.room.costs.now(["Dashboard"]).troubles
    assert trouble == wait
    assert standing(trouble) is Standing.IMPOSSIBLE
    assert "It cannot be paid" in trouble.why
    assert world.room.erasure.outlook("A1").hindrances == ()


@pytest.mark.parametrize("found", ["refused", "known again"])
def test_work_whose_hit_was_deleted__goes_by_what_the_market_still_tells(
    world: World, found: str
) -> None:
    hit = posted(world, review="hold")
    seat = arrived(world, hit, "A1")
    handed_in(world, seat, answer="yes")
    world.room.review.run()
    world.market.deleted.add(hit)
    world.market.settled[seat.assignment] = SeatState.REFUSED
    world.room.sizing.run()
    if found == "known again":
        # The market had forgotten it for a moment only: the work is held, and its HIT there.
        world.market.deleted.clear()
        world.market.settled.clear()
    world.clock.advance(301)  # type: ignore[attr-defined]
    world.room.review.run()

    (work,) = [p for p in all_payments() if p.kind is Kind.WORK]
    is_held = DynamoSubmissions().held(seat.assignment) is not None
    if found == "known again":
        assert (is_held, work.is_open) == (True, True)
    else:
        assert (is_held, work.state) == (False, PaymentState.VOID)


@pytest.mark.parametrize("who", ["a worker", "an assignment"])
def test_bonus_for_whom_the_market_does_not_know__ends_and_is_shown(place: Place, who: str) -> None:
    hit = open_hit(place)
    seat = place.arrive(hit, "Ada").seat
    assert seat is not None
    place.submit(seat.assignment)
    place.review()
    room = place.world.room
    worker = "AGONE" if who == "a worker" else seat.worker
    assignment = seat.assignment if who == "a worker" else "3GONE"
    room.errands.reward("sandbox", worker, assignment, 25, "Thanks", "k1")
    for _ in range(2):
        place.market.clock.advance(3_700)
        place.review()

    (gift,) = [p for p in all_payments() if p.kind is Kind.GIFT]
    assert standing(gift) is Standing.IMPOSSIBLE
    assert gift.again_ms < place.market.clock.now_ms() - 3_600_000, "tried once"
    assert [p.id for p in room.costs.now(["Dashboard"]).troubles] == [gift.id]
    place.market.clock.advance(31 * 86_400)
    place.review()
    assert room.costs.now(["Dashboard"]).troubles == ()
