"""The benches run in their smallest size and print what `docs/performance.md` tells of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench import phases
from bench.meter import billed_when_refused, item_bytes
from bench.prices import Traffic
from tests.patience import LONG_S, PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent.parent

CASES_OF_A_POOL = {
    "idle_poll", "idle_poll_without_key", "idle_poll_full_board", "unknown_poll", "heartbeat_poll",
    "claim", "claim_last", "refused_attempt", "shown", "ack", "last_ack", "make", "invoke",
}  # fmt: skip
CASES = {"restless_minute", "count_pool", "growth"} | CASES_OF_A_POOL
CASES |= {f"shared_{case}" for case in CASES_OF_A_POOL}

OPERATIONS = {
    "create", "accept", "submit", "approve", "get_hit", "balance", "list_hits", "list_hits_on",
    "list_reviewable", "bonus", "browse", "search", "accept_any", "accept_any_veteran", "earnings",
}  # fmt: skip


@contextmanager
def bench(name: str) -> Iterator[subprocess.Popen[str]]:
    """Start a bench of its own engine, and end it with the test."""
    env = {k: v for k, v in os.environ.items() if k not in {"DYNAMODB_ENDPOINT", "TEST_SIZE"}}
    command = [sys.executable, "-m", f"bench.{name}", "--smallest"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()


def lines_of(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    out, _ = process.communicate(timeout=LONG_S)
    # 1: an aim was missed, which a busy machine may do to any of them.
    assert process.returncode in {0, 1}
    return [json.loads(line) for line in out.splitlines()]


def test_benches__print_json_lines_with_their_figures() -> None:
    with bench("dispatch") as dispatch, bench("poll_cost") as poll_cost:
        costs, rows = lines_of(poll_cost), lines_of(dispatch)

    assert {line["case"] for line in costs} == CASES
    for line in costs:
        if line["case"] != "growth":
            assert {"seats", "reservations", "reads", "writes", "read_units", "write_units",
                    "refused_units", "cpu_ms"} <= line.keys()  # fmt: skip
            assert line.get("within", True), line
    assert [row["announced"] for row in rows] == [False, True]
    for row in rows:
        assert row["incomplete"] == 0
        for name in ("nth_ms", "each_ms"):
            assert {"n", "p50", "p95", "p99"} == row[name].keys()
        for rates in (row["calling"], row.get("ready", row["calling"])):
            assert rates["polls_per_s"] > 0
            assert rates["dollars_per_hour"] > 0
        assert row["aim"]["p95_ms"] == 600


def test_marketplace__prints_what_operations_cost() -> None:
    with bench("marketplace") as process:
        lines = lines_of(process)

    costs = {line["case"]: line for line in lines if line["case"] != "growth"}
    assert costs.keys() == OPERATIONS
    assert {line["of"] for line in lines if line["case"] == "growth"} == OPERATIONS
    for line in costs.values():
        assert line["hits"] == 100
        assert line["per_s"] > 0
        assert line["read_units"] > 0
    # What a page of a hundred and one item may cost at the most, whatever is on record.
    assert costs["list_hits"]["read_units"] <= 105
    for name, reads, writes in (("create", 3, 17), ("accept", 6, 6), ("submit", 4, 16),
                                ("approve", 9, 24)):  # fmt: skip
        assert costs[name]["read_units"] <= reads
        assert costs[name]["write_units"] <= writes
    assert costs["submit"]["refused"] == 0


def test_phases__prints_a_line_for_each_row_and_pause(capsys: pytest.CaptureFixture[str]) -> None:
    phases.main(["--calls", "2"])

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == len(phases.ROWS) * len(phases.PAUSES_S)
    assert all(line["nth_ms"]["n"] == 2 for line in lines)


def test_refused_write__is_billed_by_the_item_that_is_there() -> None:
    claims = {f"A{n:013d}": {"M": {"s": {"S": "3" * 32}, "t": {"N": "1760000000000"}}}
              for n in range(20)}  # fmt: skip

    assert item_bytes({"id": {"S": "abc"}, "n": {"N": "-12.5"}, "f": {"BOOL": True}}) == 11
    assert billed_when_refused({}) == 1
    assert billed_when_refused({"claims": {"M": claims}}) == 2


def test_dollars__are_the_list_prices() -> None:
    """The facts' example: a million polls, 10 ms each, a write and half a read unit, 1 KB out."""
    million = Traffic(3600, 1_000_000, 1_000_000, 10_000_000, 0, 500_000, 1_000_000, 10**9)

    dollars = million.dollars_per_hour()

    assert dollars["gateway"] == pytest.approx(3.50)
    assert dollars["total"] == pytest.approx(4.76, abs=0.01)
