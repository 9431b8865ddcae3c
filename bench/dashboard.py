"""How long the dashboard takes to show what has changed, in Chromium.

    python -m bench.dashboard

A stack with 1,000 workers waiting and 500 reservations, a hundred of them on the page, each with
its slots. Something changes before each look: workers come, claims are acknowledged. A line for
each list that the page has: `script` is from the answer to the page's elements, `painted` to the
frame in which they are drawn, layout and paint included, both by the clock; `main_thread` is the
processor time of the page's thread for all of a look, which no other load on the machine changes.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.callers import percentiles
from chalicelib import bootstrap
from chalicelib.retainer.domain.ports import AssignmentSeat
from chalicelib.retainer.domain.reservations import Claim
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.services.reservations import Asked
from chalicelib.retainer.store.ledgers import DynamoLedgers
from chalicelib.retainer.store.notes import DynamoNotes
from chalicelib.retainer.store.seats import DynamoSeats
from local.chromium import ARGUMENTS, find_chromium
from local.stack import Stack, StackOptions, running_stack

WAITING = 1_000
RESERVATIONS = 500
SLOTS = 4
SHOWN = 100
LOOKS = 20

PROTO = {
    "hit_type_id": "Photos", "title": "Which photo is better?", "description": "Wait, then choose.",
    "url": "https://pages.example.org/", "reward": 0.05, "max_waiting": 10_000,
}  # fmt: skip

# Told by the page itself; the frame after it is what a person sees.
LISTEN = """() => {
  globalThis.updates = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntriesByName('update')) {
      const drawn = new MessageChannel();
      drawn.port1.onmessage = () => updates.push(
        {script: duration, painted: performance.now() - startTime});
      requestAnimationFrame(() => drawn.port2.postMessage(0));
    }
  }).observe({type: 'measure'});
}"""


class Room:
    """What is on record, and what changes in it."""

    def __init__(self, stack: Stack, rng: random.Random, waiting: int, reservations: int) -> None:
        self.waiting, self.reservations = waiting, reservations
        self._now = stack.clock.now_ms
        self._rng = rng
        self._seats, self._ledgers = DynamoSeats(), DynamoLedgers()
        self._room = bootstrap.get().retainer
        self._came = 0
        self._claimed: list[tuple[str, Claim]] = []

    def fill(self) -> None:
        self._room.reservations.put_proto(PROTO)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: self._arrive(), range(self.waiting)))
            list(pool.map(self._reserve, range(self.reservations)))
        seats = list(self._seats.list("Photos"))
        row = self._ledgers.get_pool("Photos")
        assert row is not None
        self._ledgers.put_pool(replace(row, waiting=len(seats)), counted=True)
        called = [(self._rng.randint(80, 900), self._rng.randint(300, 4_000)) for _ in range(200)]
        DynamoNotes().add_latencies("Photos", called)

    def change(self) -> None:
        """What may happen between two looks."""
        for _ in range(10):
            self._arrive()
            self._ledgers.add_arrival("Photos", verified=False)
        for reservation, claim in self._rng.sample(self._claimed, 10):
            ledger = self._ledgers.get(reservation)
            if ledger is not None and claim.key in ledger.claims:
                self._ledgers.show(ledger, ledger.claims[claim.key], self._now(), ack=True)

    def _arrive(self) -> None:
        self._came += 1
        n, now = self._came, self._now()
        seat = Seat(
            "Photos", f"3{n:029d}", 1, f"A{n:013d}", "3HIT", now - self._rng.randint(0, 200_000),
            now + 600_000, now + 900_000, verified=True, acks=True,
        )  # fmt: skip
        place = AssignmentSeat(seat.assignment, seat.proto, 1, seat.worker, seat.hit)
        self._seats.assign(place, None)
        self._seats.create(seat)

    def _reserve(self, n: int) -> None:
        asked = Asked("Photos", f"photo {n}", 0, SLOTS)
        reservation = self._room.reservations.make(asked)
        ledger = self._ledgers.get(reservation)
        assert ledger is not None
        written = self._ledgers.invoke(ledger, self._now())
        for k in range(self._rng.randint(1, SLOTS)):
            name = f"AR{n:05d}{k}"
            claim = Claim(name, name, f"3R{n:05d}{k}.1", self._now() + 100, acks=True)
            written = self._ledgers.enter(reservation, claim, SLOTS)
            if written.ledger is not None and k % 2:
                self._ledgers.show(written.ledger, claim, self._now() + 400, ack=False)
            self._claimed.append((reservation, claim))


class Thread:
    """The processor time that a page's main thread has used, in milliseconds."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used_ms(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration")


def watch(page: Page, room: Room, thread: Thread, looks: int) -> dict[str, object]:
    """Have things change and the page look, so many times; return how long it took."""
    used: list[float] = []
    page.evaluate("() => { updates.length = 0; }")
    for n in range(looks):
        room.change()
        before = thread.used_ms()
        with page.expect_response(lambda r: "/retainer/status" in r.url):
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_function("(n) => updates.length > n", arg=n)
        used.append(thread.used_ms() - before)
    found: list[dict[str, float]] = page.evaluate("() => updates")
    by_clock = {name: _spread([one[name] for one in found]) for name in ("script", "painted")}
    return {**by_clock, "main_thread": _spread(used)}


def _spread(values: Sequence[float]) -> dict[str, float]:
    told = percentiles(values)
    return {"p50_ms": told["p50"], "p95_ms": told["p95"], "most_ms": round(max(values), 1)}


def measure(
    stack: Stack,
    browser: Browser,
    looks: int = LOOKS,
    waiting: int = WAITING,
    reservations: int = RESERVATIONS,
) -> Iterator[dict[str, object]]:
    """Fill a stack that is empty, and give a line for each list."""
    room = Room(stack, random.Random(1), waiting, reservations)
    room.fill()
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    thread = Thread(page)
    page.add_init_script(f"({LISTEN})()")
    page.goto(f"{stack.desk}/status/")
    page.get_by_label("Reservations a page").select_option(str(SHOWN))
    expect(page.locator("[data-reservation]")).to_have_count(SHOWN)
    for tab in ("reservations", "workers", "money"):
        page.locator(f"#tab-{tab}").click()
        page.wait_for_function("() => updates.length > 0")
        line = {"list": tab, "waiting": waiting, "reservations": reservations, "looks": looks}
        yield {**line, **watch(page, room, thread, looks)}
    page.close()


def main() -> None:
    with (
        running_stack(StackOptions(speed=0, permissions=False)) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=find_chromium(whole=True), args=[*ARGUMENTS]
        )
        for line in measure(stack, browser):
            print(json.dumps(line), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
