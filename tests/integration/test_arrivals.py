"""Who gets a seat, on the real engine."""

from __future__ import annotations

import threading

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errors import Conflict, NotAllowed, NotFound, RetainerError
from chalicelib.retainer.domain.reports import Report
from chalicelib.retainer.domain.seats import Closed, Seat, count
from chalicelib.retainer.services.seating import PageState
from tests.integration.faults import Gates, KillAt, Killed, session_of
from tests.integration.world import World
from tests.patience import PATIENCE_S
from tests.size import sized


def arrive(
    world: World, worker: str = "A1", assignment: str = "3A", signature: str = "",
    hit: str = "3HIT", key: str | None = None, load: str = "",
) -> PageState:  # fmt: skip
    told = Report(load=load)
    return world.room.arrivals.waiting(
        worker, assignment, hit, key, signature, acks=True, told=told
    )


def waiting(world: World) -> int:
    return count(world.seats.list("Dashboard"), world.clock.now_ms()).waiting


@pytest.fixture
def posted(world: World) -> World:
    world.put_proto()
    world.post_hit()
    return world


def test_first_ping__takes_a_seat__and_later_ones_keep_it(posted: World, clock: FakeClock) -> None:
    first = arrive(posted)
    clock.advance(16)
    again = arrive(posted, key=first.seat_key)
    by_name = arrive(posted)

    assert first.seat is not None
    assert again.seat is not None
    assert again.seat.seen_ms == clock.now_ms()
    assert by_name.seat == again.seat
    assert again.seat.arrived_ms == first.seat.arrived_ms
    assert waiting(posted) == 1


def test_poll_before_the_first_ping__does_no_harm(posted: World) -> None:
    assert posted.room.dispatch.poll("3A", None).seat is None

    arrive(posted)

    assert posted.room.dispatch.poll("3A", None).seat is not None


def test_unknown_hit__is_refused__and_leaves_no_trace(posted: World) -> None:
    with pytest.raises(NotFound) as refused:
        arrive(posted, hit="3NEVERPOSTED")

    assert refused.value.code == "unknown_hit"
    assert waiting(posted) == 0
    assert posted.seats.find_assignment("3A") is None


def test_second_worker__is_refused_while_the_seat_is_fresh__and_seated_once_it_is_stale(
    posted: World, clock: FakeClock
) -> None:
    arrive(posted, "A1")
    with pytest.raises(Conflict) as refused:
        arrive(posted, "A2")
    assert refused.value.code == "seat_taken"

    clock.advance(46)
    state = arrive(posted, "A2")

    assert state.seat is not None
    assert state.seat.epoch == 2
    assert waiting(posted) == 1


def test_old_epochs_page__is_told_so__and_its_claim_released(
    posted: World, clock: FakeClock
) -> None:
    old = arrive(posted, "A1")
    reservation = posted.invoked(1)
    assert old.seat is not None
    assert posted.poll(old.seat).task is not None
    posted.working(old.seat, ack=True)
    clock.advance(46)

    new = arrive(posted, "A2")

    assert posted.ledger(reservation).claims == {}
    assert posted.poll(old.seat).is_superseded
    assert posted.poll(old.seat).task is None
    assert new.seat is not None
    assert posted.poll(new.seat).task is not None


def test_worker_who_comes_back_after_a_return__gets_a_new_epoch(posted: World) -> None:
    old = arrive(posted)
    assert old.seat is not None
    posted.seats.close(old.seat, Closed.RETURNED, posted.clock.now_ms())

    new = arrive(posted)

    assert new.seat is not None
    assert new.seat.epoch == 2
    assert posted.poll(old.seat).is_superseded


def test_worker_who_comes_back_after_a_sleep__keeps_seat_and_claim(
    posted: World, clock: FakeClock
) -> None:
    state = arrive(posted)
    assert state.seat is not None
    posted.invoked(1)
    posted.poll(state.seat)
    posted.working(state.seat, ack=True)
    clock.advance(120)

    again = arrive(posted)

    assert again.seat is not None
    assert again.seat.epoch == 1
    assert posted.poll(again.seat).task is not None


def test_forged_seat_key__is_refused(posted: World) -> None:
    state = arrive(posted)
    other = arrive(posted, "A2", "3B")

    for key in ["nonsense", f"{state.seat_key}x", other.seat_key]:
        with pytest.raises(NotAllowed):
            posted.room.dispatch.poll("3A", key)
        with pytest.raises(NotAllowed):
            arrive(posted, key=key)


def test_ping_for_another_workers_seat__is_refused(posted: World) -> None:
    arrive(posted, "A1")

    with pytest.raises(NotAllowed):
        posted.room.dispatch.working("A2", "3A", "3HIT", None, True, True)


def test_forged_signature__is_refused__and_leaves_no_trace(posted: World) -> None:
    with pytest.raises(NotAllowed) as refused:
        arrive(posted, signature="forged")

    assert refused.value.code == "not_verified"
    assert posted.seats.find_assignment("3A") is None


def test_verified_only__lets_nobody_in_without_a_signature(world: World) -> None:
    world.put_proto(verifiedOnly=True)
    world.post_hit()
    reservation = world.invoked(20)

    for n in range(sized(100, 1_000)):
        with pytest.raises(NotAllowed):
            arrive(world, f"A{n}", f"3A{n}")
        assert world.room.dispatch.poll(f"3A{n}", None).task is None

    assert waiting(world) == 0
    assert world.ledger(reservation).claims == {}
    assert arrive(world, signature="signed").seat is not None


