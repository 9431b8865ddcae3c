"""The upgrade rehearsed: functions replaced and tables migrated under a crowd that waits and works.

`TEST_SIZE=full .venv/bin/python -m pytest -s tests/integration/test_upgrade.py` does it with 200
workers and prints what docs/deploying.md quotes.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib import bootstrap
from chalicelib.kit.config import Config
from chalicelib.marketplace.store.tables import LedgerRow
from chalicelib.retainer.store.pay_tables import Payments
from chalicelib.retainer.store.tables import Ledgers, Seats
from examples.poll.retainer_client import Retainer
from local.crowd import Crowd, CrowdOptions
from local.processes import Package, ProcessFunctions
from local.stack import Stack, StackOptions, running_stack
from operate.backup.tables import Tables
from operate.migrate.rows import Rows
from operate.migrate.run import migrate
from tests.integration.upgrade import NEXT_MIGRATIONS, next_version, this_version
from tests.patience import LONG_S, until
from tests.size import FULL, sized

WORKERS = sized(5, 200)
CALLED = sized(2, 5)
ASKING = sized(1, 2)
LARGEST = 100
"""Reservation."""

ALLOWED = {"accepted", "waiting", "shown", "acknowledged", "submitted", "released", "waited"}
"""What may happen to a simulated worker; whatever else is counted is a fault."""


@dataclass
class Rehearsal:
    stack: Stack
    client: Retainer
    # Reservations and when, by phase, they were invoked.
    called: dict[str, list[str]] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)

    @property
    def functions(self) -> ProcessFunctions:
        assert isinstance(self.stack.functions, ProcessFunctions)
        return self.stack.functions

    def waiting(self) -> list[Seats]:
        seats = Seats.scan(Seats.closed.does_not_exist(), consistent_read=True)
        return [seat for seat in seats if seat.reservation is None]

    def submitted(self, reservation: str) -> int:
        slots = self.client.results(reservation)["slots"]
        return sum(slot["submitted"] is not None for slot in slots)

    def serve(self, phase: str, people: int) -> None:
        """Reserve, invoke, and see everybody's answer."""
        made = self.client.make("Photos", people)
        self.client.invoke(made)
        self.called.setdefault(phase, []).append(made)
        until(lambda: self.submitted(made) == people, "the answers", LONG_S)

    @contextmanager
    def asking(self, phase: str) -> Iterator[None]:
        """Ask again and again, by several programs, until the block is done."""
        stop = threading.Event()
        broken: list[BaseException] = []

        def ask() -> None:
            try:
                self.serve(phase, CALLED)
                while not stop.is_set():
                    self.serve(phase, CALLED)
            except BaseException as error:
                broken.append(error)

        threads = [threading.Thread(target=ask) for _ in range(ASKING)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not broken, broken

    def latencies(self, phase: str) -> list[int]:
        """Milliseconds from the invoke to each page's `shown`."""
        found = []
        for reservation in self.called.get(phase, ()):
            results = self.client.results(reservation)
            found += [slot["shown"] - results["invokedAt"] for slot in results["slots"]]
        return sorted(found)


def test_functions_replaced_and_tables_migrated__lose_nobody(tmp_path: Path) -> None:
    now, later = this_version(tmp_path / "now"), next_version(tmp_path / "next")
    variables = {
        "RETAINER_MAX_HITS_OUT": "1000", "RETAINER_MAX_SPEND_PER_HOUR": "10000",
        "RETAINER_MAX_SPEND_PER_DAY": "10000",
    }  # fmt: skip
    options = StackOptions(speed=sized(0, 3), package=now, variables=variables)
    with running_stack(options) as stack, crowd_on(stack) as crowd:
        rehearsal = Rehearsal(stack, Retainer(stack.api))
        count_answers(rehearsal)
        assert bootstrap.get().retainer, "binds the tables that this test reads"
        fill(rehearsal, crowd)
        before = {seat.seat for seat in rehearsal.waiting()}
        assert len(before) >= WORKERS * 0.9
        upgrade(rehearsal, now, later)
        call_the_rest(rehearsal)
        crowd.stop()
        settle(rehearsal)

        check_nobody_is_lost(rehearsal, before, crowd)
        check_no_claim_is_doubled(rehearsal)
        check_everybody_is_paid(rehearsal, before)
        print(json.dumps(figures(rehearsal, crowd)))


@contextmanager
def crowd_on(stack: Stack) -> Iterator[Crowd]:
    options = CrowdOptions(
        size=WORKERS, acknowledge_s=0.5, think_s=1.0, look_s=sized(1, 8), rest_s=sized(1, 8),
        threads=sized(1, 8),
    )  # fmt: skip
    crowd = Crowd(stack.api, options)
    try:
        yield crowd
    finally:
        crowd.stop()


def count_answers(rehearsal: Rehearsal) -> None:
    handlers = rehearsal.stack._handlers
    own = handlers["api"]

    def handle(request: Any) -> Any:
        reply = own(request)
        rehearsal.answers[reply.status] += 1
        return reply

    handlers["api"] = handle


def fill(rehearsal: Rehearsal, crowd: Crowd) -> None:
    """Have everybody wait, with nothing open any more that they wait for."""
    rehearsal.client.puttask(
        hit_type_id="Photos", title="Photos", description="Wait, then choose.",
        url=f"{rehearsal.stack.wait}/index.html", reward=0.05, wait_pay=0.6, max_wait_pay=1,
        max_wait=3600, assignment_duration=7200, verifiedOnly=True, readyFor=sized(1, CALLED),
        max_waiting=1000, max_hits_out=1000, max_spend_per_hour=10_000, max_spend_per_day=10_000,
    )  # fmt: skip
    made = [rehearsal.client.make("Photos", size) for size in in_parts(WORKERS)]
    crowd.start()
    until(lambda: len(rehearsal.waiting()) >= WORKERS * 0.95, "the crowd", LONG_S)
    for reservation in made:
        rehearsal.client.cancel(reservation)


def in_parts(people: int) -> list[int]:
    whole, rest = divmod(people, LARGEST)
    return [LARGEST] * whole + ([rest] if rest else [])


def upgrade(rehearsal: Rehearsal, now: Package, later: Package) -> None:
    """As `deploy` does it, with programs that ask all the time; in the long run back again, too."""
    functions, tables = rehearsal.functions, Tables(Config.from_env(os.environ))
    if FULL:
        with rehearsal.asking("before"):
            pass
    with rehearsal.asking("while both serve"):
        functions.roll_out(later)
        until(lambda: functions.answered[later.folder] >= 10 * CALLED, "answers", LONG_S)
        functions.retire()
    with rehearsal.asking("after, while migrating"):
        done = migrate(tables, print, migrations=NEXT_MIGRATIONS)
    assert (done.now, done.steps[-1].rows > 0) == (NEXT_MIGRATIONS[-1].number, True)
    assert not list(Rows(tables).lacking("seats", "heard"))
    if FULL:
        with rehearsal.asking("after going back"):
            before = functions.answered[now.folder]
            functions.roll_out(now)
            more = before + 10 * CALLED
            until(lambda: functions.answered[now.folder] >= more, "answers", LONG_S)
            functions.retire()


def call_the_rest(rehearsal: Rehearsal) -> None:
    """Call everybody who waits: whoever was lost is not there."""
    threads = [
        threading.Thread(target=rehearsal.serve, args=("everybody", size))
        for size in in_parts(len(rehearsal.waiting()))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def settle(rehearsal: Rehearsal) -> None:
    def is_settled() -> bool:
        for name in ("market_tick", "review"):
            rehearsal.stack.run_function(name)
        return not list(Payments.scan(Payments.open.exists()))

    until(is_settled, "the last payment", LONG_S)


def check_nobody_is_lost(rehearsal: Rehearsal, before: set[str], crowd: Crowd) -> None:
    assert set(crowd.events) <= ALLOWED, crowd.events
    assert not [status for status in rehearsal.answers if status >= 500], rehearsal.answers
    became = {seat.seat: seat.closed for seat in Seats.scan(consistent_read=True)}
    assert Counter(became[seat] for seat in before) == {"submitted": len(before)}


def check_no_claim_is_doubled(rehearsal: Rehearsal) -> None:
    made = [reservation for phase in rehearsal.called.values() for reservation in phase]
    at_work: Counter[str] = Counter()
    for reservation in made:
        ledger = Ledgers.get(reservation, consistent_read=True)
        claims = ledger.claims.as_dict()
        assert len(claims) == ledger.slots == rehearsal.submitted(reservation)
        at_work.update(claim["s"] for claim in claims.values())
    assert max(at_work.values()) == 1, "a seat was called for two reservations"


def check_everybody_is_paid(rehearsal: Rehearsal, before: set[str]) -> None:
    rewards = Counter(row.assignment_id for row in LedgerRow.scan(LedgerRow.kind == "reward"))
    assert max(rewards.values()) == 1
    assert len(rewards) == submitted_in_all()
    bonuses = Counter(row.assignment_id for row in LedgerRow.scan(LedgerRow.kind == "bonus"))
    assert max(bonuses.values()) == 1
    # Whoever was there from the beginning has waited for longer than a second, which is a cent.
    assert {seat.partition(".")[0] for seat in before} <= set(bonuses)


def submitted_in_all() -> int:
    return sum(1 for seat in Seats.scan(consistent_read=True) if seat.closed == "submitted")


def figures(rehearsal: Rehearsal, crowd: Crowd) -> dict[str, Any]:
    phases = {}
    for phase, made in rehearsal.called.items():
        late = rehearsal.latencies(phase)
        phases[phase] = {
            "reservations": len(made), "calls": len(late), "p50_ms": round(statistics.median(late)),
            "p95_ms": late[math.ceil(0.95 * len(late)) - 1], "max_ms": late[-1],
        }  # fmt: skip
    answered = {folder.name: n for folder, n in rehearsal.functions.answered.items()}
    return {
        "workers": WORKERS, "phases": phases, "events answered": answered,
        "answers by status": dict(rehearsal.answers), "crowd": dict(crowd.events),
    }  # fmt: skip
