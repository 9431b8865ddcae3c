"""A simulated crowd: workers who take HITs on the worker site, wait, answer, come back.

Everything goes through the public doors: the worker site's API, the waiting page's protocol and
the market's form. What is simulated is the person; their names are marked, and nobody can sign in
by them.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from chalicelib.kit.clock import Clock, SystemClock
from local.http_client import HttpClient
from local.simulated_worker import CrowdOptions, Worker, worker_name
from local.visitors import VisitorsSeat
from local.waiting_page import Steps

__all__ = ["Crowd", "CrowdOptions", "worker_name"]

log = logging.getLogger("local.crowd")


class Crowd:
    """Turns all workers' generators with one scheduler thread and a few threads for requests."""

    def __init__(
        self, api: str, options: CrowdOptions | None = None, clock: Clock | None = None
    ) -> None:
        self.options = options or CrowdOptions()
        # How often each event happened: waiting, shown, acknowledged, submitted, ...
        self.events: Counter[str] = Counter()
        self._api = api
        self._clock = clock or SystemClock()
        self._http = HttpClient()
        self._due: list[tuple[float, int, Steps]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._home = threading.Event()
        self._busy = 0
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None

    def start(self) -> None:
        rng = random.Random(self.options.seed)
        seat = VisitorsSeat(self.options.visitors_title, self._clock)
        self._pool = ThreadPoolExecutor(self.options.threads, thread_name_prefix="crowd")
        for number in range(self.options.size):
            worker = Worker(
                worker_name(number),
                self._api,
                self.options,
                http=self._http,
                rng=random.Random(rng.getrandbits(64)),
                clock=self._clock,
                on_event=self._count,
                visitors_seat=seat,
                home=self._home,
            )
            self._busy += 1
            self._push(rng.random() * self.options.look_s, worker.run())
        self._thread = threading.Thread(target=self._turn, name="crowd", daemon=True)
        self._thread.start()

    def send_home(self, timeout_s: float) -> int:
        """Have nobody take another HIT; return how many are still on a page when time is up."""
        self._home.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, timeout_s)
            return self._busy

    def stop(self) -> None:
        """Everybody closes their browser: no more requests after those under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    @property
    def waiting(self) -> int:
        """How many are on a waiting page at this moment."""
        with self._changed:
            events = self.events
            # Each wait ends in one of these; "released" begins another.
            over = sum(events[name] for name in ("shown", "waited", "superseded", "left"))
            return events["waiting"] - over

    def _count(self, event: str) -> None:
        with self._changed:
            self.events[event] += 1

    def _leave(self) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    def _push(self, wait_s: float, steps: Steps) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + wait_s, next(self._order), steps))
            self._changed.notify_all()

    def _turn(self) -> None:
        assert self._pool is not None
        while True:
            with self._changed:
                if self._stopping:
                    return
                now = time.monotonic()
                if not self._due or self._due[0][0] > now:
                    self._changed.wait(self._due[0][0] - now if self._due else None)
                    continue
                _, _, steps = heapq.heappop(self._due)
            self._pool.submit(self._step, steps)

    def _step(self, steps: Steps) -> None:
        try:
            wait_s = next(steps)
        except StopIteration:
            self._leave()
            return
        except Exception:
            log.exception("a simulated worker gave up")
            self._count("broken")
            self._leave()
            return
        if not self._stopping:
            self._push(wait_s, steps)
