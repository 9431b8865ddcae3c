"""Rules of calling: ways, bounds, addresses, waves, links, and the calendar's form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.marketplace.domain import calls, icalendar, signed_tokens
from chalicelib.marketplace.domain.announced import Session, SessionState
from chalicelib.marketplace.domain.calling import (
    AddressState,
    Calling,
    Purpose,
    checked_address,
)
from chalicelib.marketplace.domain.icalendar import Entry

NOON = 1_795_521_600_000  # 2026-11-24 12:00 UTC
KEY = "master-key-of-the-tests-0123456789"

ADA = Calling(
    "A1",
    frozenset({"sessions:mail", "work:push"}),
    address="ada@example.org",
    address_state=AddressState.CONFIRMED,
    subscriptions={"b": "https://push.example/b", "a": "https://push.example/a"},
)


def test_ways__are_those_chosen_for_the_purpose() -> None:
    assert ADA.ways(Purpose.SESSIONS) == ["mail"]
    assert ADA.ways(Purpose.WORK) == ["push:a", "push:b"]


@pytest.mark.parametrize("state", [None, AddressState.UNCONFIRMED, AddressState.REFUSED])
def test_mail__is_no_way_before_its_address_is_confirmed(state: AddressState | None) -> None:
    assert replace(ADA, address_state=state).ways(Purpose.SESSIONS) == []


def test_calls_left__count_by_the_workers_own_day_and_the_markets_bound() -> None:
    berlin = replace(ADA, zone_name="Europe/Berlin", most_a_day=3, day="2026-11-24", today=2)

    assert berlin.calls_left(NOON, 6) == 1
    assert berlin.calls_left(NOON, 2) == 0
    assert berlin.calls_left(NOON + 11 * 3_600_000, 6) == 3  # 23:00 UTC is the next day there
    assert replace(berlin, today=9).calls_left(NOON, 6) == 0


def test_confirmations__pause_and_end_after_three_in_a_day() -> None:
    once = replace(ADA, asked_ms=(NOON,))
    thrice = replace(ADA, asked_ms=(NOON, NOON + 61_000, NOON + 122_000))

    assert not once.may_confirm(NOON + 59_000)
    assert once.may_confirm(NOON + 60_000)
    assert not thrice.may_confirm(NOON + 3_600_000)
    assert thrice.may_confirm(NOON + 86_400_000)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ada.L+lab@Example.ORG", "Ada.L+lab@example.org"),
        ("ada@example", None),
        ("ada@example.org\nBcc: all@example.org", None),
        ("ada@example.org, bob@example.org", None),
        ("Ada <ada@example.org>", None),
        (".ada@example.org", None),
        ("a..da@example.org", None),
        ("ada@-example.org", None),
        ("äda@example.org", None),
        ("a" * 65 + "@example.org", None),
        ("", None),
    ],
)
def test_address__is_taken_only_if_a_header_can_hold_it(text: str, kept: str | None) -> None:
    assert checked_address(text) == kept


def test_wave__grows_with_free_places_up_to_the_bound() -> None:
    assert calls.wave(3, calls.SESSION_WAVE, 0, 60) == 12
    assert calls.wave(1, calls.SESSION_WAVE, 12, 60) == 16
    assert calls.wave(0, calls.SESSION_WAVE, 16, 60) == 16
    assert calls.wave(9, calls.SESSION_WAVE, 40, 60) == 60


def test_pauses__grow_to_an_hour() -> None:
    minutes = [calls.pause_ms(n) // 60_000 for n in range(1, calls.MAX_TRIES)]

    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]


def test_token__is_good_for_its_purpose_only() -> None:
    token = signed_tokens.sign(KEY, "stop", "A1", "digest")

    assert signed_tokens.read(KEY, "stop", token, 2) == ("A1", "digest")
    assert signed_tokens.read(KEY, "reply", token, 2) is None
    assert signed_tokens.read(KEY, "stop", token, 3) is None
    assert signed_tokens.read(KEY + "x", "stop", token, 2) is None
    assert signed_tokens.read("", "stop", token, 2) is None
    for wrong in ("", "=", "é", token[:-4], token + "AAAA", "A" * 500):
        assert signed_tokens.read(KEY, "stop", wrong, 2) is None


@given(st.text(max_size=60))
def test_token__of_somebody_elses_making__is_refused(text: str) -> None:
    assert signed_tokens.read(KEY, "stop", text, 2) is None


SESSION = Session(
    session_id="3S",
    account_id="AR",
    requester="Lab; of, sounds",
    title="Listening",
    description="First line\nsecond \\ line\x00",
    pay="$12 an hour",
    starts_ms=NOON + 3_600_000,
    minutes=40,
    zone_name="Europe/Berlin",
    people=12,
    hit_type_id=None,
    requirements=(),
    created_ms=NOON,
)


def feed(session: Session, is_firm: bool = False, name: str = "Mine") -> list[str]:
    text = icalendar.render([Entry(session, is_firm, "https://desk.example/w")], NOON, name)
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")


def test_calendar__has_the_session_with_its_times_in_utc() -> None:
    lines = feed(SESSION, is_firm=True)

    assert "DTSTART:20261124T130000Z" in lines
    assert "DTEND:20261124T134000Z" in lines
    assert "SUMMARY:Listening" in lines
    assert "STATUS:CONFIRMED" in lines
    assert "TRANSP:OPAQUE" in lines
    assert (
        "DESCRIPTION:Lab\\; of\\, sounds\\nAbout 12 people.\\nPay: $12 an hour\\n"
        "First line\\nsecond \\\\ line"
    ) in lines


def test_calendar__says_what_is_open_moved_and_cancelled() -> None:
    moved = replace(SESSION, revision=3)
    cancelled = replace(SESSION, revision=2, state=SessionState.CANCELLED)

    assert {"STATUS:TENTATIVE", "TRANSP:TRANSPARENT", "SEQUENCE:0"} <= set(feed(SESSION))
    assert "SEQUENCE:2" in feed(moved)
    assert {"STATUS:CANCELLED", "SUMMARY:Cancelled: Listening"} <= set(feed(cancelled, True))


@given(st.text(max_size=200), st.text(max_size=100))
def test_calendar__cannot_be_broken_out_of(title: str, name: str) -> None:
    lines = feed(replace(SESSION, title=title or "-"), name=name)

    assert [line for line in lines if line.startswith("BEGIN:")] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
    ]
    assert len([line for line in lines if line.startswith("DTSTART")]) == 1
