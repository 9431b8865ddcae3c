"""Who decides what is posted: the service's own sizing, a fixed number, and two earlier systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.pool import stores
from bench.pool.day import Day, Open, Process
from chalicelib.mturk.prices import MTURKS_FEES, Fees
from chalicelib.retainer.domain import targets
from chalicelib.retainer.domain.market import (
    Arrival,
    Caps,
    Decision,
    Offer,
    PostingState,
    SeatState,
    Work,
)
from chalicelib.retainer.domain.measures import Estimates
from chalicelib.retainer.domain.ports import SeatStore
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.domain.reservations import Claim
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.domain.targets import Service, Target
from chalicelib.retainer.services import sizer as sizers
from chalicelib.retainer.services.measuring import Measuring
from chalicelib.retainer.services.pools import Pools
from chalicelib.retainer.services.posting import Poster
from chalicelib.retainer.services.reservations import Asked, Reservations
from chalicelib.retainer.services.shared_sizer import SharedSizer
from chalicelib.retainer.services.sizer import Sizer
from chalicelib.retainer.services.sizing import Sizing

RUN_EVERY_S = 60.0
START_S = 1.0
"""How long an asynchronous invocation of the sizing function takes to begin."""

PROTO: Mapping[str, Any] = {
    "hit_type_id": "p", "title": "t", "description": "d", "url": "https://example.org/",
    "reward": 0.02, "max_wait": 300, "assignment_duration": 900, "standing": True, "readyFor": 1,
    "max_hits_out": 1000, "max_spend_per_hour": 100_000, "max_spend_per_day": 1_000_000,
    "max_waiting": 10_000,
}  # fmt: skip

Rule = Callable[[Service, Estimates], Target]


class _Tariff:
    def of(self, market: str) -> Fees:
        return MTURKS_FEES


class SimMarket:
    """The market port over a simulated day."""

    name = "sandbox"

    def __init__(self, day: Day) -> None:
        self._day = day
        self._by_token: dict[str, str] = {}

    def caps(self) -> Caps:
        return Caps(False, False, True, True, False, True, True, 9)

    def balance_cents(self) -> int | None:
        return None

    def fees(self) -> Fees:
        return MTURKS_FEES

    def open_for(self, offer: Offer, token: str) -> str:
        return token

    def find_bonus(self, assignment: str, mark: str) -> int | None:
        return None

    def open(self, proto: ProtoHit, seats: int, token: str) -> str:
        if token not in self._by_token:
            self._by_token[token] = self._day.post(seats, proto).id
        return self._by_token[token]

    def find(self, token: str) -> str | None:
        return self._by_token.get(token)

    def raise_seats(self, posting: str, more: int, token: str) -> None: ...

    def close(self, posting: str) -> None:
        self._day.expire(self._day.hits[posting])

    def delete(self, posting: str) -> bool:
        return False

    def status(self, posting: str) -> PostingState | None:
        hit = self._day.hits[posting]
        free = hit.free if hit.is_open else 0
        return PostingState(posting, free, hit.held, hit.done, free + hit.held > 0)

    def recognise(self, arrival: Arrival, signature: str, now_ms: int) -> Arrival | None:
        return arrival

    def work(self, posting: str) -> Iterator[Work]:
        return iter(())

    def state_of(self, assignment: str) -> SeatState | None:
        return None

    def settle(self, assignment: str, decision: Decision, reason: str) -> SeatState:
        return SeatState.PAID

    def pay_bonus(
        self, worker: str, assignment: str, cents: int, reason: str, token: str
    ) -> None: ...

    def tell(self, workers: Sequence[str], subject: str, text: str) -> list[str]:
        return []

    def bar(self, worker: str, reason: str) -> None: ...

    def readmit(self, worker: str) -> None: ...

    def note_part(self, worker: str, proto: str) -> None: ...


class _Seats(stores.Seats):
    def __init__(self, day: Day) -> None:
        super().__init__()
        self._day = day

    def list(self, proto: str) -> Iterator[Any]:
        return iter([s for s in self._day.seats_now() if s.proto == proto])


class _Starter:
    """The port that starts a function elsewhere; what is asked for within a second is done once."""

    def __init__(self, day: Day, sizing: Sizing) -> None:
        self._day, self._sizing = day, sizing
        self._asked: list[Mapping[str, Any]] = []

    def start(self, function: str, reason: Mapping[str, Any]) -> None:
        self._asked.append(reason)
        if len(self._asked) == 1:
            self._day.env.process(self._run())

    def _run(self) -> Process:
        yield self._day.env.timeout(START_S)
        last = self._asked[-1]
        pools = list(dict.fromkeys(asked.get("hitType") for asked in self._asked))
        self._asked.clear()
        for hit_type in pools:
            self._sizing.run(hit_type, "invoke", last.get("reservation"))


class Retainer:
    """The service itself: its reservations, measuring and sizing run as they are deployed.

    With `kinds` of work there are so many ProtoHITs, of one pool.
    """

    def __init__(
        self, name: str = "retainer", rule: Rule = targets.standing, kinds: int = 1, **proto: Any
    ) -> None:
        self.name = name
        self._rule = rule
        pool = {"pool": "shared"} if kinds > 1 else {}
        self._protos = [{**PROTO, **pool, **proto, "hit_type_id": f"p{k}"} for k in range(kinds)]
        self.targets: list[int] = []

    def start(self, day: Day) -> None:
        self._day = day
        seats: SeatStore = _Seats(day)  # type: ignore[assignment]
        ledgers: Any = stores.Ledgers()
        postings: Any = stores.Postings()
        notes, protos = stores.Notes(), stores.Protos()
        markets = {"sandbox": SimMarket(day)}
        clock = day.clock
        pools = Pools(seats, ledgers, postings, protos, notes, _Tariff(), clock)
        measuring = Measuring(notes, clock)
        payments: Any = stores.Payments()
        poster = Poster(postings, payments, markets, _Tariff(), clock)
        caps = sizers.Caps(10_000, 10**9, 10**9, 10**6)
        sizer = Sizer(
            seats,
            ledgers,
            notes,
            poster,
            pools,
            measuring,
            markets,
            caps,
            clock,
            lambda _: None,
            self._rule,
        )
        shared = SharedSizer(sizer, ledgers, notes, poster, pools, measuring, clock)
        self._sizing = Sizing(protos, ledgers, notes, poster, sizer, markets, clock, shared)
        self._ledgers = ledgers
        starter = _Starter(day, self._sizing)
        self._reservations = Reservations(
            stores.Reservations(), ledgers, protos, pools, measuring, starter, 4_000, clock
        )
        self.notes = notes
        for proto in self._protos:
            self._reservations.put_proto(proto)
        day.env.process(self._every_minute())

    def invoked(self, call: Open) -> None:
        asked = Asked(f"p{call.kind}", 1, 0, call.size)
        call.reservation = self._reservations.make(asked)
        self._reservations.invoke(call.reservation)

    def claimed(self, call: Open, seat: Seat) -> None:
        """Enter the claim, shown and answered at once: here only sizes count."""
        ledger = self._ledgers.there[call.reservation]
        now = self._day.clock.now_ms()
        claim = Claim(seat.worker, seat.worker, seat.seat_id, now, now, now, True)
        claims = {**ledger.claims, claim.key: claim}
        self._ledgers.there[ledger.id] = replace(ledger, claims=claims)

    def served(self, call: Open) -> None:
        self._reservations.finish(call.reservation)

    def _every_minute(self) -> Process:
        while True:
            reports = self._sizing.run()
            self.targets.append(max(r.target for r in reports))
            yield self._day.env.timeout(RUN_EVERY_S)


class Daemon:
    """The original: a HIT of one assignment for an open reservation every two seconds, whatever is
    out, each expired after three minutes. One reservation is always open, to keep workers ready."""

    name = "original daemon"

    def start(self, day: Day) -> None:
        day.env.process(self._post(day))

    def invoked(self, call: Open) -> None: ...

    def claimed(self, call: Open, seat: Seat) -> None: ...

    def served(self, call: Open) -> None: ...

    def _post(self, day: Day) -> Process:
        while True:
            day.env.process(_expire_later(day, day.post(1)))
            yield day.env.timeout(2.0)


class TenByThreeMinutes:
    """AMPCrowd's: ten HITs of one assignment every three minutes while too few wait."""

    name = "ten every 3 min"

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity

    def start(self, day: Day) -> None:
        day.env.process(self._post(day))

    def invoked(self, call: Open) -> None: ...

    def claimed(self, call: Open, seat: Seat) -> None: ...

    def served(self, call: Open) -> None: ...

    def _post(self, day: Day) -> Process:
        while True:
            if len(day.waiting) < self.capacity:
                for _ in range(10):
                    day.env.process(_expire_later(day, day.post(1)))
                yield day.env.timeout(180.0)
            else:
                yield day.env.timeout(5.0)


def _expire_later(day: Day, hit: Any) -> Process:
    yield day.env.timeout(180.0)
    day.expire(hit)


def fixed(seats: int) -> Retainer:
    """The same service, kept at a fixed number instead of the model's."""
    target = Target(seats, "fixed", f"{seats} by order")
    return Retainer(f"fixed {seats}", lambda service, known: target)
