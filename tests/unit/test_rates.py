"""Over which time calls came at one rate."""

from __future__ import annotations

import random
from collections.abc import Iterable
from fractions import Fraction
from math import comb

import pytest

from chalicelib.retainer.domain import rates
from chalicelib.retainer.domain.rates import DAY_MS, MINUTE_MS, QUARTER_MS, Counts

HOUR_MS = 4 * QUARTER_MS
START = 10_000 * QUARTER_MS


def counted(calls: Iterable[tuple[int, int]], now_ms: int) -> tuple[Counts, Counts]:
    calls = list(calls)
    return rates.by_quarter({}, calls, now_ms), rates.by_minute({}, calls, now_ms)


@pytest.mark.parametrize(
    ("seen", "calls", "part"),
    [(5, 100, Fraction(1, 200)), (3, 3, Fraction(1, 4)), (30, 40, Fraction(1, 2))],
)  # fmt: skip
def test_chance_is_the_binomial_one(seen: int, calls: int, part: Fraction) -> None:
    exact = sum(
        comb(calls, k) * part**k * (1 - part) ** (calls - k) for k in range(seen, calls + 1)
    )
    assert rates.at_least(seen, calls, float(part)) == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize(("seen", "calls"), [(0, 0), (0, 50), (5, 100)])
def test_no_more_than_its_share_is_no_sign(seen: int, calls: int) -> None:
    assert rates.at_least(seen, calls, 0.05) == 1.0


def test_chance_of_very_many_calls_is_sound() -> None:
    assert rates.at_least(1000, 1000, 1e-4) == 0.0
    assert 0.4 < rates.at_least(50_001, 100_000, 0.5) < 0.51


@pytest.mark.parametrize("per_hour", [6, 30, 300])
def test_steady_demand_is_seldom_taken_for_a_change(per_hour: int) -> None:
    """Looked at each minute, as the sizing run does, over three times eight hours of chance."""
    short = 0
    for seed in range(3):
        chance = random.Random(seed)
        calls: list[tuple[int, int]] = []
        quarters: Counts = {}
        minutes: Counts = {}
        at = next_at = float(START)
        for now in range(START, START + DAY_MS // 3, MINUTE_MS):
            fresh = []
            while (at := next_at) < now:
                fresh.append((int(at), 1))
                next_at = at + chance.expovariate(per_hour / HOUR_MS)
            calls += fresh
            quarters = rates.by_quarter(quarters, fresh, now)
            minutes = rates.by_minute(minutes, fresh, now)
            known = max(1.0, now - START)
            window = rates.window_ms(quarters, minutes, now, known)
            short += window <= 10 * MINUTE_MS < known
    assert short < 0.02 * DAY_MS / MINUTE_MS


def test_few_calls_for_ten_minutes_shorten_nothing() -> None:
    now = START + 6 * HOUR_MS
    calls = [(t, 1) for t in range(START, now - 10 * MINUTE_MS, MINUTE_MS)]
    assert rates.window_ms(*counted(calls, now), now, 6 * HOUR_MS) == 6 * HOUR_MS


def test_a_surge_that_is_over_is_forgotten_within_half_an_hour() -> None:
    over = START + 2 * HOUR_MS
    now = over + 2 * QUARTER_MS
    calls = [(t, 1) for t in range(START, over, MINUTE_MS // 2)]
    assert rates.window_ms(*counted(calls, now), now, 2.5 * HOUR_MS) == 2 * QUARTER_MS


def test_counts_are_kept_as_json_knows_them_and_no_longer_than_needed() -> None:
    now = START + 30 * HOUR_MS
    quarters, minutes = counted([(START, 2), (now - 1, 3), (now - 2, 3)], now)

    assert rates.of_text(rates.as_text(quarters)) == quarters
    assert list(rates.by_quarter(quarters, [], now).values()) == [{3: 2}]
    assert list(rates.by_minute(minutes, [], now).values()) == [{3: 2}]
