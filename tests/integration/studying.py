"""Workers who come by the door, are called, and hand in, as the market's part is played."""

from __future__ import annotations

import hashlib
from typing import Any

from chalicelib.retainer.domain.seats import Seat
from tests.integration.world import World


def posted(world: World, proto: str = "Dashboard", **fields: Any) -> str:
    """Declare a ProtoHIT with one open reservation and have a HIT of it out; return the HIT."""
    world.put_proto(hit_type_id=proto, **fields)
    world.make(1, hit_type=proto, delay_s=30)
    out = {p.hit for p in world.market.hits_out}
    world.room.sizing.run(proto)
    (hit,) = {p.hit for p in world.market.hits_out} - out
    return hit


def assignment_of(worker: str, hit: str) -> str:
    """Make an assignment's id that does not tell whose it is, as a market's does not."""
    return f"3{hashlib.sha256(f'{worker} {hit}'.encode()).hexdigest()[:20].upper()}"


def arrived(world: World, hit: str, worker: str, assignment: str | None = None) -> Seat:
    """Seat a worker whom the market signed for."""
    state = world.room.arrivals.waiting(
        worker, assignment or assignment_of(worker, hit), hit, None, "signed", acks=True
    )
    assert state.seat is not None
    return state.seat


def answered(world: World, seat: Seat, **reservation: Any) -> str:
    """Call a worker for a new reservation, who says that they are there; return it."""
    values = {"hit_type": seat.proto, **reservation}
    made = world.invoked(1, **values)
    assert world.poll(seat).task is not None
    world.working(seat)
    world.working(seat, ack=True)
    return made


def handed_in(world: World, seat: Seat, **answers: str) -> None:
    """Hand in at the market; the next review sees it."""
    now = world.clock.now_ms()
    world.market.hand_in(seat.worker, seat.assignment, seat.hit, now, **answers)


def took_part(world: World, hit: str, worker: str, **answers: str) -> Seat:
    """Come, be called, answer and hand in; return the seat."""
    seat = arrived(world, hit, worker)
    answered(world, seat)
    handed_in(world, seat, **answers)
    world.room.review.run()
    return seat
