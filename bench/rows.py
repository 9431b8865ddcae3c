"""The rows of the dispatch bench: pools of one size, ready for so many, called in both ways."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bench.callers import Application, Call, percentiles
from bench.child import Child
from bench.crowd import Place, Pool, Turner, new_id
from bench.prices import Traffic
from chalicelib.kit.clock import SystemClock
from chalicelib.retainer.domain.pacing import period_ms
from chalicelib.retainer.domain.postings import Posting
from chalicelib.retainer.store.postings import DynamoPostings

P95_MS = 600.0
READY_DOLLARS = {1: 0.11, 5: 0.32, 20: 1.00}
READY_DOLLARS_UP_TO = 100
ARRIVALS_PER_S = 60.0
SPREAD_S = 6.0
MANY = 1000

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """`pools` of the same kind are called side by side: more calls in the same time."""

    workers: int
    wanted: int
    pools: int


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: how long a ready pool is watched, called, and how long ahead work is announced."""

    ready_s: float
    call_s: float
    lead_s: int


class Site:
    """Where the rows take place: the API's process, the pages, and what it records as posted."""

    def __init__(self, server: Child, turner: Turner, arrival_key: str, rng: random.Random) -> None:
        self._server, self._turner, self._key, self._rng = server, turner, arrival_key, rng
        self.api = str(server.ready["api"])
        self._open: list[tuple[Application, Pool]] = []

    def open_pools(self, row: Row) -> list[tuple[Application, Pool]]:
        """Have the row's workers come; a thousand stay for the next row that wants as many."""
        made = self._open
        if made and row.workers >= MANY and made[0][1].size == row.workers:
            for application, _ in made:
                application.call(row.wanted)
            return made
        for _, pool in made:
            pool.close()
        made = self._open = []
        for _ in range(row.pools):
            name = new_id("P", 12, self._rng)
            hit = new_id("3", 30, self._rng)
            pool = Pool(Place(self.api, hit, self._key), row.workers, self._turner, self._rng)
            application = Application(self.api, name, pool, self._rng.getrandbits(32))
            application.call(row.wanted)
            _record_hit(name, hit, row.workers)
            pool.open(row.workers * row.pools / ARRIVALS_PER_S)
            made.append((application, pool))
        return made

    def run(self, row: Row, times: Times) -> Iterator[Line]:
        """Give the row unannounced, then announced."""
        made = self.open_pools(row)
        every_ms = period_ms(row.workers, row.wanted)
        self._settle(made, row, every_ms)
        ready = self._watch(lambda: time.sleep(times.ready_s), [])
        calls: list[Call] = []
        applications = [application for application, _ in made]

        def unannounced() -> None:
            calls.extend(_side_by_side(applications, lambda a: a.call_unannounced(times.call_s)))

        line = self._line(row, every_ms, announced=False)
        calling = self._watch(unannounced, made)
        line |= _told(calls, row, ready, calling)
        yield line
        calls = []
        # Nothing may be wanted unannounced now: pages slow down until the first falls due.
        for application in applications:
            application.put_proto(0)
        began = time.monotonic()
        due = [began + delay_s for delay_s in _delays(times, self._rng)]

        def announced() -> None:
            calls.extend(_side_by_side(applications, lambda a: a.call_announced(due, times.lead_s)))

        time.sleep(max(0.0, due[0] - times.lead_s - time.monotonic()))
        line = self._line(row, every_ms, announced=True)
        calling = self._watch(announced, made)
        yield line | _told(calls, row, None, calling)

    def _line(self, row: Row, every_ms: int, announced: bool) -> Line:
        return {
            "bench": "dispatch", "workers": row.workers, "wanted": row.wanted,
            "announced": announced, "pools": row.pools, "every_ms": every_ms,
        }  # fmt: skip

    def _settle(self, made: list[tuple[Application, Pool]], row: Row, every_ms: int) -> None:
        """Wait until all have come and know the pace, and a little more."""
        until = time.monotonic() + 90
        for _, pool in made:
            pool.wait_for_workers(row.workers, until - time.monotonic())
        while time.monotonic() < until:
            paces = [p for _, pool in made for p in pool.cadences_ms()]
            near = sum(abs(p - every_ms) <= 0.1 * every_ms for p in paces)
            if near >= 0.98 * row.workers * row.pools:
                break
            time.sleep(0.2)
        time.sleep(min(every_ms / 1000, SPREAD_S))

    def _watch(
        self, do: Callable[[], None], made: list[tuple[Application, Pool]]
    ) -> Mapping[str, Any]:
        """Do something, and tell what the API did in the meantime, and how late pages were."""
        before = self._server.ask()
        began = time.monotonic()
        self._turner.late.clear()
        for _, pool in made:
            pool.events.clear()
        do()
        seconds = time.monotonic() - began
        after = self._server.ask()
        kinds: dict[str, list[float]] = after.pop("handler_ms")
        before.pop("handler_ms")
        if self._turner.failed:
            raise RuntimeError("a simulated page has failed") from self._turner.failed[0]
        odd: dict[str, int] = {}
        for _, pool in made:
            odd |= pool.events
        return {
            "traffic": Traffic.between(before, after, seconds),
            "refused": after["refused"] - before["refused"],
            "handler_ms": {kind: percentiles(ms) for kind, ms in sorted(kinds.items())},
            "late_ms": percentiles([late * 1000 for late in self._turner.late]),
            "odd": odd,
        }


