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

    def __init__(self, api: str, hit_type: str, pool: Pool, wanted: int, seed: int) -> None:
        self._api, self._hit_type, self._pool, self._wanted = api, hit_type, pool, wanted
        self._http = HttpClient()
        self._rng = random.Random(seed)
        # Where a call takes a tenth of the pool or more, the next one waits for all to be back.
        few = wanted * 10 < pool.size
        self._needed = round(pool.size * 0.9) if few else pool.size

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

    def announce(self, delays_s: Sequence[int]) -> list[tuple[float, str]]:
        """Make reservations ahead; return when each falls due, by the monotonic clock."""
        ahead: list[tuple[float, str]] = []
        began = time.monotonic()
        for delay_s in delays_s:
            left = began + delay_s - time.monotonic()
            reservation = self._make(max(1, round(left)))
            ahead.append((time.monotonic() + max(1, round(left)), reservation))
        return ahead

    def call_announced(self, ahead: Sequence[tuple[float, str]]) -> list[Call]:
        """Invoke each at a random moment after it has fallen due."""
        calls: list[Call] = []
        for due, reservation in ahead:
            self._pool.wait_for_workers(self._needed, GIVEN_UP_S)
            time.sleep(max(0.0, due + self._rng.uniform(0.0, 1.5) - time.monotonic()))
            calls.append(self._call(reservation))
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
