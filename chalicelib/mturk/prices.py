"""Money as the service counts it: dollars as text on the wire, integer cents within."""

from __future__ import annotations

import re

FEE_PERCENT = 20
FEE_PERCENT_MANY = 40
MANY_ASSIGNMENTS = 10
MIN_FEE_CENTS = 1
MAX_CENTS = 100_000_000  # a million dollars; nothing real comes near

_AMOUNT = re.compile(r"([0-9]+)\.?([0-9]{0,2})", re.ASCII)


class PriceError(ValueError):
    """A text is not an amount of dollars."""


def parse_dollars(text: str) -> int:
    """Read "5", "5." or "0.10" as cents; raises `PriceError`."""
    match = _AMOUNT.fullmatch(text)
    if match is None or len(match[1].lstrip("0")) > 9:
        raise PriceError("an amount is dollars and at most two decimals, such as 0.05")
    cents = int(match[1]) * 100 + int(match[2].ljust(2, "0"))
    if cents > MAX_CENTS:
        raise PriceError(f"an amount is at most {format_dollars(MAX_CENTS)}")
    return cents


def format_dollars(cents: int) -> str:
    """Write cents as dollars with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def fee_cents(reward_cents: int, max_assignments: int) -> int:
    """The market's fee for one assignment: 20 %, from ten assignments on 40 %, at least a cent."""
    percent = FEE_PERCENT_MANY if max_assignments >= MANY_ASSIGNMENTS else FEE_PERCENT
    return max(MIN_FEE_CENTS, _percent(reward_cents, percent))


def bonus_fee_cents(bonus_cents: int) -> int:
    """The market's fee for a bonus."""
    return max(MIN_FEE_CENTS, _percent(bonus_cents, FEE_PERCENT))


def _percent(cents: int, percent: int) -> int:
    return (cents * percent + 50) // 100  # half a cent counts as one
