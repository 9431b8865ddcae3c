"""Which work workers may be sent to, and how what is missing is divided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retainer.domain.pacing import PoolRow, pace
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.domain.sharing import (
    Conditions,
    at_least,
    in_proportion,
    strongest_first,
)

PLAIN = Conditions("sandbox", "", 0, False, 5, 0, 0, 0, 2, 300)

conditions = st.builds(
    Conditions,
    st.sampled_from(["sandbox", "production"]),
    st.sampled_from(["", "US", "DE"]),
    st.integers(0, 100),
    st.booleans(),
    *(st.integers(0, 3) for _ in range(5)),
    st.integers(-5, 5),
)


@given(conditions)
def test_conditions__are_read_back_from_their_text(given_: Conditions) -> None:
    assert Conditions.of_text(given_.to_text()) == given_
    assert Conditions.of_text("") is Conditions.of_text(None) is None


@given(conditions, conditions, conditions)
def test_covering__is_an_order(a: Conditions, b: Conditions, c: Conditions) -> None:
    """Sizing counts on it: whoever may do strict work may do all that stands below it."""
    assert a.covers(a)
    if a.covers(b) and b.covers(c):
        assert a.covers(c)


def test_quick_bonus__must_be_as_easy_to_earn_only_where_there_is_one() -> None:
    quick = replace(PLAIN, quick_cents=2, quick_within=4)

    assert replace(quick, quick_within=4).covers(quick)
    assert not replace(quick, quick_within=2).covers(quick)
    assert replace(PLAIN, quick_within=1).covers(PLAIN)


def test_members__are_taken_in_groups_of_equals_the_strictest_first() -> None:
    members = {
        "plain": PLAIN,
        "like plain": PLAIN,
        "rated": replace(PLAIN, rating=95),
        "strict": replace(PLAIN, rating=95, locale="US"),
        "away": replace(PLAIN, market="production"),
    }

    serves = at_least(members)

    assert serves["rated"] == {"rated", "strict"}
    assert serves["plain"] == {"plain", "like plain", "rated", "strict"}
    assert strongest_first(serves) == [
        ["away"], ["strict"], ["rated"], ["like plain", "plain"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("total", "needs", "room", "shares"),
    [
        (6, [6, 3], [99, 99], [4, 2]),
        (1, [1, 1, 1], [9, 9, 9], [1, 0, 0]),
        (10, [1, 0], [2, 99], [2, 8]),
        (10, [1, 1], [2, 3], [2, 3]),
        (4, [0, 0], [99, 99], [4, 0]),
        (3, [1, 1], [-5, 9], [0, 3]),
    ],
)
def test_what_is_missing__is_divided_by_need_as_far_as_there_is_room(
    total: int, needs: list[float], room: list[int], shares: list[int]
) -> None:
    assert in_proportion(total, needs, room) == shares


@given(
    st.integers(0, 500),
    st.lists(st.tuples(st.floats(0, 50), st.integers(-3, 200)), min_size=1, max_size=6),
)
def test_shares__use_all_the_room_there_is_and_no_more(
    total: int, each: list[tuple[float, int]]
) -> None:
    room = [r for _, r in each]
    shares = in_proportion(total, [n for n, _ in each], room)

    assert sum(shares) == min(total, sum(max(0, r) for r in room))
    assert all(0 <= s <= max(0, r) for s, r in zip(shares, room, strict=True))


def test_pace__is_that_of_the_scarcest_work_that_one_may_do() -> None:
    strict = replace(PLAIN, locale="US")
    row = PoolRow("~lab", waiting=100, ready_for=1, scarce=((strict, 10),))
    seat = Seat("p", "a", 1, "w", "h", 0, 0, 0, accepted=PLAIN)
    able = replace(seat, accepted=strict)

    slow, quick = (pace(row.seen_by(s), 0, 0.5).every_ms for s in (seat, able))

    assert slow == pace(row, 0, 0.5).every_ms
    assert quick == pace(PoolRow("~lab", waiting=10, ready_for=1), 0, 0.5).every_ms
