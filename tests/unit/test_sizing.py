"""The sizing rule."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retainer.domain.postings import Posting, PostingStage
from chalicelib.retainer.domain.sizing import HOLD_MS, MAX_POSTS, PoolFacts, plan

NOW = 10_000_000


def posting(available: int, age_s: int = 30, free_s: int | None = None) -> Posting:
    created = NOW - age_s * 1000
    return Posting(
        token=f"{created:013d}{available}",
        proto="p",
        market="sandbox",
        seats=9,
        created_ms=created,
        committed_cents=54,
        stage=PostingStage.OPEN,
        hit="3H",
        available=available,
        free_ms=NOW - (free_s if free_s is not None else age_s) * 1000,
    )


def facts(wanted: int, waiting: int = 0, *postings: Posting) -> PoolFacts:
    return PoolFacts(NOW, wanted, waiting, postings, 9, 100, 1000)


def test_missing_workers__become_hits_of_at_most_nine() -> None:
    assert plan(facts(20)).post == (9, 9, 2)


def test_workers_present_and_seats_out__are_not_recruited_again() -> None:
    assert plan(facts(10, 4, posting(6))).post == ()
    assert plan(facts(10, 4, posting(3))).post == (3,)


def test_surplus__is_left_alone_for_a_while__then_expired() -> None:
    surplus = facts(0, 0, posting(5))

    assert plan(surplus).expire == ()
    assert plan(replace(surplus, surplus_since_ms=NOW - HOLD_MS + 1)).expire == ()
    assert len(plan(replace(surplus, surplus_since_ms=NOW - HOLD_MS)).expire) == 1


def test_surplus__is_expired_at_once__after_a_cancel() -> None:
    assert len(plan(replace(facts(0, 0, posting(5)), at_once=True)).expire) == 1


def test_hit_just_posted__is_not_expired__since_somebody_may_be_accepting_it() -> None:
    assert plan(replace(facts(0, 0, posting(5, age_s=14)), at_once=True)).expire == ()


def test_stale_hit__is_replaced_by_a_fresh_one() -> None:
    done = plan(facts(4, 0, posting(4, age_s=200)))

    assert len(done.expire) == 1
    assert done.post == (4,)


def test_hit_that_was_taken_from_lately__is_not_stale() -> None:
    done = plan(facts(4, 0, posting(4, age_s=200, free_s=20)))

    assert done.expire == ()
    assert done.post == ()


def test_surplus_of_part_of_a_hit__is_posted_anew_in_the_right_size() -> None:
    done = plan(replace(facts(2, 0, posting(9)), at_once=True))

    assert len(done.expire) == 1
    assert done.post == (2,)


def test_caps__bound_what_is_posted__and_the_reason_says_so() -> None:
    by_hits = plan(replace(facts(30), max_new_hits=2))
    by_money = plan(replace(facts(30), affordable_seats=5))

    assert (by_hits.post, by_hits.short) == ((9, 9), 12)
    assert "cap on HITs out" in by_hits.why
    assert (by_money.post, by_money.short) == ((5,), 25)
    assert "cap on spending" in by_money.why
    assert plan(replace(facts(30), max_new_hits=-3)).post == ()


def test_cap_on_workers_waiting__counts_those_on_their_way() -> None:
    done = plan(replace(facts(30, 4, posting(6)), places=10))

    assert done.post == (4,)
    assert (done.short, "cap on workers waiting" in done.why) == (16, True)
    assert plan(replace(facts(30, 4), places=-2)).post == ()


def test_one_run__posts_a_bounded_number_of_hits() -> None:
    done = plan(facts(1000))

    assert len(done.post) == MAX_POSTS
    assert "HITs posted in one run" in done.why


def test_standing_demand__is_kept_besides_what_is_reserved() -> None:
    assert plan(replace(facts(3, 2), standing=5)).post == (6,)
    assert plan(replace(facts(0, 5), standing=5)).post == ()
    assert "5 kept ready" in plan(replace(facts(0), standing=5)).why


def test_small_surplus_of_a_standing_pool__is_left_alone() -> None:
    held = replace(facts(0, 18, posting(4)), standing=20, surplus_since_ms=NOW - HOLD_MS)

    assert plan(held).expire == ()
    assert len(plan(replace(held, waiting=20)).expire) == 1


def test_stop__takes_every_hit_back_and_posts_nothing() -> None:
    done = plan(replace(facts(9, 2, posting(5, age_s=3), posting(4)), standing=5, stopped=True))

    assert (len(done.expire), done.post) == (2, ())
    assert "stopped" in done.why


@given(
    st.integers(0, 180), st.integers(0, 300), st.lists(st.integers(1, 9), max_size=30),
    st.booleans(),
)  # fmt: skip
def test_plan__never_leaves_need_unmet_nor_posts_beyond_it(
    wanted: int, waiting: int, free: list[int], at_once: bool
) -> None:
    out = [posting(n, age_s=30 + i) for i, n in enumerate(free)]
    done = plan(replace(facts(wanted, waiting, *out), at_once=at_once))
    needed = max(0, wanted - waiting)

    kept = sum(free) - sum(p.available for p in done.expire)
    assert kept + sum(done.post) >= min(needed, 900)
    if done.post:
        assert kept + sum(done.post) == needed
    if at_once:
        assert kept <= needed
    # A rule that undid its own work would swing: run again at once, it does nothing.
    rest = [p for p in out if p not in done.expire]
    again = plan(replace(facts(wanted, waiting, *rest, *map(posting, done.post)), at_once=at_once))
    assert (again.post, again.expire) == ((), ())
