"""What a waiting pool costs an hour in AWS's charges, beside the workers' pay.

List prices of us-east-1, on demand, without free tiers; units as measured (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.retainer.domain.pacing import beta_quantile, period_ms
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


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing changed, and what comes of it; `answered_s` is None where nobody is promised."""

    change: str
    charges: float
    pay: float
    answered_s: float | None


def levers(
    workers: int, ready_for: int, pay: float, every_ms: int | None = None
) -> Iterator[Lever]:
    """A pool as it is, and with its pace, its readiness or its size changed, in dollars an hour.

    `pay` is one worker's an hour; `answered_s` is the time in which, in 95 of 100 calls, the last
    of those called without warning has asked.
    """

    def lever(change: str, crowd: int, ready: int, every_ms: int | None) -> Lever:
        charges = of_pool(crowd, ready, every_ms=every_ms).total
        return Lever(change, charges, crowd * pay, answered_s(crowd, ready, every_ms))

    yield lever("as given", workers, ready_for, every_ms)
    for seconds in (0.5, 1, 2, 5, 10, 20):
        yield lever(f"polling every {seconds:g} s", workers, ready_for, int(seconds * 1_000))
    for ready in (0, 1, 5, 20):
        if ready <= workers and (ready != ready_for or every_ms):
            yield lever(f"readyFor {ready}", workers, ready, None)
    for crowd in dict.fromkeys((workers // 2, workers - 1, workers + 1, workers * 2)):
        if crowd not in {0, workers}:
            yield lever(f"{crowd:,} waiting", crowd, min(ready_for, crowd), every_ms)


def answered_s(workers: int, ready_for: int, every_ms: int | None = None) -> float | None:
    """When the last of `ready_for` has polled after a call, in 95 of 100 calls; None: no call comes
    without warning."""
    wanted = min(ready_for, workers)
    if wanted <= 0:
        return None
    period = every_ms or period_ms(workers, ready_for)
    return round(period * beta_quantile(workers, wanted) / 1_000, 2)
