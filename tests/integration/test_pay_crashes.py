"""Review and payment on the real marketplace; whoever pays dies after any write or any call.

People of all kinds are paid in one go: called and quick, in vain, rejected and yet owed their wait,
gone without a trace. Then everything is done again, soon or when the market's tokens are dead, and
all books agree to the cent. At full size whoever pays dies at every moment of each case, else at
the one that the case names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errands import ErrandKind
from chalicelib.retainer.domain.payments import PaymentState
from chalicelib.retainer.domain.seats import Seat
from tests.integration.fate import Fate
from tests.integration.market import Market, running_market
from tests.integration.paying import all_payments
from tests.integration.place import Place, open_hit, place_at
from tests.size import FULL

FORTNIGHT_S = 14 * 86_400


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint, FakeClock()) as running:
        yield running


def arrived(place: Place, hit: str, name: str) -> Seat:
    seat = place.arrive(hit, name).seat
    assert seat is not None
    return seat


def submissions(place: Place, fate: Fate) -> dict[str, int]:
    """One called who answered at once, and one who waited in vain."""
    hit = open_hit(place, auto_approval_delay=2_592_000)
    ada, ben = arrived(place, hit, "Ada"), arrived(place, hit, "Ben")
    place.market.clock.advance(40)
    for seat in (ada, ben):
        place.world.poll(seat)
    place.world.invoked(1)
    assert place.world.poll(ada).task is not None
    place.world.working(ada, ack=True)
    for seat in (ada, ben):
        place.submit(seat.assignment)
    fate.do(place.review)
    # Reward 5, 40 s at 6 cents a minute, quick 3.
    return {"Ada": 5 + 4 + 3, "Ben": 5 + 4}


def decisions(place: Place, fate: Fate) -> dict[str, int]:
    """Work that is held, and then approved or rejected; the wait is owed all the same."""
    hit = open_hit(place, auto_approval_delay=2_592_000, review="hold")
    seats = {name: arrived(place, hit, name) for name in ("Ada", "Ben")}
    place.market.clock.advance(40)
    for seat in seats.values():
        place.submit(seat.assignment)
    fate.do(place.review)
    decide = place.world.room.decisions.decide
    fate.do(lambda: decide(seats["Ada"].assignment, "approve", "Good."))
    fate.do(lambda: place.world.room.decisions.decide(seats["Ben"].assignment, "reject", "No."))
    fate.do(place.review)
    return {"Ada": 5 + 4, "Ben": 4}


def approved_by_the_market(place: Place, fate: Fate) -> dict[str, int]:
    """Nobody reviewed in time, so the market did; the wait is owed all the same."""
    hit = open_hit(place, auto_approval_delay=60)
    ada = arrived(place, hit, "Ada")
    place.market.clock.advance(40)
    place.submit(ada.assignment)
    place.market.clock.advance(61)
    fate.do(place.review)
    return {"Ada": 5 + 4}


def compensation(place: Place, fate: Fate) -> dict[str, int]:
    """A browser dies; nobody takes the first HIT that is posted for its worker, then they do."""
    hit = open_hit(place)
    place.wait_and_vanish(hit, "Ada")
    place.market.clock.advance(1_000)
    fate.do(place.review)
    place.market.clock.advance(FORTNIGHT_S + 100_000)
    # Its end is noticed by one run, the next posts again.
    fate.do(place.review)
    fate.do(place.review)
    take_what_is_owed(place)
    place.market.clock.advance(601)
    fate.do(place.review)
    return {"Ada": 4}


def tools(place: Place, fate: Fate) -> dict[str, int]:
    """A bonus of the requester's own; the worker is written to, blocked and unblocked."""
    hit = open_hit(place)
    ada = arrived(place, hit, "Ada")
    place.submit(ada.assignment)
    place.review()
    give = ("sandbox", ada.worker, ada.assignment, 7, "Well done.", "a key")
    fate.do(lambda: place.world.room.errands.reward(*give))
    for kind in (ErrandKind.MESSAGE, ErrandKind.BLOCK, ErrandKind.UNBLOCK):
        place.world.room.errands.ask(kind, "sandbox", [ada.worker], "Subject", "Text")
    fate.do(lambda: place.world.room.errands.run())
    fate.do(lambda: place.world.room.review.pay())
    return {"Ada": 5 + 7}


def take_what_is_owed(place: Place) -> None:
    """Do what a worker does who finds their HIT: accept, and click."""
    for payment in all_payments():
        if payment.state is PaymentState.POSTED:
            job = place.accept(str(payment.posting), "Ada")
            place.submit(job.assignment.assignment_id)


@dataclass(frozen=True)
class Case:
    """What is done, and after what to die if not after everything."""

    act: Callable[[Place, Fate], dict[str, int]]
    soon: str
    late: str


CASES = [
    Case(submissions, "ApproveAssignment", "SendBonus"),
    Case(decisions, "RejectAssignment", "ApproveAssignment"),
    Case(approved_by_the_market, "SendBonus", "TransactWriteItems"),
    Case(compensation, "AssociateQualificationWithWorker", "CreateHIT"),
    Case(tools, "NotifyWorkers", "SendBonus"),
]


@pytest.mark.parametrize("later_s", [60, 90_000], ids=["soon", "once the token is dead"])
@pytest.mark.parametrize("case", CASES, ids=[c.act.__name__ for c in CASES])
def test_pay__dying_after_any_write_or_call__agrees_in_all_books(
    market: Market, dynamo_endpoint: str, case: Case, later_s: float
) -> None:
    place = place_at(market, dynamo_endpoint, in_process=True)
    chosen = case.soon if later_s == 60 else case.late
    for after in count(1) if FULL else [chosen]:
        place.begin()
        fate = Fate(place, after, later_s)
        owed = case.act(place, fate)
        for _ in range(3):
            place.market.clock.advance(3_601)
            place.review()
            take_what_is_owed(place)

        where = f"after event {len(fate.events)}, {fate.struck}"
        assert {name: place.earned(name) for name in owed} == owed, where
        ends = {PaymentState.PAID, PaymentState.VOID}
        assert {p.state for p in all_payments()} <= ends, where
        place.check_money()
        place.world.room.reservations.finish_all(None)
        for _ in range(4):
            place.market.clock.advance(60)
            place.world.room.sizing.run()
        place.check_hits()
        if not fate.struck:
            assert FULL, f"there is no {after} in {fate.events}"
            break
