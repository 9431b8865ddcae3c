"""Simulated waiting workers: the page's own flow and cadence, over HTTP, thousands in one process.

A called worker shows the task, acknowledges it, and comes back with a new assignment, so that the
pool keeps its size.
"""

from __future__ import annotations

import heapq
import itertools
import random
import string
import threading
import time
from collections import Counter
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from chalicelib.kit.clock import Clock, SystemClock
from chalicelib.mturk import arrival
from local.http_client import HttpClient
from local.waiting_page import Frame, Habits, Steps, WaitingPage

THREADS = 96
ACKNOWLEDGE_S = 0.3
WORK_S = 0.2
_LETTERS = string.ascii_uppercase + string.digits
_PAGES_EVENTS = {"waiting", "shown", "acknowledged"}


class Turner:
    """Turns pages' generators: one thread that keeps the time, many that wait for answers."""

    def __init__(self) -> None:
        # How late steps began, in seconds: what the simulation itself adds to any figure.
        self.late: list[float] = []
        self.failed: list[BaseException] = []
        self._due: list[tuple[float, int, Steps]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self._thread = threading.Thread(target=self._turn, name="pages", daemon=True)
        self._thread.start()

    def add(self, steps: Steps, wait_s: float = 0.0) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + wait_s, next(self._order), steps))
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _turn(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                now = time.monotonic()
                if not self._due or self._due[0][0] > now:
                    self._changed.wait(self._due[0][0] - now if self._due else None)
                    continue
                due, _, steps = heapq.heappop(self._due)
            self._pool.submit(self._step, due, steps)

    def _step(self, due: float, steps: Steps) -> None:
        self.late.append(time.monotonic() - due)
        try:
            wait_s = next(steps)
        except StopIteration:
            return
        except Exception as error:
            self.failed.append(error)
            return
        if not self._stopping:
            self.add(steps, wait_s)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pool's workers come to: its HIT, and the key under which the market signs."""

    api: str
    hit: str
    arrival_key: str


class Pool:
    """The workers of one ProtoHIT."""

    def __init__(self, place: Place, size: int, turner: Turner, rng: random.Random) -> None:
        self.size = size
        self.events: Counter[str] = Counter()
        self._place, self._turner, self._rng = place, turner, rng
        self._clock: Clock = SystemClock()
        self._http = HttpClient()
        self._changed = threading.Condition()
        self._waiting: dict[str, float] = {}
        self._calls: dict[str, list[float]] = {}
        self._is_open = True

    def open(self, over_s: float) -> None:
        """Have everybody come, spread over so many seconds."""
        for _ in range(self.size):
            rng = random.Random(self._rng.getrandbits(64))
            self._turner.add(self._stay(new_id("A", 14, rng), rng), self._rng.random() * over_s)

    def close(self) -> None:
        """Everybody closes their page at its next step."""
        self._is_open = False

    def cadences_ms(self) -> list[float]:
        """The pace of each who has polled since they came."""
        with self._changed:
            return list(self._waiting.values())

    def wait_for_workers(self, count: int, most_s: float) -> bool:
        """Wait until so many have polled since they came."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._waiting) >= count, most_s)

    def wait_for_calls(self, reservation: str, count: int, most_s: float) -> list[float]:
        """Return when each call of a reservation reached its page, by the monotonic clock."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._calls.get(reservation, ())) >= count, most_s)
            return sorted(self._calls.pop(reservation, ()))

    def polled(self, worker: str, state: Mapping[str, Any]) -> None:
        with self._changed:
            if state.get("start"):
                self._waiting.pop(worker, None)
            elif state.get("known"):
                self._waiting[worker] = float(state["poll"]["every"])
            self._changed.notify_all()

    def called(self, reservation: str) -> None:
        at = time.monotonic()
        with self._changed:
            self._calls.setdefault(reservation, []).append(at)
            self._changed.notify_all()

    def _stay(self, worker: str, rng: random.Random) -> Steps:
        """One place, until the pool closes: somebody waits, is called, and the next one comes.

        Nobody comes twice: until the market has told that their work is in, they wait behind it.
        """
        habits = Habits(lambda: ACKNOWLEDGE_S, lambda: WORK_S, lambda task, payload: {})
        while self._is_open:
            page = _Page(self, worker, self._frame(worker, rng), habits,
                         http=self._http, rng=rng, clock=self._clock)  # fmt: skip
            yield from page.run()
            worker = new_id("A", len(worker), rng)

    def _frame(self, worker: str, rng: random.Random) -> Frame:
        assignment = new_id("3", 30, rng)
        now = self._clock.now_ms()
        proof = arrival.sign(self._place.arrival_key, assignment, self._place.hit, worker, now)
        return Frame(assignment, self._place.hit, worker, "", proof)

    @property
    def api(self) -> str:
        return self._place.api

    @property
    def is_open(self) -> bool:
        return self._is_open

    def note(self, event: str) -> None:
        if event not in _PAGES_EVENTS:
            with self._changed:
                self.events[event] += 1


class _Page(WaitingPage):
    """A page that tells its pool what it was told, and hands nothing in."""

    def __init__(self, pool: Pool, worker: str, frame: Frame, habits: Habits, **more: Any) -> None:
        super().__init__(pool.api, frame, habits, on_event=pool.note, **more)
        self._pool, self._worker = pool, worker

    def _poll(self) -> Generator[float, None, dict[str, Any]]:
        while not self._pool.is_open:
            yield 3600.0
        state = yield from super()._poll()
        if state.get("start"):
            self._pool.called(state["reservation"])
        self._pool.polled(self._worker, state)
        return state

    def _submit(self, form: Mapping[str, str]) -> Steps:
        # The market's part: it is no part of what is measured here.
        yield 0.0


def new_id(first: str, length: int, rng: random.Random) -> str:
    """An id as MTurk makes them."""
    return first + "".join(rng.choices(_LETTERS, k=length - 1))
