"""How often somebody may do what costs others something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

EVERYBODY = "everybody"
"""Who a bound for all together is counted for."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` times within a window of so many seconds, which begins with the clock."""

    name: str
    most: int
    seconds: int

    def begins_s(self, now_ms: int) -> int:
        return now_ms // 1000 // self.seconds * self.seconds

    def left_s(self, now_ms: int) -> int:
        """How long it takes until the next window begins."""
        return self.begins_s(now_ms) + self.seconds - now_ms // 1000


# A HIT takes some seconds at the least: no person comes near to this. Each leaves rows, and tells
# the requester.
ACCEPTANCES = Rate("accept", 200, 600)
TEST_EVENTS = Rate("test-event", 20, 600)


ASKED = "asked"
"""An address was asked whether it wants mail."""
NEVER = "never"
"""An address wants no mail, no matter who gives it."""


@dataclass(frozen=True, slots=True)
class Once:
    """Something that is done once for somebody, and again only so many seconds later."""

    name: str
    who: str
    now_ms: int
    seconds: int


class RateStore(Protocol):
    def mark(self, name: str, who: str) -> None:
        """Note something of somebody for good."""

    def is_marked(self, name: str, who: str) -> bool: ...

    def forget(self, name: str, who: str) -> None:
        """Take back a mark, or that something was done."""

    def spend(self, rate: Rate, who: str, now_ms: int) -> bool:
        """Count once more; False, and nothing counted, if that is too often."""

    def give_back(self, rate: Rate, who: str, now_ms: int) -> None:
        """Count once less: what was to be done came to nothing."""
