"""python -m bench.dispatch: how long from `invoke` until the called workers' pages have the task.

The real app behind the local API Gateway and the sizing run each have a process of their own; this
one holds the simulated pages, which keep the real page's cadence, and the application. 30 ms of
network are injected each way. HITs are recorded as posted and arrivals signed as the market would
sign them; no marketplace takes part. Prints one JSON line for each row.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from bench.child import Child
from bench.crowd import Turner
from bench.rows import Row, Site, Times
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.retainer.store.tables import MODELS
from local.environment import unproxied
from local.functions import REGION
from tests.engine import running_engine
from tests.size import FULL

ROWS = (
    Row(10, 1, pools=4), Row(10, 5, pools=4),
    Row(100, 1, pools=4), Row(100, 5, pools=3), Row(100, 20, pools=1),
    Row(1000, 1, pools=1), Row(1000, 5, pools=1), Row(1000, 20, pools=1),
)  # fmt: skip
QUICK_ROWS = (Row(10, 1, pools=2), Row(10, 5, pools=2), Row(100, 20, pools=1))
SMALLEST_ROWS = (Row(10, 5, pools=1),)
# A page may be told to come back in 20 s: what is announced later than that may miss it.
LEAD_S = 22
# A heartbeat is written each 15 s, and pages that came together write theirs together.
READY_S = 15


@contextmanager
def site(seed: int) -> Iterator[Site]:
    """Bring up the engine, the API, the sizing run and the pages, and take them down."""
    rng = random.Random(seed)
    with ExitStack() as cleanup:
        endpoint = cleanup.enter_context(running_engine())
        os.environ |= unproxied(endpoint)
        key = secrets.token_hex(20)
        variables = _variables(endpoint, f"d{uuid.uuid4().hex[:8]}-", key)
        dynamo = Dynamo(
            region=REGION, endpoint=endpoint, table_prefix=variables["RETAINER_TABLE_PREFIX"]
        )
        dynamo.bind(MODELS)
        dynamo.create_tables(MODELS)
        server = cleanup.enter_context(Child("bench.api_server", variables))
        cleanup.enter_context(Child("bench.sizer", variables))
        turner = Turner()
        cleanup.callback(turner.stop)
        yield Site(server, turner, key, rng)


def _variables(endpoint: str, prefix: str, arrival_key: str) -> Mapping[str, str]:
    # The market's address is never called: pages' arrivals are recognised by the key alone.
    market = {
        "endpoint": "http://127.0.0.1:9",
        "access_key": "none",
        "secret_key": "none",
        "arrival_key": arrival_key,
    }
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "DYNAMODB_ENDPOINT": endpoint,
        **unproxied(endpoint),
        "RETAINER_TABLE_PREFIX": prefix,
        "RETAINER_OPEN": "1",
        "RETAINER_SEAT_SECRET": secrets.token_hex(20),
        "RETAINER_MARKETS": json.dumps({"sandbox": market}),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.dispatch", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rows in 90 s at most")
    parser.add_argument("--smallest", action="store_true", help="only to see that it runs")
    parser.add_argument("--seconds", type=float, help="of calls, twice as many where announced")
    parser.add_argument("--rows", help="such as 10:1,100:20 (workers:wanted)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    rows: tuple[Row, ...] = ROWS
    times = Times(ready_s=READY_S, call_s=60 if FULL else 8, lead_s=LEAD_S)
    if options.quick:
        rows, times = QUICK_ROWS, Times(ready_s=4, call_s=5, lead_s=6)
    if options.smallest:
        rows, times = SMALLEST_ROWS, Times(ready_s=1, call_s=1, lead_s=3)
    if options.seconds is not None:
        times = replace(times, call_s=options.seconds)
    if options.rows:
        asked = {tuple(int(n) for n in row.split(":")) for row in options.rows.split(",")}
        known = {(row.workers, row.wanted): row for row in (*QUICK_ROWS, *ROWS)}
        if unknown := asked - known.keys():
            parser.error(f"no such row: {sorted(unknown)[0]}")
        rows = tuple(row for name, row in known.items() if name in asked)
    all_within = True
    with site(options.seed) as there:
        for row in rows:
            for line in there.run(row, times):
                print(json.dumps(line), flush=True)
                all_within &= bool(line["within"])
    return 0 if all_within else 1


if __name__ == "__main__":
    sys.exit(main())
