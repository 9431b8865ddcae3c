"""Calls that come in bursts take more seats than the models say."""

from __future__ import annotations

import random

from chalicelib.retainer.domain.bursts import Bursts
from chalicelib.retainer.domain.measures import Estimates
from chalicelib.retainer.domain.targets import Service, standing

LEAD_MS = 72_000


def independent(count: int, mean_ms: float, seed: int = 1) -> list[tuple[int, int]]:
    chance = random.Random(seed)
    at = 0.0
    return [(round(at := at + chance.expovariate(1 / mean_ms)), 3) for _ in range(count)]


def bursts(count: int, size: int) -> list[tuple[int, int]]:
    """Once an hour `size` calls, ten seconds apart."""
    return [(h * 3_600_000 + n * 10_000, 3) for h in range(count) for n in range(size)]


def test_each_call_counts_those_within_a_recruitment_before_it() -> None:
    seen = Bursts().add([(0, 3), (10_000, 2), (100_000, 4)], LEAD_MS)

    assert sorted(seen.counts) == [3, 4, 5]
    assert seen.recent == ((100_000, 4),)


def test_counting_in_parts_is_counting_at_once() -> None:
    calls = bursts(5, 6)
    parts = Bursts()
    for call in calls:
        parts = parts.add([call], LEAD_MS)

    assert parts == Bursts().add(calls, LEAD_MS)


def test_independent_calls_change_nothing() -> None:
    for seed in range(20):
        seen = Bursts().add(independent(600, 120_000, seed), LEAD_MS)
        assert seen.seats_beyond(10, 0.95) == 10


def test_bursts_ask_for_what_they_take() -> None:
    seen = Bursts().add(bursts(40, 6), LEAD_MS)

    assert seen.seats_beyond(9, 0.95) == 18
    assert seen.seats_beyond(20, 0.95) == 20


def test_few_calls_say_nothing() -> None:
    assert Bursts().add(bursts(3, 6), LEAD_MS).seats_beyond(3, 0.95) == 3


def test_a_standing_pool_is_kept_as_large_as_its_bursts_and_says_so() -> None:
    seen = Bursts().add(bursts(40, 6), LEAD_MS)
    known = Estimates({3: 6 / 3_600_000}, LEAD_MS, 0.0, 1.0, seen)

    target = standing(Service(0.95), known)

    assert target.seats == 18
    assert target.why.endswith("18, since calls come in bursts")
