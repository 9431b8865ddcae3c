"""What a worker is owed for waiting and for a quick answer: exact, clamped, rounded once.

Rates are whole micro-dollars (millionths) a minute, so that fractions of a cent are held exactly;
time is whole milliseconds; what is earned is a fraction until it is paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

MICRO = 1_000_000
MICRO_PER_CENT = 10_000
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a seat is promised, fixed when its HIT is posted: a ProtoHIT that is changed later
    changes nothing for those who came for the old one.

    `max_pay_micro`: none, what `max_wait_ms` comes to. `compensate`: those who cannot submit are
    paid for their wait by a HIT of their own.
    """

    rate_micro: int = 0
    max_wait_ms: int = 0
    max_pay_micro: int | None = None
    quick_cents: int = 0
    quick_within_ms: int = 2_000
    compensate: bool = False

    @property
    def most_micro(self) -> Fraction:
        """The most that waiting may earn."""
        by_time = Fraction(self.rate_micro * self.max_wait_ms, MINUTE_MS)
        if self.max_pay_micro is None:
            return by_time
        return min(by_time, Fraction(self.max_pay_micro))

    @property
    def most_cents(self) -> int:
        """The most that one assignment may get beside its reward: what posting it commits."""
        return to_cents(self.most_micro) + self.quick_cents

    @property
    def is_any(self) -> bool:
        return self.most_cents > 0

    def earned_micro(self, waited_ms: int) -> Fraction:
        return min(self.most_micro, Fraction(self.rate_micro * max(0, waited_ms), MINUTE_MS))

    def to_text(self) -> str:
        """A few bytes for an item that is billed by its size; empty where nothing is promised."""
        if not self.is_any:
            return ""
        cap = "" if self.max_pay_micro is None else self.max_pay_micro
        return (
            f"{self.rate_micro}/{self.max_wait_ms}/{cap}/{self.quick_cents}/"
            f"{self.quick_within_ms}/{int(self.compensate)}"
        )

    @classmethod
    def of_text(cls, text: str | None) -> Terms:
        if not text:
            return NOTHING
        rate, wait, cap, quick, within, compensate = text.split("/")
        return cls(
            int(rate), int(wait), int(cap) if cap else None, int(quick), int(within),
            compensate == "1",
        )  # fmt: skip


NOTHING = Terms()


@dataclass(frozen=True, slots=True)
class Owed:
    """What one assignment has come to, in whole cents."""

    waited_ms: int = 0
    wait_cents: int = 0
    quick_cents: int = 0

    @property
    def cents(self) -> int:
        return self.wait_cents + self.quick_cents


def to_cents(micro: Fraction | int) -> int:
    """Round to whole cents, half up: the one place where anything is rounded."""
    return int((Fraction(micro) / MICRO_PER_CENT + Fraction(1, 2)) // 1)


def rate_within(hour_cents: int) -> int:
    """Return the rate, in micro-dollars a minute, that comes to no more than this in an hour."""
    return hour_cents * MICRO_PER_CENT // 60


def owed(terms: Terms, waits_ms: Sequence[int], answered_ms: int | None) -> Owed:
    """Add up an assignment's waits at one rate; see `owed_by_stays`."""
    return owed_by_stays([(terms, wait) for wait in waits_ms], answered_ms, terms)


def owed_by_stays(
    waits: Sequence[tuple[Terms, int]], answered_ms: int | None, terms: Terms
) -> Owed:
    """Add up an assignment's waits, each at the rate that its page told; `answered_ms` is how long
    a person took to say they are there, None if none did. `terms` are those of the newest."""
    waited = 0
    micro = Fraction(0)
    for of, wait in waits:
        part = min(max(0, wait), terms.max_wait_ms - waited)
        waited += part
        micro += Fraction(of.rate_micro * part, MINUTE_MS)
    if terms.max_pay_micro is not None:
        micro = min(micro, Fraction(terms.max_pay_micro))
    quick = answered_ms is not None and answered_ms <= terms.quick_within_ms
    return Owed(
        waited_ms=waited,
        wait_cents=to_cents(micro),
        quick_cents=terms.quick_cents if quick else 0,
    )


def reason(terms: Terms, what: Owed, mark: str) -> str:
    """Say in a worker's words what a bonus is for; `mark` finds it again, and is for questions."""
    parts: list[str] = []
    if what.wait_cents:
        at_one_rate = to_cents(terms.earned_micro(what.waited_ms)) == what.wait_cents
        capped = terms.earned_micro(what.waited_ms) == terms.most_micro
        most = f", at most {dollars(to_cents(terms.most_micro))}" if capped else ""
        at = f" at {rate(terms.rate_micro)} a minute{most}" if at_one_rate else ""
        parts.append(f"Waited {duration(what.waited_ms)}{at}: {dollars(what.wait_cents)}.")
    if what.quick_cents:
        seconds = terms.quick_within_ms // 1000
        unit = "second" if seconds == 1 else "seconds"
        parts.append(f"Answered within {seconds} {unit}: {dollars(what.quick_cents)}.")
    parts.append(f"Reference {mark}.")
    return " ".join(parts)


def dollars(cents: int) -> str:
    return f"${cents // 100}.{cents % 100:02d}"


def rate(micro: int) -> str:
    """Dollars with two decimals, and more where the amount has them: `$0.02`, `$0.0125`."""
    return f"${exact(micro)}"


def exact(micro: int) -> str:
    whole, part = divmod(micro, MICRO)
    digits = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{digits}"


def duration(ms: int) -> str:
    """`45 s`, `4 min 10 s`, `1 h 2 min`."""
    seconds = ms // 1000
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"