def test_unsigned_arrivals__never_outnumber_the_seats_of_their_hit(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.post_hit(seats=2)
    arrive(world, "A1", "3A")
    arrive(world, "A2", "3B")
    with pytest.raises(Conflict) as refused:
        arrive(world, "A3", "3C")
    assert refused.value.code == "hit_full"
    assert waiting(world) == 2

    clock.advance(46)
    assert arrive(world, "A3", "3C").seat is not None
    assert waiting(world) == 1


def test_unsigned_arrivals__are_limited_in_number(world: World, clock: FakeClock) -> None:
    world.put_proto()
    world.post_hit(seats=1)
    seated = 0
    for n in range(30):
        try:
            arrive(world, f"A{n}", f"3A{n}")
            seated += 1
        except RetainerError:
            pass
        clock.advance(46)

    assert seated == 10


def test_signed_arrival__takes_its_seat_from_whoever_sat_there_unsigned(posted: World) -> None:
    arrive(posted, "A1")

    state = arrive(posted, "A2", signature="signed")

    assert state.seat is not None
    assert state.seat.verified
    assert state.seat.epoch == 2


def test_worker_who_opens_the_page_late__waits_only_as_long_as_the_assignment_bears(
    posted: World, clock: FakeClock
) -> None:
    posted.market.accepted_ms = clock.now_ms()
    clock.advance(290)
    state = arrive(posted, signature="signed")
    assert state.seat is not None
    assert not posted.poll(state.seat).is_wait_over

    clock.advance(11)
    assert posted.poll(state.seat).is_wait_over


def test_signed_seats__are_called_first(posted: World, clock: FakeClock) -> None:
    unsigned = arrive(posted, "A1", "3A")
    signed = arrive(posted, "A2", "3B", signature="signed")
    posted.invoked(1)
    assert unsigned.seat is not None
    assert signed.seat is not None

    assert posted.poll(unsigned.seat).task is None
    assert posted.poll(signed.seat).task is not None


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 7))
def test_arrival__is_whole_after_the_next_ping__whichever_write_it_dies_at(
    posted: World, clock: FakeClock, nth: int, after: bool
) -> None:
    """The hardest arrival: it takes over a stale seat that holds a claim."""
    old: Seat | None = arrive(posted, "A1").seat
    assert old is not None
    reservation = posted.invoked(1)
    posted.poll(old)
    posted.working(old, ack=True)
    clock.advance(46)

    with session_of(posted.dynamo, lambda real: KillAt(real, nth, after)) as session:
        try:
            arrive(posted, "A2")
        except Killed:
            pass
        else:
            assert session.writes < nth, "it went on after its death"
    state = arrive(posted, "A2")

    assert state.seat is not None
    assert state.seat.worker == "A2"
    assert posted.poll(old).is_superseded
    assert posted.poll(state.seat).task is not None
    assert list(posted.live_claims(reservation)) == ["A2"]


def test_unsigned_worker__has_one_seat_of_a_hit__whatever_assignments_they_invent(
    posted: World, clock: FakeClock
) -> None:
    arrive(posted, "A1", "3A")
    for n in range(5):
        with pytest.raises(Conflict) as refused:
            arrive(posted, "A1", f"3FAKE{n}")
        assert refused.value.code == "seat_taken"

    clock.advance(46)
    assert arrive(posted, "A1", "3B").seat is not None
    assert len([s for s in posted.seats.list("Dashboard") if s.seen_ms == clock.now_ms()]) == 1


def test_refused_arrival__leaves_a_stale_seat_and_its_claim_alone(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(verifiedOnly=True)
    world.post_hit()
    state = arrive(world, signature="signed")
    assert state.seat is not None
    reservation = world.invoked(1)
    world.poll(state.seat)
    world.working(state.seat, ack=True)
    clock.advance(60)

    with pytest.raises(NotAllowed):
        arrive(world, "A2")

    assert world.now_of(state.seat).closed is None
    assert list(world.live_claims(reservation)) == ["A1"]


def test_arrival_at_a_full_hit__leaves_a_stale_seat_alone(world: World, clock: FakeClock) -> None:
    world.put_proto()
    world.post_hit(seats=1)
    old = arrive(world, "A1", "3A").seat
    assert old is not None
    clock.advance(46)
    arrive(world, "A2", "3B")

    with pytest.raises(Conflict) as refused:
        arrive(world, "A3", "3A")

    assert refused.value.code == "hit_full"
    assert world.now_of(old).closed is None


def test_signed_arrival__is_not_kept_out__by_who_claimed_its_assignment_for_another_hit(
    posted: World,
) -> None:
    posted.post_hit(hit="3OTHER")
    arrive(posted, "A1", "3A", hit="3OTHER")

    state = arrive(posted, "A1", "3A", signature="signed")

    assert state.seat is not None
    assert (state.seat.hit, state.seat.epoch, state.seat.verified) == ("3HIT", 2, True)


def test_claim_of_an_old_epoch__is_released__though_its_page_acknowledges_meanwhile(
    posted: World, clock: FakeClock
) -> None:
    old = arrive(posted, "A1").seat
    assert old is not None
    reservation = posted.invoked(1)
    posted.poll(old)
    clock.advance(46)
    thread = threading.Thread(target=arrive, args=(posted, "A2"), name="newcomer")

    with session_of(posted.dynamo, Gates) as gates:
        # Room is made, the seat closed, the ledger read: now the claim changes.
        gates.hold("newcomer", 3)
        thread.start()
        assert gates.reached("newcomer", 3)
        ledger = posted.ledger(reservation)
        assert posted.ledgers.show(ledger, ledger.claims["A1"], clock.now_ms(), ack=True).done
        gates.let_go("newcomer", 3)
        thread.join(PATIENCE_S)

    assert posted.ledger(reservation).claims == {}
