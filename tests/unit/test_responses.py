"""How many to call, and what is known of who answers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retainer.domain.responses import PRIOR_CALLS, Responses, enough, to_call


@pytest.mark.parametrize(
    ("share", "golden"),
    [(0.613, (4, 8, 12)), (0.742, (3, 6, 10)), (0.463, (5, 12, 17)), (0.690, (3, 7, 11))],
)
def test_how_many_to_call_so_that_enough_answer_in_95_of_100(
    share: float, golden: tuple[int, ...]
) -> None:
    assert tuple(to_call(n, share, 0.95) for n in (1, 3, 5)) == golden


@given(st.integers(1, 12), st.floats(0.2, 0.99), st.floats(0.5, 0.99))
def test_it_is_the_fewest_with_the_binomial_probability(n: int, p: float, wanted: float) -> None:
    found = to_call(n, p, wanted)

    def at_least(called: int) -> float:
        return sum(
            math.comb(called, k) * p**k * (1 - p) ** (called - k) for k in range(n, called + 1)
        )

    assert at_least(found) >= wanted - 1e-9
    assert found == n or at_least(found - 1) < wanted + 1e-9


def test_workers_with_chances_of_their_own() -> None:
    assert enough([0.9, 0.9, 0.1], 1, 0.9) == 1
    assert enough([0.1, 0.9, 0.9], 1, 0.9) == 2
    assert enough([0.5, 0.5], 2, 0.9) is None
    assert enough([], 0, 0.9) == 0
    assert to_call(0, 0.5, 0.9) == 0
    assert to_call(1, 0.0, 0.9, most=30) == 30


def test_before_there_is_data_the_study_speaks_and_longer_waits_answer_less() -> None:
    shares = [Responses().share(s * 1000) for s in (10, 50, 100, 250, 500, 1500)]
    assert shares == pytest.approx([0.606, 0.619, 0.531, 0.463, 0.275, 0.18])


def test_what_workers_do_outweighs_the_study() -> None:
    seen = Responses()
    for _ in range(600):
        seen = seen.add(10_000, quick=True)

    assert seen.share(10_000) > 0.97
    # Of other waits nothing has been learnt.
    assert seen.share(250_000) == pytest.approx(0.463)


def test_old_calls_fade() -> None:
    seen = Responses()
    for _ in range(2000):
        seen = seen.add(10_000, quick=True)
    for _ in range(900):
        seen = seen.add(10_000, quick=False)

    assert seen.share(10_000) < 0.2
    assert sum(seen.called) < 450 + PRIOR_CALLS
