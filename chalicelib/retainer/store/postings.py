"""Our records of HITs: written before the market is called, so that none is ever unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pynamodb.expressions.condition import size

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.pay import Terms
from chalicelib.retainer.domain.postings import LIVE_STAGES, Limits, Posting, PostingStage
from chalicelib.retainer.domain.sharing import Conditions
from chalicelib.retainer.store.tables import Postings
from chalicelib.retainer.store.ttl import ttl_after


class DynamoPostings:
    def plan(self, posting: Posting) -> None:
        """Record a posting before it is made."""
        row = Postings(
            posting.proto, posting.token, market=posting.market, seats=posting.seats,
            created=posting.created_ms, committed=posting.committed_cents,
            stage=posting.stage.value, live=posting.proto, available=posting.seats,
            free_since=posting.created_ms, expires=posting.expires_ms, holders={},
            terms=posting.terms.to_text() or None, reward=posting.reward_cents,
            fee=posting.fee_cents,
            conditions=None if posting.conditions is None else posting.conditions.to_text(),
            limits=None if posting.limits is None else posting.limits.to_text(),
            ttl=ttl_after(posting.created_ms),
        )  # fmt: skip
        writes.try_put(row, Postings.token.does_not_exist())

    def opened(self, posting: Posting, hit: str, now_ms: int) -> Posting:
        """Record that the market has it, under this HIT id, even if it was given up before."""
        _, row = writes.try_update(
            _key(posting),
            [
                Postings.hit.set(hit),
                Postings.stage.set(PostingStage.OPEN.value),
                Postings.live.set(posting.proto),
                Postings.free_since.set(now_ms),
            ],
            Postings.stage.is_in(PostingStage.PLANNED.value, PostingStage.DROPPED.value),
        )
        return posting if row is None else _posting(row)

    def set_stage(self, posting: Posting, stage: PostingStage) -> None:
        actions: list[Any] = [Postings.stage.set(stage.value)]
        if stage not in LIVE_STAGES:
            actions.append(Postings.live.remove())
        writes.try_update(_key(posting), actions, Postings.token.exists())

    def forget_conditions(self, posting: Posting) -> None:
        """It is not known any more what the HIT demands: its workers do their own work only."""
        writes.try_update(_key(posting), [Postings.conditions.remove()], Postings.token.exists())

    def forget_holder(self, posting: Posting, worker: str) -> None:
        """Forget who held one of its seats."""
        writes.try_update(
            _key(posting), [Postings.holders[worker].remove()], Postings.holders[worker].exists()
        )

    def observe(
        self, posting: Posting, available: int, pending: int, completed: int, now_ms: int
    ) -> Posting:
        """Record the market's counters; a fall of the free seats shows that the HIT is seen."""
        if (available, pending, completed) == (
            posting.available, posting.pending, posting.completed,
        ):  # fmt: skip
            return posting
        actions: list[Any] = [
            Postings.available.set(available),
            Postings.pending.set(pending),
            Postings.completed.set(completed),
        ]
        if available < posting.available:
            actions.append(Postings.free_since.set(now_ms))
        _, row = writes.try_update(_key(posting), actions, Postings.token.exists())
        return posting if row is None else _posting(row)

    def live(self, proto: str) -> list[Posting]:
        """Give what still needs attention, oldest first."""
        keys = [(row.proto, row.token) for row in Postings.live_index.query(proto)]
        rows = list(Postings.batch_get(keys)) if keys else []
        found = (_posting(row) for row in rows)
        return sorted((p for p in found if p.stage in LIVE_STAGES), key=lambda p: p.token)

    def page(self, proto: str, before: str | None, limit: int) -> list[Posting]:
        """Give the newest postings whose token sorts before one: a query, at most `limit` items."""
        earlier = None if before is None else Postings.token < before
        rows = Postings.query(proto, earlier, scan_index_forward=False, limit=limit)
        return [_posting(row) for row in rows]

    def ask_closing(self, posting: Posting) -> bool:
        """Record that its seats are to be taken back. Condition: it is out at the market."""
        done, _ = writes.try_update(
            _key(posting),
            [Postings.closing.set(True)],
            Postings.stage == PostingStage.OPEN.value,
        )
        return done

    def since(self, proto: str, token: str, *, consistent: bool = False) -> Iterator[Posting]:
        """Give all postings whose token sorts from `token` on, settled ones too."""
        for row in Postings.query(proto, Postings.token >= token, consistent_read=consistent):
            yield _posting(row)

    def by_hit(self, hit: str) -> Posting | None:
        """Find a posting by the market's id: by an index, which may not know a new one yet, but
        then as it is now."""
        for row in Postings.hit_index.query(hit, limit=1):
            found = writes.find_item(Postings, row.proto, row.token, consistent=True)
            return None if found is None else _posting(found)
        return None

    def seat_unverified(
        self, posting: Posting, worker: str, seat_id: str, instead_of: str | None
    ) -> Posting | None:
        """Give one of the HIT's seats to an arrival that nobody signed for.

        Condition: `instead_of`, the worker or another, still holds the one that is given up; or,
        without, a seat is free and the worker has none. None if refused.
        """
        mine = Postings.holders[worker]
        actions: list[Any] = [mine.set(seat_id), Postings.arrivals.add(1)]
        if instead_of is None:
            condition = (size(Postings.holders) < posting.seats) & mine.does_not_exist()
        elif instead_of == worker:
            condition = mine == posting.holders[worker]
        else:
            theirs = Postings.holders[instead_of]
            actions.append(theirs.remove())
            condition = (theirs == posting.holders[instead_of]) & mine.does_not_exist()
        done, row = writes.try_update(_key(posting), actions, condition & Postings.token.exists())
        return _posting(row) if done and row is not None else None


def _key(posting: Posting) -> Postings:
    return Postings(posting.proto, posting.token)


def _posting(row: Postings) -> Posting:
    return Posting(
        token=row.token,
        proto=row.proto,
        market=row.market,
        seats=int(row.seats),
        created_ms=int(row.created),
        committed_cents=int(row.committed),
        stage=PostingStage(row.stage),
        hit=row.hit,
        available=int(row.available or 0),
        pending=int(row.pending or 0),
        completed=int(row.completed or 0),
        free_ms=int(row.free_since or 0),
        expires_ms=int(row.expires or 0),
        holders=row.holders.as_dict() if row.holders is not None else {},
        arrivals=int(row.arrivals or 0),
        terms=Terms.of_text(row.terms),
        reward_cents=None if row.reward is None else int(row.reward),
        fee_cents=None if row.fee is None else int(row.fee),
        conditions=Conditions.of_text(row.conditions),
        closing=bool(row.closing),
        limits=Limits.of_text(row.limits),
    )
