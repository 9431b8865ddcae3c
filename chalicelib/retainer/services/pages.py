"""What a waiting page shows of its HIT, before and after acceptance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import NotFound
from chalicelib.retainer.domain.pay import rate_within

if TYPE_CHECKING:
    from chalicelib.retainer.domain.pay import Terms
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.stores import Stores


@dataclass(frozen=True, slots=True)
class PageOfHit:
    """The ProtoHIT, with the terms that this HIT promises."""

    proto: ProtoHit
    reward_cents: int
    terms: Terms
    max_unanswered: int


class Pages:
    def __init__(
        self,
        stores: Stores,
        max_unanswered: int,
        hour_cents: int,
    ) -> None:
        self._postings = stores.postings
        self._protohits = stores.protos
        self._max_unanswered = max_unanswered
        self._most_micro = rate_within(hour_cents)

    def of_hit(self, hit: str) -> PageOfHit:
        """Find what the page of a HIT shows: three reads, and nothing is recorded."""
        posting = self._postings.by_hit(hit)
        proto = None if posting is None else self._protohits.find(posting.proto)
        if posting is None or proto is None:
            raise NotFound("No such HIT was posted by Retainer.", "unknown_hit")
        proto = posting.promised(proto)
        # Of a HIT that was posted before the cap: nobody is paid more than that for waiting.
        rate = min(posting.terms.rate_micro, self._most_micro)
        terms = replace(posting.terms, rate_micro=rate)
        return PageOfHit(proto, proto.reward_cents, terms, self._max_unanswered)
