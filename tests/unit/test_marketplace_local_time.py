"""Times of day where workers are: quiet hours over midnight and over changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.marketplace.domain import local_time
from chalicelib.marketplace.domain.local_time import BadTime, Quiet

BERLIN = local_time.zone("Europe/Berlin")
NIGHT = Quiet(22 * 60, 7 * 60)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("utc", "quiet"),
    [
        ("2026-11-24T20:59", False),
        ("2026-11-24T21:00", True),  # 22:00 in Berlin's winter
        ("2026-11-24T23:30", True),
        ("2026-11-25T05:59", True),
        ("2026-11-25T06:00", False),
        ("2026-07-24T20:00", True),  # 22:00 in its summer
        ("2026-07-25T05:00", False),
    ],
)
def test_quiet_hours__go_over_midnight_in_the_workers_zone(utc: str, quiet: bool) -> None:
    assert local_time.is_quiet(NIGHT, BERLIN, at(utc)) is quiet


def test_quiet_hours__within_a_day_and_none() -> None:
    noon = Quiet(12 * 60, 13 * 60 + 30)

    assert local_time.is_quiet(noon, BERLIN, at("2026-11-24T11:00"))
    assert not local_time.is_quiet(noon, BERLIN, at("2026-11-24T12:30"))
    assert not local_time.is_quiet(None, BERLIN, at("2026-11-24T23:00"))


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-11-24T21:00", "2026-11-25T06:00"),  # nine hours
        ("2026-03-28T21:00", "2026-03-29T05:00"),  # clocks go forward: eight
        ("2026-10-24T20:00", "2026-10-25T06:00"),  # clocks go back: ten
    ],
)
def test_quiet_hours__end_by_the_clock_on_the_wall(begin: str, end: str) -> None:
    assert local_time.quiet_ends(NIGHT, BERLIN, at(begin)) == at(end)
    assert local_time.last_before_quiet(NIGHT, BERLIN, at(end) - 1) == at(begin) - 60_000


def test_quiet_hours__that_end_in_an_hour_that_is_skipped__end_when_it_would() -> None:
    until_half_past_two = Quiet(23 * 60, 2 * 60 + 30)

    ended = local_time.quiet_ends(until_half_past_two, BERLIN, at("2026-03-28T23:00"))

    assert ended == at("2026-03-29T01:00")  # 3:00, the first moment after 1:59


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.integers(at("2026-01-01"), at("2027-01-01")),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_leaving_quiet_hours__ends_outside_them_and_within_a_day(
    begin: int, end: int, now_ms: int, name: str
) -> None:
    where, quiet = local_time.zone(name), Quiet(begin, end)

    after = local_time.quiet_ends(quiet, where, now_ms)
    before = local_time.last_before_quiet(quiet, where, now_ms)

    assert before <= now_ms <= after
    assert not local_time.is_quiet(quiet, where, after)
    assert not local_time.is_quiet(quiet, where, before)
    assert after - before <= 26 * 3_600_000


def test_moment__is_read_in_its_zone() -> None:
    assert local_time.moment("2026-11-24T14:00", BERLIN) == at("2026-11-24T13:00")
    assert local_time.moment("2026-07-24 14:00", BERLIN) == at("2026-07-24T12:00")
    # an hour that comes twice: the first
    assert local_time.moment("2026-10-25T02:30", BERLIN) == at("2026-10-25T00:30")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-03-29T02:30", "clocks are put forward"),
        ("tomorrow", "written like"),
        ("2026-11-24", "written like"),
        ("2026-02-30T10:00", "written like"),
        ("2026-11-24T24:00", "written like"),
    ],
)
def test_moment__that_there_is_not__is_refused(text: str, said: str) -> None:
    with pytest.raises(BadTime, match=said):
        local_time.moment(text, BERLIN)


@pytest.mark.parametrize("name", ["", "Berlin", "Europe", "../../etc/passwd", "Mars/Base", "CEST"])
def test_zone__that_there_is_not__is_refused(name: str) -> None:
    with pytest.raises(BadTime, match="is no time zone"):
        local_time.zone(name)


def test_when__names_day_time_and_zone() -> None:
    found = local_time.when_text(at("2026-11-24T13:00"), BERLIN)
    newfoundland = local_time.when_text(at("2026-11-24T13:00"), local_time.zone("America/St_Johns"))

    assert found == "Tuesday 24 November 2026, 14:00 (Europe/Berlin, UTC+01:00)"
    assert newfoundland.endswith("09:30 (America/St_Johns, UTC-03:30)")


def test_day__changes_at_midnight_of_the_zone() -> None:
    auckland = local_time.zone("Pacific/Auckland")

    assert local_time.day_of(at("2026-11-24T10:59"), auckland) == "2026-11-24"
    assert local_time.day_of(at("2026-11-24T11:00"), auckland) == "2026-11-25"
