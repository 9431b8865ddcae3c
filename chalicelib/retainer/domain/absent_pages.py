"""HITs that people accept and whose page never comes: its address does not answer, or is another's.

Nobody fetches that address from here, where it may be anybody's: the market says who accepted, and
our own seats say whose page came.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.seats import Seat

LATE_MS = 120_000
"""A page has come long before that; a worker may also have closed it at once, or gone to sleep."""


def absent(postings: Iterable[Posting], seats: Iterable[Seat], now_ms: int) -> int:
    """Return how many have accepted without a page of theirs: 0 as soon as any page of the
    ProtoHIT's has come since, so that one worker's closed tab is told of nobody's address."""
    came: dict[str, int] = {}
    for seat in seats:
        came[seat.hit] = max(seat.arrived_ms, came.get(seat.hit, 0))
    silent = [
        p
        for p in postings
        if p.hit is not None
        and p.pending > 0
        and p.hit not in came
        and now_ms - p.free_ms >= LATE_MS
    ]
    first = min((p.free_ms for p in silent), default=now_ms)
    if any(at >= first for at in came.values()):
        return 0
    return sum(p.pending for p in silent)


def notice_of(count: int, url: str) -> str:
    if not count:
        return ""
    who = "1 person has" if count == 1 else f"{count} people have"
    return (
        f"{who} accepted, and no page has come: does {url} open in a browser, over https, and load "
        "retainer.js?"
    )
