"""HITs, HIT types and questions in DynamoDB."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Put,
    TransactionRefused,
    Update,
    commit,
    put,
    update,
)
from chalicelib.marketplace.domain.hits import Hit, HitType
from chalicelib.marketplace.domain.ports import Position, Refused, Token
from chalicelib.marketplace.store import outbox, tokens, translate
from chalicelib.marketplace.store.funds import hold, unhold
from chalicelib.marketplace.store.paging import start_key
from chalicelib.marketplace.store.tables import HitRow, HitTypeRow, QuestionRow

_TYPES_CACHED = 2_000
# A question may have 64 KB, and a small function has 128 MB in all.
_QUESTIONS_CACHED = 200


class DynamoHits:
    """Implements `HitStore`. HIT types and questions never change, so they are read once."""

    def __init__(self) -> None:
        self._type = lru_cache(_TYPES_CACHED)(_read_type)
        self._question = lru_cache(_QUESTIONS_CACHED)(_read_question)

    def save_hit_type(self, hit_type: HitType) -> None:
        if self.find_hit_type(hit_type.hit_type_id) is None:
            # Somebody may be making the same one at this moment.
            with contextlib.suppress(ConditionFailed):
                put(translate.from_hit_type(hit_type), HitTypeRow.hit_type_id.does_not_exist())

    def find_hit_type(self, hit_type_id: str) -> HitType | None:
        try:
            return self._type(hit_type_id)
        except DoesNotExist:
            return None

    def save_question(self, text: str) -> str:
        key = hashlib.sha256(text.encode()).hexdigest()
        try:
            self._question(key)
        except DoesNotExist:
            put(QuestionRow(key, text=text))
        return key

    def question(self, key: str) -> str:
        return self._question(key)

    def create_hit(self, hit: Hit, token: Token | None) -> None:
        """Three items in one transaction; see `HitStore`."""
        cents = hit.slot_cents * hit.held_slots
        writes: list[Put | Update] = [
            Put("hit", translate.from_hit(hit), HitRow.hit_id.does_not_exist()),
            hold(hit.account_id, cents),
        ]
        if token is not None:
            writes.append(tokens.spend(token, hit.hit_id))
        _commit_or_refuse(*writes, *outbox.of_hit("HITCreated", hit.created_ms, hit))

    def find_hit(self, hit_id: str) -> Hit | None:
        try:
            return translate.to_hit(HitRow.get(hit_id, consistent_read=True))
        except DoesNotExist:
            return None

    def find_hits(self, hit_ids: Sequence[str], consistent: bool = True) -> list[Hit]:
        """In the order asked for, without those that are gone."""
        rows = HitRow.batch_get(list(dict.fromkeys(hit_ids)), consistent_read=consistent)
        found = {row.hit_id: translate.to_hit(row) for row in rows}
        return [found[hit_id] for hit_id in hit_ids if hit_id in found]

    def hits_by_creation(
        self, account_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Hit]]:
        """Newest first. A query of the index and a batch read."""
        start = start_key(before, ("listed", account_id), "created_ms", "hit_id")
        rows = HitRow.by_creation.query(
            account_id, scan_index_forward=False, limit=limit, last_evaluated_key=start
        )
        return self._with_positions([((int(r.created_ms), r.hit_id)) for r in rows])

    def hits_over(
        self, account_id: str, before: Position, limit: int
    ) -> list[tuple[Position, Hit]]:
        """Those whose end has come by `before`, the latest first."""
        start: dict[str, Any] | None = None
        if before[1]:
            start = {
                "listed": {"S": account_id},
                "over_ms": {"N": str(before[0])},
                "hit_id": {"S": before[1]},
            }
        rows = HitRow.by_end.query(
            account_id,
            HitRow.over_ms <= before[0],
            scan_index_forward=False,
            limit=limit,
            last_evaluated_key=start,
        )
        return self._with_positions([((int(r.over_ms), r.hit_id)) for r in rows])

    def hits_of_type(
        self, hit_type_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Hit]]:
        """Newest first, deleted ones too. A query of the index and a batch read."""
        start = start_key(before, ("hit_type_id", hit_type_id), "created_ms", "hit_id")
        rows = HitRow.by_type.query(
            hit_type_id, scan_index_forward=False, limit=limit, last_evaluated_key=start
        )
        return self._with_positions([((int(r.created_ms), r.hit_id)) for r in rows])

    def hits_over_with_hold(
        self, account_id: str, now_ms: int, after: Position | None, limit: int
    ) -> list[tuple[Position, Hit]]:
        """The first to end first. A query of the index and a batch read."""
        start = start_key(after, ("holding", account_id), "over_ms", "hit_id")
        rows = HitRow.by_hold.query(
            account_id, HitRow.over_ms <= now_ms, limit=limit, last_evaluated_key=start
        )
        return self._with_positions([((int(r.over_ms), r.hit_id)) for r in rows])

    def change_expiry(
        self, hit: Hit, expires_ms: int, extra_slots: int, token: Token | None
    ) -> None:
        """One transaction of one to three items; see `HitStore`."""
        actions = [
            HitRow.expires_ms.set(expires_ms),
            HitRow.held_slots.set(hit.held_slots + extra_slots),
            HitRow.timer.set(translate.shard(hit.hit_id)),
            HitRow.timer_ms.set(expires_ms),
            HitRow.version.add(1),
        ]
        if hit.room:
            actions += [HitRow.over_ms.set(expires_ms), HitRow.open_group.set(hit.hit_type_id)]
        if hit.held_slots + extra_slots:
            actions.append(HitRow.holding.set(hit.account_id))
        if token is not None and hit.room:
            actions += [HitRow.expired_told.set(False), HitRow.over_told.set(False)]
            actions.append(HitRow.reviewing.set(False))
        writes: list[Put | Update] = [Update("hit", HitRow(hit.hit_id), actions, _unchanged(hit))]
        if extra_slots:
            writes.append(hold(hit.account_id, hit.slot_cents * extra_slots))
        if token is not None:
            writes.append(tokens.spend(token, hit.hit_id))
            writes += outbox.of_hit("HITExtended", token.now_ms, hit)
        _commit_or_refuse(*writes)

    def release_slots(self, hit: Hit, keep: int, settled: bool) -> bool:
        # Off the listing with the money: an acceptance that is late must not take a slot now.
        actions = [
            HitRow.held_slots.set(keep),
            HitRow.open_group.remove(),
            HitRow.version.add(1),
        ]
        if settled:
            actions.append(HitRow.holding.remove())
        writes: list[Put | Update] = [Update("hit", HitRow(hit.hit_id), actions, _unchanged(hit))]
        if keep != hit.held_slots:
            writes.append(unhold(hit.account_id, hit.slot_cents * (hit.held_slots - keep)))
        try:
            commit(*writes)
        except TransactionRefused:
            return False
        return True

    def note_end(self, hit: Hit, now_ms: int) -> bool:
        """One write, with a note for each thing to tell."""
        actions = [HitRow.timer_ms.set(hit.next_ms(now_ms)), HitRow.version.add(1)]
        notes: list[Put] = []
        if hit.has_expired(now_ms) and not hit.expired_told:
            actions.append(HitRow.expired_told.set(True))
            notes += outbox.of_hit("HITExpired", hit.expires_ms, hit)
        if hit.is_over(now_ms) and not hit.over_told:
            actions.append(HitRow.over_told.set(True))
            notes += outbox.of_hit("HITReviewable", now_ms, hit)
        try:
            outbox.update_noting(HitRow(hit.hit_id), actions, _unchanged(hit), notes)
        except ConditionFailed:
            return False
        return True

    def delete_hit(self, hit: Hit, now_ms: int) -> bool:
        actions = [
            HitRow.deleted.set(True),
            HitRow.version.add(1),
            HitRow.held_slots.set(0),
            HitRow.listed.remove(),
            HitRow.holding.remove(),
            HitRow.open_group.remove(),
        ]
        if hit.completed:
            actions += [HitRow.timer.set(translate.DISPOSED), HitRow.timer_ms.set(now_ms)]
        else:
            actions += [HitRow.timer.remove(), HitRow.timer_ms.remove()]
        condition = _unchanged(hit) & (HitRow.deleted == False)  # noqa: E712
        writes: list[Put | Update] = [Update("hit", HitRow(hit.hit_id), actions, condition)]
        if hit.held_slots:
            writes.append(unhold(hit.account_id, hit.slot_cents * hit.held_slots))
        try:
            commit(*writes, *outbox.of_hit("HITDisposed", now_ms, hit))
        except TransactionRefused:
            return False
        return True

    def set_first_due(self, hit: Hit, due_ms: int | None) -> None:
        action = HitRow.first_due_ms.remove() if due_ms is None else HitRow.first_due_ms.set(due_ms)
        # Refused, the old lower bound stays, and the next reader sets it.
        with contextlib.suppress(ConditionFailed):
            update(HitRow(hit.hit_id), [action], _unchanged(hit))

    def _with_positions(self, positions: Iterable[Position]) -> list[tuple[Position, Hit]]:
        listed = list(positions)
        found = {hit.hit_id: hit for hit in self.find_hits([hit_id for _, hit_id in listed])}
        return [(p, found[p[1]]) for p in listed if p[1] in found]


def _read_type(hit_type_id: str) -> HitType:
    return translate.to_hit_type(HitTypeRow.get(hit_type_id, consistent_read=True))


def _read_question(key: str) -> str:
    return QuestionRow.get(key, consistent_read=True).text


def _unchanged(hit: Hit) -> Condition:
    """A condition: no slot was taken, dropped, filled or reviewed since the HIT was read."""
    return HitRow.version == hit.version


def _commit_or_refuse(*writes: Put | Update) -> None:
    try:
        commit(*writes)
    except TransactionRefused as refused:
        if "token" in refused.failed:
            raise Refused("token", tokens.hit_of(refused.failed["token"])) from None
        for reason in ("hit", "funds"):
            if reason in refused.failed:
                raise Refused(reason) from None
        raise
