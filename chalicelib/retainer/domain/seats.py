"""A seat: one stay of one worker in the pool, named (assignment, worker, epoch)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.pay import NOTHING
from chalicelib.retainer.domain.responses import by_length

if TYPE_CHECKING:
    from chalicelib.retainer.domain.pay import Terms
    from chalicelib.retainer.domain.sharing import Conditions

HEARTBEAT_MS = 15_000
"""A heartbeat is written when the last one is older than this."""

PRESENT_MS = 45_000
"""A seat is present while its last heartbeat is younger: the slowest poll, 20 s, may fail once."""

HEARTBEATS_PER_SECOND = 500
"""What a pool's partition should see at most; it takes 1,000 writes a second."""


CHECK_GRACE_MS = 60_000
"""How long a page may show the button of a presence check before the wait stops counting."""

NEW_SEAT_MS = 30_000
"""How long an arrival may take from its first write to its seat's; no function runs longer."""

TO_HAND_IN_MS = 30_000
"""What somebody who stood behind another seat of theirs keeps, before the deadline, to hand in."""

LOADS_MOST = 100
"""How many pages of one seat are told apart; each costs a write."""


class Closed(StrEnum):
    """Why a seat is over."""

    SUPERSEDED = "superseded"
    SUBMITTED = "submitted"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Seat:
    """All times in epoch milliseconds.

    `reservation` and `token` are the pointer of a claim and the attempt that set it. `avoid` names
    reservations that refused this worker: worth a look, but no attempt, until that has changed.
    `missed` counts calls that went unanswered.

    The paid wait is kept as the moment from which it would have run without a break, `base_ms`
    (default: the arrival): a pause moves that moment on, so a heartbeat need not write it. `due_ms`
    is the assignment's own deadline, `terms` what the worker was promised, `reckoned` which payment
    the wait was taken for, where it was not this seat that submitted; `quick`, that a call was
    answered in time although enough others had answered.

    `proto` is whose HIT was accepted, `accepted` what that demanded and gives. `pool` is the shared
    pool that they wait in, None for the ProtoHIT's own. `accepted_ms` is when the market says that
    this stay began (by its own clock; None where it signs nothing). `guarded`: whoever took part in
    something else is not called; `excluded`: they did, and need not wait. `rests_until_ms`: they
    let too many calls pass, so that this stay is over and they are not called until then.
    `capped_cents`: so much an hour is all that waiting earns them, so that this seat earns less
    than its HIT promises.

    `check_ms`: so often a worker who waits says by a button that they are there, last at
    `checked_ms` (default: the arrival). Who does not, in time, waits unpaid and uncalled until they
    do. A call stops that clock as it stops the wait.

    `behind` is the turn (`domain.turns`) of another seat of this worker, behind which this one
    stands since `queued_ms`: not called, not paid. `stood_ms` is how long it did so before.

    `page` is the protocol that the page speaks, `journal` what it saw and did (`reports`), `load`
    and `loads` which page of this worker speaks for the seat, and the how many-th it is.
    """

    proto: str
    assignment: str
    epoch: int
    worker: str
    hit: str
    arrived_ms: int
    seen_ms: int
    waits_until_ms: int
    verified: bool = False
    acks: bool = False
    reservation: str | None = None
    token: str | None = None
    called_ms: int | None = None
    closed: Closed | None = None
    missed: int = 0
    avoid: frozenset[str] = frozenset()
    base_ms: int | None = None
    due_ms: int | None = None
    terms: Terms = NOTHING
    reckoned: str | None = None
    quick: bool = False
    accepted_ms: int | None = None
    pool: str | None = None
    accepted: Conditions | None = None
    journal: str = ""
    page: int | None = None
    load: str = ""
    loads: int = 0
    closed_ms: int | None = None
    guarded: bool = False
    excluded: bool = False
    rests_until_ms: int | None = None
    capped_cents: int | None = None
    check_ms: int | None = None
    checked_ms: int | None = None
    behind: str | None = None
    queued_ms: int | None = None
    stood_ms: int = 0

    @property
    def began_ms(self) -> int:
        """Since when it waits, but for what stood still behind another seat."""
        return self.arrived_ms + self.stood_ms

    @property
    def pool_id(self) -> str:
        return self.pool or self.proto

    def may_do(self, hit_type: str, wanted: Conditions | None) -> bool:
        """Whether this worker may be sent to work of a ProtoHIT of the same pool."""
        if hit_type == self.proto:
            return True
        if wanted is None or self.accepted is None:
            return False
        return self.accepted.covers(wanted, self.verified)

    @property
    def waits_from_ms(self) -> int:
        return self.arrived_ms if self.base_ms is None else self.base_ms

    @property
    def seat_id(self) -> str:
        return f"{self.assignment}.{self.epoch}"


def check_due_ms(seat: Seat) -> int | None:
    """Return when the worker is to say again that they are there; None: never."""
    if seat.check_ms is None:
        return None
    return (seat.arrived_ms if seat.checked_ms is None else seat.checked_ms) + seat.check_ms


def counts_until_ms(seat: Seat) -> int:
    """Return until when the wait counts, whatever heartbeats come: the longest wait, or a presence
    check that nobody has answered."""
    due = check_due_ms(seat)
    return seat.waits_until_ms if due is None else min(seat.waits_until_ms, due + CHECK_GRACE_MS)


