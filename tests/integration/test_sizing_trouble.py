"""Sizing runs in trouble: claims that nobody answers, markets that refuse, leases that lapse."""

from __future__ import annotations

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain.market import MarketError, OutOfFunds
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.domain.protohits import ProtoHit
from tests.fakes import FakeMarket
from tests.integration.test_steps import refused
from tests.integration.world import World


def free_seats(world: World, proto: str = "Dashboard") -> int:
    return sum(p.seats for p in world.market.hits_out if p.proto == proto)


def why(world: World, proto: str = "Dashboard") -> str:
    return world.room.pools.state(proto).report.why


def test_claim_that_nobody_answers__is_recruited_for__when_nobody_else_waits(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.invoked(1)
    assert world.poll(world.seat("A1")).task is not None
    world.room.sizing.run()
    assert free_seats(world) == 0

    clock.advance(60)
    world.room.sizing.run()

    assert free_seats(world) == 1


def test_worker_who_holds_a_slot__does_not_count_as_waiting_for_it__by_another_seat(
    world: World,
) -> None:
    world.put_proto()
    first = world.seat("A1", "3X1")
    world.seat("A1", "3X2")
    world.invoked(2)
    world.poll(first)
    world.working(first, ack=True)

    world.room.sizing.run()

    assert free_seats(world) == 1


def test_empty_account__is_asked_once_a_run__and_told_of(world: World, clock: FakeClock) -> None:
    world.put_proto()
    world.put_proto(hit_type_id="Other")
    world.make(50)
    world.make(2, hit_type="Other")
    world.market.refusal = OutOfFunds("There is no money left.")

    world.room.sizing.run()

    assert world.market.asked_to_open == 2
    for proto, short in (("Dashboard", 50), ("Other", 2)):
        assert "There is no money left." in why(world, proto)
        assert world.room.pools.state(proto).report.short == short

    world.market.refusal = None
    clock.advance(60)
    world.room.sizing.run()
    assert free_seats(world) == 50
    assert "no money" not in why(world)


def test_refused_posting__stops_no_other_pool(world: World) -> None:
    for name in ("Bad", "Good"):
        world.put_proto(hit_type_id=name)
        world.make(3, hit_type=name)

    def refuse_bad(proto: ProtoHit) -> None:
        if proto.hit_type_id == "Bad":
            raise MarketError("The question is malformed.")

    world.market.on_open = refuse_bad
    world.room.sizing.run()

    assert free_seats(world, "Good") == 3
    assert "The question is malformed." in why(world, "Bad")


def test_market_that_is_not_configured__is_told_of__and_stops_no_other_pool(world: World) -> None:
    world.put_proto(hit_type_id="Bad", sandbox=False)
    world.put_proto(hit_type_id="Good")
    world.make(3, hit_type="Bad")
    world.make(3, hit_type="Good")

    world.room.sizing.run()

    assert free_seats(world, "Good") == 3
    assert "production is not configured" in why(world, "Bad")


def test_market_that_was_taken_away__stops_neither_sizing_nor_review(
    world: World, clock: FakeClock
) -> None:
    world.markets["production"] = FakeMarket("production")
    world.put_proto(sandbox=False)
    world.make(3)
    world.room.sizing.run()
    del world.markets["production"]
    world.room.reservations.set_sandbox("Dashboard", True)

    world.room.sizing.run()

    assert world.room.review.run() == 0
    assert len(world.postings.live("Dashboard")) == 1


def test_cancel_during_a_run__is_heard__however_many_pools_are_sized_after_it(
    world: World, clock: FakeClock
) -> None:
    for name in ("A", "B", "C", "D"):
        world.put_proto(hit_type_id=name)
    cancelled = world.make(9, hit_type="A")
    finished = world.make(4, hit_type="D")
    world.room.sizing.run()
    world.room.reservations.finish(finished)
    clock.advance(20)
    world.make(1, hit_type="B")
    world.make(1, hit_type="C")

    def cancel(proto: ProtoHit) -> None:
        if proto.hit_type_id == "B":
            world.room.reservations.finish(cancelled, cancelled=True)
            assert world.room.sizing.run("A", "cancel") == []

    world.market.on_open = cancel
    world.room.sizing.run()

    assert free_seats(world, "A") == 0
    # What another pool holds back is nobody's business.
    assert free_seats(world, "D") == 4


def test_run_that_lost_its_lease__stops(world: World, clock: FakeClock) -> None:
    for name in ("A", "B"):
        world.put_proto(hit_type_id=name)
        world.make(1, hit_type=name)
    notes = world.room.sizing._notes

    def dawdle(proto: ProtoHit) -> None:
        clock.advance(91)
        assert notes.take_lease("sizing", "another", clock.now_ms(), 90_000)

    world.market.on_open = dawdle
    world.room.sizing.run()

    assert [p.proto for p in world.market.hits_out] == ["A"]


def test_run_that_failed__leaves_no_lease_behind(world: World) -> None:
    world.put_proto()
    world.make(1)

    with refused(world.dynamo, "Scan", "-protohits"), pytest.raises(StoreUnavailable):
        world.room.sizing.run()
    world.room.sizing.run()

    assert free_seats(world) == 1


def test_stale_hits__are_replaced_in_the_same_run__at_the_cap_on_hits_out(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(max_hits_out=2)
    world.make(50)
    world.room.sizing.run()
    before = {p.hit for p in world.market.hits_out}
    clock.advance(181)

    world.room.sizing.run()

    after = {p.hit for p in world.market.hits_out}
    assert len(after) == 2
    assert not before & after


def test_posting_that_was_given_up__is_found_again__when_the_market_has_it_after_all(
    world: World,
) -> None:
    world.put_proto()
    world.make(1)
    world.room.sizing.run()
    (posting,) = world.postings.live("Dashboard")
    world.postings.set_stage(posting, PostingStage.DROPPED)

    assert world.postings.opened(posting, "3LATE", 1).stage is PostingStage.OPEN
    assert len(world.postings.live("Dashboard")) == 1
