"""What a requester changes on a HIT that is posted, each in one transaction with the money."""

from __future__ import annotations

from pynamodb.expressions.update import Action

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    TransactionRefused,
    Update,
    Write,
    commit,
    update,
)
from chalicelib.marketplace.domain.hits import Hit
from chalicelib.marketplace.domain.ports import Refused, Token
from chalicelib.marketplace.store import outbox, tokens
from chalicelib.marketplace.store.funds import hold, unhold
from chalicelib.marketplace.store.tables import HitRow


class DynamoHitChanges:
    """Implements `HitChangeStore`. Every change fails if the HIT changed since it was read."""

    def add_assignments(
        self, hit: Hit, count: int, extra_slots: int, now_ms: int, token: Token | None
    ) -> None:
        """One to three items; see `HitChangeStore`."""
        actions: list[Action] = [
            HitRow.max_assignments.add(count),
            HitRow.room.add(count),
            HitRow.held_slots.add(extra_slots),
            HitRow.version.add(1),
        ]
        if hit.is_open(now_ms):
            actions += [
                HitRow.over_ms.set(hit.expires_ms),
                HitRow.open_group.set(hit.hit_type_id),
                HitRow.holding.set(hit.account_id),
                HitRow.reviewing.set(False),
                HitRow.over_told.set(False),
                HitRow.timer_ms.set(hit.expires_ms),
            ]
        writes: list[Write] = [_update(hit, actions)]
        if extra_slots:
            writes.append(hold(hit.account_id, hit.slot_cents * extra_slots))
        if token is not None:
            writes.append(tokens.spend(token, hit.hit_id))
        writes += outbox.of_hit("HITExtended", now_ms, hit)
        _commit_or_refuse(*writes)

    def set_reviewing(self, hit: Hit, reviewing: bool) -> bool:
        """One write; False if the HIT changed."""
        try:
            update(
                HitRow(hit.hit_id),
                [HitRow.reviewing.set(reviewing), HitRow.version.add(1)],
                HitRow.version == hit.version,
            )
        except ConditionFailed:
            return False
        return True

    def change_type(self, hit: Hit, changed: Hit) -> None:
        """Two items: the HIT, and the difference that its new price makes."""
        actions: list[Action] = [
            HitRow.hit_type_id.set(changed.hit_type_id),
            HitRow.reward_cents.set(changed.reward_cents),
            HitRow.fee_cents.set(changed.fee_cents),
            HitRow.open_group.set(changed.hit_type_id),
            HitRow.version.add(1),
        ]
        writes: list[Write] = [_update(hit, actions)]
        more = (changed.slot_cents - hit.slot_cents) * hit.held_slots
        if more > 0:
            writes.append(hold(hit.account_id, more))
        elif more < 0:
            writes.append(unhold(hit.account_id, -more))
        _commit_or_refuse(*writes)


def _update(hit: Hit, actions: list[Action]) -> Update:
    return Update("hit", HitRow(hit.hit_id), actions, HitRow.version == hit.version)


def _commit_or_refuse(*writes: Write) -> None:
    try:
        commit(*writes)
    except TransactionRefused as refused:
        for reason in ("token", "hit", "funds"):
            if reason in refused.failed:
                raise Refused(reason) from None
        raise
