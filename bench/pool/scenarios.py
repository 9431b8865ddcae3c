"""What a day brings: when calls come and for how many, and how the crowd behaves.

Every draw is made beforehand from a fixed seed and taken in order, so that all policies meet the
same calls, and their k-th recruit the same luck.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

DAY_S = 86_400.0
HOUR_S = 3_600.0

Rate = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Call:
    """For `size` workers; `kind` is whose work it is, where several kinds share a pool."""

    at_s: float
    size: int
    kind: int = 0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Means in seconds; between `away` nobody takes a HIT."""

    recruitment_s: float = 72.0
    stay_s: float = 1_200.0
    away: tuple[float, float] = (0.0, 0.0)

    def is_away(self, at_s: float) -> bool:
        return self.away[0] <= at_s < self.away[1]


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    calls: tuple[Call, ...]
    crowd: Crowd
    seed: int
    service: float = 0.95
    days: float = 1.0

    def luck(self) -> Iterator[tuple[float, float]]:
        """Give for each recruit (time to come, time to stay) in seconds."""
        chance = random.Random(f"crowd {self.seed}")
        while True:
            yield (
                chance.expovariate(1 / self.crowd.recruitment_s),
                chance.expovariate(1 / self.crowd.stay_s),
            )


def _poisson(rate: Rate, most: float, size: int, seed: int, days: float) -> tuple[Call, ...]:
    """Calls of a rate (a second) that changes with the time, by thinning."""
    chance = random.Random(f"calls {seed}")
    calls: list[Call] = []
    at = 0.0
    while True:
        at += chance.expovariate(most)
        if at >= days * DAY_S:
            return tuple(calls)
        if chance.random() * most <= rate(at):
            calls.append(Call(at, size))


def _bursty(per_hour: float, size: int, seed: int, days: float) -> tuple[Call, ...]:
    """Bursts of eight calls on average within some ten minutes, and quiet in between."""
    chance = random.Random(f"bursts {seed}")
    calls: list[Call] = []
    at = 0.0
    while True:
        at += chance.expovariate(per_hour / 8 / HOUR_S)
        if at >= days * DAY_S:
            return tuple(sorted((c for c in calls if c.at_s < days * DAY_S), key=lambda c: c.at_s))
        count = 1 + int(chance.expovariate(1 / 7))
        calls += [Call(at + chance.expovariate(1 / 200), size) for _ in range(count)]


def scenarios(
    seed: int = 1, days: float = 1.0, per_hour: float = 30.0, size: int = 3
) -> list[Scenario]:
    """The seven days: four kinds of demand, and steady demand with three difficult crowds."""
    second = per_hour / HOUR_S

    def steady(at: float) -> float:
        return second

    def daily(at: float) -> float:
        return second * (1 - math.cos(2 * math.pi * at / DAY_S))

    def sudden(at: float) -> float:
        return second * (6.0 if 12 * HOUR_S <= at < 14 * HOUR_S else 0.3)

    usual = Crowd()

    def drawn(rate: Rate, most: float) -> tuple[Call, ...]:
        return _poisson(rate, most, size, seed, days)

    calls = drawn(steady, second)
    bursty = _bursty(per_hour, size, seed, days)
    found = [
        Scenario("steady", calls, usual, seed),
        Scenario("bursty", bursty, usual, seed),
        Scenario("daily", drawn(daily, 2 * second), usual, seed),
        Scenario("sudden", drawn(sudden, 6 * second), usual, seed),
        Scenario("slow crowd", calls, Crowd(recruitment_s=240), seed),
        Scenario("short stays", calls, Crowd(stay_s=150), seed),
        Scenario("crowd away", calls, Crowd(away=(10 * HOUR_S, 11 * HOUR_S)), seed),
    ]
    return [replace(s, days=days) for s in found]


def checks(seed: int = 1, days: float = 1.0) -> list[Scenario]:
    """Days of other rates, sizes and services than the rule was made with."""

    def like(name: str, kind: int, per_hour: float, size: int, service: float) -> Scenario:
        made = scenarios(seed, days, per_hour, size)[kind]
        return replace(made, name=name, service=service)

    return [
        like("6 an hour for 3", 0, 6, 3, 0.95),
        like("120 an hour for 3", 0, 120, 3, 0.95),
        like("30 an hour for 1", 0, 30, 1, 0.95),
        like("30 an hour for 5", 0, 30, 5, 0.95),
        like("30 an hour for 3, 90 %", 0, 30, 3, 0.9),
        like("30 an hour for 3, 99 %", 0, 30, 3, 0.99),
        like("sudden, for 1", 3, 30, 1, 0.95),
        like("bursty, for 1", 1, 30, 1, 0.95),
        like("sudden, 60 an hour, 90 %", 3, 60, 3, 0.9),
    ]
