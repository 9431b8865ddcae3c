"""The reports of review policies, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.assignments import VISIBLE

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.hits import Hit
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.domain.reports import Report
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.stores import Stores

_PAGE = 100


class PolicyReports:
    def __init__(
        self,
        stores: Stores,
        lifecycle: Lifecycle,
    ) -> None:
        self._reports = stores.reports
        self._assignments = stores.assignments
        self._lifecycle = lifecycle

    def page(self, hit: Hit, levels: Sequence[str], after: str, limit: int) -> list[Report]:
        """Reports of these levels, assignments' before the HIT's, the first submitted first."""
        if not after:
            self._complete(hit)
        found: list[Report] = []
        for level in levels:
            start = after if after.startswith(level) else ""
            if after[:1] > level:  # this level was shown on an earlier page
                continue
            found += self._reports.reports(hit.hit_id, level, start, limit - len(found))
            if len(found) == limit:
                break
        return found

    def _complete(self, hit: Hit) -> None:
        """Score what a crash left unscored."""
        after: Position | None = None
        while page := self._assignments.submitted(hit.hit_id, after, _PAGE):
            after = page[-1][0]
            for _, assignment in page:
                if assignment.to_score and assignment.status in VISIBLE:
                    self._lifecycle.current(assignment)
