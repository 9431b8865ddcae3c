"""What markets tell: seats freed and work reviewed at once, and nothing done that should not be."""

from __future__ import annotations

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.payments import Kind
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.domain.seats import Closed, count
from tests.integration.faults import Faults, FaultySession, session_of
from tests.integration.paying import PAID, Death, all_payments, deaths, open_pool
from tests.integration.telling import accept, left, tell, told
from tests.integration.world import World
from tests.size import sized


@pytest.fixture
def hit(world: World) -> str:
    return open_pool(world, max_wait=300)


def waiting(world: World) -> int:
    return count(world.seats.list("Dashboard"), world.clock.now_ms()).waiting


@pytest.mark.parametrize("kind", ["AssignmentReturned", "AssignmentAbandoned"])
def test_left_seat__is_freed__and_its_call_goes_to_the_next_worker_at_once(
    world: World, clock: FakeClock, hit: str, kind: str
) -> None:
    ada, ben = accept(world, hit, "Ada"), accept(world, hit, "Ben")
    clock.advance(2)
    reservation = world.invoked(1)
    assert world.poll(ada).task is not None
    assert world.poll(ben).task is None

    assert tell(world, left(ada, clock.now_ms(), kind)) == []

    assert world.poll(ben).task is not None
    assert list(world.live_claims(reservation)) == ["Ben"]
    assert world.poll(ada).is_superseded
    assert waiting(world) == 0


def test_left_seat__counts_in_the_pool_no_more(world: World, clock: FakeClock, hit: str) -> None:
    ada, _ = accept(world, hit, "Ada"), accept(world, hit, "Ben")
    clock.advance(2)

    tell(world, left(ada, clock.now_ms()))

    assert waiting(world) == 1
    assert ("size_pools", {"hitType": "Dashboard", "reason": "told"}) in world.starter.started


@pytest.mark.parametrize("is_told", [True, False])
def test_what_was_waited__stays_owed(
    world: World, clock: FakeClock, hit: str, is_told: bool
) -> None:
    ada = accept(world, hit, "Ada")
    for _ in range(4):
        clock.advance(20)
        world.poll(ada)
    if is_told:
        tell(world, left(ada, clock.now_ms()))
    clock.advance(1_000)
    world.room.review.run()

    # 80 s at 6 cents a minute.
    (owed,) = all_payments()
    assert (owed.kind, owed.worker, owed.wait_cents) == (Kind.COMPENSATION, "Ada", 8)


def test_event_of_an_earlier_stay__changes_nothing(
    world: World, clock: FakeClock, hit: str
) -> None:
    """The assignment's id comes back: to another worker, and to the same."""
    earlier = clock.now_ms()
    clock.advance(60)
    for worker in ("Ada", "Ada", "Ben"):
        clock.advance(60)
        seat = accept(world, hit, worker, "3SAME")
        reservation = world.invoked(1)
        assert world.poll(seat).task is not None

        tell(world, left(seat, earlier), left(seat, clock.now_ms() - 1_000))

        assert world.now_of(seat).closed is None
        assert list(world.live_claims(reservation)) == [worker]
        world.room.reservations.finish_all(None)
        earlier = clock.now_ms()


def test_worker_who_comes_back_before_the_event__keeps_the_new_seat(
    world: World, clock: FakeClock, hit: str
) -> None:
    old = accept(world, hit, "Ada", "3SAME")
    first = world.invoked(1)
    assert world.poll(old).task is not None
    clock.advance(3)
    returned = clock.now_ms()
    clock.advance(2)

    new = accept(world, hit, "Ada", "3SAME")
    assert (new.epoch, world.now_of(old).closed) == (2, Closed.RETURNED)
    assert world.live_claims(first) == {}
    assert world.poll(new).task is not None
    tell(world, left(old, returned))
    tell(world, left(old, returned))

    assert world.now_of(new).closed is None
    assert world.live_claims(first) == {"Ada": new.seat_id}
    assert world.poll(old).is_superseded


def test_event_of_another_worker__or_hit__changes_nothing(
    world: World, clock: FakeClock, hit: str
) -> None:
    other = world.post_hit(hit="3OTHER")
    ada = accept(world, hit, "Ada")
    clock.advance(2)

    now = clock.now_ms()
    tell(
        world,
        left(ada, now, WorkerId="Ben"),
        told("AssignmentReturned", other, now, ada.assignment),
        told("AssignmentReturned", "3STRANGERS", now, ada.assignment),
        told("AssignmentReturned", hit, now, "3NEVERSEEN"),
        told("AssignmentAccepted", hit, now, ada.assignment),
        told("Ping", hit, now),
    )

    assert world.now_of(ada).closed is None
    assert world.starter.started[-1][1].get("reason") != "told"
    tell(world, left(ada, now, WorkerId="Ada"))
    assert world.now_of(ada).closed is Closed.RETURNED


