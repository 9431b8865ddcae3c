"""Keeps one page from flooding the worker's routes, which need no key.

Best effort, in the memory of one Lambda environment: the stage's throttle bounds them together.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import SlowDown

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock

PER_SECOND = 5.0
BURST = 20.0
REMEMBERED = 10_000


class SeatThrottle:
    """A token bucket for each page, by the name that it is known by: 5 requests a second, 20 at
    once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, page: str) -> None:
        """Raise `SlowDown` if this page has asked too often."""
        now = self._clock.now_ms()
        with self._lock:
            level, at = self._buckets.pop(page, (BURST, now))
            level = min(BURST, level + max(0, now - at) / 1000 * PER_SECOND)
            self._buckets[page] = (max(0.0, level - 1), now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        if level < 1:
            raise SlowDown("This page asks too often.")
