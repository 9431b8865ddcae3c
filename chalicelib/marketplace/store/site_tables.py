"""The tables behind the worker's site: work times, consents, reports of HITs."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model


class WorkTimeRow(Model):
    """The latest work times of a HIT type, a few numbers in one small item."""

    class Meta:
        table_name = "market-work-times"

    hit_type_id = UnicodeAttribute(hash_key=True)
    seconds = JSONAttribute()
    noted = NumberAttribute()
    at_ms = NumberAttribute()
    noted_ms = JSONAttribute(null=True)


class ConsentTextRow(Model):
    """A version of a requester's consent text."""

    class Meta:
        table_name = "market-consent-texts"

    account_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(range_key=True)
    text = UnicodeAttribute()
    at_ms = NumberAttribute()


class ConsentRow(Model):
    """Which version is in force: apart from the texts, since every acceptance reads it."""

    class Meta:
        table_name = "market-consents"

    account_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()
    digest = UnicodeAttribute()
    latest = NumberAttribute()


class AgreementRow(Model):
    """That a worker agreed to a version; `entry` is both, and the key keeps it to once."""

    class Meta:
        table_name = "market-agreements"

    account_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    worker_id = UnicodeAttribute()
    version = NumberAttribute()
    digest = UnicodeAttribute()
    at_ms = NumberAttribute()


class ReportsByWorker(GlobalSecondaryIndex["HitReportRow"]):
    class Meta:
        index_name = "by_worker"
        projection = KeysOnlyProjection()

    worker_id = UnicodeAttribute(hash_key=True)
    at_ms = NumberAttribute(range_key=True)


class ReportsByState(GlobalSecondaryIndex["HitReportRow"]):
    class Meta:
        index_name = "by_state"
        projection = AllProjection()

    state = UnicodeAttribute(hash_key=True)
    at_ms = NumberAttribute(range_key=True)


class HitReportRow(Model):
    """What a worker reported of a HIT: the key itself keeps it to once."""

    class Meta:
        table_name = "market-hit-reports"

    hit_id = UnicodeAttribute(hash_key=True)
    worker_id = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    hit_type_id = UnicodeAttribute()
    reason = UnicodeAttribute()
    text = UnicodeAttribute()
    at_ms = NumberAttribute()
    state = UnicodeAttribute()
    resolved_ms = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)
    by_worker = ReportsByWorker()
    by_state = ReportsByState()


SITE_MODELS: list[type[Model]] = [
    WorkTimeRow,
    ConsentTextRow,
    ConsentRow,
    AgreementRow,
    HitReportRow,
]
