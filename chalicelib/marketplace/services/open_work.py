"""The open HITs of a type, in the order in which a worker is to be given one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.hits import Hit
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import AssignmentStore, HitStore, OfferStore, Position

_PAGE = 25
# One of these will do most of the time.
_FIRST_PAGE = 5
# Of the worker's latest submissions, as many are looked at for where to go on.
_RECENT = 10


class OpenWork:
    def __init__(
        self, hits: HitStore, offers: OfferStore, assignments: AssignmentStore, clock: Clock
    ) -> None:
        self._hits = hits
        self._offers = offers
        self._assignments = assignments
        self._clock = clock

    def pages(self, worker: Worker, hit_type_id: str) -> Iterator[list[Hit]]:
        """All of them, the first to end first, but for what the worker did before.

        Who works through a large group has done all of its beginning: what follows the place
        where they last were comes before what lies between. A few may come twice.
        """
        first = self._page(hit_type_id, None, _FIRST_PAGE)
        yield [hit for _, hit in first]
        if len(first) < _FIRST_PAGE:
            return
        start = first[-1][0]
        place = self._last_place(worker, hit_type_id)
        if place is not None and place > start:
            yield from self._between(hit_type_id, place, None)
        yield from self._between(hit_type_id, start, place)

    def _between(
        self, hit_type_id: str, after: Position, until: Position | None
    ) -> Iterator[list[Hit]]:
        while until is None or after <= until:
            page = self._page(hit_type_id, after, _PAGE)
            if not page:
                return
            after = page[-1][0]
            yield [hit for _, hit in page]

    def _page(
        self, hit_type_id: str, after: Position | None, limit: int
    ) -> list[tuple[Position, Hit]]:
        return self._offers.open_hits(hit_type_id, self._clock.now_ms(), after, limit)

    def _last_place(self, worker: Worker, hit_type_id: str) -> Position | None:
        """Where the worker's latest work of a type stands among the open HITs."""
        recent = self._assignments.recent_of_worker(worker.worker_id, _RECENT)
        mine = [a.hit_id for a in recent if a.hit_type_id == hit_type_id]
        hits = self._hits.find_hits(mine, consistent=False)
        return max(((hit.over_ms, hit.hit_id) for hit in hits if hit.room), default=None)
