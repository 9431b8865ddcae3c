"""What a waiting pool costs an hour in AWS's charges, beside the workers' pay.

python -m operate.charges --workers 100 [--ready-for 5] [--pay 12] [--json]

List prices of us-east-1, on demand, without free tiers; units as measured (docs/performance.md).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass

from chalicelib.retainer.domain.pacing import period_ms
from chalicelib.retainer.domain.seats import heartbeat_ms

GATEWAY_CALL = 3.50e-6  # REST API, the first 333 million a month
LAMBDA_CALL = 0.20e-6
LAMBDA_GB_S = 0.0000166667  # x86
READ_UNIT = 0.125e-6
WRITE_UNIT = 0.625e-6
LOG_GB = 0.50
EGRESS_GB = 0.09

LOG_BYTES_PER_CALL = 400
"""Lambda's own START, END and REPORT lines; a poll logs nothing of its own."""

POLL_BILLED_GB_S = 0.010 * 0.5
POLL_READ_UNITS = 1
POLL_BYTES_OUT = 400


@dataclass(frozen=True, slots=True)
class Charges:
    """Dollars an hour while nobody is called; `polls` are those of the hour."""

    polls: int
    gateway: float
    compute: float
    reads: float
    writes: float
    logs: float
    egress: float

    @property
    def total(self) -> float:
        return self.gateway + self.compute + self.reads + self.writes + self.logs + self.egress


def of_pool(
    workers: int,
    ready_for: int = 1,
    *,
    every_ms: int | None = None,
    log_bytes: int = LOG_BYTES_PER_CALL,
) -> Charges:
    """Reckon a pool of so many workers, ready for so many calls without warning.

    `every_ms` replaces the time between polls that the service would choose; `log_bytes` are those
    of a poll. Scheduled functions, a fraction of a cent an hour, are left out.
    """
    if workers <= 0:
        return Charges(0, 0, 0, 0, 0, 0, 0)
    period = every_ms or period_ms(workers, ready_for)
    polls = workers * 3_600_000 / period
    # A heartbeat is written by the first poll after it is due.
    heartbeats = workers * 3_600_000 / max(heartbeat_ms(workers), period)
    return Charges(
        polls=round(polls),
        gateway=polls * GATEWAY_CALL,
        compute=polls * (LAMBDA_CALL + POLL_BILLED_GB_S * LAMBDA_GB_S),
        reads=polls * POLL_READ_UNITS * READ_UNIT,
        writes=heartbeats * WRITE_UNIT,
        logs=polls * log_bytes / 1e9 * LOG_GB,
        egress=polls * POLL_BYTES_OUT / 1e9 * EGRESS_GB,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, required=True, help="who wait at once")
    parser.add_argument("--ready-for", type=int, default=1, help="called without warning")
    parser.add_argument("--pay", type=float, default=0.0, help="a worker's dollars an hour")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.workers < 0 or given.ready_for < 0 or given.pay < 0:
        parser.error("workers, ready-for and pay are 0 or more")
    charges, pay = of_pool(given.workers, given.ready_for), given.workers * given.pay
    if given.json:
        print(json.dumps({**asdict(charges), "total": charges.total, "pay": pay}))
        return
    for name, value in asdict(charges).items():
        print(f"{name:8} {value:12,}" if name == "polls" else f"{name:8} {value:12.4f}")
    print(f"{'total':8} {charges.total:12.4f}\n{'pay':8} {pay:12.2f}")


if __name__ == "__main__":
    main()
