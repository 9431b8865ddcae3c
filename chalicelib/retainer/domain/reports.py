"""What a worker's page tells of itself: when it had the task, and what it saw and did.

Times are the server's as the page reckons it. They serve the sizing model and whoever looks into an
assignment; no payment rests on them. Each is clamped to what is possible, and what makes no sense
is passed over: a page must not be refused for a word too many.

A journal is a short text, since it is written and billed with its seat: for each thing a letter and
a time to base 36, in milliseconds after the arrival; on its way from the page, in epoch
milliseconds. `H9ix` is *hidden* after 12,345 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MARKS_KEPT = 24
"""How many a journal has at most; the oldest go first. 24 of an hour are 144 bytes."""

_MARK = re.compile(r"([A-Z])([0-9a-z]{1,9})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Mark(StrEnum):
    """The letters. Those of `BY_SERVER` are the server's own."""

    OPENED = "O"
    HIDDEN = "H"
    VISIBLE = "V"
    OFFLINE = "F"
    ONLINE = "N"
    WOKE = "W"
    SILENT = "B"
    MUTED = "M"
    NOTIFIED = "C"
    SHOWN = "T"
    ACKNOWLEDGED = "K"
    SUBMITTING = "D"
    CALLED = "Q"
    RELEASED = "R"
    SURPLUS = "X"


BY_SERVER = frozenset({Mark.CALLED, Mark.RELEASED, Mark.SURPLUS})

Entry = tuple[Mark, int]


@dataclass(frozen=True, slots=True)
class Report:
    """`version` is the page's protocol, `load` what this load of it is called, `marks` a journal on
    its way, the rest epoch milliseconds. `muted`: nothing could be heard of the call."""

    version: int | None = None
    load: str = ""
    marks: str = ""
    shown_ms: int | None = None
    seen_ms: int | None = None
    ack_ms: int | None = None
    muted: bool = False

    def entries(self, first_ms: int, now_ms: int) -> list[Entry]:
        """Return what the page may report itself, in the time that it may speak of."""
        return [
            (mark, min(max(at, first_ms), now_ms))
            for mark, at in _parsed(self.marks)
            if mark not in BY_SERVER
        ]

    def is_last_of(self, journal: str) -> bool:
        """Whether the page submits, which the journal does not say yet."""
        return Mark.SUBMITTING in self.marks and Mark.SUBMITTING not in journal


NOTHING_TOLD = Report()


def journal_with(journal: str, entries: Iterable[Entry], arrived_ms: int) -> str:
    """Add what is not in it yet. A page says again what it was not told had arrived, so whatever
    is no later than its own last entry is known."""
    kept = _parsed(journal)
    for mark, at in entries:
        after = max(0, at - arrived_ms)
        known = [there for have, there in kept if (have in BY_SERVER) == (mark in BY_SERVER)]
        if not known or after > known[-1] or (after == known[-1] and (mark, after) not in kept):
            kept.append((mark, after))
    return "".join(f"{mark}{_base36(after)}" for mark, after in kept[-MARKS_KEPT:])


def read_journal(journal: str, arrived_ms: int) -> list[Entry]:
    return [(mark, arrived_ms + after) for mark, after in _parsed(journal)]


def _parsed(text: str) -> list[Entry]:
    letters = set(Mark)
    return [
        (Mark(letter), int(digits, 36))
        for letter, digits in _MARK.findall(text)
        if letter in letters
    ]


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
