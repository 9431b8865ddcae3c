"""What a requester changes on a HIT that is posted: more assignments, its review, its type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import limits
from chalicelib.marketplace.domain.errors import (
    HitHasWork,
    HitTypeMissing,
    InsufficientFunds,
    InvalidHitState,
    TokenUsed,
    TooManyAssignments,
)
from chalicelib.marketplace.domain.hits import DISPOSED_OF, HitStatus
from chalicelib.marketplace.domain.ports import (
    Refused,
    Token,
)
from chalicelib.mturk import prices

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.hits import Hit
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.services.postings import Postings
    from chalicelib.marketplace.services.qualifying import Qualifying
    from chalicelib.marketplace.stores import Stores

_ATTEMPTS = 20
_NOT_DISPOSED = "Assignable, Unassignable, Reviewing, Reviewable"


class Changes:
    """Every method sees only what belongs to `account_id`."""

    def __init__(
        self,
        stores: Stores,
        postings: Postings,
        lifecycle: Lifecycle,
        clock: Clock,
        qualifying: Qualifying,
    ) -> None:
        self._changes = stores.changes
        self._hits = stores.hits
        self._offers = stores.offers
        self._postings = postings
        self._lifecycle = lifecycle
        self._clock = clock
        self._qualifying = qualifying

    def add_assignments(self, account_id: str, hit_id: str, count: int, token: str | None) -> None:
        """Give a HIT more slots and hold their money; a HIT that has expired stays expired."""
        name = "NumberOfAdditionalAssignments"
        limits.number(name, count, 1, limits.MAX_ASSIGNMENTS)

        def change(hit: Hit) -> None:
            total = hit.max_assignments + count
            if hit.max_assignments < prices.MANY_ASSIGNMENTS <= total:
                raise TooManyAssignments
            limits.number(name, count, 1, limits.MAX_ASSIGNMENTS - hit.max_assignments)
            now_ms = self._clock.now_ms()
            larger = replace(hit, max_assignments=total, room=hit.room + count)
            extra = max(0, larger.needed_slots(now_ms) - hit.held_slots)
            if hit.is_open(now_ms):
                self._offers.offer(hit.hit_type_id, now_ms, hit.expires_ms)
            spent = token and Token(account_id, f"extend#{token}", now_ms)
            self._changes.add_assignments(hit, count, extra, now_ms, spent or None)

        self._change(account_id, hit_id, token, change)

    def set_review_status(self, account_id: str, hit_id: str, revert: bool) -> None:
        """Move a HIT that is over from Reviewable to Reviewing, or back; it is no toggle."""
        before = HitStatus.REVIEWING if revert else HitStatus.REVIEWABLE
        for _ in range(_ATTEMPTS):
            hit = self._postings.owned(account_id, hit_id)
            status = hit.status(self._clock.now_ms())
            if status is not before:
                obstacle = f"The HIT is {status}; Revert={str(revert).lower()} needs it {before}."
                raise InvalidHitState(status, before, obstacle)
            if self._changes.set_reviewing(hit, not revert):
                return
        raise StoreUnavailable("the HIT changed time and again")

    def change_type(self, account_id: str, hit_id: str, hit_type_id: str) -> None:
        """Give a HIT on which nobody has worked yet the properties of another type."""
        hit_type = self._hits.find_hit_type(hit_type_id)
        if hit_type is None or hit_type.account_id != account_id:
            raise HitTypeMissing(hit_type_id)
        self._qualifying.check_type(hit_type)

        def change(hit: Hit) -> None:
            if hit.pending or hit.submitted:
                raise HitHasWork(hit_id)
            if hit.hit_type_id == hit_type_id:
                return
            now_ms = self._clock.now_ms()
            if hit.is_open(now_ms):
                self._offers.offer(hit_type_id, now_ms, hit.expires_ms)
            changed = replace(
                hit,
                hit_type_id=hit_type_id,
                reward_cents=hit_type.reward_cents,
                fee_cents=self._postings.fee_cents(hit_type, hit.max_assignments),
            )
            self._changes.change_type(hit, changed)

        self._change(account_id, hit_id, None, change)

    def _change(
        self, account_id: str, hit_id: str, token: str | None, change: Callable[[Hit], None]
    ) -> None:
        settled = False
        for _ in range(_ATTEMPTS):
            hit = self._postings.owned(account_id, hit_id)
            if hit.deleted:
                raise InvalidHitState(HitStatus.DISPOSED, _NOT_DISPOSED, DISPOSED_OF)
            try:
                change(hit)
                return
            except Refused as refused:
                if refused.reason == "token":
                    raise TokenUsed(token or "") from None
                if refused.reason == "funds":
                    if settled:
                        raise InsufficientFunds from None
                    # HITs that ended since the last look may hold what is needed.
                    self._lifecycle.settle_holds(account_id)
                    settled = True
        raise StoreUnavailable("the HIT changed time and again")
