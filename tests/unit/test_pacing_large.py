"""Pacing of large pools: as exact as needed, and never slow."""

from __future__ import annotations

import math

import pytest

from chalicelib.retainer.domain.pacing import MANY, beta_quantile


def binomial_at_least(trials: int, successes: int, x: float) -> float:
    def term(k: int) -> float:
        choose = math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        return math.exp(choose + k * math.log(x) + (trials - k) * math.log1p(-x))

    return math.fsum(term(k) for k in range(successes, trials + 1))


@pytest.mark.parametrize(("workers", "wanted"), [(1000, MANY + 1), (1000, 700), (10_000, 5000)])
def test_quantile__of_many_among_many__is_that_of_the_sum(workers: int, wanted: int) -> None:
    assert binomial_at_least(workers, wanted, beta_quantile(workers, wanted)) == pytest.approx(
        0.95, abs=0.004
    )
