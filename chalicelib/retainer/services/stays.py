"""Stays: what is kept of each arrival and submission, to be listed by worker and by ProtoHIT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.ids import is_own_id
from chalicelib.retainer.domain.people import Stay, stay_of
from chalicelib.retainer.services.earned import waited_by_submitting

if TYPE_CHECKING:
    from chalicelib.retainer.domain.ports import PeopleStore, Submission
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.reservations import Claim
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.parts import Parts


class Stays:
    """Two writes in a stay's life, and never one for a heartbeat, a poll or a call."""

    def __init__(self, people: PeopleStore, parts: Parts) -> None:
        self._people = people
        self._parts = parts

    def arrived(self, seat: Seat, posting: Posting) -> None:
        """Record an arrival, once; before its seat is written, so that none is missing."""
        self._people.arrived(stay_of(seat, posting.market, posting.created_ms))

    def handed_in(
        self, posting: Posting, seats: Sequence[Seat], kept: Submission, claim: Claim | None
    ) -> None:
        """Record what became of a stay, and that its worker took part, once.

        `seats`: the newest first, none if no page came.
        """
        if seats:
            stay = stay_of(seats[0], posting.market, posting.created_ms)
            waited = waited_by_submitting(seats[0], kept.submitted_ms)
        else:
            stay = Stay(
                kept.worker, kept.assignment, 0, posting.proto, kept.hit, posting.market,
                posting.created_ms, kept.submitted_ms,
            )  # fmt: skip
            waited = 0
        answered: int | None = None
        if claim is not None and claim.had_ms is not None and claim.acknowledged_ms is not None:
            answered = claim.acknowledged_ms - claim.had_ms
        if is_own_id(kept.home):
            self._parts.note(kept.proto, kept.worker, kept.assignment, posting.market)
        self._people.handed_in(
            replace(
                stay,
                home=kept.home,
                work_of=kept.proto,
                submitted_ms=kept.submitted_ms,
                waited_ms=waited,
                answered_ms=answered,
            )
        )
