"""Which seats of a worker earn by waiting, and at what rate: kept with the worker as a short text,
so that one conditional write says whether anything has changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.retainer.domain.seats import Seat


@dataclass(frozen=True, slots=True)
class Earner:
    """A seat that may earn `rate_micro` a minute until its wait is over at the latest."""

    proto: str
    seat_id: str
    rate_micro: int
    until_ms: int

    @classmethod
    def of(cls, seat: Seat, rate_micro: int) -> Earner:
        return cls(seat.proto, seat.seat_id, rate_micro, seat.waits_until_ms)

    def is_of(self, seat: Seat) -> bool:
        return (self.proto, self.seat_id) == (seat.proto, seat.seat_id)


def to_text(earners: Sequence[Earner]) -> str | None:
    """None where there are none: the attribute is left out then."""
    if not earners:
        return None
    rows = [[e.proto, e.seat_id, e.rate_micro, e.until_ms] for e in earners]
    return json.dumps(rows, separators=(",", ":"))


def of_text(text: str | None) -> list[Earner]:
    return [Earner(*row) for row in json.loads(text or "[]")]
