"""Workers who said that they are there, and then went: their slot ends with their assignment."""

from __future__ import annotations

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.reservations import HANDED_IN_WITHIN_MS, Policy
from chalicelib.retainer.domain.seats import Closed, Seat
from chalicelib.retainer.store.submissions import DynamoSubmissions
from chalicelib.retainer.store.tables import Ledgers
from tests.integration.faults import Killed, Meanwhile, session_of
from tests.integration.paying import all_payments, open_pool
from tests.integration.telling import accept, left, tell
from tests.integration.world import World

DURATION_S = 1_000
KNOWN_S = HANDED_IN_WITHIN_MS / 1000


@pytest.fixture
def hit(world: World) -> str:
    return open_pool(world, max_wait=300, assignment_duration=DURATION_S, max_assignments=9)


def at_work(world: World, seat: Seat, **more: object) -> str:
    reservation = world.invoked(1, **more)
    assert world.poll(seat).task is not None
    world.working(seat)
    world.working(seat, ack=True)
    return reservation


def holders(world: World, reservation: str) -> list[str]:
    return [claim.worker for claim in world.ledger(reservation).claims.values()]


@pytest.mark.parametrize("kind", ["AssignmentReturned", "AssignmentAbandoned"])
@pytest.mark.parametrize("signed", [True, False])
def test_assignment_that_is_returned_at_work__gives_its_slot_to_who_waits(
    world: World, clock: FakeClock, hit: str, kind: str, signed: bool
) -> None:
    world.put_proto(verifiedOnly=False, assignment_duration=DURATION_S)
    ada = accept(world, hit, "Ada", signed=signed)
    reservation = at_work(world, ada)
    clock.advance(100)
    ben = accept(world, hit, "Ben", signed=signed)
    assert world.poll(ben).task is None

    for _ in range(2):
        tell(world, left(ada, clock.now_ms(), kind))

    assert world.poll(ben).task is not None
    assert holders(world, reservation) == ["Ben"]
    assert world.ledger(reservation).gone == 1


