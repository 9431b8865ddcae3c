"""A thousand workers, ten thousand stays, and a market that tells badly: the books agree.

Real services, engine, marketplace and protocol. Workers wait, are called, submit, return; browsers
die, sleep and reload; whoever reviews dies now and then; what the market tells is lost, doubled,
late and out of order.
"""

from __future__ import annotations

import time
from collections import Counter

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.payments import PaymentState
from tests.integration.crowd_day import DURATION_S, Day
from tests.integration.market import running_market
from tests.integration.paying import PAID, all_payments
from tests.integration.place import place_at
from tests.size import sized

WORKERS = sized(9, 1_000)
STAYS_EACH = sized(3, 10)
PROTOS = [f"Pool {n}" for n in range(sized(2, 4))]
RICH = {
    "RETAINER_MAX_HITS_OUT": "5000",
    "RETAINER_MAX_SPEND_PER_HOUR": "100000",
    "RETAINER_MAX_SPEND_PER_DAY": "100000",
    "RETAINER_MAX_WAITING": "5000",
}


def test_crowd__is_paid_exactly_once_what_its_heartbeats_vouch_for(dynamo_endpoint: str) -> None:
    began = time.monotonic()
    with running_market(dynamo_endpoint, FakeClock()) as market:
        place = place_at(
            market,
            dynamo_endpoint,
            in_process=True,
            queue="https://sqs.us-east-1.amazonaws.com/123456789012/events",
            **RICH,
        )
        for name in PROTOS:
            place.world.put_proto(
                **{
                    **PAID,
                    "hit_type_id": name,
                    "assignment_duration": DURATION_S,
                    "max_hits_out": 1_000,
                    "max_waiting": 1_000,
                    "max_spend_per_hour": 50_000,
                    "max_spend_per_day": 50_000,
                }
            )
            for _ in range(sized(1, 5)):
                place.world.make(sized(30, 100), hit_type=name)
        day = Day(place, 7, WORKERS, STAYS_EACH, PROTOS)

        day.live()
        day.reconcile()

        stays = [stay for person in day.people for stay in person.stays]
        assert len(stays) == WORKERS * STAYS_EACH
        open_still = [p for p in all_payments() if p.state is not PaymentState.PAID]
        assert open_still == []
        assert day.wrong() == []
        place.check_books()
        place.check_hits()
        assert place.seats_out() == 0
        assert day.telling.delivered > len(stays) / 4
        assert day.deaths
        kinds = Counter(f"{s.kind}{' called' if s.called_ms else ''}" for s in stays)
        print(len(stays), dict(kinds), day.deaths, f"{time.monotonic() - began:.0f} s")
