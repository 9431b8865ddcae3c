"""Several pages with one assignment of one worker: the one loaded last speaks for the seat."""

from __future__ import annotations

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain import seatkey
from chalicelib.retainer.domain.seats import LOADS_MOST
from chalicelib.retainer.services.seating import PageState
from tests.integration.test_arrivals import arrive, waiting
from tests.integration.test_budgets import measured
from tests.integration.world import SECRET, World


@pytest.fixture
def posted(world: World) -> World:
    world.put_proto()
    world.post_hit()
    return world


def poll(world: World, page: PageState) -> PageState:
    return world.room.dispatch.poll("3A", page.seat_key)


def test_page_loaded_again__speaks_for_the_seat__and_the_older_one_steps_back(
    posted: World, clock: FakeClock
) -> None:
    older = arrive(posted, load="one")
    clock.advance(3)
    newer = arrive(posted, load="two")
    reservation = posted.invoked(1)
    clock.advance(20)

    with measured(posted.dynamo) as cost:
        told = poll(posted, older)
        pinged = arrive(posted, key=older.seat_key)

    assert told.is_superseded
    assert pinged.is_superseded
    assert told.task is None
    # It takes no call, and does not vouch for the worker any more.
    assert cost.writes == 0
    assert posted.ledger(reservation).claims == {}
    assert waiting(posted) == 1
    assert poll(posted, newer).task is not None
    assert poll(posted, older).is_superseded


def test_first_ping__sent_again_or_come_late__is_one_page(posted: World) -> None:
    lost = arrive(posted, load="one")
    page = arrive(posted, load="one")
    newer = arrive(posted, load="two")
    again = arrive(posted, load="two")

    assert not poll(posted, newer).is_superseded
    assert not poll(posted, again).is_superseded
    assert poll(posted, lost).is_superseded
    assert poll(posted, page).is_superseded


def test_pages_that_name_no_load__share_their_seat_as_ever(posted: World) -> None:
    """The original's, and ours of version 1."""
    first = arrive(posted)
    second = arrive(posted)

    assert not poll(posted, first).is_superseded
    assert not poll(posted, second).is_superseded
    assert not posted.room.dispatch.poll("3A", None).is_superseded


def test_key_of_an_earlier_version__is_good(posted: World) -> None:
    state = arrive(posted, load="one")
    assert state.seat is not None
    arrive(posted, load="two")
    body = "\n".join(["Dashboard", "3A", "1", "A1"]).encode()
    key = f"{seatkey._b64(body)}.{seatkey._b64(seatkey._mac(SECRET, body))}"

    assert not posted.room.dispatch.poll("3A", key).is_superseded


def test_answer_in_the_older_page__counts__and_that_page_works_on(posted: World) -> None:
    older = arrive(posted, load="one")
    reservation = posted.invoked(1)
    assert poll(posted, older).task is not None
    arrive(posted, load="two")

    def working(ack: bool) -> PageState:
        return posted.room.dispatch.working("A1", "3A", "3HIT", older.seat_key, True, ack)

    assert working(ack=False).is_superseded
    assert working(ack=True).task is not None
    assert working(ack=False).task is not None
    (claim,) = posted.ledger(reservation).claims.values()
    assert claim.ack_ms is not None


def test_loads__cost_a_write_each__and_have_an_end(posted: World) -> None:
    arrive(posted, load="0")
    with measured(posted.dynamo) as cost:
        for n in range(1, LOADS_MOST + 50):
            arrive(posted, load=f"{n}")

    assert cost.writes == LOADS_MOST
