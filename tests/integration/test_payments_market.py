"""Pay on the real marketplace, over its protocol: three books that must agree to the cent.

Ours (payments and totals), the marketplace's ledger, and the requester's balance; workers wait, are
called, submit, vanish; and whoever pays dies at any write or any call.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.retainer.store.payments import DynamoPayments
from tests.integration.paying import Death
from tests.integration.place import Place, open_hit, placed
from tests.size import FULL, sized


@pytest.fixture
def place(dynamo_endpoint: str) -> Iterator[Place]:
    with placed(dynamo_endpoint) as place:
        yield place


def test_wait_quick_answer_and_reward__agree_in_three_books(place: Place) -> None:
    hit = open_hit(place)
    state = place.arrive(hit, "Ada")
    assert state.seat is not None
    place.market.clock.advance(40)
    place.world.poll(state.seat)
    place.world.invoked(1)
    assert place.world.poll(state.seat).task is not None
    place.world.working(state.seat)
    place.world.working(state.seat, ack=True)
    place.submit(state.seat.assignment)

    place.review()
    place.review()

    # Reward 5, 40 s at 6 cents a minute, quick 3.
    assert place.earned("Ada") == 5 + 4 + 3
    place.check_books()
    (paid,) = place.client.list_bonus_payments(AssignmentId=state.seat.assignment)["BonusPayments"]
    assert paid["BonusAmount"] == "0.07"
    assert paid["Reason"].startswith("Waited 40 s at $0.06 a minute: $0.04. Answered within 2 ")


@pytest.mark.parametrize("later_s", [60, 90_000] if FULL else [90_000])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("of", ["write", "call"])
def test_review__dying_anywhere__agrees_in_three_books(
    place: Place, of: str, after: bool, later_s: int
) -> None:
    struck = 0
    for nth in range(1 + (not FULL and after), 40, sized(2, 1)):
        hit = open_hit(place, lifetime=3600, auto_approval_delay=2_592_000)
        state = place.arrive(hit, f"Ada {nth}")
        assert state.seat is not None
        place.market.clock.advance(30)
        place.submit(state.seat.assignment)
        place.world.markets["sandbox"].close(hit)
        place.world.room.sizing.run()

        died = Death(of, nth, after).strikes(place.world, place.review)
        place.market.clock.advance(later_s)
        place.review()

        assert place.earned(f"Ada {nth}") == 5 + 3
        place.check_books()
        if not died:
            break
        struck += 1
        for posting in place.world.postings.live("Dashboard"):
            place.world.markets["sandbox"].close(str(posting.hit))
        place.world.room.reservations.finish_all(None)
        place.world.room.sizing.run()
        place.review()
    assert struck >= sized(2, 3)


def test_lost_wait__is_paid_by_a_hit_that_one_worker_sees_and_takes(place: Place) -> None:
    hit = open_hit(place)
    for name in ("Ada", "Ben"):
        place.wait_and_vanish(hit, name)
    other = place.worker("Cid")
    place.market.clock.advance(1000)
    place.market.market.tick.run()
    place.review()
    place.review()

    posted = {p.worker: str(p.posting) for p in DynamoPayments().open("Dashboard") if p.posting}
    ada = place.worker("Ada")
    ben = place.worker("Ben")
    assert posted.keys() == {ada.worker_id, ben.worker_id}
    for stranger in (ben, other):
        with pytest.raises(MarketplaceError):
            place.market.market.work.accept(stranger, posted[ada.worker_id])
    job = place.market.market.work.accept(ada, posted[ada.worker_id])
    assert str(job.shown.url).startswith("https://wait.example.org/compensation.html?amount=0.04")
    place.submit(job.assignment.assignment_id)
    place.review()

    assert place.earned("Ada") == 4
    assert [p.worker for p in DynamoPayments().open("Dashboard")] == [ben.worker_id]
    job = place.market.market.work.accept(ben, posted[ben.worker_id])
    place.submit(job.assignment.assignment_id)
    place.review()
    place.check_books()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("of", ["write", "call"])
def test_compensation__dying_anywhere__is_posted_and_paid_once(
    place: Place, of: str, after: bool
) -> None:
    struck = 0
    for nth in range(1 + (not FULL and after), 40, sized(2, 1)):
        hit = open_hit(place, lifetime=3600)
        place.wait_and_vanish(hit, f"Ada {nth}")
        place.market.clock.advance(1000)
        died = Death(of, nth, after).strikes(place.world, place.review)
        place.market.clock.advance(3700)
        place.review()
        (waiting,) = DynamoPayments().open("Dashboard")
        ada = place.worker(f"Ada {nth}")
        job = place.market.market.work.accept(ada, str(waiting.posting))
        place.submit(job.assignment.assignment_id)
        place.market.clock.advance(601)
        died |= Death(of, nth, after).strikes(place.world, place.review)
        place.market.clock.advance(601)
        place.review()

        assert place.earned(f"Ada {nth}") == 4
        place.check_books()
        if not died:
            break
        struck += 1
        place.world.room.reservations.finish_all(None)
        place.world.room.sizing.run()
    assert struck >= sized(2, 3)
