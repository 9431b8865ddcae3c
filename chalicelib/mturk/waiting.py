"""What waiting for a HIT may take and pays, said by words of its annotation.

The protocol has no fields for it. `max-wait=300 wait-pay=0.02` in `RequesterAnnotation` is a
convention of ours: our marketplace shows it to workers, and for any other market it is a note like
any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MICRO = 1_000_000
_MICRO_PER_CENT = 10_000
_HOUR_S = 3_600
_MINUTE_S = 60

_NUMBER = r"[0-9]{1,8}"
_AMOUNT = r"[0-9]{1,4}(?:\.[0-9]{1,6})?"
_WORDS = {
    name: re.compile(rf"(?:^|\s){name}=({value})(?=\s|$)", re.ASCII)
    for name, value in (
        ("max-wait", _NUMBER),
        ("wait-pay", _AMOUNT),
        ("wait-most", _AMOUNT),
        ("quick-bonus", _AMOUNT),
        ("quick-within", _NUMBER),
    )
}


@dataclass(frozen=True, slots=True)
class WaitTerms:
    """The longest wait, what a minute of it pays and all of it at most, and the bonus for a quick
    answer to a call."""

    max_wait_s: int
    rate_micro: int = 0
    most_micro: int = 0
    quick_cents: int = 0
    quick_within_s: int = 0

    def earned_micro(self, waited_s: int) -> int:
        by_time = self.rate_micro * min(waited_s, self.max_wait_s) // _MINUTE_S
        return min(self.most_micro, by_time)

    def hourly_cents(self, reward_cents: int, waited_s: int | None = None) -> int:
        """The reward and the pay for so long a wait, by the hour; without it, for the longest."""
        waited = self.max_wait_s if waited_s is None else waited_s
        micro = reward_cents * _MICRO_PER_CENT + self.earned_micro(waited)
        return micro * _HOUR_S // (max(1, waited) * _MICRO_PER_CENT)


def annotated(annotation: str, terms: WaitTerms) -> str:
    """The annotation with the terms added to it; terms that promise nothing are left out."""
    words = [annotation, f"max-wait={terms.max_wait_s}"]
    if terms.most_micro:
        words += [f"wait-pay={dollars(terms.rate_micro)}", f"wait-most={dollars(terms.most_micro)}"]
    if terms.quick_cents:
        words += [
            f"quick-bonus={dollars(terms.quick_cents * _MICRO_PER_CENT)}",
            f"quick-within={terms.quick_within_s}",
        ]
    return " ".join(words).lstrip()


def terms_of(annotation: str | None) -> WaitTerms | None:
    """The terms that an annotation names; None: no longest wait."""
    said = {
        name: found[1] for name, word in _WORDS.items() if (found := word.search(annotation or ""))
    }
    longest = int(said.get("max-wait", "0"))
    if not longest:
        return None
    rate = _micro(said.get("wait-pay", "0"))
    by_time = rate * longest // _MINUTE_S
    most = min(by_time, _micro(said["wait-most"])) if "wait-most" in said else by_time
    return WaitTerms(
        longest,
        rate,
        most,
        _micro(said.get("quick-bonus", "0")) // _MICRO_PER_CENT,
        int(said.get("quick-within", "0")),
    )


def dollars(micro: int) -> str:
    """Dollars with two decimals, and more where the amount has them."""
    whole, part = divmod(micro, _MICRO)
    return f"{whole}.{f'{part:06d}'.rstrip('0').ljust(2, '0')}"


def _micro(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * _MICRO + int(part.ljust(6, "0"))
