"""The machine's clock as tests move it: on by itself, and further when a test says so."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.auth

from chalicelib.kit.clock import Clock, SystemClock


class MovableClock(SystemClock):
    """The machine's time, moved on by hand: what is open for a time may be open for longer than a
    slow machine needs, and a test need not wait for its end."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self._ahead_ms

    def advance(self, seconds: float) -> None:
        self._ahead_ms += round(seconds * 1000)


class HeldClock(MovableClock):
    """The machine's time at first; then it stands still but for what tests move it, and for a
    millisecond at each look at it, so that what happens keeps its order."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._now_ms = super().now_ms()

    def now_ms(self) -> int:
        with self._lock:
            self._now_ms += 1
            return self._now_ms

    def sleep(self, seconds: float) -> None:
        # Really, too: others are waited for.
        super().sleep(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now_ms += round(seconds * 1000)


@contextmanager
def signing_by(clock: Clock) -> Iterator[None]:
    """botocore signs with the machine's clock; the tests move the market's."""
    auth: Any = botocore.auth
    own = auth.get_current_datetime
    auth.get_current_datetime = lambda remove_tzinfo=True: _shifted(clock)
    try:
        yield
    finally:
        auth.get_current_datetime = own


def _shifted(clock: Clock) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(clock.now_ms() / 1000, datetime.UTC).replace(tzinfo=None)
