"""A simulated crowd: workers who sign in on the worker site, take HITs, wait, answer, come back.

Everything goes through the public doors: the worker site's API, the waiting page's protocol and
the market's form. What is simulated is the person.
"""

from __future__ import annotations

import heapq
import itertools
import json
import logging
import math
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from chalicelib.clock import Clock, SystemClock
from local.http_client import Answer, HttpClient, Unreachable
from local.waiting_page import Frame, Habits, Steps, WaitingPage

log = logging.getLogger("local.crowd")

# fmt: off
_NAMES = (
    "Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana", "Ivo", "Jun", "Kim", "Lea", "Max",
    "Nia", "Omar", "Pia", "Quin", "Rosa", "Sam", "Tess", "Uma", "Vik", "Wes", "Xia", "Yan", "Zoe",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class CrowdOptions:
    size: int = 12
    seed: int = 1
    # Medians of lognormal times, in seconds.
    acknowledge_s: float = 1.5
    think_s: float = 3.0
    # Between two looks at the listing, and before coming back after a HIT.
    look_s: float = 1.5
    rest_s: float = 2.0
    # So many open seats are left for whoever comes by in a browser.
    leave_seats: int = 0
    threads: int = 8


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
        one_at_a_time = threading.Lock()
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
                one_at_a_time=one_at_a_time,
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


class Worker:
    """One person, until sent home: look at the listing, accept, wait, rest, look again."""

    def __init__(
        self,
        name: str,
        api: str,
        options: CrowdOptions,
        *,
        http: HttpClient,
        rng: random.Random,
        clock: Clock,
        on_event: Callable[[str], None],
        one_at_a_time: threading.Lock | None = None,
        home: threading.Event | None = None,
    ) -> None:
        self._one_at_a_time = one_at_a_time or threading.Lock()
        self._home = home or threading.Event()
        self._name, self._api, self._options = name, api, options
        self._http, self._rng, self._clock = http, rng, clock
        self._on_event = on_event
        self._session: dict[str, str] = {}
        self._habits = Habits(
            acknowledge_s=lambda: self._lognormal(options.acknowledge_s),
            think_s=lambda: self._lognormal(options.think_s),
            answer=self._answer,
        )

    def run(self) -> Steps:
        while not self._home.is_set():
            try:
                assignment = self._take_assignment()
            except Unreachable:
                assignment = None
            if assignment is None:
                yield self._around(self._options.look_s)
                continue
            self._on_event("accepted")
            page = WaitingPage(
                self._api,
                Frame.from_url(assignment["frameUrl"]),
                self._habits,
                http=self._http,
                rng=self._rng,
                clock=self._clock,
                on_event=self._on_event,
            )
            yield from page.run()
            yield self._around(self._options.rest_s)

    def _take_assignment(self) -> dict[str, Any] | None:
        """An assignment to work on: one that is in the queue already, or one from the listing."""
        if not self._session and not self._sign_in():
            return None
        queue = self._market("get", "assignments")
        if queue is None:
            return None
        waiting: list[dict[str, Any]] = [job for job in queue["queue"] if _waits(job)]
        if waiting:
            return waiting[0]
        if not self._options.leave_seats:
            return self._accept_one_of(self._market("get", "hits"))
        # Two who look at the same moment would both take the seat before the last.
        with self._one_at_a_time:
            return self._accept_one_of(self._market("get", "hits"))

    def _accept_one_of(self, listing: Mapping[str, Any] | None) -> dict[str, Any] | None:
        leave = self._options.leave_seats
        listed = (listing or {}).get("groups", [])
        groups = [group for group in listed if group["available"] > leave and _waits(group)]
        if not groups:
            return None
        group = self._rng.choice(groups)
        job = self._market("post", "accept", {"groupId": group["groupId"]})
        return job if job is not None and _waits(job) else None

    def _sign_in(self) -> bool:
        answer = self._http.post_json(f"{self._api}/market/session", {"name": self._name})
        if answer.status != 200:
            self._on_event(f"sign-in refused: {answer.status}")
            return False
        self._session = {"x-worker-session": answer.json()["token"]}
        return True

    def _market(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        url = f"{self._api}/market/{path}"
        answer: Answer
        if method == "get":
            answer = self._http.get(url, headers=self._session)
        else:
            answer = self._http.post_json(url, body, self._session)
        if answer.status == 200:
            found: dict[str, Any] = answer.json()
            return found
        if answer.status in {401, 403}:
            self._session = {}
        elif answer.status != 409:
            self._on_event(f"{path} refused: {answer.status}")
        return None

    def _answer(self, task_id: Any, payload: str | None) -> Mapping[str, str]:
        """Choose among a poll's options; first ones are a little more popular."""
        try:
            poll = json.loads(payload or "")
            options = [str(option) for option in poll["options"]]
        except (ValueError, TypeError, KeyError):
            return {"answer": "done"}
        # The same question divides the crowd the same way in every run with the same seed.
        taste = random.Random(f"{self._options.seed}/{poll.get('question')}")
        weights = [0.3 + taste.random() for _ in options]
        return {"answer": self._rng.choices(options, weights)[0]}

    def _lognormal(self, median_s: float, sigma: float = 0.35) -> float:
        return self._rng.lognormvariate(math.log(median_s), sigma) if median_s > 0 else 0.0

    def _around(self, seconds: float) -> float:
        return seconds * (0.5 + self._rng.random())


def _waits(shown: Mapping[str, Any]) -> bool:
    """Whether this may be a page to wait on; these workers do nothing else."""
    return str(shown.get("kind", "external")) == "external"


def worker_name(number: int) -> str:
    """Ada, Ben, ... and once these are used up Ada 2, Ben 2, ..."""
    turn, index = divmod(number, len(_NAMES))
    return _NAMES[index] + (f" {turn + 1}" if turn else "")
