"""What an operator may say for the moment that tables are recovered to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from operate.recover.moment import moment_of, prefix_of, written
from operate.target import Refused

NOW = datetime(2026, 12, 1, 3, 30, 45, 999_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-12-01T03:00:00Z", "2026-12-01T03:00:00Z"),
        ("2026-12-01T04:00:00+01:00", "2026-12-01T03:00:00Z"),
        ("2026-12-01 03:00 UTC", "2026-12-01T03:00:00Z"),
        ("2026-11-30T22:00:00.900-05:00", "2026-12-01T03:00:00Z"),
        ("10m ago", "2026-12-01T03:20:45Z"),
        ("90 s ago", "2026-12-01T03:29:15Z"),
        ("2h ago", "2026-12-01T01:30:45Z"),
        ("35d ago", "2026-10-27T03:30:45Z"),
    ],
)
def test_moment__is_a_whole_second_in_utc(said: str, meant: str) -> None:
    found = moment_of(said, NOW)

    assert found is not None
    assert (written(found), found.microsecond) == (meant, 0)


def test_latest__is_left_to_the_tables() -> None:
    assert moment_of("latest", NOW) is None


@pytest.mark.parametrize("said", ["2026-12-01T03:00:00", "2026-12-01", "2026-12-01 03:00"])
def test_time_without_zone__is_asked_back(said: str) -> None:
    with pytest.raises(Refused, match=f"of which time zone\\? Say {said}"):
        moment_of(said, NOW)


@pytest.mark.parametrize("said", ["", "yesterday", "10 ago", "-5m ago", "2026-13-01T00:00:00Z"])
def test_what_is_no_time__is_said_to_be_none(said: str) -> None:
    with pytest.raises(Refused, match="is no time"):
        moment_of(said, NOW)


def test_tables__are_named_after_the_moment() -> None:
    assert prefix_of(NOW, "retainer-prod") == "retainer-prod-20261201T033045Z-"
