"""A service whose tables were taken back to an earlier moment, at a market that was not: nobody is
paid twice for what the market knows and the tables do not, and everybody is paid once.

Weeks lie between, so that no request token of the market's stands in for looking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from chalicelib.kit.config import Config
from chalicelib.retainer.store.notes import DynamoNotes
from chalicelib.retainer.store.protohits import DynamoProtoHits
from operate.backup.items import Item
from operate.backup.tables import AT_ONCE, Tables
from operate.recover.readiness import LOOK_FIRST, make_ready
from tests.integration.paying import deaths
from tests.integration.place import Place, open_hit, placed
from tests.integration.world import SECRET

WEEKS_S = 20 * 86_400

Remembered = dict[str, list[Item]]


@pytest.fixture
def place(dynamo_endpoint: str) -> Iterator[Place]:
    with placed(dynamo_endpoint) as place:
        yield place


@pytest.fixture
def tables(place: Place, dynamo_endpoint: str) -> Tables:
    """The service's own; the market's are another's."""
    config = Config.from_env({
        "RETAINER_SEAT_SECRET": SECRET,
        "DYNAMODB_ENDPOINT": dynamo_endpoint,
        "RETAINER_TABLE_PREFIX": place.world.dynamo.table_prefix,
    })  # fmt: skip
    return Tables(replace(config, marketplace=replace(config.marketplace, enabled=False)))


def remember(tables: Tables) -> Remembered:
    return {d.name: list(tables.items(d.name)) for d in tables.definitions()}


def take_back(place: Place, tables: Tables, then: Remembered) -> None:
    place.market.clock.advance(WEEKS_S)
    for definition in tables.definitions():
        tables.empty(definition)
        items = then[definition.name]
        for first in range(0, len(items), AT_ONCE):
            tables.put(definition.name, items[first : first + AT_ONCE])
    make_ready(tables, place.market.clock, print)
    place.restart()


def waited_and_handed_in(place: Place, name: str) -> None:
    hit = open_hit(place, auto_approval_delay=2_592_000)
    state = place.arrive(hit, name)
    assert state.seat is not None
    place.market.clock.advance(40)
    place.world.poll(state.seat)
    place.submit(state.seat.assignment)


def lost_the_wait(place: Place, name: str) -> Callable[[], None]:
    """Have somebody vanish; return what pays them, by a HIT of their own."""
    place.wait_and_vanish(open_hit(place), name)

    def pay() -> None:
        place.market.clock.advance(1000)
        place.market.market.tick.run()
        place.review()
        place.review()
        (payment,) = place.world.payments.open("Dashboard")
        assert payment.posting is not None
        job = place.market.market.work.accept(place.worker(name), payment.posting)
        place.submit(job.assignment.assignment_id)
        place.review()

    return pay


def test_bonus_that_was_paid_since__is_found_and_not_paid_again(
    place: Place, tables: Tables
) -> None:
    waited_and_handed_in(place, "Ada")
    then = remember(tables)
    place.review()
    assert place.earned("Ada") == 5 + 4

    take_back(place, tables, then)
    place.review()
    place.review()

    assert place.earned("Ada") == 5 + 4
    assert not list(place.world.payments.open("Dashboard"))
    place.check_books()


@pytest.mark.parametrize("of", ["write", "call"])
def test_review_that_dies_after_the_recovery__pays_nobody_twice(
    place: Place, tables: Tables, of: str
) -> None:
    waited_and_handed_in(place, "Ada")
    then = remember(tables)
    place.review()

    struck = 0
    for death in deaths(of, after=True):
        take_back(place, tables, then)
        died = death.strikes(place.world, place.review)
        place.restart()
        place.review()
        assert place.earned("Ada") == 5 + 4
        place.check_books()
        if not died:
            break
        struck += 1
    assert struck >= 1


def test_lost_wait_that_was_paid_since__is_not_offered_again(place: Place, tables: Tables) -> None:
    pay = lost_the_wait(place, "Ada")
    then = remember(tables)
    pay()
    assert place.earned("Ada") == 4

    take_back(place, tables, then)
    place.market.market.tick.run()
    for _ in range(3):
        place.review()

    assert place.earned("Ada") == 4
    assert not list(place.world.payments.open("Dashboard"))
    place.check_books()


def test_what_is_owed_still__is_paid(place: Place, tables: Tables) -> None:
    waited_and_handed_in(place, "Ada")

    take_back(place, tables, remember(tables))
    place.review()

    assert place.earned("Ada") == 5 + 4
    place.check_books()


def test_looking_first__ends_after_its_time(place: Place, tables: Tables) -> None:
    make_ready(tables, place.market.clock, print)
    until = DynamoNotes().recovered_until()

    assert until == place.market.clock.now_ms() + LOOK_FIRST.total_seconds() * 1000


def test_posting__is_stopped_and_what_ran_is_remembered(place: Place, tables: Tables) -> None:
    hit = open_hit(place)
    place.world.put_proto(hit_type_id="Rests")
    place.world.room.reservations.set_stopped("Rests", True)
    said: list[str] = []

    first = make_ready(tables, place.market.clock, said.append)
    # Died before all was stopped, or switched to later: what ran is not forgotten.
    again = make_ready(tables, place.market.clock, said.append)

    assert hit
    assert first == again == ["Dashboard"]
    assert all(p.stopped for p in DynamoProtoHits().list())
    assert said[1].endswith("running were Dashboard")
