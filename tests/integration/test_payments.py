"""Payments on the real engine: one bonus each, whoever dies when, and owed until it is paid."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.market import MarketError, SeatState
from chalicelib.retainer.domain.payments import Cents, PaymentState, day_of
from chalicelib.retainer.domain.reservations import Policy
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.store.payments import DynamoPayments
from chalicelib.retainer.store.tables import Assignments, Seats
from tests.fakes import Bonus
from tests.integration.faults import Killed, Meanwhile, session_of
from tests.integration.paying import (
    all_payments,
    all_totals,
    check_books,
    deaths,
    open_pool,
    waiter,
)
from tests.integration.telling import accept
from tests.integration.world import World
from tests.size import FULL, sized


@pytest.fixture
def hit(world: World) -> str:
    return open_pool(world)


def hand_in(world: World, seat: Seat) -> None:
    world.market.hand_in(seat.worker, seat.assignment, seat.hit, world.clock.now_ms(), a="1")


def served(world: World, seat: Seat, answer_s: float) -> str:
    """Call a worker, who answers after so long."""
    reservation = world.invoked(1)
    assert world.poll(seat).task is not None
    world.working(seat)
    world.clock.sleep(answer_s)
    world.working(seat, ack=True)
    return reservation


def test_wait_and_quick_answer__are_one_bonus_with_its_reason(
    world: World, hit: str, clock: FakeClock
) -> None:
    seat = waiter(world, hit, "A1")
    served(world, seat, 1.5)
    clock.advance(30)
    hand_in(world, seat)

    world.room.review.run()
    world.room.review.run()

    (bonus,) = world.market.bonuses
    assert (bonus.worker, bonus.assignment, bonus.cents) == ("A1", "3A1", 28)
    assert bonus.reason.startswith(
        "Waited 4 min 10 s at $0.06 a minute: $0.25. Answered within 2 seconds: $0.03. Reference "
    )
    assert world.market.settled == {"3A1": SeatState.PAID}
    assert all_totals() == Cents(waiting=25, work=5, bonus=3, fee=1 + 6)
    check_books(world)


def test_slow_answer__earns_the_wait_only(world: World, hit: str) -> None:
    seat = waiter(world, hit, "A1")
    served(world, seat, 2.5)
    hand_in(world, seat)

    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [25]


def test_page_that_never_asks_for_an_answer__earns_no_quick_bonus(world: World, hit: str) -> None:
    seat = waiter(world, hit, "A1", acks=False)
    world.invoked(1)
    world.poll(seat)
    world.working(seat)
    hand_in(world, seat)

    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [25]


def test_waited_in_vain__is_paid_up_to_the_submission_and_no_further(
    world: World, hit: str, clock: FakeClock
) -> None:
    seat = waiter(world, hit, "A1", seconds=100)
    clock.advance(20)
    hand_in(world, seat)
    clock.advance(20)
    world.seats.heartbeat(seat, clock.now_ms(), acks=True)

    world.room.review.run()

    # Up to five seconds of difference between the market's clock and ours are given.
    assert [b.cents for b in world.market.bonuses] == [13]
    assert "Waited 2 min 5 s" in world.market.bonuses[0].reason


def test_nothing_earned__is_no_bonus(world: World) -> None:
    hit = open_pool(world, wait_pay=0, quick_bonus=0)
    hand_in(world, waiter(world, hit, "A1"))

    world.room.review.run()

    assert world.market.bonuses == []
    assert all_totals() == Cents(work=5, fee=1)


def test_reward__is_that_of_the_hit__not_of_the_protohit_now(world: World, hit: str) -> None:
    world.put_proto(reward=0.50)
    hand_in(world, waiter(world, hit, "A1"))

    world.room.review.run()

    assert all_totals().work == 5


def test_out_of_funds__stays_owed_and_is_paid_once_there_is_money(world: World, hit: str) -> None:
    world.market.is_broke = True
    hand_in(world, waiter(world, hit, "A1"))
    world.room.review.run()
    world.room.review.run()

    (owed,) = DynamoPayments().open("Dashboard")
    assert (owed.cents, owed.state) == (25, PaymentState.OWED)
    assert owed.why.startswith("out of funds")
    assert world.market.settled == {"3A1": SeatState.PAID}

    world.market.is_broke = False
    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [25]
    assert list(DynamoPayments().open("Dashboard")) == []
    check_books(world)


def test_cap_that_is_reached__keeps_nobody_from_what_they_were_promised(
    world: World, hit: str
) -> None:
    world.put_proto(wait_pay=0.06, quick_bonus=0.03, max_spend_per_hour=0, max_spend_per_day=0)
    hand_in(world, waiter(world, hit, "A1"))

    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [25]


def test_posting__commits_the_pay_that_it_promises(world: World, hit: str) -> None:
    (posting,) = world.postings.live("Dashboard")

    # Reward 5 and its fee 1, wait 30 and quick 3, and their fee 7.
    assert posting.committed_cents == posting.seats * (6 + 33 + 7)


def test_money_for_fewer_seats_with_their_pay__posts_fewer(world: World) -> None:
    world.put_proto(wait_pay=0.06, quick_bonus=0.03, max_spend_per_hour=1.00)
    world.make(9)
    world.room.sizing.run()

    assert sum(p.seats for p in world.market.hits_out) == 2


def test_refused_bonus__is_owed_with_its_reason__and_asked_for_hourly(
    world: World, hit: str, clock: FakeClock
) -> None:
    def refuse(*_: object) -> None:
        asked.append(clock.now_ms())
        raise MarketError("The worker has done nothing for you in six months.")

    asked: list[int] = []
    world.market.pay_bonus = refuse  # type: ignore[method-assign]
    hand_in(world, waiter(world, hit, "A1"))
    for _ in range(10):
        world.room.review.run()
        clock.advance(60)
    (owed,) = DynamoPayments().open("Dashboard")

    assert len(asked) == 1
    assert "six months" in owed.why
    clock.advance(3600)
    world.room.review.run()
    assert len(asked) == 2


@pytest.mark.parametrize("rule", ["approve", "hold"])
@pytest.mark.parametrize("later_s", [60, 90_000], ids=["soon", "once the token is dead"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("of", ["write", "call"])
def test_review__dying_anywhere__pays_each_once(
    world: World, clock: FakeClock, of: str, after: bool, later_s: int, rule: str
) -> None:
    hit = open_pool(world, review=rule)
    struck = 0
    for death in deaths(of, after):
        worker = f"A{death.nth}"
        seat = waiter(world, hit, worker)
        hand_in(world, seat)
        if rule == "hold":
            world.room.review.run()
            world.room.decisions.decide(seat.assignment, "approve", "")

        if not death.strikes(world, world.room.review.run):
            break
        struck += 1
        clock.advance(later_s)
        if later_s > 86_400:
            world.market.tokens.clear()
        world.room.review.run()

        mine = [b for b in world.market.bonuses if b.worker == worker]
        assert [b.cents for b in mine] == [25]
        assert world.market.settled[seat.assignment] is SeatState.PAID
        check_books(world)
        assert all(p.state is PaymentState.PAID for p in all_payments())
        world.market.put_work_away()
    assert struck >= (sized(3, 6) if of == "write" else sized(1, 3))


@pytest.mark.parametrize("rule", ["approve", "hold"] if FULL else ["hold"])
@pytest.mark.parametrize("dies", [False, True] if FULL else [False])
def test_review_in_the_midst_of_another__leaves_nothing_held_and_pays_each_once(
    world: World, rule: str, dies: bool
) -> None:
    def review_and_die() -> None:
        world.restart()
        world.room.review.run()
        if dies:
            raise Killed

    hit = open_pool(world, review=rule)
    for nth in range(1, 100):
        seat = waiter(world, hit, f"A{nth}")
        hand_in(world, seat)
        if rule == "hold":
            world.room.review.run()
            world.room.decisions.decide(seat.assignment, "approve", "")

        make = partial(Meanwhile, nth=nth, happens=review_and_die)
        with session_of(world.dynamo, make) as first:
            with suppress(Killed):
                world.room.review.run()
            if not first.happened:
                break
        if dies:
            world.restart()
            world.room.review.run()

        assert world.room.decisions.page(None, None, 25) == ([], None)
        assert [b.cents for b in world.market.bonuses if b.worker == f"A{nth}"] == [25]
        assert world.market.settled[seat.assignment] is SeatState.PAID
        check_books(world)
        world.market.put_work_away()
    assert nth > 20


def test_bonus_paid_by_somebody_else__is_none_of_ours(world: World, hit: str) -> None:
    seat = waiter(world, hit, "A1")
    world.market.bonuses.append(Bonus("A1", "3A1", 25, "A present of the requester's."))
    hand_in(world, seat)

    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [25, 25]


def test_payment_on_the_last_second_of_a_day__is_in_that_days_total(
    world: World, hit: str, clock: FakeClock
) -> None:
    clock.advance(86_400 - clock.now_ms() / 1000 % 86_400 - 1)
    today = day_of(clock.now_ms())
    hand_in(world, waiter(world, hit, "A1"))
    world.room.review.run()
    clock.advance(2)
    hand_in(world, waiter(world, hit, "A2"))
    world.room.review.run()

    totals = DynamoPayments().totals("Dashboard", today, day_of(clock.now_ms()))
    assert [(day, cents.waiting) for day, cents in totals] == [
        (today, 25), (day_of(clock.now_ms()), 25),
    ]  # fmt: skip


def test_surplus_worker_who_was_quick__goes_on_waiting_and_keeps_the_bonus(
    world: World, hit: str, clock: FakeClock
) -> None:
    first, second = waiter(world, hit, "A1", seconds=60), waiter(world, hit, "A2", seconds=60)
    world.invoked(1, policy=Policy.FIRST)
    assert world.poll(first).task is not None
    assert world.poll(second).task is not None
    world.working(first)
    world.working(second)
    clock.advance(1)
    world.working(first, ack=True)
    with pytest.raises(Conflict):
        world.working(second, ack=True)
    for _ in range(4):
        clock.advance(5)
        world.poll(second)
    hand_in(world, second)

    world.room.review.run()

    # 60 s before the call, 20 s after it, and 3 cents for the answer.
    assert [(b.worker, b.cents) for b in world.market.bonuses] == [("A2", 8 + 3)]


def test_page_that_hides_when_it_had_the_task__gains_nothing_by_that(
    world: World, hit: str, clock: FakeClock
) -> None:
    seat = waiter(world, hit, "A1")
    world.invoked(1)
    assert world.poll(seat).task is not None
    clock.advance(4)
    world.working(seat)
    world.working(seat, ack=True)
    hand_in(world, seat)

    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [25]


def test_work_held_for_long__is_paid_its_wait_though_old_seats_have_been_cleared_away(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world, review="hold", auto_approval_delay=2_592_000)
    seat = accept(world, hit, "A1")
    clock.advance(40)
    hand_in(world, seat)
    world.room.review.run()
    clock.advance(10 * 86_400)
    # As the database does by itself.
    for model in (Seats, Assignments):
        for row in model.scan(model.ttl < clock.now_ms() // 1000):
            row.delete()
    world.room.decisions.decide("3A1", "approve", "")
    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [4]
    check_books(world)
