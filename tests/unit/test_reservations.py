"""Ledgers' rules, seats' rules, ids and keys."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retainer.domain import ids, seatkey
from chalicelib.retainer.domain.errors import NotAllowed
from chalicelib.retainer.domain.reservations import Claim, Ledger, foreign_id_of
from chalicelib.retainer.domain.seats import Closed, Seat, count, heartbeat_ms, is_present

SEAT = Seat("p", "3ASSIGNMENT", 1, "A1", "3HIT", 0, 0, 300_000)


def ledger(**claims: Claim) -> Ledger:
    return Ledger("R", "p", 2, True, 0, 15_000, invoked_ms=0, claims=claims)


def claim(worker: str, at: int, shown: int | None = None, ack: int | None = None) -> Claim:
    return Claim(worker, worker, f"3{worker}.1", at, shown, ack)


@pytest.mark.parametrize(
    ("given_", "taken"),
    [
        ("12345", 12345),
        ("-7", -7),
        ("0", 0),
        ("007", "007"),
        ("-0", 0),
        ("", ""),
        ("-", "-"),
        ("1e3", "1e3"),
        ("1" * 15, int("1" * 15)),
        ("1" * 16, "1" * 16),
        ("٣", "٣"),
        ("abc", "abc"),
        (5, 5),
        (2.5, 2.5),
    ],
)
def test_foreign_id__is_a_number_where_it_looks_like_one(given_: object, taken: object) -> None:
    assert foreign_id_of(given_) == taken
    assert type(foreign_id_of(given_)) is type(taken)


def test_claim__expires_after_five_seconds_unshown_and_after_ack_within_unanswered() -> None:
    unshown, shown, answered = claim("A1", 0), claim("A2", 0, 100), claim("A3", 0, 100, 200)
    book = ledger(A1=unshown, A2=shown, A3=answered)

    assert [book.deadline_ms(c) for c in (unshown, shown, answered)] == [5_000, 15_000, None]
    assert book.earliest_deadline_ms() == 5_000
    assert book.expired(4_999) == []
    assert book.expired(15_000) == [unshown, shown]


def test_ledger__is_settled__once_every_slot_is_answered() -> None:
    assert not ledger(A1=claim("A1", 0, 1, 2)).is_settled
    assert not ledger(A1=claim("A1", 0, 1, 2), A2=claim("A2", 0, 1)).is_settled
    assert ledger(A1=claim("A1", 0, 1, 2), A2=claim("A2", 0, 1, 2)).is_settled


def test_pool__counts_a_worker_once__however_many_seats_they_hold() -> None:
    seats = [
        SEAT,
        dataclasses.replace(SEAT, assignment="3B"),
        dataclasses.replace(SEAT, assignment="3C", worker="A2"),
        dataclasses.replace(SEAT, assignment="3D", worker="A3", reservation="R"),
        dataclasses.replace(SEAT, assignment="3E", worker="A4", closed=Closed.SUBMITTED),
        dataclasses.replace(SEAT, assignment="3F", worker="A5", seen_ms=-60_000),
    ]

    there = count(seats, now_ms=1000)

    assert (there.present, there.waiting, there.verified_waiting) == (3, 2, 0)


def test_pool__counts_nobody_whom_no_market_signed_for__while_one_of_their_kind_waits_who_was() -> (
    None
):
    signed = dataclasses.replace(SEAT, assignment="3C", worker="A2", verified=True)
    elsewhere = dataclasses.replace(SEAT, assignment="3D", worker="A3", proto="Other")

    there = count([SEAT, signed, elsewhere], now_ms=1000)
    alone = count([SEAT, elsewhere], now_ms=1000)
    called = count([SEAT, dataclasses.replace(signed, reservation="R")], now_ms=1000)

    assert (there.present, there.waiting, there.verified_waiting) == (3, 2, 1)
    assert (alone.waiting, called.waiting) == (2, 1)


def test_heartbeats__grow_rarer__where_a_partition_would_be_too_hot() -> None:
    assert heartbeat_ms(100) == 15_000
    assert heartbeat_ms(7_500) == 15_000
    assert heartbeat_ms(10_000) == 20_000
    assert is_present(SEAT, 50_000, pool_size=10_000)


def test_seat_key__names_its_seat_and_no_other() -> None:
    key = seatkey.issue("secret", SEAT)

    assert seatkey.read("secret", key).seat_id == SEAT.seat_id
    with pytest.raises(NotAllowed):
        seatkey.read("another", key)


@given(st.text(max_size=80))
def test_seat_key__of_any_other_text__is_refused(text: str) -> None:
    with pytest.raises(NotAllowed):
        seatkey.read("secret", text)


@given(st.integers(0, 100), st.integers(1, 255))
def test_seat_key__with_any_byte_changed__is_refused(at: int, flip: int) -> None:
    key = seatkey.issue("secret", SEAT)
    at %= len(key)
    forged = key[:at] + chr((ord(key[at]) ^ flip) % 128) + key[at + 1 :]

    if forged != key:
        try:
            # The last character of base64 has unused bits; the same bytes are the same key.
            assert seatkey.read("secret", forged) == seatkey.read("secret", key)
        except NotAllowed:
            return


@given(st.lists(st.integers(0, 2**44), min_size=2, max_size=20))
def test_ids__sort_by_time(times: list[int]) -> None:
    made = [ids.new_id(t) for t in times]

    assert [t for _, t in sorted(zip(made, times, strict=True))] == sorted(times)
    assert all(ids.is_own_id(i) and ids.is_path_id(i) for i in made)
    assert ids.first_id(min(times)) <= min(made)


@given(st.lists(st.integers(0, 3_400_000_000_000), min_size=2, max_size=20))
def test_numbers_of_reservations__sort_by_time_and_behind_older_ids(times: list[int]) -> None:
    made = [ids.new_number(t) for t in times]

    assert [t for _, t in sorted(zip(made, times, strict=True))] == sorted(times)
    assert [ids.time_of(i) for i in made] == times
    assert all(ids.is_own_id(i) for i in made)
    assert all(ids.first_number(t) <= i for t, i in zip(times, made, strict=True))
    assert max(ids.new_id(t) for t in times) < min(made)
    # What `parseInt`, a JSON number and a spreadsheet's fifteen digits make of it.
    assert all(str(int(float(i))) == i and len(i) == 15 for i in made)