def _record_hit(hit_type: str, hit: str, seats: int) -> None:
    """Record a HIT as posted: the market is no part of what is measured here."""
    now = SystemClock().now_ms()
    posting = Posting(f"{now:013d}{hit}", hit_type, "sandbox", seats, now, 0)
    store = DynamoPostings()
    store.plan(posting)
    store.opened(posting, hit, now)


def _delays(times: Times, rng: random.Random) -> list[int]:
    """When reservations fall due. Each is made `lead_s` ahead, so that half of that between them
    has two ahead at a time: more, and the service must reckon with all being called at once."""
    due, delays = float(times.lead_s), []
    while due < times.lead_s + 2 * times.call_s:
        delays.append(round(due))
        due += times.lead_s / 2 * rng.uniform(0.6, 1.4)
    return delays


def _side_by_side(
    applications: list[Application], work: Callable[[Application], list[Call]]
) -> list[Call]:
    with ThreadPoolExecutor(len(applications)) as threads:
        return [call for calls in threads.map(work, applications) for call in calls]


def _told(
    calls: list[Call], row: Row, ready: Mapping[str, Any] | None, calling: Mapping[str, Any]
) -> Line:
    complete = [call for call in calls if call.is_complete]
    nth = percentiles([call.nth_ms for call in complete])
    aim: dict[str, float] = {"p95_ms": P95_MS}
    reached = len(complete) == len(calls) and bool(calls) and nth["p95"] < P95_MS
    told: Line = {
        "invokes": len(calls),
        "incomplete": len(calls) - len(complete),
        "nth_ms": nth,
        "each_ms": percentiles([ms for call in calls for ms in call.each_ms]),
        "calling": _rates(calling["traffic"], row),
    }
    if ready is not None:
        told["ready"] = _rates(ready["traffic"], row)
        if row.workers <= READY_DOLLARS_UP_TO and row.wanted in READY_DOLLARS:
            aim["dollars_per_hour"] = READY_DOLLARS[row.wanted]
            reached &= told["ready"]["dollars_per_hour"] <= aim["dollars_per_hour"]
    # Of the whole machine in the last minute: above its cores, figures are of the others' work too.
    told["load"] = round(os.getloadavg()[0], 1)
    told |= {name: calling[name] for name in ("refused", "handler_ms", "late_ms", "odd")}
    return told | {"aim": aim, "within": reached}


def _rates(traffic: Traffic, row: Row) -> Line:
    """What one pool asked and cost."""
    dollars = {name: d / row.pools for name, d in traffic.dollars_per_hour().items()}
    return {
        "seconds": round(traffic.seconds, 1),
        "polls_per_s": round(traffic.polls / traffic.seconds / row.pools, 2),
        "dollars_per_hour": round(dollars.pop("total"), 4),
        "dollars_of": {name: round(d, 4) for name, d in dollars.items()},
        "billed_ms_per_request": round(traffic.billed_ms / max(1, traffic.requests), 1),
        "cpu_ms_per_request": round(traffic.cpu_ms / max(1, traffic.requests), 1),
        "read_units_per_request": round(traffic.read_units / max(1, traffic.requests), 2),
        "write_units_per_request": round(traffic.write_units / max(1, traffic.requests), 2),
        "bytes_per_request": round(traffic.bytes_out / max(1, traffic.requests)),
    }
