"""The sizing rule: how many HITs to post and which to expire, from what is known of one pool.

This is the one place that decides; another rule takes its place by having the same signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.domain.reservations import MAX_SLOTS, Policy
from chalicelib.retainer.domain.responses import to_call

if TYPE_CHECKING:
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.reservations import Ledger

STALE_MS = 180_000
"""Nobody accepted for so long: listings have buried the HIT, a fresh one takes its place."""

HOLD_MS = 60_000
"""A surplus is left alone for so long, since the next question may come; `cancel` skips this."""

MIN_AGE_MS = 15_000
"""No HIT is expired sooner after its posting: somebody may just be accepting it. (A requester's
stop does not wait for that.)"""

MAX_POSTS = 20
"""No run posts more HITs of a ProtoHIT: at nine seats each, 180 workers a minute."""

SLACK = 0.1
"""A surplus of up to this part of the standing demand is left alone: estimates come and go."""


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """What a sizing run knows. `wanted` workers are still needed by reservations, `standing` are
    kept for those to come; `waiting` sit in the pool, of whom `barred` would be needed but may not
    serve, having served already; `places` are left under the cap on workers waiting;
    `surplus_since_ms` is when the surplus was first seen, None if there was none. `money` says what
    bounds `affordable_seats`. Where ProtoHITs
    share a pool, `elsewhere` workers are expected from the HITs of others, and `kept` seats of this
    one's HITs are needed by the others."""

    now_ms: int
    wanted: int
    waiting: int
    postings: Sequence[Posting]
    seats_per_hit: int
    max_new_hits: int
    affordable_seats: int
    money: str = "the cap on spending"
    surplus_since_ms: int | None = None
    at_once: bool = False
    barred: int = 0
    standing: int = 0
    places: int | None = None
    stopped: bool = False
    elsewhere: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """`post` holds the seats of each new HIT. `why` is a sentence for the log and status page."""

    post: tuple[int, ...]
    expire: tuple[Posting, ...]
    surplus: int
    expected: int
    short: int
    why: str


def plan(facts: PoolFacts) -> Plan:
    """Compare demand with the workers present and the seats still out, and say what to do."""
    if facts.stopped:
        return _stop(facts)
    open_postings = [p for p in facts.postings if p.stage is PostingStage.OPEN and p.available > 0]
    planned = sum(p.seats for p in facts.postings if p.stage is PostingStage.PLANNED)
    stale = [p for p in open_postings if _is_stale(p, facts.now_ms)]
    fresh = [p for p in open_postings if not _is_stale(p, facts.now_ms)]
    needed = max(0, facts.wanted + facts.standing - facts.waiting) + facts.barred
    needed = max(0, needed - facts.elsewhere)
    useful = max(needed, facts.kept)
    expected = expected_from(facts.postings, facts.now_ms)
    surplus = max(0, expected - useful)
    expire = list(stale)
    if surplus > SLACK * facts.standing and _may_expire(facts):
        kept = planned
        for posting in sorted(fresh, key=lambda p: p.created_ms, reverse=True):
            old_enough = facts.now_ms - posting.created_ms >= MIN_AGE_MS
            if kept + posting.available > useful and old_enough:
                expire.append(posting)
            else:
                kept += posting.available
        expected = kept
    missing = max(0, needed - expected)
    post, cap = _post(missing, facts, expected, len(expire))
    return Plan(
        post=post,
        expire=tuple(expire),
        surplus=surplus,
        expected=expected,
        short=missing - sum(post),
        why=_why(facts, expected, missing, post, cap, len(stale), len(expire)),
    )


def expected_from(postings: Iterable[Posting], now_ms: int) -> int:
    """Return how many workers may still come by HITs that are out, stale ones left out."""
    expected = 0
    for posting in postings:
        if posting.stage is PostingStage.PLANNED:
            expected += posting.seats
        elif posting.stage is PostingStage.OPEN and not _is_stale(posting, now_ms):
            expected += posting.available
    return expected


def _is_stale(posting: Posting, now_ms: int) -> bool:
    return now_ms - posting.free_ms >= STALE_MS


def _stop(facts: PoolFacts) -> Plan:
    """Take every HIT back; who waits is served and paid all the same."""
    out = tuple(p for p in facts.postings if p.stage is PostingStage.OPEN)
    waiting = f"{facts.waiting} still waiting are served and paid"
    return Plan((), out, 0, 0, 0, f"stopped: expiring {_hits(len(out))}; {waiting}")


