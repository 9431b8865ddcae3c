"""The ledger's table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class DepositRow(Model):
    """A deposit by its token, which makes it happen once."""

    class Meta:
        table_name = "market-deposits"

    account_id = UnicodeAttribute(hash_key=True)
    token = UnicodeAttribute(range_key=True)
    at_ms = NumberAttribute()
    amount_cents = NumberAttribute()


class LedgerByWorker(GlobalSecondaryIndex["LedgerRow"]):
    class Meta:
        index_name = "by_worker"
        projection = AllProjection()

    worker_id = UnicodeAttribute(hash_key=True)
    at_ms = NumberAttribute(range_key=True)


class BonusesByHit(GlobalSecondaryIndex["LedgerRow"]):
    class Meta:
        index_name = "bonuses_by_hit"
        projection = AllProjection()

    bonus_hit_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


class BonusesByAssignment(GlobalSecondaryIndex["LedgerRow"]):
    class Meta:
        index_name = "bonuses_by_assignment"
        projection = AllProjection()

    bonus_assignment_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


class LedgerRow(Model):
    """Money that has changed hands; rows are added and never changed."""

    class Meta:
        table_name = "market-ledger"

    account_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    at_ms = NumberAttribute()
    kind = UnicodeAttribute()
    worker_id = UnicodeAttribute(null=True)
    hit_id = UnicodeAttribute(null=True)
    assignment_id = UnicodeAttribute(null=True)
    amount_cents = NumberAttribute()
    fee_cents = NumberAttribute(default=0)
    reason = UnicodeAttribute(null=True)
    bonus_hit_id = UnicodeAttribute(null=True)
    bonus_assignment_id = UnicodeAttribute(null=True)
    by_worker = LedgerByWorker()
    bonuses_by_hit = BonusesByHit()
    bonuses_by_assignment = BonusesByAssignment()
