"""Pacing: golden values, limits, and a simulation of what the rule promises."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retainer.domain.pacing import (
    FASTEST_MS,
    SLOWEST_MS,
    PoolRow,
    beta_quantile,
    pace,
    period_ms,
)


@pytest.mark.parametrize(
    ("workers", "wanted", "golden"),
    [
        (10, 1, 0.25887),
        (10, 5, 0.69646),
        (100, 1, 0.02951),
        (100, 5, 0.0892),
        (100, 20, 0.2662),
        (1000, 20, 0.02776),
    ],
)
def test_quantile__has_its_golden_values(workers: int, wanted: int, golden: float) -> None:
    assert beta_quantile(workers, wanted) == pytest.approx(golden, abs=6e-6)


@given(st.integers(1, 10_000), st.data())
def test_quantile__rises_with_the_wanted_and_falls_with_the_workers(
    workers: int, data: st.DataObject
) -> None:
    wanted = data.draw(st.integers(1, workers))
    q = beta_quantile(workers, wanted)

    assert 0 < q < 1
    if wanted < workers:
        assert beta_quantile(workers, wanted + 1) > q
    assert beta_quantile(workers + 1, wanted) < q


@given(st.integers(0, 20_000), st.integers(-5, 200))
def test_period__stays_within_its_limits(workers: int, wanted: int) -> None:
    assert FASTEST_MS <= period_ms(workers, wanted) <= SLOWEST_MS


def test_nobody_wanted_unannounced__polls_slowest() -> None:
    assert period_ms(10, 0) == SLOWEST_MS


@pytest.mark.parametrize(("workers", "wanted"), [(10, 1), (10, 5), (100, 5), (1000, 20)])
def test_workers_at_random_phases__have_polled_in_time_in_95_of_100(
    workers: int, wanted: int
) -> None:
    draw = random.Random(7)
    period = 500 / beta_quantile(workers, wanted)
    rounds = 2000
    in_time = sum(
        sorted(draw.random() * period for _ in range(workers))[wanted - 1] <= 500
        for _ in range(rounds)
    )
    assert in_time / rounds == pytest.approx(0.95, abs=0.02)


def test_pace__keeps_the_cadence__while_nothing_falls_due() -> None:
    row = PoolRow("p", waiting=10, ready_for=1)

    now = pace(row, 0, 0.5)

    assert now.every_ms == period_ms(10, 1)
    assert now.next_ms is None
    assert now.due_in_ms is None


@given(st.floats(0, 0.999), st.integers(0, 60_000))
def test_pace__brings_pages_to_the_faster_cadence_before_work_falls_due(
    chance: float, left: int
) -> None:
    row = PoolRow("p", waiting=100, ready_for=1, due=((60_000, 20),))
    at_due = period_ms(100, 20)
    now = 60_000 - left

    told = pace(row, now, chance)
    after = now + (told.next_ms if told.next_ms is not None else told.every_ms)

    if left > 0:
        # Whoever polls last before the due time does so within one fast period of it.
        assert after <= 60_000 or told.every_ms == at_due or left <= FASTEST_MS
    else:
        assert told.every_ms == at_due


@pytest.mark.parametrize(("workers", "wanted"), [(10, 1), (10, 5), (100, 1), (100, 20)])
def test_pace__calls_each_page_back_once__before_work_falls_due(workers: int, wanted: int) -> None:
    due_ms = 60_000
    row = PoolRow("p", waiting=workers, ready_for=0, due=((due_ms, wanted),))
    at_due = period_ms(workers, wanted)
    draw = random.Random(3)
    polls = 0
    for _ in range(100):
        at, every = draw.random() * 20_000, 20_000
        while at < due_ms:
            polls += at >= due_ms - 20_000
            told = pace(row, round(at), draw.random())
            if told.next_ms is not None:
                at += told.next_ms
            else:
                at += told.every_ms * (1 if told.every_ms == every else draw.random())
            every = told.every_ms

    # In 20 s one poll at the slow pace, one to be called back, and one that drew an early phase.
    assert polls <= 100 * (3 if at_due < 20_000 else 1)


def test_pace__announces_work__shortly_before_it_falls_due() -> None:
    row = PoolRow("p", waiting=5, ready_for=1, due=((60_000, 2),))

    assert pace(row, 49_000, 0.5).due_in_ms is None
    assert pace(row, 52_000, 0.5).due_in_ms == 8_000
    assert pace(row, 60_001, 0.5).due_in_ms is None


def test_wanted__adds_what_has_fallen_due_to_what_is_open() -> None:
    row = PoolRow("p", ready_for=2, ready_now=3, due=((100, 4), (200, 5)))

    assert [row.wanted(t) for t in (0, 100, 250)] == [3, 7, 12]
    assert PoolRow("p", ready_for=2).wanted(0) == 2