def test_page_of_a_returned_hit__loaded_again__brings_nobody_back__but_who_accepts_it_again(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada", "3SAME")
    clock.advance(5)
    tell(world, left(ada, clock.now_ms()))
    world.invoked(1)
    again = world.room.arrivals.waiting("Ada", "3SAME", hit, None, "signed", True)

    told = page_state(again)
    assert (told["returned"], told["superseded"]) == (True, True)
    assert again.seat is not None
    assert world.poll(again.seat).task is None
    clock.advance(5)
    assert world.poll(accept(world, hit, "Ada", "3SAME")).task is not None


@pytest.mark.parametrize("found_by", ["a poll", "the sizing run", "their own page"])
@pytest.mark.parametrize("answer_within", [0, 120])
def test_slot_of_who_vanished_at_work__ends_with_the_assignment__or_the_time_to_answer(
    world: World, clock: FakeClock, hit: str, found_by: str, answer_within: int
) -> None:
    world.put_proto(assignment_duration=DURATION_S, answer_within=answer_within)
    ada = accept(world, hit, "Ada")
    reservation = at_work(world, ada)
    clock.advance((answer_within or DURATION_S + KNOWN_S) - 2)
    ben = accept(world, hit, "Ben")
    world.poll(ben)
    world.room.sizing.run()
    assert holders(world, reservation) == ["Ada"]

    clock.advance(3)
    if found_by == "the sizing run":
        world.room.sizing.run()
        assert holders(world, reservation) == []
    if found_by == "their own page":
        with pytest.raises(Conflict) as refused:
            world.working(ada)
        assert refused.value.code == "released"
        assert world.poll(ada).task is None
        assert holders(world, reservation) == []

    assert world.poll(ben).task is not None
    assert holders(world, reservation) == ["Ben"]
    assert not world.poll(ada).task
    # They had answered their call: that is no call let pass.
    assert world.room.attendance.standing("Ada", verified=True).unanswered == 0


def test_somebody_is_recruited_for_who_vanished(world: World, clock: FakeClock, hit: str) -> None:
    world.room.reservations.finish_all(None)
    at_work(world, accept(world, hit, "Ada"))
    world.market.close(hit)
    clock.advance(60)
    assert [(r.wanted, r.posted) for r in world.room.sizing.run()] == [(0, 0)]

    clock.advance(DURATION_S + KNOWN_S)

    assert [(r.wanted, r.posted) for r in world.room.sizing.run()] == [(1, 1)]


def test_deadlines__need_no_market(world: World, clock: FakeClock, hit: str) -> None:
    reservation = at_work(world, accept(world, hit, "Ada"))
    world.market.is_away = True
    clock.advance(DURATION_S + KNOWN_S + 1)

    world.room.sizing.run()

    assert holders(world, reservation) == []


@pytest.mark.parametrize("dies", [False, True])
def test_work_that_was_handed_in__keeps_its_slot__though_its_review_died(
    world: World, clock: FakeClock, hit: str, dies: bool
) -> None:
    """Of two slots one is answered: the other one's end must not free it."""
    ada, ben = accept(world, hit, "Ada"), accept(world, hit, "Ben")
    reservation = world.invoked(2)
    for seat in (ada, ben):
        world.poll(seat)
        world.working(seat, ack=True)
    clock.advance(60)
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms(), answer="yes")
    if dies:
        with session_of(world.dynamo, lambda real: _OnceKept(real)), pytest.raises(Killed):
            world.room.review.run()
    else:
        world.room.review.run()
    clock.advance(DURATION_S + KNOWN_S)
    cleo, dora = accept(world, hit, "Cleo"), accept(world, hit, "Dora")
    told = [world.poll(seat).task for seat in (cleo, dora)]
    world.room.sizing.run()
    told += [world.poll(seat).task for seat in (cleo, dora)]

    assert sorted(holders(world, reservation)) == ["Ada", "Cleo"]
    assert [task is not None for task in told] == [True, False, True, False]
    world.room.review.run()
    results = world.room.results.read(reservation, None, 0)
    assert [s.answers for s in results.slots if s.worker == "Ada"] == [{"answer": "yes"}]


class _OnceKept:
    """Kills who has just kept a submission."""

    def __init__(self, real: object) -> None:
        self._real = real

    def send(self, request: object) -> object:
        answer = self._real.send(request)  # type: ignore[attr-defined]
        body = request.body  # type: ignore[attr-defined]
        if b"submissions" in body and b"PutItem" in request.headers["X-Amz-Target"]:  # type: ignore[attr-defined]
            raise Killed
        return answer

    def close(self) -> None:
        self._real.close()  # type: ignore[attr-defined]


def test_work_that_comes_too_late__is_kept_with_its_reservation_and_paid_once(
    world: World, clock: FakeClock, hit: str
) -> None:
    world.put_proto(assignment_duration=DURATION_S, answer_within=60)
    for name, asks_first in (("Ada", False), ("Ben", True)):
        seat = accept(world, hit, name)
        reservation = at_work(world, seat)
        clock.advance(70)
        world.room.sizing.run()
        if asks_first:
            world.poll(seat)
        world.market.hand_in(name, seat.assignment, hit, clock.now_ms(), answer="late")
        for _ in range(2):
            world.room.review.run()

        assert [s.answers for s in DynamoSubmissions().of(reservation)] == [{"answer": "late"}]
        gone = world.room.results.read(reservation, None, 0).gone
        assert [(s.worker, s.answers) for s in gone] == [(name, {"answer": "late"})]
        world.room.reservations.finish(reservation)
    assert world.market.approvals == 2


def test_who_leaves_at_work_by_our_page__has_answered_nothing(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada, ben = accept(world, hit, "Ada"), accept(world, hit, "Ben")
    reservation = at_work(world, ada)
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms(), retainer="left")
    world.room.review.run()

    assert world.poll(ben).task is not None
    assert holders(world, reservation) == ["Ben"]
    assert world.market.approvals == 1


