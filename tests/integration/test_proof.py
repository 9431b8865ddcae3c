"""Who may speak for a seat: proof at every step, not at the door only."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errors import Conflict, NotAllowed
from chalicelib.retainer.domain.reports import Report
from chalicelib.retainer.domain.seats import Closed, Seat
from chalicelib.retainer.services.seating import PageState
from chalicelib.retainer.store.tables import ProtoHits
from tests.fakes import FakePosting
from tests.integration.faults import StaleReads, session_of
from tests.integration.world import World


@pytest.fixture
def signed(world: World) -> World:
    """A ProtoHIT whose requester says nothing of unsigned arrivals, at a market that signs."""
    world.put_proto(verifiedOnly=None)
    world.post_hit()
    return world


def arrive(
    world: World, worker: str = "A1", assignment: str = "3A", signature: str = "signed",
    load: str = "",
) -> PageState:  # fmt: skip
    told = Report(load=load)
    return world.room.arrivals.waiting(
        worker, assignment, "3HIT", None, signature, acks=True, told=told
    )


def seated(world: World, worker: str = "A1", assignment: str = "3A") -> Seat:
    seat = arrive(world, worker, assignment).seat
    assert seat is not None
    return seat


def listed(world: World) -> dict[str, Any]:
    (proto,) = world.room.reservations.protos()
    return {"verifiedOnly": proto.verified_only, "wants": proto.conditions.verified_only}


def refused(world: World, code: str, **more: Any) -> None:
    with pytest.raises(NotAllowed) as met:
        arrive(world, **more)
    assert met.value.code == code


def test_unsigned_arrival__is_refused_where_the_market_signs__unless_the_requester_lets_it_in(
    signed: World,
) -> None:
    refused(signed, "not_verified", signature="")
    assert listed(signed) == {"verifiedOnly": None, "wants": True}

    signed.put_proto(verifiedOnly=False)
    assert listed(signed) == {"verifiedOnly": False, "wants": False}
    assert arrive(signed, signature="").seat is not None


def test_original_client__which_never_says__has_it_as_its_market_can(world: World) -> None:
    world.market.signs = False
    world.restart()
    world.put_proto(verifiedOnly=None)
    world.post_hit()

    # What is opened without anything signed is served as ever: polls and acknowledgement, too.
    seat = arrive(world, signature="").seat
    assert seat is not None
    world.invoked(1)
    assert world.room.dispatch.poll("3A", None).task is not None
    assert world.room.dispatch.working("A1", "3A", "3HIT", None, False, False).task is not None
    assert listed(world) == {"verifiedOnly": None, "wants": False}


def test_switch_of_market__keeps_the_door_as_the_hits_own_market_has_it(signed: World) -> None:
    signed.room.reservations.set_sandbox("Dashboard", False)

    assert listed(signed) == {"verifiedOnly": None, "wants": False}
    refused(signed, "not_verified", signature="")


@pytest.mark.parametrize(("before", "now"), [(False, None), (True, True)])
def test_protohit_of_an_earlier_version__whose_false_said_nothing__wants_signatures(
    signed: World, before: bool, now: bool | None
) -> None:
    row = ProtoHits.get("Dashboard")
    spec = {name: value for name, value in row.spec.items() if name != "signed"}
    row.spec = {**spec, "verified_only": before}
    row.save()

    assert listed(signed) == {"verifiedOnly": now, "wants": True}
    refused(signed, "not_verified", signature="")


def test_assignments_id_alone__opens_nothing_of_a_signed_seat(
    signed: World, clock: FakeClock
) -> None:
    seat = seated(signed)
    reservation = signed.invoked(1)
    clock.advance(30)

    told = signed.room.dispatch.poll("3A", None)

    assert (told.withheld, told.seat, told.seat_key, told.task) == (True, None, None, None)
    assert signed.ledger(reservation).claims == {}
    # Nor does it keep the worker there.
    assert signed.now_of(seat).seen_ms == seat.seen_ms
    assert signed.room.dispatch.poll("3A", None, signature="forged") == told


def test_signature_or_key__opens_all_of_a_signed_seat(signed: World) -> None:
    seat = seated(signed)
    signed.invoked(1)

    assert signed.room.dispatch.poll("3A", None, signature="signed").task is not None
    assert signed.poll(seat).task is not None
    shown = signed.room.dispatch.working("A1", "3A", "3HIT", None, True, False, signature="signed")
    assert shown.task is not None


def test_unproved_ping__neither_acknowledges_nor_keeps_nor_takes_the_page_over(
    signed: World, clock: FakeClock
) -> None:
    seat = seated(signed)
    reservation = signed.invoked(1)
    assert signed.poll(seat).task is not None
    clock.advance(10)

    with pytest.raises(NotAllowed) as met:
        signed.room.dispatch.working("A1", "3A", "3HIT", None, True, True)
    assert met.value.code == "proof_needed"
    refused(signed, "proof_needed", signature="", load="stranger")

    assert signed.ledger(reservation).claims["A1"].ack_ms is None
    assert signed.now_of(seat).load == ""
    assert not signed.poll(seat).is_superseded
    assert signed.working(seat, ack=True).task is not None


def test_unproved_ping__is_refused__though_the_seat_is_not_seen_at_first(signed: World) -> None:
    reservation = signed.make(1)
    with session_of(signed.dynamo, StaleReads):
        assert signed.room.dispatch.poll("3A", None).seat is None
        seat = seated(signed)
        signed.room.reservations.invoke(reservation)
        assert signed.poll(seat).task is not None

        with pytest.raises(NotAllowed):
            signed.room.dispatch.working("A1", "3A", "3HIT", None, True, True)

    assert signed.ledger(reservation).claims["A1"].ack_ms is None


def test_stale_seat_that_was_signed_for__is_not_taken_by_who_brings_nothing(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(verifiedOnly=False)
    world.post_hit()
    seat = seated(world)
    reservation = world.invoked(1)
    world.poll(seat)
    world.working(seat, ack=True)
    clock.advance(120)

    with pytest.raises(Conflict):
        arrive(world, "AEVE", signature="")

    assert world.now_of(seat).closed is None
    assert list(world.live_claims(reservation)) == ["A1"]


def test_worker_who_proves_their_seat_later__takes_it_from_whoever_made_it_up(
    world: World,
) -> None:
    world.put_proto(verifiedOnly=False)
    world.post_hit()
    made_up = arrive(world, signature="").seat
    assert made_up is not None

    seat = seated(world)

    assert (seat.epoch, seat.verified) == (2, True)
    assert world.poll(made_up).is_superseded


@pytest.fixture
def open_door(world: World) -> World:
    """Whoever comes may wait, at a market that signs for those whom it knows."""
    world.put_proto(verifiedOnly=False)
    world.post_hit(conditions=True)
    return world


def made_up(world: World, *workers: str) -> list[Seat]:
    seats = [arrive(world, w, f"3{w}", signature="").seat for w in workers]
    return [seat for seat in seats if seat is not None]


def test_seats_that_nobody_signed_for__count_towards_no_target__while_a_signed_one_waits(
    open_door: World,
) -> None:
    open_door.market.postings["all taken"] = FakePosting("3HIT", 9, "Dashboard", held=9)
    open_door.make(3)
    assert len(made_up(open_door, "AEVE1", "AEVE2", "AEVE3")) == 3
    (full,) = open_door.room.sizing.run()
    seated(open_door)
    made_up(open_door, "AEVE4")
    row = open_door.ledgers.get_pool("Dashboard")
    assert row is not None

    (sized,) = open_door.room.sizing.run()

    # Where only such pages come, as the original's, they are who there is.
    assert (full.waiting, full.posted) == (3, 0)
    assert (sized.waiting, sized.posted) == (1, 1)
    assert open_door.room.pools.state("Dashboard").qualified == 1
    # Nor does one who came last make those wait longer who were signed for.
    assert (row.waiting, row.verified_waiting) == (4, 1)


def test_claim_that_nobody_signed_for__is_kept_by_no_acknowledgement__while_a_signed_one_waits(
    open_door: World, clock: FakeClock
) -> None:
    eve, mallory = made_up(open_door, "AEVE", "AMALLORY")
    reservation = open_door.invoked(1)
    assert open_door.poll(eve).task is not None
    open_door.working(eve, ack=True)
    clock.advance(20)
    # Nobody else gets it who was not signed for either, and looks at nothing but the board.
    assert open_door.poll(mallory).task is None
    assert list(open_door.live_claims(reservation)) == ["AEVE"]

    seat = seated(open_door)
    assert open_door.poll(seat).task is not None

    assert list(open_door.live_claims(reservation)) == ["A1"]
    assert open_door.ledger(reservation).acked == 0
    told = open_door.poll(eve)
    assert (told.task, told.released) == (None, True)
    with pytest.raises(Conflict):
        open_door.working(eve, ack=True)
    # Signed for and acknowledged, it is settled.
    open_door.working(seat, ack=True)
    other = seated(open_door, "A2", "3B")
    assert open_door.poll(other).task is None
    assert (open_door.ledger(reservation).full_until_ms or 0) > open_door.clock.now_ms()


def test_claim_that_nobody_signed_for__stays__once_the_market_has_the_work(
    open_door: World,
) -> None:
    (page,) = made_up(open_door, "AORIGINAL")
    reservation = open_door.invoked(1)
    open_door.poll(page)
    open_door.working(page, ack=True)
    open_door.seats.close(page, Closed.SUBMITTED, open_door.clock.now_ms())

    assert open_door.poll(seated(open_door)).task is None

    assert list(open_door.ledger(reservation).claims) == ["AORIGINAL"]
    assert (open_door.ledger(reservation).full_until_ms or 0) > open_door.clock.now_ms()


def test_worker_whose_name_somebody_used__gets_their_call_from_them(open_door: World) -> None:
    (stranger,) = made_up(open_door, "A1")
    reservation = open_door.invoked(1)
    open_door.poll(stranger)
    open_door.working(stranger, ack=True)

    seat = seated(open_door)

    assert open_door.poll(seat).task is not None
    assert open_door.live_claims(reservation) == {"A1": seat.seat_id}


def test_market_that_signs_nothing__has_no_claims_to_take_over(world: World) -> None:
    world.market.signs = False
    world.restart()
    world.put_proto()
    world.post_hit(conditions=True)
    (page,) = made_up(world, "AORIGINAL")
    reservation = world.invoked(1)
    world.poll(page)
    world.working(page, ack=True)

    assert world.ledger(reservation).unsigned_claims == []
    assert (world.ledger(reservation).full_until_ms or 0) > world.clock.now_ms()
