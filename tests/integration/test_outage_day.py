"""A day at sixty times its pace, while database, market and queue go away at random.

Nobody hangs, the books agree, and what should sound an alarm does. For `make soak`: it takes half
an hour of the machine's time; `test_weather_day.py` has such days by a clock of their own.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

from chalicelib.kit.metrics import NAMESPACE, Metric
from chalicelib.marketplace.store.tables import AssignmentRow, LedgerRow, RequesterRow
from chalicelib.retainer.domain.payments import PaymentState
from operate.stages import Stage
from operate.template.alarms import all_alarms
from tests.deploy.cloudwatch import is_alarming, metrics_of
from tests.integration.market_identities import check_identities
from tests.integration.outage_day import (
    MAX_WAIT_S,
    PATIENCE_S,
    SPEED,
    Application,
    Outage,
    Place,
    outage_place,
)
from tests.integration.paying import all_payments, all_totals

CROWD = 12
DAY_S = 24 * 3600 / SPEED
INITIAL_CENTS = 1_000_000

ALARMS: dict[str, Any] = {
    name: {**alarm["Properties"], "Period": alarm["Properties"]["Period"] // SPEED}
    for name, alarm in all_alarms(Stage.named("dev")).items()
    if alarm["Properties"].get("Namespace") == NAMESPACE
}
"""Those over the service's own figures, at the day's pace."""


def plan(seed: int) -> Iterator[tuple[float, tuple[str, str, float]]]:
    """Pauses and outages of a day; seconds to some minutes of real time."""
    rng = random.Random(seed)
    left = DAY_S
    while left > 0:
        pause = rng.uniform(10, 60)
        seconds = min(120.0, rng.lognormvariate(2.3, 0.9))
        left -= pause + seconds
        yield (
            pause,
            (rng.choice(["database", "market", "queue"]), rng.choice(["cut", "hush"]), seconds),
        )


def test_day_of_outages__ends_with_nobody_hanging_and_books_that_agree() -> None:
    with outage_place(CROWD) as place:
        application = Application(place, 3, most_s=30)
        place.wait_for(lambda: place.crowd.events["waiting"] >= 4, "a pool")
        application.start()
        for pause, (what, how, seconds) in plan(1):
            threading.Event().wait(pause)
            place.outage(what, how, seconds)
        application.stop()

        assert not application.broken
        # Everything is back: the people asked for come, and answer.
        assert application.ask(4, PATIENCE_S) == 4
        place.retainer.finish_all("")
        assert place.crowd.send_home(PATIENCE_S + MAX_WAIT_S) == 0
        assert place.crowd.events["broken"] == 0
        assert not [event for event in place.crowd.events if event.startswith("submit refused")]
        assert application.answered["whole"] > 0
        place.wait_for(is_everybody_paid, "everybody's pay")
        check_books(place)
        check_alarms(place)
        assert place.reader.taken > 0
        print(len(place.outages), dict(place.crowd.events), dict(application.answered))


def is_everybody_paid() -> bool:
    submitted = [r for r in AssignmentRow.scan(consistent_read=True) if r.status == "Submitted"]
    return not submitted and all(p.state is PaymentState.PAID for p in all_payments())


def check_books(place: Place) -> None:
    """The marketplace's own, and those that the service keeps of the same money."""
    check_identities(INITIAL_CENTS, place.now_ms())
    rows = [r for r in LedgerRow.scan(consistent_read=True) if r.kind != "deposit"]
    ours = sorted((p.worker, p.cents, p.fee_cents) for p in all_payments())
    assert ours == sorted((r.worker_id, int(r.amount_cents), int(r.fee_cents)) for r in rows)
    (account,) = RequesterRow.scan(consistent_read=True)
    assert all_totals().total == int(account.spent_cents) == sum(c + f for _, c, f in ours)
    approved = [r for r in AssignmentRow.scan(consistent_read=True) if r.status == "Approved"]
    assert len(approved) == place.crowd.events["submitted"]


def check_alarms(place: Place) -> None:
    for outage in place.outages:
        if outage.what == "database" and outage.seconds >= 6:
            assert "SizingNotRun" in sounding(place, outage), outage
            assert any(outage.began_ms <= at <= outage.ended_ms for at in place.api_errors), outage
        elif outage.what == "market" and outage.seconds >= (8 if outage.how == "cut" else 18):
            # A market that is silent is given 13 seconds for an answer.
            assert place_failing(place, outage), outage
    # And when all is well again they are silent.
    assert sounding_at(place, place.now_ms()) == set()


def place_failing(place: Place, outage: Outage) -> bool:
    """Whether the service said that a market fails, while it did or soon after."""
    until = outage.ended_ms + 15_000
    return any(
        value >= 1 and outage.began_ms <= at <= until
        for (_, name, _), points in metrics_of(place.metrics.lines).items()
        if name == Metric.MARKETS_FAILING.title
        for at, value in points
    )


def sounding(place: Place, outage: Outage) -> set[str]:
    """The alarms that sounded at some moment of an outage or just after it."""
    moments = range(outage.began_ms, outage.ended_ms + 2_000, 500)
    return set().union(*(sounding_at(place, at) for at in moments))


def sounding_at(place: Place, now_ms: int) -> set[str]:
    return {
        name for name, alarm in ALARMS.items() if is_alarming(alarm, place.metrics.lines, now_ms)
    }
