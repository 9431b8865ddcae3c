"""Sizing on the real marketplace, over its protocol; whoever sizes dies after any write or call.

Then the schedule goes on: within two runs and the hold time the market offers what is needed, every
HIT is on record, none was made twice, and once nobody needs anything none is left. At full size
whoever sizes dies at every moment of each case, else at the one that the case names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.sizing import HOLD_MS
from tests.integration.fate import Fate
from tests.integration.market import Market, running_market
from tests.integration.paying import PAID
from tests.integration.place import Place, place_at
from tests.size import FULL

MINUTE = 60
LIFETIME_S = 400_000
"""Longer than the market remembers a token: what is forgotten goes on being offered."""

POOL = {**PAID, "lifetime": LIFETIME_S, "max_spend_per_hour": 1000, "max_spend_per_day": 1000}


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint, FakeClock()) as running:
        yield running


def wanted(place: Place, seats: int = 12) -> str:
    place.world.put_proto(**POOL)
    return place.world.make(seats)


def posted(place: Place, seats: int = 12) -> str:
    reservation = wanted(place, seats)
    place.world.room.sizing.run()
    place.market.clock.advance(MINUTE)
    return reservation


def size(place: Place, fate: Fate, reason: str = "schedule") -> None:
    fate.do(lambda: place.world.room.sizing.run(None, reason))


def post(place: Place, fate: Fate) -> None:
    wanted(place)
    size(place, fate)


def cover_seat_of_somebody_absent(place: Place, fate: Fate) -> None:
    posted(place)
    place.accept(place.hits()[0]["HITId"], "Ada")
    size(place, fate)


def replace_stale(place: Place, fate: Fate) -> None:
    posted(place)
    place.market.clock.advance(121)
    size(place, fate)


def expire_what_nobody_needs(place: Place, fate: Fate) -> None:
    place.world.room.reservations.finish(posted(place))
    size(place, Fate(place, 0))
    place.market.clock.advance(MINUTE)
    size(place, fate)


def cancel(place: Place, fate: Fate) -> None:
    dropped = posted(place)
    place.world.make(2)
    fate.do(lambda: place.world.room.reservations.finish(dropped, cancelled=True))
    size(place, fate, "cancel")


def stop(place: Place, fate: Fate) -> None:
    posted(place)
    fate.do(lambda: place.world.room.reservations.set_stopped(None, True))
    size(place, fate, "stop")


def replace_what_has_run_out(place: Place, fate: Fate) -> None:
    place.world.put_proto(**{**POOL, "lifetime": 120})
    place.world.make(12)
    place.world.room.sizing.run()
    place.world.put_proto(**POOL)
    place.market.clock.advance(150)
    size(place, fate)


def share(place: Place, fate: Fate) -> None:
    for name, more in (("A", {}), ("B", {"approval_rating": 95})):
        place.world.put_proto(**{**POOL, "hit_type_id": name, "pool": "lab", **more})
    place.world.make(10, hit_type="A")
    place.world.make(2, hit_type="B")
    size(place, fate)


def share_less(place: Place, fate: Fate) -> None:
    share(place, Fate(place, 0))
    place.market.clock.advance(MINUTE)
    place.world.room.reservations.finish_all("A")
    size(place, fate, "cancel")


def told(place: Place, fate: Fate) -> None:
    """Events are asked for with the first posting of a type."""
    place.queue = "https://sqs.us-east-1.amazonaws.com/123456789012/events"
    place.restart()
    post(place, fate)


@dataclass(frozen=True)
class Case:
    """What is done, what is offered in the end, and after what to die if not after everything."""

    act: Callable[[Place, Fate], None]
    seats: int
    soon: int | str
    late: int | str


CASES = [
    Case(post, 12, "CreateHIT", "PutItem"),
    Case(cover_seat_of_somebody_absent, 12, "PutItem", "CreateHIT"),
    Case(replace_stale, 12, "UpdateExpirationForHIT", "CreateHIT"),
    Case(expire_what_nobody_needs, 0, "UpdateExpirationForHIT", 7),
    Case(cancel, 2, 1, "CreateHIT"),
    Case(stop, 0, 1, "UpdateExpirationForHIT"),
    Case(replace_what_has_run_out, 12, "UpdateExpirationForHIT", "PutItem"),
    Case(share, 12, 9, "CreateHIT"),
    Case(share_less, 2, "UpdateExpirationForHIT", 9),
    Case(told, 12, "CreateHIT", "UpdateNotificationSettings"),
]


def reaches(place: Place, seats: int) -> None:
    """Runs as scheduled; what is offered must be right after two of them and the hold time."""
    until_ms: int | None = None
    done = 0
    while not done or place.seats_out() != seats:
        place.market.clock.advance(MINUTE)
        # Refused while a dead run's lease lasts: that is none.
        done += bool(place.world.room.sizing.run())
        now = place.market.clock.now_ms()
        if done == 2 and until_ms is None:
            until_ms = now + HOLD_MS
        assert until_ms is None or now <= until_ms, f"{place.seats_out()} offered, not {seats}"


@pytest.mark.parametrize("later_s", [MINUTE, 90_000], ids=["soon", "once the token is dead"])
@pytest.mark.parametrize("case", CASES, ids=[c.act.__name__ for c in CASES])
def test_sizing__dying_after_any_write_or_call__agrees_with_the_market(
    market: Market, dynamo_endpoint: str, case: Case, later_s: float
) -> None:
    place = place_at(market, dynamo_endpoint, in_process=True)
    chosen = case.soon if later_s == MINUTE else case.late
    for after in count(1) if FULL else [chosen]:
        place.begin()
        fate = Fate(place, after, later_s)
        case.act(place, fate)

        reaches(place, case.seats)
        place.check_hits()
        place.world.room.reservations.finish_all(None)
        reaches(place, 0)
        place.check_hits()
        place.check_money()
        if not fate.struck:
            assert FULL, f"there is no {after} in {fate.events}"
            break
