"""People: what is kept of a worker beyond a stay: their stays, what they took part in, what was
asked to be done about them.

*Took part* means: acknowledged a call, or handed in work for a reservation. Whoever waited and was
never called did not, nor did those who were called beyond what was needed, unless the ProtoHIT
counts everybody who arrives (`took_part: arrived`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.ids import is_hit_type_id

if TYPE_CHECKING:
    from chalicelib.retainer.domain.seats import Seat

EXCLUDED_MOST = 8
"""A HIT has ten requirements at most; locale and approval rating are two."""


class TookPart(StrEnum):
    """Who counts as having taken part in a ProtoHIT."""

    CALLED = "called"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay of a worker, kept after its seat is cleared away.

    `began_ms` is when the worker accepted, where the market signed that, else when the HIT was
    recorded: known at every attempt, so that a stay is written once. What follows `arrived_ms` is
    known once it is handed in: where it is kept, whose work it was, how long they waited and took
    to answer (None: nothing to answer).
    """

    worker: str
    assignment: str
    epoch: int
    proto: str
    hit: str
    market: str
    began_ms: int
    arrived_ms: int
    home: str | None = None
    work_of: str | None = None
    submitted_ms: int | None = None
    waited_ms: int | None = None
    answered_ms: int | None = None

    @property
    def name(self) -> str:
        """Sorts by time; unique among the stays of a worker, and of a ProtoHIT."""
        return f"{self.began_ms:013d}#{self.assignment}.{self.epoch}"

    @property
    def seat_id(self) -> str:
        return f"{self.assignment}.{self.epoch}"


@dataclass(frozen=True, slots=True)
class Part:
    """That a worker took part in a ProtoHIT, and with which assignment at first.

    It is kept under a mark of the worker (`Pseudonyms`), and names them only as long as their data
    is kept: so they stay kept out of what excludes them after that, too.
    """

    mark: str
    proto: str
    worker: str
    assignment: str
    market: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Told:
    """That something was asked to be done about a worker: an errand's or a bonus's id."""

    worker: str
    at_ms: int
    id: str


def excluded(name: str, value: Any) -> tuple[str, ...]:
    """Read the ProtoHITs whose people are kept out: a list, or text with commas."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise BadInput(f"{name} must be a list of ProtoHITs.", "wrong_type", name)
    names = sorted({one.strip() for one in given} - {""})
    if bad := [one for one in names if not is_hit_type_id(one)]:
        raise BadInput(f"{name} names no ProtoHIT: {bad[0][:40]!r}.", "malformed_id", name)
    if len(names) > EXCLUDED_MOST:
        raise BadInput(f"{name} may name at most {EXCLUDED_MOST} ProtoHITs.", "out_of_range", name)
    return tuple(names)


def short_mark(proto: str) -> str:
    """Return what stands for a ProtoHIT where bytes are dear."""
    return hashlib.sha256(proto.encode()).hexdigest()[:8]


def began_ms(accepted_ms: int | None, posted_ms: int) -> int:
    return posted_ms if accepted_ms is None else accepted_ms


def stay_of(seat: Seat, market: str, posted_ms: int) -> Stay:
    return Stay(
        seat.worker, seat.assignment, seat.epoch, seat.proto, seat.hit, market,
        began_ms(seat.accepted_ms, posted_ms), seat.arrived_ms,
    )  # fmt: skip
