"""The workers' listing: HIT types on offer, and the open HITs of one."""

from __future__ import annotations

import contextlib

from chalicelib.kit.dynamo.writes import ConditionFailed, update
from chalicelib.marketplace.domain.hits import Hit
from chalicelib.marketplace.domain.ports import Offer, Position
from chalicelib.marketplace.store import translate
from chalicelib.marketplace.store.hits import DynamoHits
from chalicelib.marketplace.store.paging import start_key
from chalicelib.marketplace.store.tables import ON_OFFER, HitRow, HitTypeRow


class DynamoOffers:
    """Implements `OfferStore`. A type stays in the index until a reader finds it over."""

    def __init__(self, hits: DynamoHits) -> None:
        self._hits = hits

    def offer(self, hit_type_id: str, now_ms: int, until_ms: int) -> None:
        """Put a type on top of the listing, at least until then. One or two writes."""
        listed = [HitTypeRow.market.set(ON_OFFER), HitTypeRow.newest_ms.set(now_ms)]
        later = HitTypeRow.open_until_ms.does_not_exist() | (HitTypeRow.open_until_ms < until_ms)
        try:
            actions = [*listed, HitTypeRow.open_until_ms.set(until_ms)]
            update(HitTypeRow(hit_type_id), actions, HitTypeRow.hit_type_id.exists() & later)
        except ConditionFailed:
            update(HitTypeRow(hit_type_id), listed, HitTypeRow.hit_type_id.exists())

    def withdraw(self, offer: Offer) -> None:
        """Take a type off the listing, unless it was offered again meanwhile."""
        same = HitTypeRow.open_until_ms == offer.open_until_ms
        with contextlib.suppress(ConditionFailed):
            update(HitTypeRow(offer.hit_type.hit_type_id), [HitTypeRow.market.remove()], same)

    def offers(
        self, sort: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Offer]]:
        """A page of the listing, the newest or the best paid first. One query."""
        name = "reward_cents" if sort == "reward" else "newest_ms"
        index = HitTypeRow.by_reward if sort == "reward" else HitTypeRow.by_newest
        start = start_key(before, ("market", ON_OFFER), name, "hit_type_id")
        rows = index.query(
            ON_OFFER, scan_index_forward=False, limit=limit, last_evaluated_key=start
        )
        return [
            (
                (int(getattr(row, name)), row.hit_type_id),
                Offer(
                    translate.to_hit_type(row),
                    int(row.newest_ms or 0),
                    int(row.open_until_ms or 0),
                ),
            )
            for row in rows
        ]

    def open_hits(
        self,
        hit_type_id: str,
        now_ms: int,
        after: Position | None,
        limit: int,
        consistent: bool = True,
    ) -> list[tuple[Position, Hit]]:
        """HITs of a type that have room and time left, the first to end first.

        Where they are only shown, a consistent read is twice the price for nothing.
        """
        start = start_key(after, ("open_group", hit_type_id), "over_ms", "hit_id")
        rows = HitRow.by_group.query(
            hit_type_id, HitRow.over_ms > now_ms, limit=limit, last_evaluated_key=start
        )
        positions = [(int(row.over_ms), row.hit_id) for row in rows]
        hits = self._hits.find_hits([p[1] for p in positions], consistent)
        found = {hit.hit_id: hit for hit in hits}
        return [(p, found[p[1]]) for p in positions if p[1] in found]
