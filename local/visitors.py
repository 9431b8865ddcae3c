"""The seat that a simulated crowd leaves for a person who comes by in a browser."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kit.clock import Clock

# Nobody moves for a seat that is missing for a moment only, as it is while HITs are posted.
_MISSED_S = 10
# Until the service knows that somebody has left, and has posted a seat in their place.
_SETTLES_S = 75


class VisitorsSeat:
    """Keeps one seat open in the HITs of one title; in others the crowd takes all there are.

    Where no seat is open for a while, since more of the crowd wait than was meant, one of them is
    asked to leave.
    """

    def __init__(self, title: str, clock: Clock) -> None:
        self._title, self._clock = title, clock
        self.one_at_a_time = threading.Lock()
        self._lock = threading.Lock()
        self._seen_ms = clock.now_ms()
        self._leave = False

    def spares(self, group: Mapping[str, Any]) -> bool:
        """Whether there are seats enough for one of the crowd."""
        least = 1 if self._title and group["title"] == self._title else 0
        return bool(group["available"] > least)

    def look_at(self, groups: Sequence[Mapping[str, Any]]) -> None:
        """Note what the listing has."""
        if not self._title:
            return
        now_ms = self._clock.now_ms()
        is_open = any(group["title"] == self._title and group["available"] for group in groups)
        with self._lock:
            if is_open:
                self._seen_ms = now_ms
                self._leave = False
            elif now_ms - self._seen_ms >= _MISSED_S * 1000:
                self._leave = True
                self._seen_ms = now_ms + (_SETTLES_S - _MISSED_S) * 1000

    def is_asked_for(self, job: Mapping[str, Any]) -> bool:
        """Whether the worker of this job is to leave; said to one of them, once."""
        with self._lock:
            if not self._leave or job["title"] != self._title:
                return False
            self._leave = False
            return True
