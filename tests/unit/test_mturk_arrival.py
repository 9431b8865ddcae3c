"""The signed arrival: genuine, for these ids, fresh."""

from __future__ import annotations

import re

import pytest

from chalicelib.mturk import arrival

KEY = "k" * 43
NOW = 1_760_000_000_000
HOUR = 3_600_000
TOKEN = arrival.sign(KEY, "3ASSIGN", "3HIT", "AWORKER", NOW)


def test_verify__accepts_its_own() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", TOKEN)
    assert arrival.verify(KEY, TOKEN, "3ASSIGN", "3HIT", "AWORKER", NOW + HOUR, HOUR)


@pytest.mark.parametrize(
    ("assignment", "hit", "worker"),
    [
        ("3OTHER", "3HIT", "AWORKER"),
        ("3ASSIGN", "3OTHER", "AWORKER"),
        ("3ASSIGN", "3HIT", "AOTHER"),
        ("3ASSIGN3", "HIT", "AWORKER"),
    ],
)
def test_verify__refuses__other_ids(assignment: str, hit: str, worker: str) -> None:
    assert not arrival.verify(KEY, TOKEN, assignment, hit, worker, NOW, HOUR)


def test_verify__refuses__another_key_or_an_empty_one() -> None:
    empty = arrival.sign("", "3ASSIGN", "3HIT", "AWORKER", NOW)

    assert not arrival.verify("x" * 43, TOKEN, "3ASSIGN", "3HIT", "AWORKER", NOW, HOUR)
    assert not arrival.verify("", empty, "3ASSIGN", "3HIT", "AWORKER", NOW, HOUR)


def test_verify__refuses__the_old_and_the_future() -> None:
    for now in (NOW + HOUR + 1, NOW - arrival.MAX_SKEW_MS - 1):
        assert not arrival.verify(KEY, TOKEN, "3ASSIGN", "3HIT", "AWORKER", now, HOUR)


@pytest.mark.parametrize(
    "token",
    ["", "x", TOKEN[:-1], TOKEN + "A", f"{NOW + 1}{TOKEN[13:]}", "٣-" + "a" * 43, TOKEN + "\n"],
)
def test_verify__refuses__what_was_tampered_with(token: str) -> None:
    assert not arrival.verify(KEY, token, "3ASSIGN", "3HIT", "AWORKER", NOW, HOUR)
