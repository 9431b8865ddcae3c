"""The tables of calling: workers' choices, calls, rounds of calls, announced sessions, replies."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    KeysOnlyProjection,
    LocalSecondaryIndex,
)
from pynamodb.models import Model

# The value of a sparse index's hash key while an item shall be found by it.
LISTED = "yes"


class WantsSessions(GlobalSecondaryIndex["CallingRow"]):
    class Meta:
        index_name = "wants_sessions"
        projection = AllProjection()

    for_sessions = UnicodeAttribute(hash_key=True)
    called_ms = NumberAttribute(range_key=True)


class WantsWork(GlobalSecondaryIndex["CallingRow"]):
    class Meta:
        index_name = "wants_work"
        projection = AllProjection()

    for_work = UnicodeAttribute(hash_key=True)
    called_ms = NumberAttribute(range_key=True)


class CallingRow(Model):
    """A worker's choices. `version` counts their changes; `called_ms`, `day` and `today` are
    written with calls, and by nothing else."""

    class Meta:
        table_name = "market-callings"

    worker_id = UnicodeAttribute(hash_key=True)
    choices = JSONAttribute()
    address = UnicodeAttribute(null=True)
    address_state = UnicodeAttribute(null=True)
    code_ms = NumberAttribute(default=0)
    asked_ms = JSONAttribute()
    subscriptions = JSONAttribute()
    feed = NumberAttribute(default=0)
    feed_on = BooleanAttribute(default=False)
    zone = UnicodeAttribute()
    quiet = JSONAttribute(null=True)
    most_a_day = NumberAttribute()
    version = NumberAttribute(default=0)
    called_ms = NumberAttribute(default=0)
    day = UnicodeAttribute(null=True)
    today = NumberAttribute(default=0)
    for_sessions = UnicodeAttribute(null=True)
    for_work = UnicodeAttribute(null=True)
    wants_sessions = WantsSessions()
    wants_work = WantsWork()


class CallsByDue(GlobalSecondaryIndex["CallRow"]):
    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    due = UnicodeAttribute(hash_key=True)
    next_ms = NumberAttribute(range_key=True)


class CallsByWorker(LocalSecondaryIndex["CallRow"]):
    class Meta:
        index_name = "by_time"
        projection = AllProjection()

    worker_id = UnicodeAttribute(hash_key=True)
    at_ms = NumberAttribute(range_key=True)


class CallRow(Model):
    """One call of one worker; `due` is there while something is left to be done about it."""

    class Meta:
        table_name = "market-calls"

    worker_id = UnicodeAttribute(hash_key=True)
    call_id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    subject = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=0)
    at_ms = NumberAttribute()
    next_ms = NumberAttribute()
    expires_ms = NumberAttribute()
    tries = NumberAttribute(default=0)
    states: MapAttribute[str, Any] = MapAttribute(default=dict)
    due = UnicodeAttribute(null=True)
    ttl = NumberAttribute()
    by_due = CallsByDue()
    by_time = CallsByWorker()


class RoundsByDue(GlobalSecondaryIndex["RoundRow"]):
    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    due = UnicodeAttribute(hash_key=True)
    next_ms = NumberAttribute(range_key=True)


class RoundRow(Model):
    """Calling for a session, or for a HIT group on one day."""

    class Meta:
        table_name = "market-rounds"

    round_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    subject = UnicodeAttribute()
    day = UnicodeAttribute(null=True)
    called = NumberAttribute(default=0)
    most = NumberAttribute()
    target = NumberAttribute(null=True)
    after = JSONAttribute(null=True)
    next_ms = NumberAttribute()
    due = UnicodeAttribute(null=True)
    ttl = NumberAttribute()
    by_due = RoundsByDue()


class SessionsByAccount(GlobalSecondaryIndex["AnnouncedRow"]):
    class Meta:
        index_name = "by_account"
        projection = KeysOnlyProjection()

    account_id = UnicodeAttribute(hash_key=True)
    created_ms = NumberAttribute(range_key=True)


class SessionsByStart(GlobalSecondaryIndex["AnnouncedRow"]):
    class Meta:
        index_name = "by_start"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    starts_ms = NumberAttribute(range_key=True)


class SessionsUntold(GlobalSecondaryIndex["AnnouncedRow"]):
    class Meta:
        index_name = "untold"
        projection = KeysOnlyProjection()

    untold = UnicodeAttribute(hash_key=True)
    created_ms = NumberAttribute(range_key=True)


class AnnouncedRow(Model):
    """A session; `untold` is there while somebody has to be told of a change."""

    class Meta:
        table_name = "market-announced-sessions"

    session_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    requester = UnicodeAttribute()
    title = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    pay = UnicodeAttribute(null=True)
    starts_ms = NumberAttribute()
    minutes = NumberAttribute()
    zone = UnicodeAttribute()
    people = NumberAttribute()
    hit_type_id = UnicodeAttribute(null=True)
    requirements = JSONAttribute()
    created_ms = NumberAttribute()
    state = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    revision = NumberAttribute()
    told = NumberAttribute()
    listed = UnicodeAttribute()
    untold = UnicodeAttribute(null=True)
    by_account = SessionsByAccount()
    by_start = SessionsByStart()
    by_untold = SessionsUntold()


class ReplyRow(Model):
    class Meta:
        table_name = "market-session-replies"

    session_id = UnicodeAttribute(hash_key=True)
    worker_id = UnicodeAttribute(range_key=True)
    answer = UnicodeAttribute()
    revision = NumberAttribute()
    at_ms = NumberAttribute()


CALLING_MODELS: list[type[Model]] = [CallingRow, CallRow, RoundRow, AnnouncedRow, ReplyRow]
