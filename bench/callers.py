"""The application's side: makes reservations, invokes them, and takes the time."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.crowd import Pool
from local.http_client import HttpClient

GIVEN_UP_S = 10.0
"""A call that has not reached enough pages by then counts as incomplete."""


@dataclass(frozen=True, slots=True)
class Call:
    """Milliseconds from the first byte of `invoke` to each page that had the task, ascending."""

    wanted: int
    each_ms: tuple[float, ...]

    @property
    def is_complete(self) -> bool:
        return len(self.each_ms) >= self.wanted

    @property
    def nth_ms(self) -> float:
        return self.each_ms[self.wanted - 1]


class Application:
    """An application that calls the workers of one ProtoHIT, one reservation after the other."""

    def __init__(self, api: str, hit_type: str, pool: Pool, seed: int) -> None:
        self._api, self._hit_type, self._pool, self._wanted = api, hit_type, pool, 1
        self._http = HttpClient()
        self._rng = random.Random(seed)

    def call(self, wanted: int) -> None:
        """Call so many from now on, and have the pool ready for it."""
        self._wanted = wanted
        self.put_proto(wanted)

    @property
    def _needed(self) -> int:
        """How many wait before the next call: all, where a call takes a tenth or more of them."""
        size = self._pool.size
        return round(size * 0.9) if self._wanted * 10 < size else size

    def put_proto(self, ready_for: int) -> None:
        spec = {
            "hit_type_id": self._hit_type,
            "title": "Wait for work",
            "description": "You wait, and are called.",
            "url": "https://example.org/wait.html",
            "reward": 0.05,
            "assignment_duration": 14_400,
            "max_wait": 7_200,
            "readyFor": ready_for,
            "verifiedOnly": True,
        }
        self._post("puttask", {"json": json.dumps(spec)})

    def call_unannounced(self, seconds: float) -> list[Call]:
        """Make and invoke at once, again and again, at random moments."""
        calls: list[Call] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._pool.wait_for_workers(self._needed, GIVEN_UP_S)
            time.sleep(self._rng.uniform(0.1, 1.1))
            calls.append(self._call(self._make(0)))
        return calls

    def call_announced(self, due: Sequence[float], lead_s: float) -> list[Call]:
        """Make a reservation so long before each of these moments, and invoke it at a random one
        of the second and a half after it."""
        calls: list[Call] = []
        made: list[str] = []
        for at in due:
            # Before the next is called, whatever is to be announced by then has been.
            call_at = at + self._rng.uniform(0.0, 1.5)
            while len(made) < len(due) and due[len(made)] - lead_s < call_at:
                following = due[len(made)]
                _sleep_until(following - lead_s)
                made.append(self._make(max(1, int(following - time.monotonic()))))
            _sleep_until(call_at)
            self._pool.wait_for_workers(self._needed, GIVEN_UP_S)
            calls.append(self._call(made[len(calls)]))
        return calls

    def _make(self, delay_s: int) -> str:
        form = {
            "hitType": self._hit_type,
            "foreignID": "1",
            "delay": str(delay_s),
            "numAssignments": str(self._wanted),
        }
        return self._post("reservation/make", form)

    def _call(self, reservation: str) -> Call:
        began = time.monotonic()
        self._post("reservation/invoke", {"id": reservation})
        reached = self._pool.wait_for_calls(reservation, self._wanted, GIVEN_UP_S)
        # Acknowledgements are under way: an application would not be done before them.
        time.sleep(0.6)
        self._post("reservation/finish", {"id": reservation})
        return Call(self._wanted, tuple((at - began) * 1000 for at in reached))

    def _post(self, route: str, form: Mapping[str, str]) -> str:
        answer = self._http.post_form(f"{self._api}/retainer/{route}", form)
        if answer.status != 200:
            raise RuntimeError(f"{route} answered {answer.status}: {answer.body[:200]!r}")
        return answer.body.decode()


def _sleep_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))


def percentiles(values: Sequence[float]) -> dict[str, Any]:
    """Nearest rank."""
    ranked = sorted(values)
    if not ranked:
        return {"n": 0}
    last = len(ranked) - 1
    told: dict[str, Any] = {"n": len(ranked)}
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        told[name] = round(ranked[round(share * last)], 1)
    return told
