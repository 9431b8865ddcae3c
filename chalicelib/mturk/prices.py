"""Money as the service counts it: dollars as text on the wire, integer cents within."""

from __future__ import annotations

import re
from dataclasses import dataclass

MANY_ASSIGNMENTS = 10
MAX_CENTS = 100_000_000  # a million dollars; nothing real comes near

_AMOUNT = re.compile(r"([0-9]+)\.?([0-9]{0,2})", re.ASCII)


class PriceError(ValueError):
    """A text is not an amount of dollars."""


def parse_dollars(text: str) -> int:
    """Read "5", "5." or "0.10" as cents; raises `PriceError`."""
    match = _AMOUNT.fullmatch(text)
    # Python reads no number of thousands of digits, of zeros neither.
    dollars = match[1].lstrip("0") if match is not None else ""
    if match is None or len(dollars) > 9:
        raise PriceError("an amount is dollars and at most two decimals, such as 0.05")
    cents = int(dollars or "0") * 100 + int(match[2].ljust(2, "0"))
    if cents > MAX_CENTS:
        raise PriceError(f"an amount is at most {format_dollars(MAX_CENTS)}")
    return cents


def format_dollars(cents: int) -> str:
    """Write cents as dollars with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


@dataclass(frozen=True, slots=True)
class Fees:
    """What a market takes, in whole per cents; the defaults are MTurk's."""

    percent: int = 20
    percent_many: int = 40
    """Of HITs with ten assignments or more, in place of `percent`."""
    percent_masters: int = 5
    """On top of it, where only masters may work."""
    least_cents: int = 1

    def of_assignment(self, reward_cents: int, max_assignments: int, masters: bool = False) -> int:
        """The fee for one assignment, in cents."""
        percent = self.percent_many if max_assignments >= MANY_ASSIGNMENTS else self.percent
        percent += self.percent_masters if masters else 0
        return max(self.least_cents, _percent(reward_cents, percent))

    def of_bonus(self, bonus_cents: int) -> int:
        """The fee for a bonus, in cents."""
        return max(self.least_cents, _percent(bonus_cents, self.percent))


MTURKS_FEES = Fees()


def _percent(cents: int, percent: int) -> int:
    return (cents * percent + 50) // 100  # half a cent counts as one
