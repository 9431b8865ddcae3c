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
from dataclasses import asdict
from statistics import median
from typing import Any

from bench.market_fill import Record
from bench.meter import Cost, Figures, Meter
from tests.engine import running_engine
from tests.integration.market import hit_values, running_market
from tests.integration.market_crowd import accept, sign_in, submit

SIZES = (100, 10_000)
TIMES = 15
# Ten million dollars: the bench shall not end for want of money.
BALANCE_CENTS = 1_000_000_000

Line = dict[str, Any]
Cases = dict[str, list[tuple[Cost, float]]]


class Bench:
    """One marketplace; measures each operation several times at the size that it has."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._market = record.market.market
        self._meter = Meter(record.market.dynamo)
        self._costs: Cases = {}

    def measure(self, times: int) -> Cases:
        self._costs = {}
        for _ in range(times):
            self._requester()
            self._worker()
        return self._costs

    def _take(self, case: str, work: Callable[[], Any]) -> Any:
        kept: list[Any] = []
        began = time.perf_counter()
        cost = self._meter.measure(lambda: kept.append(work()))
        self._costs.setdefault(case, []).append((cost, time.perf_counter() - began))
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
    lines: list[Line] = []
    with (
        running_engine() as endpoint,
        running_market(endpoint, initial_balance_cents=BALANCE_CENTS) as market,
    ):
        record = Record(market)
        bench = Bench(record)
        for size in given:
            record.grow(size)
            bench.measure(1)  # first reads fill the caches of HIT types and questions
            for case, measured in bench.measure(times).items():
                lines.append(line_of(case, size, measured))
                print(json.dumps(lines[-1]), flush=True)
    for line in growth(lines):
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
