"""Calls that come in bursts take more seats than the models say."""

from __future__ import annotations

import random

from chalicelib.retainer.domain import measures
from chalicelib.retainer.domain.bursts import Bursts
from chalicelib.retainer.domain.measures import Call, Estimates, Measures
from chalicelib.retainer.domain.queueing import batches
from chalicelib.retainer.domain.targets import Service, standing

LEAD_MS = 72_000


def independent(count: int, mean_ms: float, seed: int = 1) -> list[tuple[int, int]]:
    chance = random.Random(seed)
    at = 0.0
    return [(round(at := at + chance.expovariate(1 / mean_ms)), 3) for _ in range(count)]


def bursts(count: int, size: int) -> list[tuple[int, int]]:
    """Once an hour `size` calls, a second apart."""
    return [(h * 3_600_000 + n * 1_000, 3) for h in range(count) for n in range(size)]


def test_each_call_counts_those_before_it_whom_nobody_has_replaced() -> None:
    seen = Bursts().add([(0, 3), (1, 2), (3_600_000, 4)], LEAD_MS, 6)

    # 3 - 6, 5 - 6 and, an hour later, 4 - 6.
    assert set(seen.beyond) == {-3, -1, -2}
    assert 2.9 < sum(seen.beyond.values()) <= 3
    assert len(seen.coming) == 4


def test_counting_in_parts_is_counting_at_once() -> None:
    calls = bursts(5, 6)
    parts = Bursts()
    for call in calls:
        parts = parts.add([call], LEAD_MS, 9)

    assert parts == Bursts().add(calls, LEAD_MS, 9)


def test_independent_calls_miss_as_often_as_the_model_says() -> None:
    """Played with the model's own seats: what is counted agrees with its recursion."""
    loads = {3: LEAD_MS / 120_000}
    seats = batches.seats_for_share(loads, 0.95)
    missed = served = 0.0
    for seed in range(20):
        seen = Bursts().add(independent(900, 120_000, seed), LEAD_MS, seats)
        missed += sum(n for x, n in seen.beyond.items() if x > 0)
        served += sum(n for x, n in seen.beyond.items() if x <= 0)
        assert seen.extra(0.95) == 0
    assert abs(served / (served + missed) - batches.served_at_once(seats, loads)) < 0.01


def test_bursts_ask_for_what_they_take() -> None:
    seen = Bursts().add(bursts(40, 6), LEAD_MS, 9)

    # The sixth call finds fifteen called for a moment before, hardly any of them replaced.
    assert 7 <= seen.extra(0.95) <= 9
    assert Bursts().add(bursts(40, 6), LEAD_MS, 20).extra(0.95) == 0


def test_seats_that_a_larger_pool_still_lacks_are_missed_too() -> None:
    """Whoever is called the moment after the pool has been made larger finds the old one."""
    seen = Bursts()
    for hour in range(40):
        at = hour * 3_600_000
        seen = seen.resized(9, at, LEAD_MS).add([(at + 1_000, 6)], LEAD_MS, 12)
        seen = seen.resized(-9, at + 900_000, LEAD_MS)

    assert 1 <= seen.extra(0.95) <= 3


def test_few_calls_say_nothing() -> None:
    assert Bursts().add(bursts(3, 6), LEAD_MS, 3).extra(0.95) == 0


def test_calls_for_which_nothing_was_kept_say_nothing() -> None:
    seen = Bursts().add(bursts(40, 6), LEAD_MS, 0)

    assert seen.extra(0.95) == 0
    assert seen.coming


def test_a_standing_pool_keeps_more_for_its_bursts_and_says_so() -> None:
    calm = Estimates({3: 6 / 3_600_000}, LEAD_MS, 0.0, 1.0)
    seats = standing(Service(0.95), calm).seats
    seen = Bursts().add(bursts(40, 6), LEAD_MS, seats)

    target = standing(Service(0.95), Estimates({3: 6 / 3_600_000}, LEAD_MS, 0.0, 1.0, seen))

    assert target.calm == seats
    assert 15 <= target.seats <= 18
    assert target.why.endswith(f"; {target.seats - seats} more, since calls come in bursts")


def test_bursts_are_measured_against_the_seats_kept_when_they_came() -> None:
    """After a run that kept 3, six calls of 3 at once lacked 15, whatever is kept after them."""
    before = measures.sized(Measures(since_ms=1, at_ms=1), open_seats=0, calm=3)
    calls = [Call(10_000_000 + n, 3) for n in range(6)]

    after = measures.sized(measures.observe(before, 10_060_000, [], calls), 0, calm=18)

    assert max(after.bursts.beyond) == 15
    assert after.calm == 18
    # Those fifteen are only called for now.
    assert sum(at > 10_060_000 for at in after.bursts.coming) >= 15
