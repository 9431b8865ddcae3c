"""Pools played event by event, to hold the queueing models against."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Played:
    """What was seen: calls, those served at once, worker's waits added up, mean of idle workers."""

    calls: int
    at_once: int
    wait: float
    workers: int
    idle: float

    @property
    def share(self) -> float:
        return self.at_once / self.calls

    @property
    def mean_wait(self) -> float:
        return self.wait / self.workers


def play(
    *,
    seats: int,
    rate: float,
    recruiting: float,
    sizes: Sequence[int] = (1,),
    leaving: float = 0.0,
    own_recruit: bool = False,
    calls: int = 40_000,
    seed: int = 1,
) -> Played:
    """Play a pool kept at `seats` waiting or coming, less those whom calls wait for.

    `own_recruit`: who finds nobody waits for the recruit made for that call, and takes no other's
    (models A and D); otherwise whoever comes serves the oldest (B and C). Starts full.
    """
    chance = random.Random(seed)
    now, idle_time, wait = 0.0, 0.0, 0.0
    idle, owed = seats, 0
    served = made = workers = 0
    queue: deque[float] = deque()
    coming: list[tuple[float, int]] = []
    call_at = chance.expovariate(rate)
    while made < calls:
        leave_at = now + chance.expovariate(leaving * idle) if leaving and idle else float("inf")
        come_at = coming[0][0] if coming else float("inf")
        then = min(call_at, leave_at, come_at)
        idle_time += idle * (then - now)
        now = then
        if then == call_at:
            size = chance.choice(sizes)
            made += 1
            workers += size
            served += idle >= size
            missing = max(0, size - idle)
            for _ in range(size - missing if own_recruit else size):
                heapq.heappush(coming, (now + chance.expovariate(recruiting), 0))
            if own_recruit:
                wait += sum(chance.expovariate(recruiting) for _ in range(missing))
            else:
                queue.extend([now] * missing)
            idle -= size - missing
            call_at = now + chance.expovariate(rate)
        elif then == come_at:
            heapq.heappop(coming)
            if queue:
                wait += now - queue.popleft()
            else:
                idle += 1
        else:
            idle -= 1
            heapq.heappush(coming, (now + chance.expovariate(recruiting), owed))
    return Played(made, served, wait, workers, idle_time / now)
