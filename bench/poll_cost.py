"""python -m bench.poll_cost: what polls, claims and calls cost, in units and processor time.

Prints JSON lines, one for each case, pool size and number of reservations on record, with the
design's budget beside it; then one line for each case that tells whether its cost has grown with
the pool or with the record. Counts are the worst seen, `cpu_ms` is the median.
"""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bench.cases import FEW_SLOTS, Cases, restless_page
from bench.meter import Cost, Figures, Meter
from bench.room import Pool, Room
from tests.engine import running_engine
from tests.size import FULL

SEATS = (10, 100, 1000, 10_000)
RECORDS = (1, 10, 100, 1000)
SLOTS = (20, 100)
SHARED_SEATS = (10, 100)

# Upper limits by case; "widest_write" is of one write on its table, without the board's index.
_ACK = {"writes": 2.0}
BUDGETS: dict[str, dict[str, float]] = {
    "idle_poll": {"read_units": 1.0, "writes": 0},
    "unknown_poll": {"read_units": 1.0, "writes": 0},
    "idle_poll_without_key": {"read_units": 1.5, "writes": 0},
    "idle_poll_full_board": {"read_units": 1.0, "writes": 0},
    "heartbeat_poll": {"read_units": 1.0, "writes": 1},
    "claim": {"writes": 3, "widest_write": 2},
    "claim_last": {"writes": 3, "widest_write": 2},
    "shown": _ACK,
    "ack": _ACK,
    "last_ack": _ACK,
    "invoke": {"writes": 4},
    "restless_minute": {"writes": 4},
}
WIDEST_OF_100 = 9.0

Line = dict[str, Any]


def budget_of(case: str, slots: int | None) -> dict[str, float]:
    budget = dict(BUDGETS.get(case.removeprefix("shared_"), {}))
    if "widest_write" in budget and slots is not None and slots > 20:
        budget["widest_write"] = WIDEST_OF_100
    return budget


def line_of(case: str, costs: list[Cost], **where: int | None) -> Line:
    figures = asdict(Figures.of(costs))
    line: Line = {"bench": "poll_cost", "case": case, **where, **figures}
    if budget := budget_of(case, where.get("slots")):
        line["budget"] = budget
        line["within"] = all(figures[name] <= most for name, most in budget.items())
    return line


def measure(
    room: Room, seats: tuple[int, ...], records: tuple[int, ...], times: int
) -> Iterator[Line]:
    meter = Meter(room.dynamo)
    for size in seats:
        pool = Pool(room, f"pool of {size}")
        pool.seat(size)
        for record in records:
            pool.record(record)
            pool.present()
            cases = Cases(pool, meter, times)
            where = {"seats": size, "reservations": record}
            for case, costs in cases.idle():
                yield line_of(case, costs, **where)
            for slots in (FEW_SLOTS, *(SLOTS if record == records[-1] else ())):
                if slots <= size:
                    for case, costs in cases.calls(slots):
                        yield line_of(case, costs, **where, slots=slots)
            for case, costs in cases.application():
                yield line_of(case, costs, **where)
        yield line_of("count_pool", [meter.measure(pool.count)], seats=size, reservations=record)
        minutes = restless_page(pool, meter, minutes=5)
        yield line_of("restless_minute", minutes, seats=size, reservations=record)
    few = tuple(s for s in seats if s in SHARED_SEATS)
    yield from measure_shared(room, meter, few, records[-1], times)


def measure_shared(
    room: Room, meter: Meter, seats: tuple[int, ...], record: int, times: int
) -> Iterator[Line]:
    """The same of a pool that five ProtoHITs share, called for another's work than was accepted."""
    for size in seats:
        pool = Pool(room, f"shared by five of {size}", sharers=5)
        pool.seat(size)
        pool.record(record)
        pool.present()
        cases = Cases(pool, meter, times)
        where = {"seats": size, "reservations": record}
        for found in (cases.idle(), cases.calls(FEW_SLOTS), cases.application()):
            for case, costs in found:
                yield line_of(f"shared_{case}", costs, **where)


def growth(lines: list[Line]) -> Iterator[Line]:
    """Tell for each case, and number of slots, how its cost differs over pools and records."""
    by_case: dict[tuple[str, int | None], list[Line]] = {}
    for line in lines:
        by_case.setdefault((line["case"], line.get("slots")), []).append(line)
    for (case, slots), same in by_case.items():
        told: Line = {"bench": "poll_cost", "case": "growth", "of": case, "slots": slots}
        for name in ("read_units", "write_units", "cpu_ms"):
            values = [line[name] for line in same]
            told[name] = [min(values), max(values)]
        told["flat"] = all(told[n][0] == told[n][1] for n in ("read_units", "write_units"))
        yield told


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.poll_cost", description=__doc__)
    full = "up to 10,000 seats and 1,000 reservations (some minutes)"
    parser.add_argument("--full", action="store_true", default=FULL, help=full)
    parser.add_argument("--smallest", action="store_true", help="only to see that it runs")
    options = parser.parse_args(arguments)
    most_seats, most_records, times = (4, 4, 40) if options.full else (2, 3, 20)
    if options.smallest:
        most_seats, most_records, times = 1, 1, 4
    seats, records = SEATS[:most_seats], RECORDS[:most_records]
    lines: list[Line] = []
    with running_engine() as endpoint:
        room = Room.on(endpoint, f"b{uuid.uuid4().hex[:8]}-")
        for line in measure(room, seats, records, times):
            print(json.dumps(line), flush=True)
            lines.append(line)
    for line in growth(lines):
        print(json.dumps(line), flush=True)
    return 0 if all(line.get("within", True) for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
