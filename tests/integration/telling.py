"""What a market tells of its HITs, as it comes out of the queue; and workers it has signed."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.services.events import Message
from tests.integration.world import World


def told(kind: str, hit: str, at_ms: int, assignment: str | None = None, **more: Any) -> str:
    """A message of one event, its time in whole seconds as markets tell it."""
    event = {
        "EventType": kind,
        "EventTimestamp": f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "HITId": hit,
        "HITTypeId": "3TYPE",
        **({} if assignment is None else {"AssignmentId": assignment}),
        **more,
    }
    return json.dumps({"Events": [event], "EventDocId": "1", "EventDocVersion": "2014-08-15"})


def left(seat: Seat, at_ms: int, kind: str = "AssignmentReturned", **more: Any) -> str:
    return told(kind, seat.hit, at_ms, seat.assignment, **more)


def tell(world: World, *bodies: str) -> list[str]:
    """Hand messages over in one batch; return the numbers of those to be delivered again."""
    return world.room.events.take([Message(str(n), body) for n, body in enumerate(bodies)])


def accept(world: World, hit: str, worker: str, assignment: str = "", signed: bool = True) -> Seat:
    """A worker accepts now and opens the page, signed for by the market or not."""
    world.market.accepted_ms = world.clock.now_ms()
    state = world.room.arrivals.waiting(
        worker, assignment or f"3{worker}", hit, None, "signed" if signed else "", True
    )
    assert state.seat is not None
    return state.seat


@dataclass
class Telling:
    """A market's queue that loses, doubles, delays and shuffles what it is given."""

    chance: random.Random
    is_on: bool
    copies: tuple[int, ...] = (0, 1, 1, 2)
    waiting: list[tuple[int, str]] = field(default_factory=list)
    delivered: int = 0

    def add(self, body: str) -> None:
        for _ in range(self.chance.choice(self.copies)):
            self.waiting.append((self.chance.choice([0, 0, 1, 3, 12]), body))

    def deliver(self, world: World) -> None:
        due = [body for steps, body in self.waiting if steps <= 0]
        self.waiting = [(steps - 1, body) for steps, body in self.waiting if steps > 0]
        self.chance.shuffle(due)
        if self.is_on and due:
            assert tell(world, *due) == []
            self.delivered += len(due)
