"""One day: the market, the workers and the application played by SimPy, and a policy that posts."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import simpy

from bench.pool.scenarios import DAY_S, Scenario
from chalicelib.mturk import prices
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.domain.seats import HEARTBEAT_MS, Closed, Seat

Process = Generator[simpy.Event, Any, None]

START_MS = 1_760_000_000_000
WORK_S = 45.0
REWARD_CENTS = 2
WAIT_CENTS_A_MINUTE = 1.0
FEE = 0.2


@dataclass
class SimClock:
    """The service's clock, at simulated time."""

    env: simpy.Environment

    def now_ms(self) -> int:
        return START_MS + round(self.env.now * 1000)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits in simulated time")


@dataclass
class Hit:
    """A HIT as the market has it: seats free, held by somebody who is coming or there, and done."""

    id: str
    free: int
    proto: ProtoHit | None = None
    held: int = 0
    done: int = 0
    is_open: bool = True


@dataclass
class Open:
    """A call that is not fully served yet."""

    at_s: float
    missing: int
    size: int
    kind: int = 0
    reservation: str = ""


@dataclass
class Figures:
    """What came of a day."""

    calls: int = 0
    at_once: int = 0
    waits_s: list[float] = field(default_factory=list)
    hits: int = 0
    workers: int = 0
    in_vain: int = 0
    waited_s: float = 0.0
    hours: float = 0.0
    is_whole: bool = True

    @property
    def dollars_an_hour(self) -> float:
        wait = self.waited_s / 60 * WAIT_CENTS_A_MINUTE
        return (self.workers * REWARD_CENTS + wait) * (1 + FEE) / 100 / self.hours

    def line(self) -> dict[str, Any]:
        waits = sorted(self.waits_s)
        return {
            "calls": self.calls,
            "served_at_once": round(self.at_once / max(1, self.calls), 4),
            "wait_p95_s": round(waits[int(0.95 * (len(waits) - 1))], 1) if waits else None,
            "dollars_an_hour": round(self.dollars_an_hour, 3),
            "hits_an_hour": round(self.hits / self.hours, 1),
            "workers_an_hour": round(self.workers / self.hours, 1),
            "in_vain": round(self.in_vain / max(1, self.workers), 3),
        }


class Day:
    """The world that a policy acts on: `post` and `expire` HITs, see who waits."""

    def __init__(self, scenario: Scenario, max_wait_s: float = 300.0, days: float = 1.0) -> None:
        self.env = simpy.Environment()
        self.clock = SimClock(self.env)
        self.scenario = scenario
        self.max_wait_s = max_wait_s
        self.hits: dict[str, Hit] = {}
        self.waiting: dict[str, Seat] = {}
        self.seats: dict[str, Seat] = {}
        self.open: deque[Open] = deque()
        self.figures = Figures(hours=days * DAY_S / 3600)
        self._luck = scenario.luck()
        self._until = days * DAY_S
        self._missed_too_many = self.env.event()
        self._workers = 0

    def run(self, policy: Any, most_missed: int | None = None) -> Figures:
        """Play the day; the policy has `start(day)`, `invoked(call)` and `served(call)`.

        Once more than `most_missed` calls were not served at once, the rest is not played.
        """
        self.policy = policy
        self._most_missed = math.inf if most_missed is None else most_missed
        policy.start(self)
        self.env.process(self._calls())
        self.env.run(until=self._missed_too_many | self.env.timeout(self._until))
        self.figures.is_whole = not self._missed_too_many.triggered
        now = self.env.now
        for seat in self.waiting.values():
            self.figures.waited_s += now - (seat.arrived_ms - START_MS) / 1000
        for call in self.open:
            self.figures.waits_s.append(now - call.at_s)
        return self.figures

    def post(self, seats: int, proto: ProtoHit | None = None) -> Hit:
        hit = Hit(f"3H{self.figures.hits:07d}", seats, proto)
        self.hits[hit.id] = hit
        self.figures.hits += 1
        for _ in range(seats):
            self.env.process(self._recruit(hit))
        return hit

    def expire(self, hit: Hit) -> None:
        """Take the free seats back; whoever holds one goes on."""
        hit.is_open = False

    def _calls(self) -> Process:
        for call in self.scenario.calls:
            yield self.env.timeout(max(0.0, call.at_s - self.env.now))
            self.figures.calls += 1
            self.figures.at_once += len(self.waiting) >= call.size and not self.open
            if self.figures.calls - self.figures.at_once > self._most_missed:
                self._missed_too_many.succeed()
                return
            one = Open(self.env.now, call.size, call.size, call.kind)
            self.open.append(one)
            self.policy.invoked(one)
            self._serve()

    def _serve(self) -> None:
        """Whoever has waited longest is called for whoever has waited longest."""
        while self.open and self.waiting:
            call = self.open[0]
            name = next(iter(self.waiting))
            seat = self.waiting.pop(name)
            self.seats[name] = replace(
                seat, reservation="R", token="t", called_ms=self.clock.now_ms()
            )
            self.figures.waited_s += (self.clock.now_ms() - seat.arrived_ms) / 1000
            self.env.process(self._work(seat))
            self.policy.claimed(call, seat)
            call.missing -= 1
            if call.missing == 0:
                self.open.popleft()
                self.figures.waits_s.append(self.env.now - call.at_s)
                self.policy.served(call)

    def _recruit(self, hit: Hit) -> Process:
        comes_s, stays_s = next(self._luck)
        yield self.env.timeout(comes_s)
        crowd = self.scenario.crowd
        if crowd.is_away(self.env.now):
            yield self.env.timeout(crowd.away[1] - self.env.now + comes_s)
        if not hit.is_open or hit.free == 0:
            return
        hit.free -= 1
        hit.held += 1
        now = self.clock.now_ms()
        name = f"A{self._workers}"
        self._workers += 1
        self.figures.workers += 1
        until = now + round(self.max_wait_s * 1000)
        seat = Seat("p", name, 1, name, hit.id, now, now, until, acks=True)
        if hit.proto is not None:
            pool, accepted = hit.proto.pool_id, hit.proto.conditions
            seat = replace(seat, proto=hit.proto.hit_type_id, accepted=accepted)
            seat = replace(seat, pool=pool if hit.proto.pool else None)
        self.waiting[name] = self.seats[name] = seat
        self._serve()
        yield self.env.timeout(min(stays_s, self.max_wait_s))
        if name not in self.waiting:
            return
        del self.waiting[name]
        self.figures.in_vain += 1
        self.figures.waited_s += (self.clock.now_ms() - now) / 1000
        self._leave(seat, Closed.SUBMITTED)

    def _work(self, seat: Seat) -> Process:
        yield self.env.timeout(WORK_S)
        self._leave(self.seats[seat.assignment], Closed.SUBMITTED)

    def _leave(self, seat: Seat, reason: Closed) -> None:
        hit = self.hits[seat.hit]
        hit.held -= 1
        hit.done += 1
        self.seats[seat.assignment] = replace(seat, closed=reason, seen_ms=self.clock.now_ms())

    def seats_now(self) -> Sequence[Seat]:
        """Give the seats as their heartbeats have them, and forget those long gone."""
        now = self.clock.now_ms()
        for name, seat in tuple(self.seats.items()):
            if seat.closed is None:
                if now - seat.seen_ms >= HEARTBEAT_MS:
                    self.seats[name] = replace(seat, seen_ms=now)
            elif now - seat.seen_ms > 900_000:
                del self.seats[name]
        return tuple(self.seats.values())


def fee_cents(reward_cents: int, seats: int) -> int:
    return prices.MTURKS_FEES.of_assignment(reward_cents, seats)
