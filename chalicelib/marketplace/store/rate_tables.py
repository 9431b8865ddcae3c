"""The table of rates: how often somebody has done something within a window of time."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model


class RateRow(Model):
    """`who` is a worker's or an account's id, or a keyed hash of an address; `window` is what was
    done and when the window began. What has no `ttl` holds for good."""

    class Meta:
        table_name = "market-rates"

    who = UnicodeAttribute(hash_key=True)
    window = UnicodeAttribute(range_key=True)
    times = NumberAttribute()
    ttl = NumberAttribute(null=True)
