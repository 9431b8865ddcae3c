"""What a page tells of itself: kept short, clamped, and never a reason to turn it away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retainer.api.params import Params
from chalicelib.retainer.api.worker_routes import report_of
from chalicelib.retainer.domain.reports import (
    MARKS_KEPT,
    Mark,
    Report,
    journal_with,
    read_journal,
)
from chalicelib.retainer.domain.reservations import Claim

ARRIVED = 1_792_540_800_000


def base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return digits[number] if number < 36 else base36(number // 36) + digits[number % 36]


def sent(*entries: tuple[Mark, int]) -> str:
    """Marks as a page sends them, in milliseconds after the arrival."""
    return "".join(f"{mark}{base36(ARRIVED + after)}" for mark, after in entries)


def kept(journal: str) -> list[tuple[Mark, int]]:
    return [(mark, at - ARRIVED) for mark, at in read_journal(journal, ARRIVED)]


def test_marks__are_kept_in_few_bytes() -> None:
    told = Report(marks=sent((Mark.HIDDEN, 12_345), (Mark.VISIBLE, 3_600_000)))

    journal = journal_with("", told.entries(ARRIVED, ARRIVED + 4_000_000), ARRIVED)

    assert kept(journal) == [(Mark.HIDDEN, 12_345), (Mark.VISIBLE, 3_600_000)]
    assert journal.startswith("H9ix")
    assert len(journal) <= 10


def test_marks__said_again_because_an_answer_got_lost__are_kept_once() -> None:
    first = sent((Mark.HIDDEN, 1_000))
    more = first + sent((Mark.VISIBLE, 1_000), (Mark.HIDDEN, 2_000))

    journal = journal_with("", Report(marks=first).entries(ARRIVED, ARRIVED + 9_000), ARRIVED)
    again = journal_with(journal, Report(marks=more).entries(ARRIVED, ARRIVED + 9_000), ARRIVED)
    thrice = journal_with(again, Report(marks=more).entries(ARRIVED, ARRIVED + 9_000), ARRIVED)

    assert kept(again) == [(Mark.HIDDEN, 1_000), (Mark.VISIBLE, 1_000), (Mark.HIDDEN, 2_000)]
    assert thrice == again


def test_server_marks__do_not_hide_what_the_page_says_later_of_earlier() -> None:
    called = journal_with("", [(Mark.CALLED, ARRIVED + 5_000)], ARRIVED)

    journal = journal_with(called, [(Mark.HIDDEN, ARRIVED + 4_000)], ARRIVED)

    assert sorted(kept(journal), key=lambda one: one[1])[0] == (Mark.HIDDEN, 4_000)


def test_journal__has_a_bound__and_keeps_the_newest() -> None:
    journal = ""
    for n in range(500):
        journal = journal_with(journal, [(Mark.HIDDEN, ARRIVED + n * 10_000)], ARRIVED)

    assert len(kept(journal)) == MARKS_KEPT
    assert kept(journal)[-1] == (Mark.HIDDEN, 4_990_000)
    assert len(journal) <= 6 * MARKS_KEPT


def test_times__are_clamped_to_the_stay() -> None:
    told = Report(marks=sent((Mark.HIDDEN, -60_000), (Mark.VISIBLE, 60_000)))

    assert told.entries(ARRIVED, ARRIVED + 1_000) == [
        (Mark.HIDDEN, ARRIVED),
        (Mark.VISIBLE, ARRIVED + 1_000),
    ]


def test_page__cannot_say_what_only_the_server_knows() -> None:
    told = Report(marks=sent((Mark.CALLED, 1), (Mark.RELEASED, 2), (Mark.SURPLUS, 3)))

    assert told.entries(ARRIVED, ARRIVED + 10) == []


@given(st.text(max_size=500))
def test_nonsense__is_passed_over(text: str) -> None:
    report = report_of(Params({"did": text, "page": text, "shownAt": text, "ackAt": text}))

    journal = journal_with("", report.entries(ARRIVED, ARRIVED + 1_000), ARRIVED)
    assert all(0 <= after <= 1_000 for _, after in kept(journal))
    assert len(journal) <= 5 * MARKS_KEPT


@pytest.mark.parametrize("value", [None, True, -1, 1.5, [1], {"a": 1}, "1e3", 10**15])
def test_numbers__of_another_kind__are_passed_over(value: object) -> None:
    assert report_of(Params({"shownAt": value, "page": value})) == Report()


def test_report__is_read() -> None:
    values = {"page": "2", "did": "H1", "shownAt": "10", "seenAt": 20, "ackAt": "30"}

    assert report_of(Params(values)) == Report(2, "", "H1", 10, 20, 30)


@pytest.mark.parametrize(
    ("told", "possible"),
    [
        ((100, 200, 300), (100, 200, 300)),
        ((-5, -6, -7), (0, 0, 0)),
        ((900, 5_000, 9_000), (900, 1_000, 1_000)),
        # In no order: nothing is seen before it is shown, nor answered before it is seen.
        ((500, 400, 300), (500, 500, 500)),
        ((None, 400, 300), (None, 400, 400)),
        ((None, None, None), (None, None, None)),
    ],
)
def test_times_of_a_call__are_clamped(
    told: tuple[int | None, ...], possible: tuple[int | None, ...]
) -> None:
    claim = Claim("A1", "A1", "3A.1", ARRIVED)

    def at(value: int | None) -> int | None:
        return None if value is None else ARRIVED + value

    shown, seen, ack = (at(value) for value in told)
    clamped = claim.clamped(Report(shown_ms=shown, seen_ms=seen, ack_ms=ack), ARRIVED + 1_000)

    assert (clamped.shown_ms, clamped.seen_ms, clamped.ack_ms) == tuple(map(at, possible))


def test_page_that_never_acknowledges__does_so_by_having_the_task() -> None:
    silent = Claim("p", "w", "A.1", ARRIVED)
    told = Report(shown_ms=ARRIVED + 800)

    assert silent.clamped(told, ARRIVED + 1_000).ack_ms == ARRIVED + 800
    assert replace(silent, acks=True).clamped(told, ARRIVED + 1_000).ack_ms is None
