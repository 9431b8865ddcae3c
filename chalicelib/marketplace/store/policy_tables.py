"""The table of what review policies have found and done."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model


class ReportRow(Model):
    class Meta:
        table_name = "market-reports"

    hit_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    results = JSONAttribute()
    actions = JSONAttribute()
    submitted = NumberAttribute(default=0)