@pytest.mark.parametrize("policy", [Policy.OVER, Policy.FIRST])
def test_first_to_answer_who_then_goes__is_replaced(
    world: World, clock: FakeClock, hit: str, policy: Policy
) -> None:
    ada, ben = accept(world, hit, "Ada"), accept(world, hit, "Ben")
    world.room.sizing.run()
    reservation = world.invoked(1, policy=policy)
    for seat in (ada, ben):
        world.poll(seat)
    world.working(ada, ack=True)
    for _ in range(2):
        assert world.poll(ben).task is None

    tell(world, left(ada, clock.now_ms()))

    clock.advance(1)
    assert world.poll(ben).task is not None
    world.working(ben, ack=True)
    clock.advance(DURATION_S + KNOWN_S)
    cleo = accept(world, hit, "Cleo")
    assert world.poll(cleo).task is not None
    assert holders(world, reservation) == ["Cleo"]


def test_reservation_of_an_earlier_version__frees_who_is_gone__too(
    world: World, clock: FakeClock, hit: str
) -> None:
    """It left the board when all had acknowledged, and kept no deadline of theirs."""
    ada = accept(world, hit, "Ada")
    reservation = at_work(world, ada)
    claim = Ledgers.claims["Ada"]
    Ledgers(reservation).update(
        actions=[
            claim["d"].remove(), Ledgers.left.remove(), Ledgers.answer_within.remove(),
            Ledgers.board.remove(), Ledgers.rank.remove(), Ledgers.full_until.remove(),
        ]
    )  # fmt: skip
    clock.advance(DURATION_S + KNOWN_S - 1)
    ben = accept(world, hit, "Ben")
    world.room.sizing.run()
    assert holders(world, reservation) == ["Ada"]

    clock.advance(2)
    world.room.sizing.run()

    assert world.poll(ben).task is not None
    ledger = world.ledger(reservation)
    assert (holders(world, reservation), ledger.gone, list(ledger.left or ())) == (
        ["Ben"], 1, [ada.seat_id],
    )  # fmt: skip


def test_returned_seat__whose_claim_changes_meanwhile__is_freed_all_the_same(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    reservation = world.invoked(1)
    world.poll(ada)
    event = left(ada, clock.now_ms())

    def acknowledge() -> None:
        world.working(ada, ack=True)

    with session_of(world.dynamo, lambda real: Meanwhile(real, 4, acknowledge)):
        tell(world, event)

    assert holders(world, reservation) == []
    assert world.now_of(ada).closed is Closed.RETURNED


def test_erasing_a_worker__takes_their_name_out_of_the_work_that_they_left(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    reservation = world.invoked(1)
    world.poll(ada)
    clock.advance(5)
    world.working(ada, ack=True)
    clock.advance(DURATION_S + KNOWN_S + 1)
    world.room.sizing.run()
    for _ in range(4):
        clock.advance(3600)
        world.room.sizing.run()
        world.room.review.run()
    assert [g.claim.worker for g in (world.ledger(reservation).left or {}).values()] == ["Ada"]

    world.room.erasure.ask("Ada", "Ada")
    world.room.erasure.run()

    assert [g.claim.worker for g in (world.ledger(reservation).left or {}).values()] != ["Ada"]


@pytest.mark.parametrize("asked_again", [True, False])
def test_quick_answer__stays_owed_to_who_was_gone_afterwards(
    world: World, clock: FakeClock, hit: str, asked_again: bool
) -> None:
    ada = accept(world, hit, "Ada")
    at_work(world, ada)
    clock.advance(DURATION_S + KNOWN_S + 1)
    world.room.sizing.run()
    if asked_again:
        assert world.poll(ada).released
    clock.advance(600)
    world.room.review.run()

    assert [(p.worker, p.quick_cents) for p in all_payments()] == [("Ada", 3)]
