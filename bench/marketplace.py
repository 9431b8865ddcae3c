"""python -m bench.marketplace: what operations cost with so many HITs on record.

Prints JSON lines: one for each operation and size, with DynamoDB's units (the largest of all times;
indexes and refused writes count), calls, and operations per second, one after another in one
process, without HTTP; then one for each operation that tells whether its cost has grown.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from statistics import median
from typing import Any

from bench.market_fill import Record
from bench.meter import Cost, Figures, Meter
from chalicelib.marketplace.store.tables import MODELS
from tests.clock import MovableClock
from tests.engine import running_engine
from tests.integration.market import Market, hit_values, running_market
from tests.integration.market_crowd import accept, sign_in, submit

SIZES = (100, 10_000)
TIMES = 15
# Ten million dollars: the bench shall not end for want of money.
BALANCE_CENTS = 1_000_000_000

Line = dict[str, Any]
Cases = dict[str, list[tuple[Cost, float]]]


class Bench:
    """One marketplace with so many HITs on record, and what each operation cost there."""

    def __init__(self, market: Market, size: int) -> None:
        self.size = size
        self._dynamo = market.dynamo
        self._record = Record(market)
        self._record.grow(size)
        self._market = market.market
        self._meter = Meter(market.dynamo)
        self.costs: Cases = {}

    def measure(self, keep: bool) -> None:
        """Do each operation once; the first time only fills the caches."""
        self._dynamo.bind(MODELS)  # the marketplaces take turns
        self._requester()
        self._worker()
        if not keep:
            self.costs = {}

    def _take(self, case: str, work: Callable[[], Any]) -> Any:
        kept: list[Any] = []
        began = time.perf_counter()
        cost = self._meter.measure(lambda: kept.append(work()))
        self.costs.setdefault(case, []).append((cost, time.perf_counter() - began))
        return kept[0]

    def _requester(self) -> None:
        record, client = self._record, self._record.client
        given: dict[str, Any] = {"LifetimeInSeconds": 3600, "MaxAssignments": 1}
        given |= {"HITTypeId": record.types[2], "Question": hit_values()["Question"]}
        hit = self._take("create", lambda: client.create_hit_with_hit_type(**given))["HIT"]
        worker = sign_in(record.market)
        taken = self._take("accept", lambda: accept(record.market, worker, hit["HITId"]))
        self._take("submit", lambda: submit(record.market, taken))
        self._take("approve", lambda: client.approve_assignment(AssignmentId=taken))
        self._take("get_hit", lambda: client.get_hit(HITId=hit["HITId"]))
        self._take("balance", client.get_account_balance)
        page = self._take("list_hits", lambda: client.list_hits(MaxResults=100))
        for _ in range(2):  # some way into the list
            page = client.list_hits(MaxResults=10, NextToken=page["NextToken"])
        token = page["NextToken"]
        self._take("list_hits_on", lambda: client.list_hits(MaxResults=10, NextToken=token))
        self._take("list_reviewable", lambda: client.list_reviewable_hits(MaxResults=10))
        bonus = {"WorkerId": worker.worker_id, "AssignmentId": taken, "Reason": "thanks"}
        self._take("bonus", lambda: client.send_bonus(BonusAmount="0.01", **bonus))

    def _worker(self) -> None:
        record, market = self._record, self._market
        worker = sign_in(record.market)
        browse = market.listing.browse
        self._take("browse", lambda: browse(worker, "", "newest", None))
        self._take("search", lambda: browse(worker, "group 7", "reward", None))
        large = market.listing.type_of(record.large_group)
        job = self._take("accept_any", lambda: market.work.accept_any(worker, large))
        market.work.give_back(worker, job.assignment.assignment_id)
        veteran = sign_in(record.market, "veteran")
        again = self._take("accept_any_veteran", lambda: market.work.accept_any(veteran, large))
        market.work.give_back(veteran, again.assignment.assignment_id)
        self._take("earnings", lambda: market.earnings.statement(veteran))


def line_of(case: str, size: int, measured: list[tuple[Cost, float]]) -> Line:
    figures = asdict(Figures.of([cost for cost, _ in measured]))
    per_s = 1 / median(seconds for _, seconds in measured)
    return {"bench": "marketplace", "case": case, "hits": size, **figures, "per_s": round(per_s, 1)}


def growth(lines: list[Line]) -> Iterator[Line]:
    """Tell for each case what it costs at each size, and from which size on that stays."""
    for case in dict.fromkeys(line["case"] for line in lines):
        same = [line for line in lines if line["case"] == case]
        told: Line = {"bench": "marketplace", "case": "growth", "of": case}
        for name in ("hits", "read_units", "write_units"):
            told[name] = [line[name] for line in same]
        told["speed"] = [round(line["per_s"] / same[0]["per_s"], 2) for line in same]
        units = [(line["read_units"], line["write_units"]) for line in same]
        told["flat_from"] = same[units.index(units[-1])]["hits"]
        yield told


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.marketplace", description=__doc__)
    sizes = "numbers of HITs on record, rising (100000 takes some minutes)"
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES), help=sizes)
    parser.add_argument("--times", type=int, default=TIMES, help="measurements of each operation")
    parser.add_argument("--smallest", action="store_true", help="only to see that it runs")
    options = parser.parse_args(arguments)
    given, times = ([100], 3) if options.smallest else (sorted(options.sizes), options.times)
    with running_engine() as endpoint, ExitStack() as stack:
        benches = []
        for size in given:
            running = running_market(endpoint, MovableClock(), initial_balance_cents=BALANCE_CENTS)
            benches.append(Bench(stack.enter_context(running), size))
        # In turn, so that what else the machine does slows all sizes alike.
        for number in range(times + 1):
            for bench in benches:
                bench.measure(keep=number > 0)
    lines = [line_of(case, b.size, costs) for b in benches for case, costs in b.costs.items()]
    for line in lines:
        print(json.dumps(line), flush=True)
    for line in growth(lines):
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
