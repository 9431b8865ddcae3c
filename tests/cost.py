"""Processor time of a call, for tests that no input costs more than linear time."""

from __future__ import annotations

import time
from collections.abc import Callable


def processor_seconds(call: Callable[[], object]) -> float:
    """Return what a call costs this thread: not how busy the machine is; the least of three."""
    return min(once(call) for _ in range(3))


def once(call: Callable[[], object]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start
