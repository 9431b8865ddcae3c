"""The queueing models against golden values and against pools played event by event."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from chalicelib.retainer.domain.queueing import base_stock, batches, churn, erlang, shared
from chalicelib.retainer.domain.queueing.churn import Rates
from tests.unit.pool_events import play

ERLANG_B = {
    0.5: {1: 0.333333, 2: 1 / 13, 3: 0.012658, 4: 0.001580},
    1: {1: 0.5, 2: 0.2, 3: 0.0625, 4: 1 / 65, 5: 0.003067, 6: 0.000511},
    2: {1: 0.666667, 2: 0.4, 3: 0.210526, 4: 2 / 21, 5: 0.036697, 6: 4 / 331, 7: 0.003441},
    5: {5: 0.284868, 6: 0.191847, 8: 0.070048, 10: 0.018385, 12: 0.003441},
    10: {10: 0.214582, 12: 0.119739, 15: 0.036497, 18: 0.007142, 20: 0.001869},
    20: {20: 0.158892, 25: 0.050222, 30: 0.008457, 35: 0.000686},
}
# For 90, 95, 99 and 99.9 % of calls.
SEATS_A = {
    0.5: (2, 3, 4, 5), 1: (3, 4, 5, 6), 2: (4, 5, 7, 8), 5: (8, 9, 11, 14), 10: (13, 15, 18, 21),
    20: (23, 26, 30, 35), 50: (51, 56, 64, 71), 100: (97, 105, 117, 128),
}  # fmt: skip
# (size, load) -> seats for 90, 95 and 99 % of calls fully served.
SEATS_C = {
    (5, 0.1): (7, 9, 10), (5, 0.4): (10, 12, 15), (5, 1): (15, 17, 21),
    (3, 0.1): (4, 5, 6), (3, 0.4): (6, 7, 9), (3, 1): (9, 11, 13),
    (10, 0.1): (14, 17, 20), (10, 0.4): (20, 23, 29), (10, 1): (30, 34, 42),
}  # fmt: skip


@pytest.mark.parametrize("load", ERLANG_B)
def test_erlang_gives_the_golden_probabilities(load: float) -> None:
    found = {c: erlang.wait_probability(c, load) for c in ERLANG_B[load]}
    assert found == pytest.approx(ERLANG_B[load], abs=1e-6)


@pytest.mark.parametrize("load", SEATS_A)
def test_erlang_gives_the_fewest_seats(load: float) -> None:
    shares = (0.9, 0.95, 0.99, 0.999)
    assert tuple(erlang.seats_for_share(load, s) for s in shares) == SEATS_A[load]


def test_a_call_a_minute_and_two_minutes_to_recruit() -> None:
    """Load 2, a cent a minute: shares, waits and idle workers of both models."""
    seats = (2, 4, 5, 6, 8)
    assert [erlang.mean_wait(c, 2, 120) for c in seats] == pytest.approx(
        [48, 11.429, 4.404, 1.450, 0.103], abs=1e-3
    )
    assert [erlang.mean_idle(c, 2) for c in seats] == pytest.approx(
        [0.8, 2.1905, 3.0734, 4.0242, 6.0017], abs=1e-4
    )
    assert [base_stock.wait_probability(c, 2) for c in seats] == pytest.approx(
        [0.593994, 0.142877, 0.052653, 0.016564, 0.001097], abs=1e-6
    )
    assert [base_stock.mean_wait(c, 2, 120) for c in seats] == pytest.approx(
        [32.480, 4.508, 1.349, 0.355, 0.018], abs=1e-3
    )
    assert [base_stock.mean_idle(c, 2) for c in seats] == pytest.approx(
        [0.5413, 2.0751, 3.0225, 4.0059, 6.0003], abs=1e-4
    )
    assert erlang.seats_for_wait(2, 120, most=2) == 6


def test_what_a_missed_call_costs_decides_how_many_seats_are_cheapest() -> None:
    costs = [erlang.cost_rate(c, 2, rate=1, wage=0.01, penalty=0.25) for c in range(3, 8)]
    assert costs == pytest.approx([0.06684, 0.04571, 0.03991, 0.04326, 0.05093], abs=1e-5)
    assert [erlang.cheapest(2, 1, 0.01, penalty) for penalty in (0.05, 0.25, 1)] == [3, 5, 6]


@pytest.mark.parametrize(("size", "load"), SEATS_C)
def test_batches_give_the_fewest_seats(size: int, load: float) -> None:
    found = tuple(batches.seats_for_share({size: load}, s) for s in (0.9, 0.95, 0.99))
    assert found == SEATS_C[size, load]


def test_batches_of_five() -> None:
    assert batches.served_at_once(8, {5: 0.4}) == pytest.approx(0.76386, abs=1e-5)
    assert batches.served_at_once(10, {5: 0.4}) == pytest.approx(0.90746, abs=1e-5)
    assert batches.mean_wait(8, {5: 0.4}, 2) == pytest.approx(0.0525, abs=1e-4)
    assert batches.mean_wait(10, {5: 0.4}, 2) == pytest.approx(0.0167, abs=1e-4)


def test_a_batch_of_one_is_base_stock() -> None:
    for c in range(12):
        assert batches.served_at_once(c, {1: 3.0}) == pytest.approx(
            1 - base_stock.wait_probability(c, 3.0)
        )


def test_churn_gives_the_golden_probabilities() -> None:
    found = [churn.wait_probability(6, Rates(1, 0.5, leaving)) for leaving in (0, 0.05, 0.1, 0.2)]
    assert found == pytest.approx([0.01208, 0.01946, 0.02800, 0.04751], abs=1e-5)


def test_without_churn_it_is_erlang() -> None:
    for c in (0, 1, 7, 300):
        assert churn.wait_probability(c, Rates(2, 1)) == pytest.approx(
            erlang.wait_probability(c, 2), rel=1e-9
        )


def test_one_pool_needs_fewer_seats_than_several() -> None:
    one = erlang.seats_for_share(2, 0.99)
    assert one == 7
    for kinds, seats, idle in ((2, 10, 6.02), (5, 18, None), (10, 30, 10.17)):
        load = shared.pooled([{1: 2.0}] * kinds)[1]
        assert erlang.seats_for_share(load, 0.99) == seats
        if idle is not None:
            assert erlang.mean_idle(seats, load) == pytest.approx(idle, abs=0.01)


def test_sizes_of_several_kinds_stay_apart_in_one_pool() -> None:
    assert shared.pooled([{1: 2.0, 5: 0.4}, {5: 0.1}]) == pytest.approx({1: 2.0, 5: 0.5})


# Played pools: 40,000 calls; what they give scatters by about 0.003 in a share.


@pytest.mark.parametrize("seats", [2, 4, 6])
def test_erlang_is_what_a_played_pool_does(seats: int) -> None:
    seen = play(seats=seats, rate=1, recruiting=0.5, own_recruit=True)
    assert 1 - seen.share == pytest.approx(erlang.wait_probability(seats, 2), abs=0.012)
    assert seen.mean_wait == pytest.approx(erlang.mean_wait(seats, 2, 2), abs=0.03)
    assert seen.idle == pytest.approx(erlang.mean_idle(seats, 2), abs=0.05)


@pytest.mark.parametrize("seats", [2, 4, 6])
def test_base_stock_is_what_a_played_pool_does(seats: int) -> None:
    seen = play(seats=seats, rate=1, recruiting=0.5)
    assert 1 - seen.share == pytest.approx(base_stock.wait_probability(seats, 2), abs=0.012)
    assert seen.mean_wait == pytest.approx(base_stock.mean_wait(seats, 2, 2), abs=0.03)
    assert seen.idle == pytest.approx(base_stock.mean_idle(seats, 2), abs=0.05)


@pytest.mark.parametrize("seats", [8, 12])
def test_batches_are_what_a_played_pool_does(seats: int) -> None:
    seen = play(seats=seats, rate=0.3, recruiting=0.5, sizes=(1, 3, 5))
    loads = {1: 0.2, 3: 0.2, 5: 0.2}
    assert seen.share == pytest.approx(batches.served_at_once(seats, loads), abs=0.012)
    assert seen.mean_wait == pytest.approx(batches.mean_wait(seats, loads, 2), abs=0.02)
    assert seen.idle == pytest.approx(batches.mean_idle(seats, loads), abs=0.1)


@pytest.mark.parametrize("leaving", [0.05, 0.2])
def test_churn_is_what_a_played_pool_does(leaving: float) -> None:
    rates = Rates(1, 0.5, leaving)
    seen = play(seats=6, rate=1, recruiting=0.5, leaving=leaving, own_recruit=True)
    assert 1 - seen.share == pytest.approx(churn.wait_probability(6, rates), abs=0.012)
    assert seen.idle == pytest.approx(churn.mean_idle(6, rates), abs=0.06)


@pytest.mark.parametrize(("seats", "leaving"), [(12, 0.05), (15, 0.2), (20, 0.5)])
def test_batches_with_leavers_are_what_a_played_pool_does(seats: int, leaving: float) -> None:
    seen = play(seats=seats, rate=0.2, recruiting=0.5, sizes=(5,), leaving=leaving)
    assert seen.share == pytest.approx(
        churn.served_at_once(seats, {5: 0.4}, 2 * leaving), abs=0.012
    )
    assert seen.idle == pytest.approx(
        churn.idle_with_batches(seats, {5: 0.4}, 2 * leaving), abs=0.1
    )


def test_who_leaves_costs_seats() -> None:
    loads = {5: 0.4}
    found = [churn.seats_for_batches(loads, leaving, 0.95) for leaving in (0.0, 0.1, 0.4, 1.0)]
    assert found[0] == 12
    assert found == sorted(found)
    for seats, leaving in zip(found, (0.0, 0.1, 0.4, 1.0), strict=True):
        assert churn.served_at_once(seats, loads, leaving) >= 0.95
        assert churn.served_at_once(seats - 1, loads, leaving) < 0.95


def test_ten_thousand_seats_stay_sound() -> None:
    """Neither overflow nor underflow, and square-root staffing: load + z sqrt(load)."""
    load = 9_800.0
    for seats in (
        erlang.seats_for_share(load, 0.95),
        base_stock.seats_for_share(load, 0.95),
        churn.seats_for_share(Rates(load, 1.0, 0.0), 0.95),
    ):
        assert load * 0.9 < seats <= load + 3 * math.sqrt(load)
    big = batches.seats_for_share({100: 90.0}, 0.95)
    # Of a batch of n, the part still missing spreads by sqrt(load x n^2 / 2) or so.
    assert 9_000 < big < 9_000 + 100 + 3 * math.sqrt(90 * 100**2 / 2)
    assert batches.Outstanding({100: 90.0}).mean == pytest.approx(9_000)
    assert 0 < churn.wait_probability(10_000, Rates(load, 1.0, 0.01)) < 0.1


@pytest.mark.parametrize("loads", [{1: 4.0}, {5: 0.4}, {1: 2.0, 7: 0.3}, {20: 2.0}])
def test_more_seats_never_serve_fewer(loads: dict[int, float]) -> None:
    shares = [batches.served_at_once(c, loads) for c in range(80)]
    assert all(a <= b + 1e-12 for a, b in pairwise(shares))
    for c, share in enumerate(shares):
        if 0 < share < 1 - 1e-9:
            assert batches.seats_for_share(loads, share - 1e-12) == c


def test_waits_and_idle_workers_balance() -> None:
    """Seats = those who wait + those being recruited - those whom calls wait for."""
    loads = {1: 2.0, 5: 0.4}
    outstanding = batches.Outstanding(loads)
    for c in range(30):
        assert outstanding.spare(c) - outstanding.excess(c) == pytest.approx(c - outstanding.mean)


def test_no_demand_needs_nobody() -> None:
    assert erlang.seats_for_share(0, 0.95) == 1 or erlang.wait_probability(1, 0) == 0
    assert batches.seats_for_share({}, 0.95) == 0
    assert batches.seats_for_share({5: 0.0}, 0.95) == 0
    assert batches.seats_for_wait({}, 60, 1) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: erlang.wait_probability(3, -1),
        lambda: erlang.wait_probability(-1, 1),
        lambda: erlang.seats_for_share(1, 1.0),
        lambda: erlang.seats_for_share(math.inf, 0.9),
        lambda: batches.seats_for_share({0: 1.0}, 0.9),
        lambda: batches.seats_for_share({2: math.nan}, 0.9),
        lambda: Rates(1, 0),
        lambda: Rates(1, 1, -0.1),
    ],
)
def test_numbers_out_of_range_are_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"not|above"):
        wrong()
