"""The bonuses that a requester has paid, by HIT or by assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.errors import AssignmentMissing, InvalidParameter

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.contact import Bonus
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.services.postings import Postings
    from chalicelib.marketplace.stores import Stores


class Bonuses:
    """Sees only what belongs to `account_id`."""

    def __init__(
        self,
        stores: Stores,
        postings: Postings,
    ) -> None:
        self._bonuses = stores.bonuses
        self._assignments = stores.assignments
        self._postings = postings

    def list(
        self,
        account_id: str,
        hit_id: str | None,
        assignment_id: str | None,
        after: Position | None,
        limit: int,
    ) -> list[tuple[Position, Bonus]]:
        """A page, the oldest first. Given both, the assignment must be the HIT's."""
        if hit_id is not None:
            self._postings.owned(account_id, hit_id)
        if assignment_id is None:
            if hit_id is None:
                raise InvalidParameter(
                    "Your request is missing required parameters. "
                    "Required parameters include HITId or AssignmentId."
                )
            return self._bonuses.of_hit(hit_id, after, limit)
        found = self._assignments.find_by_id(assignment_id)
        if found is None or found.account_id != account_id or hit_id not in {None, found.hit_id}:
            raise AssignmentMissing(assignment_id)
        return self._bonuses.of_assignment(assignment_id, after, limit)