def test_unsigned_seat__loses_its_call__but_is_not_closed_by_what_may_be_of_an_earlier_stay(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    hit = world.post_hit()
    ada = accept(world, hit, "Ada", signed=False)
    ben = accept(world, hit, "Ben", signed=False)
    reservation = world.invoked(1)
    assert world.poll(ada).task is not None
    clock.advance(2)

    tell(world, left(ada, clock.now_ms()))

    assert world.now_of(ada).closed is None
    assert world.poll(ben).task is not None
    assert list(world.live_claims(reservation)) == ["Ben"]


def test_unsigned_seat__that_was_heard_since__keeps_its_call(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada", signed=False)
    clock.advance(2)
    returned = clock.now_ms()
    clock.advance(20)
    reservation = world.invoked(1)
    assert world.poll(ada).task is not None

    tell(world, left(ada, returned))

    assert list(world.live_claims(reservation)) == ["Ada"]


def test_handed_in_work__is_reviewed_at_once(world: World, clock: FakeClock, hit: str) -> None:
    ada = accept(world, hit, "Ada")
    clock.advance(40)
    world.poll(ada)
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms(), answer="yes")

    submitted = left(ada, clock.now_ms(), "AssignmentSubmitted")
    tell(world, submitted, submitted)
    tell(world, submitted)

    assert world.market.approvals == 1
    assert [(b.worker, b.cents) for b in world.market.bonuses] == [("Ada", 4)]
    assert world.now_of(ada).closed is Closed.SUBMITTED


def test_handed_in_work_that_waited_for_less_than_a_cent__is_reviewed_at_once(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    clock.advance(2)
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms(), answer="yes")

    assert tell(world, left(ada, clock.now_ms(), "AssignmentSubmitted")) == []

    assert world.market.approvals == 1
    assert world.market.bonuses == []


def test_handed_in_work_that_is_to_be_held__is_held_at_once(world: World, clock: FakeClock) -> None:
    hit = open_pool(world, review="hold")
    ada = accept(world, hit, "Ada")
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms(), answer="yes")

    assert tell(world, left(ada, clock.now_ms(), "AssignmentSubmitted")) == []

    (held,), _ = world.room.decisions.page(None, None, 25)
    assert held.submission.assignment == ada.assignment
    assert world.market.settled == {}


def test_last_work_of_a_hit_that_is_over__settles_the_hit_at_once(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    world.room.hits.expire(hit)
    world.room.sizing.run()
    clock.advance(40)
    world.poll(ada)
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms(), answer="yes")

    tell(world, left(ada, clock.now_ms(), "AssignmentSubmitted"))

    posting = world.postings.by_hit(hit)
    assert posting is not None
    assert posting.stage is PostingStage.SETTLED
    assert world.market.settled[ada.assignment] is SeatState.PAID


def test_return_told_after_a_submission__changes_nothing(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    clock.advance(60)
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms())
    world.room.review.run()

    tell(world, left(ada, clock.now_ms()))

    assert world.now_of(ada).closed is Closed.SUBMITTED


@pytest.mark.parametrize("kind", ["HITExpired", "HITReviewable"])
def test_hit_that_is_over__has_its_pool_sized_now__and_not_once_for_every_event(
    world: World, clock: FakeClock, hit: str, kind: str
) -> None:
    world.room.reservations.finish_all(None)
    world.market.close(hit)
    world.starter.started.clear()

    for _ in range(3):
        tell(world, *[told(kind, hit, clock.now_ms())] * 3)

    assert world.starter.started == [("size_pools", {"hitType": "Dashboard", "reason": "told"})]
    world.room.sizing.run("Dashboard", "told")
    posting = world.postings.by_hit(hit)
    assert posting is not None
    assert posting.stage is not PostingStage.OPEN


def test_what_is_no_notification__is_logged_once__and_holds_up_nothing(
    world: World, clock: FakeClock, hit: str, caplog: pytest.LogCaptureFixture
) -> None:
    ada = accept(world, hit, "Ada")
    clock.advance(2)

    again = tell(world, "poison", left(ada, clock.now_ms()), '{"Events": 1}')

    assert again == []
    assert world.now_of(ada).closed is Closed.RETURNED
    dropped = [r for r in caplog.records if r.name == "retainer.events" and r.msg == "dropped"]
    assert [r.__dict__["queued"] for r in dropped] == ["0", "2"]


def test_market_that_is_away__costs_nothing_but_the_hint(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada, ben = accept(world, hit, "Ada"), accept(world, hit, "Ben")
    clock.advance(60)
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms())
    world.market.is_away = True

    submitted = left(ada, clock.now_ms(), "AssignmentSubmitted")
    assert tell(world, submitted, left(ben, clock.now_ms())) == []
    assert world.now_of(ben).closed is Closed.RETURNED

    world.market.is_away = False
    world.room.review.run()
    assert world.market.approvals == 1


def test_what_the_database_refuses__is_asked_for_again(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    clock.advance(2)
    stranger = told("AssignmentReturned", "3STRANGERS", clock.now_ms(), "3X")

    bodies = (stranger, left(ada, clock.now_ms()), "poison")
    faults = Faults(throttle=1.0)
    with session_of(world.dynamo, lambda real: FaultySession(real, faults, 1)):
        assert tell(world, *bodies) == ["1"]
    assert world.now_of(ada).closed is None
    assert tell(world, *bodies) == []

    assert world.now_of(ada).closed is Closed.RETURNED


@pytest.mark.parametrize("again", [True, False], ids=["delivered again", "lost"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_any_write__leaves_the_seat_to_the_next_delivery__or_to_time(
    world: World, clock: FakeClock, after: bool, again: bool
) -> None:
    hit = open_pool(world, **{**PAID, "max_assignments": 9})
    struck = 0
    for death in deaths("write", after):
        ada = accept(world, hit, f"Ada{death.nth}")
        ben = accept(world, hit, f"Ben{death.nth}")
        clock.advance(20)  # so that the sizing may be asked for again
        reservation = world.invoked(1)
        assert world.poll(ada).task is not None
        world.poll(ben)
        event = left(ada, clock.now_ms())

        died = Death("write", death.nth, after).strikes(world, lambda e=event: tell(world, e))
        if again:
            tell(world, event)
        else:
            clock.advance(16)

        assert world.poll(ben).task is not None
        assert list(world.live_claims(reservation)) == [ben.worker]
        world.room.reservations.finish_all(None)
        tell(world, left(ben, clock.now_ms()))
        if not died:
            break
        struck += 1
    assert struck >= sized(1, 3)