def still_wanted(ledger: Ledger, now_ms: int, ahead_ms: int) -> int:
    """Return how many workers a reservation still needs: slots that nobody holds, or somebody who
    has not answered in time; before it is invoked, all of them, once it falls due within
    `ahead_ms`."""
    if ledger.ended_by(now_ms) is not None:
        return 0
    late = len(ledger.expired(now_ms))
    if ledger.has_enough:
        return late
    if ledger.invoked_ms is not None:
        answered = len(ledger.claims) - late
        return max(0, ledger.slots - answered)
    return ledger.slots if ledger.start_ms - now_ms <= ahead_ms else 0


def as_recruited(ledger: Ledger, share: float) -> Ledger:
    """Give a reservation the slots that it is recruited for, if `share` of those called answer.

    Where more are called than are needed, that changes until the invoke. Where everybody is called
    it stays less than that: surplus workers come back, and who is called besides is not missed.
    """
    if ledger.need is None or (ledger.is_running and ledger.policy is Policy.OVER):
        return ledger
    enough = to_call(ledger.need, share, ledger.probability, most=MAX_SLOTS)
    return replace(ledger, slots=min(enough, ledger.slots) if ledger.is_running else enough)


def barred(
    undone: Sequence[Ledger],
    waiting: Iterable[str],
    now_ms: int,
    ahead_ms: Callable[[Ledger], int],
) -> int:
    """Return how many of the waiting workers would be needed, but hold a slot there already.

    Workers are dealt out one by one, the longest running reservation first; another order might
    place a few more, which only means that a few too many are recruited.
    """
    free = dict.fromkeys(waiting)
    crowd = len(free)
    wanted = placed = 0
    for ledger in sorted(undone, key=lambda x: (x.invoked_ms is None, x.invoked_ms or x.start_ms)):
        places = still_wanted(ledger, now_ms, ahead_ms(ledger))
        wanted += places
        late = {c.key for c in ledger.expired(now_ms)}
        holding = {c.worker for c in ledger.claims.values() if c.key not in late}
        fit = (w for w in free if not ledger.distinct or w not in holding)
        for worker in list(islice(fit, places)):
            del free[worker]
            placed += 1
    return min(wanted, crowd) - placed


def _may_expire(facts: PoolFacts) -> bool:
    held_ms = 0 if facts.surplus_since_ms is None else facts.now_ms - facts.surplus_since_ms
    return facts.at_once or held_ms >= HOLD_MS


def _post(
    missing: int, facts: PoolFacts, expected: int, replaced: int
) -> tuple[tuple[int, ...], str]:
    """Return the seats of each HIT to post, and what it stopped at, if it did."""
    # HITs are expired before new ones are posted, so those replaced leave room for as many.
    most = facts.max_new_hits + replaced
    places = missing if facts.places is None else max(0, facts.places - expected)
    hits: list[int] = []
    left = min(missing, facts.affordable_seats, places)
    while left > 0 and len(hits) < min(most, MAX_POSTS):
        hits.append(min(left, facts.seats_per_hit))
        left -= hits[-1]
    posted = sum(hits)
    if posted == missing:
        return tuple(hits), ""
    if posted >= facts.affordable_seats:
        return tuple(hits), facts.money
    if posted >= places:
        return tuple(hits), "the cap on workers waiting"
    if len(hits) >= most:
        return tuple(hits), "the cap on HITs out"
    return tuple(hits), "the most HITs posted in one run"


def _why(
    facts: PoolFacts,
    expected: int,
    missing: int,
    post: tuple[int, ...],
    cap: str,
    stale: int,
    expired: int,
) -> str:
    wanted = f"{facts.wanted} wanted"
    if facts.standing:
        wanted += f" and {facts.standing} kept ready"
    coming = f"{expected} expected from HITs out"
    if facts.elsewhere:
        coming += f" and {facts.elsewhere} from others'"
    parts = [f"{wanted}, {facts.waiting} waiting, {coming}"]
    if post:
        parts.append(f"posting {_hits(len(post))} with {_seats(sum(post))}")
    if cap:
        parts.append(f"{missing - sum(post)} short at {cap}")
    if stale:
        parts.append(f"replacing {_hits(stale)} that nobody took for {STALE_MS // 60_000} min")
    if expired > stale:
        parts.append(f"expiring {_hits(expired - stale)} that nobody needs")
    return "; ".join(parts)


def _hits(number: int) -> str:
    return "1 HIT" if number == 1 else f"{number} HITs"


def _seats(number: int) -> str:
    return "1 seat" if number == 1 else f"{number} seats"
