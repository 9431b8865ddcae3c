"""HITs as they are on record: those out and past, and taken back on request."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import Conflict, NotFound
from chalicelib.retainer.domain.missing import no_proto
from chalicelib.retainer.domain.payments import Kind
from chalicelib.retainer.domain.postings import PostingStage

if TYPE_CHECKING:
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.ports import Starter
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.stores import Stores

STAGES: dict[str, frozenset[PostingStage]] = {
    "": frozenset(PostingStage),
    "out": frozenset({PostingStage.PLANNED, PostingStage.OPEN}),
    "closed": frozenset({PostingStage.CLOSED}),
    "past": frozenset({PostingStage.SETTLED, PostingStage.DROPPED}),
}


class Hits:
    def __init__(
        self,
        stores: Stores,
        markets: Mapping[str, Market],
        starter: Starter,
    ) -> None:
        self._protos = stores.protos
        self._postings = stores.postings
        self._payments = stores.payments
        self._markets = markets
        self._starter = starter

    def page(
        self, hit_type: str | None, state: str, cursor: str | None, limit: int
    ) -> tuple[list[Posting], str | None]:
        """Return HITs, newest first, and the next page's cursor, a token.

        Those that are out or in review by the index of live ones. Others by time: a page of each
        ProtoHIT is read, whatever is on record; of one state, a page may be short, or empty.
        """
        if hit_type is not None and self._protos.find(hit_type) is None:
            raise no_proto(hit_type)
        names = [hit_type] if hit_type else [p.hit_type_id for p in self._protos.list()]
        if state in {"out", "closed"}:
            live = [
                p
                for name in names
                for p in self._postings.live(name)
                if p.stage in STAGES[state] and (cursor is None or p.token < cursor)
            ]
            live.sort(key=lambda p: p.token, reverse=True)
            return live[:limit], live[limit - 1].token if len(live) > limit else None
        lists = [self._postings.page(name, cursor, limit + 1) for name in names]
        merged = heapq.merge(*lists, key=lambda p: p.token, reverse=True)
        newest = list(islice(merged, limit + 1))
        shown = newest[:limit]
        following = shown[-1].token if len(newest) > limit else None
        return [p for p in shown if p.stage in STAGES[state]], following

    def expire(self, hit: str) -> None:
        """Have a HIT's free seats taken back, by a sizing run that starts now: what is asked for is
        on record, so that one that dies is made good by the next. Who is in it stays."""
        posting = self._postings.by_hit(hit)
        if posting is None:
            raise NotFound(f"No HIT {hit} is on record.", "unknown_hit", "hit")
        if not self._postings.ask_closing(posting):
            raise Conflict("This HIT is not out any more.", "not_out")
        self._start(posting.proto)

    def expire_all(self, hit_type: str) -> int:
        """The same for all HITs of a ProtoHIT that are out; return how many: one write each."""
        if self._protos.find(hit_type) is None:
            raise no_proto(hit_type)
        asked = sum(self._postings.ask_closing(p) for p in self._postings.live(hit_type))
        if asked:
            self._start(hit_type)
        return asked

    def delete_past(self, hit_type: str) -> int:
        """Delete a ProtoHIT's HITs at the market, those reviewed to the end for whose work nothing
        is owed any more; return how many it had: a call to the market for each.

        Our own record of them stays.
        """
        if self._protos.find(hit_type) is None:
            raise no_proto(hit_type)
        owed = {p.hit for p in self._payments.open(hit_type) if p.is_open}
        return sum(
            self._markets[p.market].delete(p.hit)
            for p in self._postings.since(hit_type, "")
            if p.stage is PostingStage.SETTLED
            and p.hit is not None
            and p.hit not in owed
            and p.market in self._markets
        )

    def unknown(self, most: int) -> tuple[list[Posting], int]:
        """Return the HITs that the market knows no more though they are out, in review, or their
        work is undecided on our record; and how many were asked for: a call for each, `most` at
        most."""
        counted_on = list(islice(self._counted_on(), most))
        gone = [p for p in counted_on if p.hit and self._markets[p.market].status(p.hit) is None]
        return gone, len(counted_on)

    def _counted_on(self) -> Iterator[Posting]:
        for proto in self._protos.list():
            live = self._postings.live(proto.hit_type_id)
            open_work = (
                self._postings.by_hit(payment.hit)
                for payment in self._payments.open(proto.hit_type_id)
                if payment.kind is Kind.WORK and payment.is_open
            )
            settled = {p.hit: p for p in open_work if p and p.stage is PostingStage.SETTLED}
            for posting in (*live, *settled.values()):
                if posting.hit is not None and posting.market in self._markets:
                    yield posting

    def _start(self, hit_type: str) -> None:
        self._starter.start("size_pools", {"hitType": hit_type, "reason": "expire"})
