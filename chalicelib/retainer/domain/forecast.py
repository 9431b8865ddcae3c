"""What a ProtoHIT costs, before anything is posted: for each worker, at rest, and for its calls.

Reckoned with what the pool has measured, or with the priors where it is new. A forecast, not a cap:
workers come late and leave early. What cannot be exceeded are the ProtoHIT's caps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.pay import to_cents

if TYPE_CHECKING:
    from chalicelib.mturk.prices import Fees
    from chalicelib.retainer.domain.measures import Estimates
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.targets import Target

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """Cents. `called` is one worker who is called at once and answers in time, `vain` one who
    waits for `stay_ms` and is not called, `most` the most that one may cost, which posting commits.

    `place_hour` keeps one place in the pool filled for an hour. `worker_hour`: what a worker earns
    by the terms, waiting as long as can be: the market's listing tells the same. `workers` are kept
    by the `model`, and cost `rest_hour`; `calls_hour` is what is called for in an hour, at the rate
    measured.
    """

    fee: int
    called: int
    vain: int
    most: int
    stay_ms: int
    place_hour: int
    worker_hour: int
    workers: int
    model: str
    why: str
    rest_hour: int
    calls: float
    calls_hour: int


def forecast(proto: ProtoHit, known: Estimates, target: Target, fees: Fees) -> Forecast:
    """Reckon with the stay that was measured, `max_wait` at the longest: who comes then, comes for
    another reward. `target` is what the model keeps at rest; none, nobody is kept."""
    longest = proto.max_wait * 1000
    stay = min(longest, round(1 / known.leaving)) if known.leaving > 0 else longest
    fee = fees.of_assignment(proto.reward_cents, proto.seats_per_hit)
    waited = to_cents(proto.terms.earned_micro(stay))
    vain = proto.reward_cents + fee + waited + _fee(fees, waited)
    quick = proto.quick_bonus_cents
    called = proto.reward_cents + fee + quick + _fee(fees, quick)
    bonus = proto.terms.most_cents
    place = vain * HOUR_MS / stay
    calls = math.fsum(size * rate * HOUR_MS for size, rate in known.calls.items())
    return Forecast(
        fee=fee,
        called=called,
        vain=vain,
        most=proto.reward_cents + fee + bonus + _fee(fees, bonus),
        stay_ms=stay,
        place_hour=round(place),
        worker_hour=proto.wait_terms.hourly_cents(proto.reward_cents),
        workers=target.seats,
        model=target.model,
        why=target.why,
        rest_hour=round(place * target.seats),
        calls=calls,
        calls_hour=round(calls * called),
    )


def _fee(fees: Fees, bonus_cents: int) -> int:
    return fees.of_bonus(bonus_cents) if bonus_cents else 0
