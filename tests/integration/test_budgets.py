"""What a poll, a claim and an acknowledgement cost, in DynamoDB's own units, on the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.retainer.domain.errors import NotFound
from chalicelib.retainer.domain.pacing import PoolRow
from chalicelib.retainer.store.notes import DynamoNotes
from tests.integration.world import World

READS = {"GetItem", "Query", "BatchGetItem", "Scan"}


@dataclass
class Cost:
    reads: int = 0
    writes: int = 0
    read_units: float = 0
    write_units: float = 0


@contextmanager
def measured(dynamo: Dynamo) -> Iterator[Cost]:
    before = dynamo.consumed.copy()
    cost = Cost()
    yield cost
    for (operation, what), value in (dynamo.consumed - before).items():
        if operation in READS:
            cost.reads += value if what == "calls" else 0
            cost.read_units += value if what == "units" else 0
        elif what == "calls":
            cost.writes += value
        elif what == "units":
            cost.write_units += value


@pytest.mark.parametrize(("seats", "made", "finished"), [(3, 1, 0), (60, 30, 30)])
def test_poll_that_finds_nothing__costs_one_unit_whatever_is_on_record(
    world: World, seats: int, made: int, finished: int
) -> None:
    world.put_proto()
    for n in range(finished):
        world.room.reservations.finish(world.invoked(1, foreign_id=n))
    for n in range(made):
        world.make(1, foreign_id=n, delay_s=3600)
    seat, *_ = [world.seat(f"A{n}") for n in range(seats)]

    with measured(world.dynamo) as with_key:
        world.poll(seat)
    with measured(world.dynamo) as without:
        world.room.dispatch.poll(seat.assignment, None)

    assert (with_key.read_units, with_key.writes) == (1, 0)
    assert (without.read_units, without.writes) == (1.5, 0)


def test_poll__reads_ten_rows_at_most__while_hundreds_run(world: World, clock: FakeClock) -> None:
    world.put_proto()
    for n in range(30):
        world.invoked(1, foreign_id=n)
        assert world.poll(world.seat(f"B{n}")).task is not None
    idle = world.seat("A1")

    with measured(world.dynamo) as cost:
        assert world.poll(idle).task is None

    assert cost.reads == 2
    assert cost.read_units <= 1
    assert cost.writes == 0


def test_heartbeats__are_at_most_four_a_minute__whatever_the_page_does(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.post_hit()
    state = world.room.arrivals.waiting("A1", "3A", "3HIT", None, "", True)
    assert state.seat is not None

    with measured(world.dynamo) as cost:
        for second in range(60):
            clock.advance(1)
            world.room.dispatch.poll("3A", None)
            if second % 2:
                world.room.arrivals.waiting("A1", "3A", "3HIT", None, "", True)

    assert 3 <= cost.writes <= 4
    assert cost.write_units == cost.writes


@pytest.mark.parametrize(("slots", "most"), [(1, 2), (20, 2), (100, 9)])
def test_claim__is_at_most_three_writes__each_within_its_units(
    world: World, slots: int, most: int
) -> None:
    world.put_proto()
    world.invoked(slots)
    costs = []
    for n in range(slots):
        seat = world.seat(f"A{n:013d}", f"3{n:029d}")
        with measured(world.dynamo) as cost:
            assert world.poll(seat).task is not None
        costs.append(cost)

    assert {c.writes for c in costs[:-1]} <= {2}
    assert costs[-1].writes == 3
    # The first write is the seat's, of one unit; the rest are the ledger's.
    assert max((c.write_units - 1) for c in costs[:-1] or [Cost(write_units=1)]) <= most
    # The last claim tells the board as well: its index moves the row, two units more.
    assert costs[-1].write_units - 1 <= 2 * most + 2


def test_invoke__reads_the_ledger_once(world: World) -> None:
    world.put_proto()
    reservation = world.make(1)

    with measured(world.dynamo) as cost:
        world.room.reservations.invoke(reservation)

    # Ledger, ProtoHIT, and the pool's row with what it is reckoned from.
    assert cost.reads == 4
    assert cost.writes <= 4


def test_pings__of_a_large_pool__are_written_as_seldom_as_polls(
    world: World, clock: FakeClock
) -> None:
    """Of 30,000 workers each heartbeat vouches for over two minutes: else none of their time would
    be paid that lies between two of them."""
    world.put_proto(wait_pay=0.06)
    world.post_hit()
    state = world.room.arrivals.waiting("A1", "3A", "3HIT", None, "", True)
    world.ledgers.put_pool(PoolRow("Dashboard", waiting=30_000), counted=True)

    with measured(world.dynamo) as cost:
        clock.advance(50)
        world.room.arrivals.waiting("A1", "3A", "3HIT", state.seat_key, "", True)
    assert cost.writes == 0
    clock.advance(50)
    kept = world.room.arrivals.waiting("A1", "3A", "3HIT", state.seat_key, "", True).seat

    assert kept is not None
    assert kept.seen_ms == clock.now_ms()
    assert kept.waits_from_ms == kept.arrived_ms


@pytest.mark.race
def test_latencies__of_many_at_once__are_all_kept(world: World) -> None:
    notes = DynamoNotes()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: notes.add_latencies("Dashboard", [(n, n)]), range(150)))

    assert sorted(notes.latencies("Dashboard")) == [(n, n) for n in range(150)]
    for n in range(150, 500):
        notes.add_latencies("Dashboard", [(n, n)])
    assert notes.latencies("Dashboard") == [(n, n) for n in range(300, 500)]


def test_acknowledgement__is_at_most_two_writes(world: World) -> None:
    world.put_proto()
    world.invoked(2)
    costs = []
    for n in range(2):
        seat = world.seat(f"A{n}")
        world.poll(seat)
        with measured(world.dynamo) as shown:
            world.working(seat)
        with measured(world.dynamo) as acknowledged:
            world.working(seat, ack=True)
        costs.append((shown.writes, acknowledged.writes))

    assert costs == [(1, 1), (1, 2)]


@pytest.mark.parametrize(("seats", "made"), [(1, 1), (50, 60)])
def test_invoke__is_a_constant_number_of_writes(world: World, seats: int, made: int) -> None:
    world.put_proto()
    for n in range(seats):
        world.seat(f"A{n}")
    reservations = [world.make(1, foreign_id=n) for n in range(made)]

    with measured(world.dynamo) as cost:
        world.room.reservations.invoke(reservations[0])

    # The ledger, the pool's row, and the call for the pool to measure.
    assert cost.writes == 3


def test_invoke_of_a_reservation_made_ahead__is_not_measured(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    reservation = world.make(1)
    clock.advance(61)

    with measured(world.dynamo) as cost:
        world.room.reservations.invoke(reservation)

    assert cost.writes == 2


def test_poll_while_full__does_not_try_in_vain(world: World, clock: FakeClock) -> None:
    """Twenty wait while one is called and has not answered yet: nobody writes but heartbeats."""
    world.put_proto()
    world.invoked(1)
    called = world.seat("A0")
    world.poll(called)
    world.working(called)
    waiting = [world.seat(f"A{n}") for n in range(1, 20)]

    with measured(world.dynamo) as cost:
        for _ in range(10):
            clock.advance(1)
            for seat in waiting:
                assert world.poll(seat).task is None

    # After five seconds one of them reads the ledger and puts the deadline right, for all.
    assert cost.writes <= 2


def test_page_of_a_hit__costs_three_reads_and_no_write(world: World) -> None:
    world.put_proto(page={"title": "Photos", "pastime": "game"})
    hit = world.post_hit()

    with measured(world.dynamo) as cost:
        world.room.pages.of_hit(hit)
    with pytest.raises(NotFound):
        world.room.pages.of_hit("3NEVER")

    assert (cost.reads, cost.writes) == (3, 0)