def ends_ms(seat: Seat) -> int:
    """Return when the wait is over; where it has yet to begin, when no time is left for one."""
    if seat.behind is None or seat.due_ms is None:
        return seat.waits_until_ms
    return max(seat.waits_until_ms, seat.due_ms - TO_HAND_IN_MS)


def shifted(seat: Seat, now_ms: int) -> Seat:
    """Return a seat that stood behind another one, as it begins its wait, or goes on with it."""
    if seat.queued_ms is None:
        return replace(seat, behind=None)
    stood = max(0, now_ms - seat.queued_ms)
    until = seat.waits_until_ms + stood
    checked = seat.arrived_ms if seat.checked_ms is None else seat.checked_ms
    return replace(
        seat,
        behind=None,
        queued_ms=None,
        stood_ms=seat.stood_ms + stood,
        base_ms=seat.waits_from_ms + stood,
        waits_until_ms=until if seat.due_ms is None else min(until, ends_ms(seat)),
        checked_ms=None if seat.check_ms is None else checked + stood,
        seen_ms=now_ms,
    )


def is_unchecked(seat: Seat, now_ms: int) -> bool:
    """Whether a presence check went unanswered: they are not called before they answer it."""
    if seat.behind is not None:
        return False
    return seat.called_ms is None and counts_until_ms(seat) <= now_ms < seat.waits_until_ms


def unchecked_ms(seat: Seat, now_ms: int) -> int:
    """Return how much of the wait does not count as a presence check went unanswered."""
    if seat.called_ms is not None or seat.behind is not None:
        return 0
    return max(0, min(now_ms, seat.waits_until_ms) - counts_until_ms(seat))


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who sits in a pool: each worker counted once, however many seats they hold; `waits` by how
    long they have waited."""

    present: int
    waiting: int
    verified_waiting: int
    waits: tuple[int, ...] = ()


def heartbeat_ms(present: int) -> int:
    """Return how old a heartbeat may get before the next is written, for a pool of this size."""
    return max(HEARTBEAT_MS, present * 1000 // HEARTBEATS_PER_SECOND)


def presence_ms(pool_size: int = 0) -> int:
    """Return for how long a heartbeat vouches for a worker."""
    return max(PRESENT_MS, 2 * heartbeat_ms(pool_size) + 15_000)


def is_present(seat: Seat, now_ms: int, pool_size: int = 0) -> bool:
    return seat.closed is None and now_ms - seat.seen_ms < presence_ms(pool_size)


def paid_until_ms(seat: Seat, pool_size: int = 0) -> int:
    """Return until when a wait counts if nothing more is heard: a called worker does not wait, nor
    does one whose wait has yet to begin."""
    stood_still = seat.queued_ms if seat.called_ms is None else seat.called_ms
    if stood_still is not None:
        return min(stood_still, seat.waits_until_ms)
    return min(seat.seen_ms + presence_ms(pool_size), counts_until_ms(seat))


def waited_ms(seat: Seat, at_ms: int, pool_size: int = 0) -> int:
    """Return how long the worker has waited by `at_ms`, gaps and calls left out."""
    return max(0, min(at_ms, paid_until_ms(seat, pool_size)) - seat.waits_from_ms)


def gap_ms(seat: Seat, now_ms: int, pool_size: int = 0) -> int:
    """Return how much of the wait since the last heartbeat nothing vouches for.

    A browser that slept was not waiting; while called, the wait stands still anyhow. After the
    longest wait nothing counts, so nothing is missing either: who opens the page again hours later
    keeps what they had earned.
    """
    if seat.called_ms is not None or seat.queued_ms is not None:
        return 0
    until = min(now_ms, counts_until_ms(seat))
    return max(0, until - seat.seen_ms - presence_ms(pool_size))


def paused_ms(seat: Seat, now_ms: int) -> int:
    """Return how much of the wait a call has kept standing still."""
    if seat.called_ms is None:
        return 0
    return max(0, min(now_ms, seat.waits_until_ms) - seat.called_ms)


def is_waiting(seat: Seat, now_ms: int, pool_size: int = 0) -> bool:
    """Whether the seat can be called: present, not called yet, its wait not over."""
    return (
        is_present(seat, now_ms, pool_size)
        and seat.reservation is None
        and seat.behind is None
        and now_ms < counts_until_ms(seat)
    )


def counted(seats: Iterable[Seat], now_ms: int, pool_size: int = 0) -> list[Seat]:
    """Return the seats that wait, as far as they count as somebody: while one of a ProtoHIT does
    whom the market signed for, those of nobody's word do not. By ProtoHIT, since the pages of one
    bring the signature, or all of them do not."""
    waiting = [seat for seat in seats if is_waiting(seat, now_ms, pool_size)]
    signed = {seat.proto for seat in waiting if seat.verified}
    return [seat for seat in waiting if seat.verified or seat.proto not in signed]


def count(seats: Iterable[Seat], now_ms: int, pool_size: int = 0) -> Occupancy:
    seats = list(seats)
    present = {seat.worker for seat in seats if is_present(seat, now_ms, pool_size)}
    waiting: dict[str, int] = {}
    verified: set[str] = set()
    for seat in counted(seats, now_ms, pool_size):
        waiting[seat.worker] = max(waiting.get(seat.worker, 0), now_ms - seat.began_ms)
        if seat.verified:
            verified.add(seat.worker)
    return Occupancy(len(present), len(waiting), len(verified), by_length(waiting.values()))
