"""The tables of what passes between requesters and workers besides work: blocks and messages."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection, LocalSecondaryIndex
from pynamodb.models import Model


class BlocksByWorker(GlobalSecondaryIndex["BlockRow"]):
    class Meta:
        index_name = "by_worker"
        projection = KeysOnlyProjection()

    worker_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class BlockRow(Model):
    """A worker whom a requester does not want."""

    class Meta:
        table_name = "market-blocks"

    account_id = UnicodeAttribute(hash_key=True)
    worker_id = UnicodeAttribute(range_key=True)
    reason = UnicodeAttribute()
    created_ms = NumberAttribute()
    by_worker = BlocksByWorker()


class UnreadMessages(LocalSecondaryIndex["MessageRow"]):
    class Meta:
        index_name = "unread"
        projection = KeysOnlyProjection()

    worker_id = UnicodeAttribute(hash_key=True)
    unread = UnicodeAttribute(range_key=True)


class MessageRow(Model):
    """What a worker is told; `entry` is the time and an id, so that they sort.

    `unread` is the same, and there only until the worker has read it.
    """

    class Meta:
        table_name = "market-messages"

    worker_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    requester = UnicodeAttribute()
    subject = UnicodeAttribute()
    text = UnicodeAttribute()
    at_ms = NumberAttribute()
    read_ms = NumberAttribute(null=True)
    unread = UnicodeAttribute(null=True)
    qualification_type_id = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    by_unread = UnreadMessages()
