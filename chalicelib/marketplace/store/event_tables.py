"""The tables of notifications: what to tell, what waits to be told, and where."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

# The value of `watched` in the index of destinations.
WATCHED = "watched"


class NotificationRow(Model):
    """A HIT type's settings."""

    class Meta:
        table_name = "market-notifications"

    hit_type_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    transport = UnicodeAttribute()
    destination = UnicodeAttribute()
    event_types = JSONAttribute()
    active = BooleanAttribute()


class OutboxRow(Model):
    """An event that waits; `ttl` ends what no destination took for two weeks."""

    class Meta:
        table_name = "market-outbox"

    destination_key = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    event_type = UnicodeAttribute()
    at_ms = NumberAttribute()
    account_id = UnicodeAttribute()
    hit_type_id = UnicodeAttribute()
    hit_id = UnicodeAttribute()
    assignment_id = UnicodeAttribute(null=True)
    worker_id = UnicodeAttribute(null=True)
    ttl = NumberAttribute()


class DestinationsByNext(GlobalSecondaryIndex["DestinationRow"]):
    class Meta:
        index_name = "by_next"
        projection = AllProjection()

    watched = UnicodeAttribute(hash_key=True)
    next_ms = NumberAttribute(range_key=True)


class DestinationRow(Model):
    """A queue or topic, and when to look next whether something waits for it.

    Events do not touch this row: all events of a requester would meet on it.
    """

    class Meta:
        table_name = "market-destinations"

    destination_key = UnicodeAttribute(hash_key=True)
    transport = UnicodeAttribute()
    address = UnicodeAttribute()
    watched = UnicodeAttribute()
    next_ms = NumberAttribute()
    failures = NumberAttribute(default=0)
    by_next = DestinationsByNext()
