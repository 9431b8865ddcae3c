"""The tables of money and of what the requester asked for; see `tables`."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model


class OpenPayments(GlobalSecondaryIndex[Any]):
    """Sparse: what is owed, or posted and not taken yet."""

    class Meta:
        index_name = "open"
        projection = AllProjection()

    open = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class PaymentsOfProto(GlobalSecondaryIndex[Any]):
    """All payments of a ProtoHIT, by the time since which they are owed. Keys only, which never
    change: so a payment costs one index write in its life."""

    class Meta:
        index_name = "of_proto"
        projection = KeysOnlyProjection()

    proto = UnicodeAttribute(hash_key=True)
    since = UnicodeAttribute(range_key=True)
    id = UnicodeAttribute()


class UncoveredPayments(GlobalSecondaryIndex[Any]):
    """Sparse: what was sent that no posting had committed, by the time of sending."""

    class Meta:
        index_name = "uncovered"
        projection = AllProjection()

    uncovered = UnicodeAttribute(hash_key=True)
    tried = NumberAttribute(range_key=True)


class Payments(Model):
    class Meta:
        table_name = "payments"

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    proto = UnicodeAttribute()
    market = UnicodeAttribute()
    worker = UnicodeAttribute()
    assignment = UnicodeAttribute()
    hit = UnicodeAttribute()
    owed = NumberAttribute()
    work = NumberAttribute(default=0)
    wait = NumberAttribute(default=0)
    quick = NumberAttribute(default=0)
    fee = NumberAttribute(default=0)
    reason = UnicodeAttribute(null=True)
    waited = NumberAttribute(default=0)
    state = UnicodeAttribute()
    tried = NumberAttribute(null=True)
    again = NumberAttribute(default=0)
    why = UnicodeAttribute(null=True)
    paid = NumberAttribute(null=True)
    posting = UnicodeAttribute(null=True)
    attempt = NumberAttribute(default=1)
    open = UnicodeAttribute(null=True)
    uncovered = UnicodeAttribute(null=True)
    # "<owed>#<id>"
    since = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    open_index = OpenPayments()
    proto_index = PaymentsOfProto()
    uncovered_index = UncoveredPayments()


class Totals(Model):
    """Written in one transaction with the payment that they count."""

    class Meta:
        table_name = "totals"

    proto = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    waiting = NumberAttribute(default=0)
    work = NumberAttribute(default=0)
    bonus = NumberAttribute(default=0)
    fee = NumberAttribute(default=0)


class OpenErrands(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = "open"
        projection = KeysOnlyProjection()

    open = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Errands(Model):
    class Meta:
        table_name = "errands"

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    market = UnicodeAttribute()
    workers: ListAttribute[Any] = ListAttribute()
    subject = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)
    asked = NumberAttribute()
    state = UnicodeAttribute()
    why = UnicodeAttribute(null=True)
    missed: ListAttribute[Any] = ListAttribute(null=True)
    open = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    open_index = OpenErrands()


PAY_MODELS: list[type[Model]] = [Payments, Totals, Errands]
