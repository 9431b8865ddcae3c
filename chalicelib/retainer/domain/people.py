"""People: what is kept of a worker beyond a stay: their stays, what they took part in, what was
asked to be done about them.

*Took part* means: acknowledged a call, or handed in work for a reservation. Whoever waited and was
never called did not, nor did those who were called beyond what was needed, unless the ProtoHIT
counts everybody who arrives (`took_part: arrived`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.retainer.domain.seats import Seat


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

    It is kept under a mark of the worker (`mark_of`), and names them only as long as their data is
    kept: so they stay kept out of what excludes them after that, too.
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


def began_ms(accepted_ms: int | None, posted_ms: int) -> int:
    return posted_ms if accepted_ms is None else accepted_ms


def stay_of(seat: Seat, market: str, posted_ms: int) -> Stay:
    return Stay(
        seat.worker, seat.assignment, seat.epoch, seat.proto, seat.hit, market,
        began_ms(seat.accepted_ms, posted_ms), seat.arrived_ms,
    )  # fmt: skip
