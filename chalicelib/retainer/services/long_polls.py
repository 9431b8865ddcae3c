"""Places for requests that wait: each holds one execution of the API's function all the while.

A pool's polls and the schedules run in the same account, so only so many may wait at once, all
environments together. A place is a lease, so the bound holds whatever dies: one that nobody gave
back is free again by itself.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain.ids import new_token

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.ports import PlaceStore

log = logging.getLogger("retainer.results")

LATER_S = 2
"""When a request that found no place may be sent again."""

TRIES = 3
# What a request may take longer than it waits: the lease must outlive it.
_SLACK_MS = 10_000


class LongPolls:
    def __init__(self, notes: PlaceStore, most: int, clock: Clock) -> None:
        self._notes = notes
        self._names = [f"long-poll#{number}" for number in range(most)]
        self._clock = clock

    @contextmanager
    def place(self, for_ms: int) -> Iterator[bool]:
        """Have a place inside of the block; False: there is none, answer at once.

        Two writes while there is room. A place that is taken is tried with a write, and then all of
        them are read, half a unit each, and up to three more tried.
        """
        holder = new_token()
        taken = self._take(holder, for_ms + _SLACK_MS)
        try:
            yield taken is not None
        finally:
            if taken is not None:
                try:
                    self._notes.free_lease(taken, holder)
                except StoreUnavailable as error:
                    # The answer is there; the lease ends by itself.
                    log.warning("place not given back", extra={"why": str(error)})

    def _take(self, holder: str, for_ms: int) -> str | None:
        if not self._names:
            return None
        now = self._clock.now_ms()
        # At random: else all would try the same ones first.
        first = random.choice(self._names)
        if self._notes.take_lease(first, holder, now, for_ms):
            return first
        free = self._notes.free_leases([n for n in self._names if n != first], now)
        for name in random.sample(free, min(TRIES, len(free))):
            if self._notes.take_lease(name, holder, now, for_ms):
                return name
        return None
