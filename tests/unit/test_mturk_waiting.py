"""The words of an annotation that tell what waiting for a HIT may take and pays."""

from __future__ import annotations

import pytest

from chalicelib.mturk import waiting
from chalicelib.mturk.waiting import WaitTerms

PAID = WaitTerms(300, 20_000, 100_000, 5, 2)


def test_annotated__is_read_back_and_leaves_the_rest() -> None:
    assert waiting.annotated("retainer:abc", WaitTerms(300)) == "retainer:abc max-wait=300"
    text = waiting.annotated("retainer:abc", PAID)

    assert text == (
        "retainer:abc max-wait=300 wait-pay=0.02 wait-most=0.10 quick-bonus=0.05 quick-within=2"
    )
    assert waiting.terms_of(text) == PAID
    exact = WaitTerms(7, 16_667, 1_944)
    assert waiting.terms_of(waiting.annotated("", exact)) == exact


@pytest.mark.parametrize(
    "annotation",
    [None, "", "mine", "max-wait=", "max-wait=soon", "amax-wait=3", "max-wait=3s", "max-wait=-3"],
)
def test_terms__without_a_longest_wait__are_none(annotation: str | None) -> None:
    assert waiting.terms_of(annotation) is None


def test_terms__promise_no_more_than_the_longest_wait_comes_to() -> None:
    """Written by others: what cannot be read, or come true, is not told to workers."""
    assert waiting.terms_of("max-wait=60 wait-pay=0.02 wait-most=9") == WaitTerms(
        60, 20_000, 20_000
    )
    assert waiting.terms_of("max-wait=60 wait-pay=0.02") == WaitTerms(60, 20_000, 20_000)
    assert waiting.terms_of("max-wait=60 wait-pay=1e3 quick-bonus=-1") == WaitTerms(60)


@pytest.mark.parametrize(
    ("terms", "waited_s", "cents"),
    [
        (WaitTerms(300), None, 60),  # 5 cents for 5 minutes
        (WaitTerms(300, 200_000, 1_000_000), None, 1260),  # and 20 cents a minute
        (WaitTerms(300, 200_000, 400_000), None, 540),  # 40 cents at most
        (WaitTerms(300, 200_000, 1_000_000), 60, 1500),  # a call after a minute
        (WaitTerms(300, 200_000, 1_000_000), 600, 630),  # work after the longest wait is not a wait
    ],
)
def test_hourly__is_reward_and_pay_over_the_time_they_cover(
    terms: WaitTerms, waited_s: int | None, cents: int
) -> None:
    assert terms.hourly_cents(5, waited_s) == cents
