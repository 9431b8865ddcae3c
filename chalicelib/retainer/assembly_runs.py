"""Wires what runs by itself: sizing, review and pay, events, errands, and what clears away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.services.allowance import Allowance
from chalicelib.retainer.services.clearing import Clearing
from chalicelib.retainer.services.compensation import Compensation
from chalicelib.retainer.services.earned import Earned
from chalicelib.retainer.services.ended import Ended
from chalicelib.retainer.services.erasure import Erasure
from chalicelib.retainer.services.errands import Errands
from chalicelib.retainer.services.events import Events
from chalicelib.retainer.services.gauges import Gauges
from chalicelib.retainer.services.payroll import Payroll
from chalicelib.retainer.services.posting import Poster
from chalicelib.retainer.services.reckoning import Reckoning
from chalicelib.retainer.services.retention import Retention
from chalicelib.retainer.services.review import Review
from chalicelib.retainer.services.review_run import ReviewRun
from chalicelib.retainer.services.shared_sizer import SharedSizer
from chalicelib.retainer.services.sizer import Caps, Sizer
from chalicelib.retainer.services.sizing import Sizing
from chalicelib.retainer.store.errands import DynamoErrands

if TYPE_CHECKING:
    from chalicelib.retainer.assembly import Shared


@dataclass(frozen=True, slots=True)
class Runs:
    """What the scheduled functions do, and what of it the desk needs."""

    caps: Caps
    poster: Poster
    sizer: Sizer
    sizing: Sizing
    review: Review
    errands_store: DynamoErrands
    errands: Errands
    events: Events
    erasure: Erasure
    retention: Retention
    review_run: ReviewRun


def runs_of(given: Shared) -> Runs:
    config, clock, markets, fees = given.config, given.clock, given.markets, given.fees
    errands_store = DynamoErrands()
    poster = Poster(given.postings, given.payments, markets, fees, clock)
    caps = Caps(
        config.max_hits_out,
        config.max_spend_hour_cents,
        config.max_spend_day_cents,
        config.max_waiting,
    )
    sizer = Sizer(
        given.seats,
        given.ledgers,
        given.notes,
        poster,
        given.pools,
        given.measuring,
        markets,
        caps,
        clock,
        given.reservations.invoke_due,
    )
    shared = SharedSizer(
        sizer, given.ledgers, given.notes, poster, given.pools, given.measuring, clock
    )
    earned = Earned(given.seats, given.ledgers)
    compensation = Compensation(given.payments, given.notes, given.protos, config.wait_url, clock)
    allowance = Allowance(given.protos, poster, caps, clock)
    payroll = Payroll(
        given.payments,
        markets,
        allowance,
        compensation,
        fees,
        given.notes,
        clock,
        given.metrics,
    )
    reckoning = Reckoning(
        given.seats,
        given.postings,
        given.payments,
        given.notes,
        earned,
        markets,
        fees,
        given.attendance,
        clock,
    )
    review = Review(
        given.protos,
        given.seats,
        given.ledgers,
        given.postings,
        given.submissions,
        given.notes,
        given.payments,
        earned,
        payroll,
        reckoning,
        Ended(given.postings, given.payments, given.submissions, given.notes, markets),
        given.stays,
        given.attendance,
        given.measuring,
        markets,
        fees,
        clock,
        given.metrics,
    )
    clearing = Clearing(
        given.records,
        given.pseudonyms,
        clock,
    )
    erasure = Erasure(
        given.people,
        clearing,
        given.payments,
        errands_store,
        given.notes,
        given.pseudonyms,
        given.starter,
        clock,
    )
    errands = Errands(
        errands_store,
        given.payments,
        given.seats,
        given.people,
        markets,
        fees,
        given.starter,
        clock,
    )
    retention = Retention(
        given.protos, given.people, clearing, erasure, config.retention_days, clock
    )
    return Runs(
        caps=caps,
        poster=poster,
        sizer=sizer,
        sizing=Sizing(
            given.protos,
            given.ledgers,
            given.notes,
            poster,
            sizer,
            markets,
            clock,
            shared,
            fees,
            Gauges(given.metrics, caps),
            given.endings,
        ),
        review=review,
        errands_store=errands_store,
        errands=errands,
        events=Events(
            given.seats, given.ledgers, given.postings, given.notes, review, given.starter, clock
        ),
        erasure=erasure,
        retention=retention,
        review_run=ReviewRun(errands, review, given.parts, erasure, retention),
    )
