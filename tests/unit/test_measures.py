"""What a pool measures of itself, and what it makes of that."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise

import pytest

from chalicelib.retainer.domain.measures import (
    Call,
    Estimates,
    Measures,
    Response,
    estimate,
    observe,
)
from chalicelib.retainer.domain.rates import QUARTER_MS
from chalicelib.retainer.domain.seats import PRESENT_MS, Closed, Seat
from chalicelib.retainer.domain.targets import Service, lead_ms, standing

MINUTE = 60_000
HOUR = 60 * MINUTE
START = 1_000 * QUARTER_MS
FRESH = Measures(since_ms=START, at_ms=START)


def seat(arrived: int, seen: int, **more: object) -> Seat:
    return Seat(
        "p",
        f"3A{arrived}",
        1,
        "W",
        "3H",
        arrived,
        seen,
        arrived + 5 * MINUTE,
        **more,  # type: ignore[arg-type]
    )


def known(measures: Measures, now: int) -> Estimates:
    return estimate(measures, now, ready_for=1, max_wait_ms=300_000)


def test_before_there_is_data_priors_speak() -> None:
    found = known(FRESH, START)

    assert found.recruitment_ms == 72_000
    assert found.leaving == pytest.approx(1 / 300_000)
    assert found.calls == {1: pytest.approx(1 / 600_000, rel=1e-4)}


def test_recruitment_is_measured_over_the_time_that_seats_were_out() -> None:
    """Two of four seats taken, after 20 and 40 s, and two that nobody took for the whole minute."""
    out = replace(FRESH, open_seats=4)
    came = [seat(START + s * 1000, START + MINUTE) for s in (20, 40)]

    found = observe(out, START + MINUTE, came, [])

    assert (found.arrivals, found.open_ms) == (2, (20 + 40 + 60 + 60) * 1000)


def test_a_hit_that_nobody_takes_makes_recruitment_look_slower() -> None:
    measures = replace(FRESH, open_seats=5)
    before = known(measures, START).recruitment_ms
    for minute in range(1, 11):
        measures = replace(observe(measures, START + minute * MINUTE, [], []), open_seats=5)

    assert known(measures, START + 10 * MINUTE).recruitment_ms > 10 * before


def test_recruitment_times_are_found_again() -> None:
    """Exponential arrivals with a mean of 40 s, looked at once a minute."""
    chance = random.Random(7)
    measures, now = FRESH, START
    for _ in range(240):
        posted = 6
        measures = replace(measures, open_seats=posted)
        times = (chance.expovariate(1 / 40_000) for _ in range(posted))
        came = [seat(now + 1 + round(t), now + MINUTE) for t in times if t < MINUTE - 1]
        now += MINUTE
        measures = observe(measures, now, came, [])

    assert known(measures, now).recruitment_ms == pytest.approx(40_000, rel=0.08)


def test_who_leaves_is_counted_once_and_who_is_called_is_not() -> None:
    gone = seat(START + 1, START + 30_000)
    submitted = seat(START + 2, START + 20_000, closed=Closed.SUBMITTED)
    called = seat(START + 3, START + 55_000, reservation="R", token="t", called_ms=START + 10_000)
    stays = seat(START + 4, START + 115_000)
    seats = [gone, submitted, called, stays]

    first = observe(FRESH, START + MINUTE, seats, [])
    second = observe(first, START + 2 * MINUTE, seats, [])
    third = observe(second, START + 3 * MINUTE, seats, [])

    assert first.leavings == 1  # who submitted; who fell silent may still be there
    assert second.leavings == pytest.approx(2, abs=0.02)
    # The one still there at 115 s has fallen silent since.
    assert third.leavings == pytest.approx(3, abs=0.04)
    waited = (30_000 - 1) + (20_000 - 2) + (10_000 - 3) + (115_000 - 4)
    assert third.waiting_ms == pytest.approx(waited, rel=0.02)


def test_who_has_waited_to_the_end_has_left() -> None:
    stayed = seat(START + 1, START + 6 * MINUTE)

    found = observe(FRESH, START + 6 * MINUTE, [stayed], [])

    assert found.leavings == 1
    assert found.waiting_ms == 5 * MINUTE


def test_a_seat_gone_long_ago_is_not_counted_again() -> None:
    old = seat(START - HOUR, START - HOUR + MINUTE)

    found = observe(FRESH, START + MINUTE, [old], [])

    assert (found.leavings, found.waiting_ms, found.arrivals) == (0, 0, 0)
    assert START - HOUR + MINUTE + PRESENT_MS < START


def test_events_are_counted_once_however_often_they_are_read() -> None:
    events = [Call(START + 5, 3), Response(START + 9, 10_000, True), Call(START + 7, 3)]

    once = observe(FRESH, START + MINUTE, [], events)
    twice = observe(once, START + 2 * MINUTE, [], [*events, Call(START + MINUTE + 1, 1)])

    assert {size for sizes in once.calls.values() for size in sizes} == {3}
    assert twice.calls == {START: {3: 2, 1: 1}}
    assert sum(twice.responses.called) == 1


def test_it_is_kept_as_json() -> None:
    events = [Call(START + 5, 3), Response(START + 9, 10_000, True)]
    found = observe(replace(FRESH, open_seats=2), START + MINUTE, [], events)

    assert Measures.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_steady_demand_is_known_from_a_whole_day() -> None:
    chance = random.Random(3)
    measures, now = FRESH, START
    for _ in range(24 * 60):
        calls = [Call(now + 1 + i, 5) for i in range(chance.random() < 0.2)]
        now += MINUTE
        measures = observe(measures, now, [], calls)

    found = known(measures, now)
    assert found.calls[5] * MINUTE == pytest.approx(0.2, rel=0.12)
    assert found.window_ms == pytest.approx(24 * HOUR)
    # The prior of one size fades away.
    assert found.calls[1] < found.calls[5] / 100


@pytest.mark.parametrize(("before", "after"), [(0.02, 1.0), (1.0, 0.02)])
def test_demand_that_has_changed_is_known_from_the_time_since(before: float, after: float) -> None:
    chance = random.Random(5)
    measures, now = FRESH, START
    for minute in range(20 * 60):
        rate = before if minute < 19 * 60 else after
        calls = [Call(now + 1, 1)] if chance.random() < rate else []
        now += MINUTE
        measures = observe(measures, now, [], calls)

    found = known(measures, now)
    assert found.window_ms <= 2 * HOUR
    assert found.calls[1] * MINUTE == pytest.approx(after, rel=0.6, abs=0.07)


def test_sudden_demand_is_known_within_minutes() -> None:
    """Nine calls an hour all day, then three a minute: after three minutes the rate is believed."""
    measures, now = FRESH, START
    for minute in range(12 * 60):
        now += MINUTE
        calls = [Call(now - 1, 3)] if minute % 7 == 0 else []
        measures = observe(measures, now, [], calls)
    assert known(measures, now).call_rate * HOUR == pytest.approx(9, rel=0.1)

    for _ in range(3):
        now += MINUTE
        measures = observe(measures, now, [], [Call(now - k, 3) for k in (20_000, 10_000, 5_000)])

    found = known(measures, now)
    assert found.window_ms <= 4 * MINUTE
    assert found.calls[3] * HOUR > 120


def test_how_many_calls_are_for_is_remembered_through_the_quiet() -> None:
    measures, now = FRESH, START
    for minute in range(18 * 60):
        now += MINUTE
        calls = [Call(now - 1, 5)] if minute < 12 * 60 and minute % 5 == 0 else []
        measures = observe(measures, now, [], calls)

    found = known(measures, now)
    assert found.window_ms == 6 * HOUR
    assert found.calls[5] > 50 * found.calls[1]
    assert standing(Service(0.95), found).seats >= 5


def rates(**more: float) -> Estimates:
    values = {"calls": {1: 1 / MINUTE}, "recruitment_ms": 120_000.0, "leaving": 0.0, **more}
    return Estimates(window_ms=HOUR, **values)  # type: ignore[arg-type]


def test_the_model_is_the_one_that_fits_and_says_its_numbers() -> None:
    one = standing(Service(0.95), rates())
    batch = standing(Service(0.95), rates(calls={5: 0.2 / MINUTE}))
    leaving = standing(Service(0.95), rates(leaving=0.4 / MINUTE))
    erlang = standing(Service(0.95, model="A"), rates())

    assert (one.model, one.seats) == ("B", 6)
    assert (batch.model, batch.seats) == ("C", 12)
    assert leaving.model == "D"
    assert leaving.seats > one.seats
    assert (erlang.model, erlang.seats) == ("A", 5)
    assert (
        "model C keeps 12 for 95.0% served at once: calls 12.0/h for 5, by 0 in 60 min; "
        in batch.why
    )


def test_a_wait_cap_asks_for_other_seats_than_a_share() -> None:
    assert standing(Service(wait_cap_ms=2000, model="A"), rates()).seats == 6
    assert standing(Service(wait_cap_ms=2000), rates()).seats == 5
    assert "mean wait of 2 s" in standing(Service(wait_cap_ms=2000), rates()).why


def test_more_is_wanted_for_better_service() -> None:
    seats = [standing(Service(s), rates()).seats for s in (0.8, 0.9, 0.95, 0.99, 0.999)]
    assert all(a < b for a, b in pairwise(seats))


def test_lead_is_long_enough_for_all_to_come_and_no_longer_than_the_first_stays() -> None:
    assert lead_ms(1, 72_000, 0.95, 240_000) == pytest.approx(72_000 * 2.9957, rel=1e-3)
    assert lead_ms(5, 20_000, 0.95, 240_000) == pytest.approx(20_000 * 4.584, rel=1e-3)
    assert lead_ms(20, 72_000, 0.95, 240_000) == 240_000
    assert lead_ms(1, 1_000, 0.95, 240_000) == 30_000
    assert lead_ms(0, 72_000, 0.95, 240_000) == 0
