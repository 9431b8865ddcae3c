"""What waiting earns: exact, capped, rounded once, and said in plain words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.pay import (
    NOTHING,
    Owed,
    Terms,
    duration,
    exact,
    owed,
    reason,
    to_cents,
)
from chalicelib.retainer.domain.protohits import parse, to_wire
from chalicelib.retainer.domain.seats import Seat, gap_ms, paid_until_ms, waited_ms
from tests.integration.world import PROTO

TWO_CENTS = Terms(rate_micro=20_000, max_wait_ms=300_000)


@pytest.mark.parametrize(
    ("micro", "cents"),
    [(0, 0), (4_999, 0), (5_000, 1), (14_999, 1), (15_000, 2), (Fraction(44_999_999, 1000), 4)],
)
def test_rounding__is_half_up_and_to_whole_cents(micro: Any, cents: int) -> None:
    assert to_cents(micro) == cents


@pytest.mark.parametrize(
    ("waits", "cents"),
    [
        ([250_000], 8),  # 4 min 10 s at 2 cents: 8.33
        ([15_000], 1),  # just half a cent
        ([14_999], 0),
        ([10_000, 5_000], 1),  # neither alone would be paid: rounded once, not each
        ([300_000], 10),
        ([900_000], 10),  # nobody waits longer than the longest wait
        ([-5_000, 15_000], 1),
        ([], 0),
    ],
)
def test_waits__add_up_before_they_are_rounded(waits: list[int], cents: int) -> None:
    assert owed(TWO_CENTS, waits, None).wait_cents == cents


def test_fractions_of_a_cent__are_held_exactly() -> None:
    terms = replace(TWO_CENTS, rate_micro=1)

    assert terms.earned_micro(60_000) == 1
    assert terms.earned_micro(1) == Fraction(1, 60_000)


def test_cap_of_its_own__holds_where_it_is_lower() -> None:
    terms = replace(TWO_CENTS, max_pay_micro=50_000, quick_cents=3)

    assert owed(terms, [300_000], None).wait_cents == 5
    assert terms.most_cents == 8
    assert replace(terms, max_pay_micro=9_000_000).most_cents == 13


@pytest.mark.parametrize(("answered", "cents"), [(None, 0), (0, 3), (2_000, 3), (2_001, 0)])
def test_quick_answer__is_paid_within_its_time_only(answered: int | None, cents: int) -> None:
    assert owed(replace(TWO_CENTS, quick_cents=3), [], answered).quick_cents == cents


@given(
    st.builds(
        Terms,
        rate_micro=st.integers(0, 10_000_000),
        max_wait_ms=st.integers(0, 86_400_000),
        max_pay_micro=st.none() | st.integers(0, 100_000_000),
        quick_cents=st.integers(0, 10_000),
        quick_within_ms=st.integers(1_000, 600_000),
        compensate=st.booleans(),
    ),
    st.lists(st.integers(0, 90_000_000), max_size=5),
    st.none() | st.integers(0, 700_000),
)
def test_nobody_is_owed_more_than_a_posting_commits(
    terms: Terms, waits: list[int], answered: int | None
) -> None:
    what = owed(terms, waits, answered)

    assert what.cents <= terms.most_cents
    assert what.wait_cents == to_cents(terms.earned_micro(sum(waits)))
    assert Terms.of_text(terms.to_text()) == (terms if terms.is_any else NOTHING)


@pytest.mark.parametrize(
    ("terms", "what", "said"),
    [
        (
            replace(TWO_CENTS, quick_cents=3),
            Owed(250_000, 8, 3),
            "Waited 4 min 10 s at $0.02 a minute: $0.08. Answered within 2 seconds: $0.03. "
            "Reference X.",
        ),
        (TWO_CENTS, Owed(300_000, 10, 0), "Waited 5 min at $0.02 a minute, at most $0.10: $0.10. "
                                          "Reference X."),
        (replace(TWO_CENTS, quick_cents=3, quick_within_ms=1_000), Owed(0, 0, 3),
         "Answered within 1 second: $0.03. Reference X."),
    ],
)  # fmt: skip
def test_reason__tells_a_worker_what_it_is_for(terms: Terms, what: Owed, said: str) -> None:
    assert reason(terms, what, "X") == said


def test_amounts_and_times__are_written_for_reading() -> None:
    assert [exact(n) for n in (20_000, 12_500, 1, 1_000_000)] == [
        "0.02", "0.0125", "0.000001", "1.00",
    ]  # fmt: skip
    assert [duration(n) for n in (0, 59_999, 60_000, 3_600_000, 3_720_000)] == [
        "0 s", "59 s", "1 min", "1 h", "1 h 2 min",
    ]  # fmt: skip


def seat(**changes: Any) -> Seat:
    return replace(Seat("P", "3A", 1, "A1", "3H", 0, 0, 300_000), **changes)


def test_wait__is_vouched_for_by_heartbeats_and_ends_with_the_longest_wait() -> None:
    assert waited_ms(seat(), 30_000) == 30_000
    assert waited_ms(seat(), 200_000) == 45_000
    assert waited_ms(seat(seen_ms=290_000), 400_000) == 300_000
    assert paid_until_ms(seat(), pool_size=20_000) == 95_000


def test_call__stops_the_wait() -> None:
    called = seat(seen_ms=60_000, called_ms=20_000)

    assert waited_ms(called, 90_000) == 20_000
    assert gap_ms(called, 200_000) == 0
    assert gap_ms(seat(), 200_000) == 155_000


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("wait_pay", "0.0000001", "millionth"),
        ("wait_pay", -1, "0 to 10"),
        ("quick_bonus", 0.005, "fractions of a cent"),
        ("review", "maybe", "approve or hold or ask"),
        ("quick_within", 0, "1 to 600"),
        ("compensate", "perhaps", "true or false"),
    ],
)
def test_bad_fields__are_refused_with_a_sentence(field: str, value: Any, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        parse({**PROTO, field: value})


def test_fields__are_read_back_as_they_were() -> None:
    given_ = {**PROTO, "wait_pay": 0.0125, "max_wait_pay": 0.045, "quick_bonus": "0.03",
              "review": "ask", "compensate": False}  # fmt: skip
    proto = parse(given_)

    assert (proto.wait_pay_micro, proto.max_wait_pay_micro) == (12_500, 45_000)
    assert parse(to_wire(proto)) == proto
    assert to_wire(parse(PROTO))["max_wait_pay"] is None
