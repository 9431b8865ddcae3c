"""What makes a ProtoHIT valid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.pages import Page
from chalicelib.retainer.domain.protohits import ProtoHit, parse, to_wire

GOOD: dict[str, Any] = {
    "hit_type_id": "Dashboard",
    "title": "Dashboard HIT",
    "description": "desc",
    "keywords": "keys",
    "url": "http://server/retainer/static/test.html",
    "frame_height": 1200,
    "reward": 0.05,
    "assignment_duration": 350,
    "lifetime": 2400,
    "max_assignments": 2,
    "auto_approval_delay": 5000,
    "worker_locale": "US",
    "approval_rating": 92,
}


def test_example_of_the_original__is_read() -> None:
    proto = parse(GOOD)

    assert proto.reward_cents == 5
    assert proto.max_wait == 175
    assert proto.seats_per_hit == 2
    assert proto.sandbox


def test_wire_form__is_read_back_as_it_was() -> None:
    proto = parse({**GOOD, "verifiedOnly": True, "readyFor": 3})

    assert parse(to_wire(proto)) == proto
    assert ProtoHit.from_dict(proto.to_dict()) == proto


def test_page__is_kept_as_it_was_given() -> None:
    given = {"title": "Photos", "accent": "#0B5FB0", "sound": "knock", "task": "https://x.org/t"}
    proto = parse({**GOOD, "page": given})

    assert proto.page == Page("Photos", accent="#0b5fb0", sound="knock", task="https://x.org/t")
    assert parse(to_wire(proto)) == proto
    assert ProtoHit.from_dict(proto.to_dict()) == proto
    # A form's fields are text.
    assert parse({**GOOD, "page": json.dumps(given)}) == proto


def test_protohit_of_an_earlier_version__has_the_page_that_all_have() -> None:
    proto = parse(GOOD)
    stored = {name: value for name, value in proto.to_dict().items() if name != "page"}

    assert ProtoHit.from_dict(stored) == proto
    assert ProtoHit.from_dict({**stored, "page": {"later": 1}}) == proto


def test_reading_that_is_given__is_what_workers_do_meanwhile() -> None:
    assert parse({**GOOD, "page": {"reading": "Once."}}).page.pastime == "reading"
    assert parse({**GOOD, "page": {"reading": "Once.", "pastime": "game"}}).page.pastime == "game"


def test_hit__never_has_ten_seats__since_the_fee_would_double() -> None:
    assert parse({**GOOD, "max_assignments": 500}).seats_per_hit == 9


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "ftp://server/x"}, "bad_url"),
        ({"url": "javascript:alert(1)"}, "bad_url"),
        ({"url": "http://"}, "bad_url"),
        ({"url": "http://[bad"}, "bad_url"),
        ({"url": "http://server/a b"}, "bad_url"),
        ({"reward": -0.01}, "out_of_range"),
        ({"reward": "NaN"}, "wrong_type"),
        ({"reward": 0.055}, "out_of_range"),
        ({"reward": "five"}, "wrong_type"),
        ({"reward": True}, "wrong_type"),
        ({"title": ""}, "out_of_range"),
        ({"title": "x" * 129}, "out_of_range"),
        ({"title": 5}, "wrong_type"),
        ({"hit_type_id": "a/b"}, "malformed_id"),
        ({"hit_type_id": "x" * 2000}, "malformed_id"),
        ({"hit_type_id": None}, "missing_field"),
        ({"lifetime": 29}, "out_of_range"),
        ({"lifetime": 1.5}, "wrong_type"),
        ({"max_assignments": 0}, "out_of_range"),
        ({"approval_rating": 101}, "out_of_range"),
        ({"worker_locale": "usa"}, "out_of_range"),
        ({"max_wait": 350}, "out_of_range"),
        ({"max_wait": 321}, "out_of_range"),
        ({"sandbox": "maybe"}, "wrong_type"),
        ({"surprise": 1}, "unknown_field"),
        ({"page": 5}, "wrong_type"),
        ({"page": "{"}, "wrong_type"),
        ({"page": {"surprise": 1}}, "unknown_field"),
        ({"page": {"title": "x" * 129}}, "out_of_range"),
        ({"page": {"instructions": "bell \x07"}}, "out_of_range"),
        ({"page": {"reading": "x" * 8001}}, "out_of_range"),
        ({"page": {"accent": "red"}}, "out_of_range"),
        ({"page": {"accent": "#12345"}}, "out_of_range"),
        ({"page": {"accent": ["#123456"]}}, "out_of_range"),
        ({"page": {"pastime": "television"}}, "out_of_range"),
        ({"page": {"pastime": "reading"}}, "missing_field"),
        ({"page": {"pastime": "reading", "reading": "  "}}, "missing_field"),
        ({"page": {"sound": "siren"}}, "out_of_range"),
        ({"page": {"task": "javascript:alert(1)"}}, "bad_url"),
    ],
)
def test_bad_field__is_refused_by_name(change: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse({**GOOD, **change})

    assert refused.value.code == code
    assert next(iter(change)) in refused.value.message


@pytest.mark.parametrize("name", ["hit_type_id", "title", "description", "url", "reward"])
def test_missing_field__is_named(name: str) -> None:
    with pytest.raises(BadInput, match=name):
        parse({k: v for k, v in GOOD.items() if k != name})


def test_longest_wait__leaves_time_to_hand_it_in() -> None:
    assert parse({**GOOD, "max_wait": 320}).max_wait == 320
    assert parse({**GOOD, "assignment_duration": 30}).max_wait == 15


@pytest.mark.parametrize("said", [None, True, False])
def test_what_is_said_of_unsigned_arrivals__is_kept__and_not_said_is_no_false(
    said: bool | None,
) -> None:
    proto = parse({**GOOD, "verifiedOnly": said})

    assert proto.verified_only is said
    assert ProtoHit.from_dict(proto.to_dict()) == proto
    assert parse(to_wire(proto)) == proto
    # A version that knows no more than true and false reads it, too.
    assert proto.to_dict()["verified_only"] is bool(said)
    assert parse({**GOOD, "verifiedOnly": "auto"}).verified_only is None
    assert proto.lets_in_unsigned(market_signs=True) is (said is False)
    assert proto.lets_in_unsigned(market_signs=False) is (said is not True)
