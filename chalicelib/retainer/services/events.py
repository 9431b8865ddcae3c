"""What a market tells by itself: a returned seat is freed at once, handed-in work reviewed at once.

Every event is a hint. It may be lost, come late, twice, or before an earlier one: what it brings
about is what presence, sizing and review would bring about without it, only sooner.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.mturk import notification
from chalicelib.mturk.notification import NotificationError
from chalicelib.retainer.domain.errors import Unavailable
from chalicelib.retainer.domain.market import MarketError
from chalicelib.retainer.domain.reservations import Lost
from chalicelib.retainer.domain.seats import Closed
from chalicelib.retainer.services.seating import release

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.mturk.notification import Told
    from chalicelib.retainer.domain.ports import (
        Starter,
    )
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.review import Review
    from chalicelib.retainer.stores import Stores

SIZING_EVERY_MS = 10_000
"""Events start no more sizing runs of one pool than this; the scheduled ones see to the rest."""

_LEFT = {notification.RETURNED, notification.ABANDONED}
_OVER = {notification.EXPIRED, notification.REVIEWABLE}

log = logging.getLogger("retainer.events")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the queue, named so that it can be asked for again."""

    id: str
    body: str


@dataclass(slots=True)
class _ToDo:
    """What a batch asks for, each thing once: HITs to review, and who asked; pools to size."""

    review: dict[str, list[str]] = field(default_factory=dict)
    size: set[str] = field(default_factory=set)


class Events:
    def __init__(
        self,
        stores: Stores,
        review: Review,
        starter: Starter,
        clock: Clock,
    ) -> None:
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._postings = stores.postings
        self._notes = stores.notes
        self._review = review
        self._starter = starter
        self._clock = clock

    def take(self, messages: Iterable[Message]) -> list[str]:
        """Act on a batch; return the messages that should be delivered again.

        Those are what the database did not let through. What is no notification is logged and
        dropped, since it would be none the next time either; so is what the market refuses, since
        the scheduled review asks it again anyway. No message holds up another.
        """
        again: list[str] = []
        todo = _ToDo()
        for message in messages:
            try:
                for event in notification.parse(message.body):
                    self._take_one(event, message.id, todo)
            except NotificationError as error:
                log.error("dropped", extra={"queued": message.id, "why": str(error)})
            except (StoreUnavailable, Unavailable) as error:
                log.warning("later", extra={"queued": message.id, "why": str(error)})
                again.append(message.id)
        for hit, asking in todo.review.items():
            try:
                self._review.run_hint(hit, None)
            except MarketError as error:
                log.warning("not reviewed", extra={"hit": hit, "why": str(error)})
            except StoreUnavailable as error:
                log.warning("later", extra={"hit": hit, "why": str(error)})
                again += [m for m in asking if m not in again]
        for proto in sorted(todo.size):
            self._size(proto)
        return again

    def _take_one(self, event: Told, message: str, todo: _ToDo) -> None:
        if event.kind not in _LEFT | _OVER | {notification.SUBMITTED}:
            return
        posting = self._postings.by_hit(event.hit)
        if posting is None:
            return  # Not ours, or so new that the index does not know it.
        if event.kind == notification.SUBMITTED:
            todo.review.setdefault(event.hit, []).append(message)
        elif event.kind in _OVER or self._leave(event):
            todo.size.add(posting.proto)

    def _leave(self, event: Told) -> bool:
        """Free the seat of an assignment that was returned or ran out, and its slot, whether its
        worker was called or at work; whether it was there.

        Two writes, seat before claim: if this dies in between, a poll that was just calling the
        seat finds it closed, and the claim ends at its deadline. Delivered again, the event frees
        the claim. What was waited stays owed: the reckoning does not ask why somebody left.
        """
        assert event.assignment is not None
        place = self._seats.find_assignment(event.assignment, consistent=True)
        if place is None or place.hit != event.hit or event.worker not in {None, place.worker}:
            return False
        seat = self._seats.get(place.proto, f"{event.assignment}.{place.epoch}", consistent=True)
        if seat is None or not _is_of_this_stay(event, seat):
            return False
        if seat.accepted_ms is not None:
            self._seats.close(seat, Closed.RETURNED, self._clock.now_ms())
            seat = self._seats.get(seat.proto, seat.seat_id, consistent=True) or seat
            if seat.closed is not Closed.RETURNED:
                return False
        if seat.reservation is not None:
            release(self._ledgers, seat.reservation, seat, self._clock.now_ms(), Lost.GONE)
        return True

    def _size(self, proto: str) -> None:
        now = self._clock.now_ms()
        try:
            if self._notes.hint_due(f"told#{proto}", now, SIZING_EVERY_MS):
                self._starter.start("size_pools", {"hitType": proto, "reason": "told"})
        except StoreUnavailable as error:
            log.warning("not sized", extra={"hitType": proto, "why": str(error)})


def _is_of_this_stay(event: Told, seat: Seat) -> bool:
    """Whether an event speaks of this seat, and not of an earlier stay with the same assignment.

    The market reuses an assignment's id. It signed when this stay began, by the same clock that
    the event is told by: so there is no doubt. Told in whole seconds, an event of the very second
    of acceptance is taken for an older one; then presence lapses, as without events.

    Without a signature a worker who comes back keeps their seat. Then only a page that has not
    been heard since is believed to be gone, and it merely loses its call (`_leave`).
    """
    if seat.accepted_ms is not None:
        return event.at_ms >= seat.accepted_ms
    return event.at_ms >= max(seat.arrived_ms, seat.seen_ms - 1_000)
