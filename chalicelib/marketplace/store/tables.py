"""The marketplace's tables. HIT and assignment items are small: what is long lies elsewhere,
since DynamoDB bills every write by the whole item."""

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

from chalicelib.marketplace.store.calling_tables import CALLING_MODELS
from chalicelib.marketplace.store.contact_tables import BlockRow, MessageRow
from chalicelib.marketplace.store.event_tables import DestinationRow, NotificationRow, OutboxRow
from chalicelib.marketplace.store.invitation_tables import ENTRY_MODELS
from chalicelib.marketplace.store.ledger_tables import DepositRow, LedgerRow
from chalicelib.marketplace.store.policy_tables import ReportRow
from chalicelib.marketplace.store.qualification_tables import QUALIFICATION_MODELS
from chalicelib.marketplace.store.rate_tables import RateRow
from chalicelib.marketplace.store.site_tables import SITE_MODELS

# The value of `market` in the index of HIT types on offer.
ON_OFFER = "open"


class RequesterRow(Model):
    class Meta:
        table_name = "market-requesters"

    account_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    created_ms = NumberAttribute()
    available_cents = NumberAttribute()
    held_cents = NumberAttribute(default=0)
    spent_cents = NumberAttribute(default=0)
    blocks = NumberAttribute(default=0)


class KeysByAccount(GlobalSecondaryIndex["AccessKeyRow"]):
    class Meta:
        index_name = "by_account"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    created_ms = NumberAttribute(range_key=True)


class AccessKeyRow(Model):
    class Meta:
        table_name = "market-access-keys"

    access_key = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    created_ms = NumberAttribute()
    revoked_ms = NumberAttribute(null=True)
    by_account = KeysByAccount()


class TokenRow(Model):
    """A spent idempotency token; `ttl` only clears what a reader already ignores."""

    class Meta:
        table_name = "market-tokens"

    token = UnicodeAttribute(hash_key=True)
    created_ms = NumberAttribute()
    hit_id = UnicodeAttribute(null=True)
    ttl = NumberAttribute()


class TypesByNewest(GlobalSecondaryIndex["HitTypeRow"]):
    class Meta:
        index_name = "by_newest"
        projection = AllProjection()

    market = UnicodeAttribute(hash_key=True)
    newest_ms = NumberAttribute(range_key=True)


class TypesByReward(GlobalSecondaryIndex["HitTypeRow"]):
    class Meta:
        index_name = "by_reward"
        projection = AllProjection()

    market = UnicodeAttribute(hash_key=True)
    reward_cents = NumberAttribute(range_key=True)


class HitTypeRow(Model):
    """Its properties never change; `market`, `newest_ms`, `open_until_ms` are the listing's."""

    class Meta:
        table_name = "market-hit-types"

    hit_type_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    requester = UnicodeAttribute()
    title = UnicodeAttribute()
    description = UnicodeAttribute()
    keywords = UnicodeAttribute(null=True)
    reward_cents = NumberAttribute()
    duration_s = NumberAttribute()
    auto_approval_s = NumberAttribute()
    requirements = JSONAttribute()
    market = UnicodeAttribute(null=True)
    newest_ms = NumberAttribute(null=True)
    open_until_ms = NumberAttribute(null=True)
    by_newest = TypesByNewest()
    by_reward = TypesByReward()


class QuestionRow(Model):
    """Questions by the hash of their text: HITs posted by the hundred share one."""

    class Meta:
        table_name = "market-questions"

    question_key = UnicodeAttribute(hash_key=True)
    text = UnicodeAttribute()


class HitsByCreation(GlobalSecondaryIndex["HitRow"]):
    class Meta:
        index_name = "by_creation"
        projection = KeysOnlyProjection()

    listed = UnicodeAttribute(hash_key=True)
    created_ms = NumberAttribute(range_key=True)


class HitsByEnd(GlobalSecondaryIndex["HitRow"]):
    class Meta:
        index_name = "by_end"
        projection = KeysOnlyProjection()

    listed = UnicodeAttribute(hash_key=True)
    over_ms = NumberAttribute(range_key=True)


class HitsByHold(GlobalSecondaryIndex["HitRow"]):
    class Meta:
        index_name = "by_hold"
        projection = KeysOnlyProjection()

    holding = UnicodeAttribute(hash_key=True)
    over_ms = NumberAttribute(range_key=True)


class HitsByGroup(GlobalSecondaryIndex["HitRow"]):
    class Meta:
        index_name = "by_group"
        projection = KeysOnlyProjection()

    open_group = UnicodeAttribute(hash_key=True)
    over_ms = NumberAttribute(range_key=True)


class HitsByType(GlobalSecondaryIndex["HitRow"]):
    class Meta:
        index_name = "by_type"
        projection = KeysOnlyProjection()

    hit_type_id = UnicodeAttribute(hash_key=True)
    created_ms = NumberAttribute(range_key=True)


class HitsByTimer(GlobalSecondaryIndex["HitRow"]):
    class Meta:
        index_name = "by_timer"
        projection = KeysOnlyProjection()

    timer = UnicodeAttribute(hash_key=True)
    timer_ms = NumberAttribute(range_key=True)


class HitRow(Model):
    """A HIT. `over_ms` is when it ends: its expiry, or the submission that used its last slot.

    `listed`, `holding`, `open_group` and `timer` are there only while an index shall find it;
    `version` counts the writes.
    """

    class Meta:
        table_name = "market-hits"

    hit_id = UnicodeAttribute(hash_key=True)
    hit_type_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    question_key = UnicodeAttribute()
    annotation = UnicodeAttribute(null=True)
    max_assignments = NumberAttribute()
    created_ms = NumberAttribute()
    expires_ms = NumberAttribute()
    reward_cents = NumberAttribute()
    fee_cents = NumberAttribute()
    room = NumberAttribute()
    completed = NumberAttribute(default=0)
    held_slots = NumberAttribute()
    deleted = BooleanAttribute(default=False)
    reviewing = BooleanAttribute(default=False)
    first_due_ms = NumberAttribute(null=True)
    version = NumberAttribute(default=0)
    pending: MapAttribute[str, Any] = MapAttribute(default=dict)
    over_ms = NumberAttribute()
    expired_told = BooleanAttribute(default=False)
    policy_key = UnicodeAttribute(null=True)
    scores_answers = BooleanAttribute(default=False)
    compares_answers = BooleanAttribute(default=False)
    barred = BooleanAttribute(default=False)
    question_kind = UnicodeAttribute(null=True)
    frame_height = NumberAttribute(null=True)
    over_told = BooleanAttribute(default=False)
    timer = UnicodeAttribute(null=True)
    timer_ms = NumberAttribute(null=True)
    listed = UnicodeAttribute(null=True)
    holding = UnicodeAttribute(null=True)
    open_group = UnicodeAttribute(null=True)
    by_creation = HitsByCreation()
    by_end = HitsByEnd()
    by_hold = HitsByHold()
    by_group = HitsByGroup()
    by_type = HitsByType()
    by_timer = HitsByTimer()


class AssignmentIdRow(Model):
    """Leads from an assignment's id to its record. `ttl` clears what leads to returned work: who
    accepts again gets another id."""

    class Meta:
        table_name = "market-assignment-ids"

    assignment_id = UnicodeAttribute(hash_key=True)
    hit_id = UnicodeAttribute()
    worker_id = UnicodeAttribute()
    ttl = NumberAttribute(null=True)


class BySubmission(LocalSecondaryIndex["AssignmentRow"]):
    class Meta:
        index_name = "by_submission"
        projection = AllProjection()

    hit_id = UnicodeAttribute(hash_key=True)
    submit_ms = NumberAttribute(range_key=True)


class ByDue(LocalSecondaryIndex["AssignmentRow"]):
    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    hit_id = UnicodeAttribute(hash_key=True)
    due_ms = NumberAttribute(range_key=True)


class ByWorker(GlobalSecondaryIndex["AssignmentRow"]):
    class Meta:
        index_name = "by_worker"
        projection = AllProjection()

    worker_id = UnicodeAttribute(hash_key=True)
    submit_ms = NumberAttribute(range_key=True)


class ByReviewer(GlobalSecondaryIndex["AssignmentRow"]):
    """Whose work a requester has approved or rejected."""

    class Meta:
        index_name = "by_reviewer"
        projection = KeysOnlyProjection()

    reviewed_for = UnicodeAttribute(hash_key=True)
    worker_id = UnicodeAttribute(range_key=True)


class ByTimer(GlobalSecondaryIndex["AssignmentRow"]):
    class Meta:
        index_name = "by_timer"
        projection = KeysOnlyProjection()

    timer = UnicodeAttribute(hash_key=True)
    timer_ms = NumberAttribute(range_key=True)


class AssignmentRow(Model):
    """The record of a worker and a HIT: the key itself keeps a worker to one submission."""

    class Meta:
        table_name = "market-assignments"

    hit_id = UnicodeAttribute(hash_key=True)
    worker_id = UnicodeAttribute(range_key=True)
    assignment_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    hit_type_id = UnicodeAttribute()
    status = UnicodeAttribute()
    accept_ms = NumberAttribute()
    deadline_ms = NumberAttribute()
    submit_ms = NumberAttribute(null=True)
    auto_approval_ms = NumberAttribute(null=True)
    due_ms = NumberAttribute(null=True)
    reviewed_ms = NumberAttribute(null=True)
    rejected_ms = NumberAttribute(null=True)
    reviewed_for = UnicodeAttribute(null=True)
    feedback = UnicodeAttribute(null=True)
    answer_key = UnicodeAttribute(null=True)
    reward_cents = NumberAttribute()
    fee_cents = NumberAttribute()
    bonus_cents = NumberAttribute(default=0)
    to_score = BooleanAttribute(default=False)
    score = NumberAttribute(null=True)
    is_form = BooleanAttribute(default=False)
    likely_last = BooleanAttribute(default=False)
    by_submission = BySubmission()
    by_due = ByDue()
    by_worker = ByWorker()
    timer = UnicodeAttribute(null=True)
    timer_ms = NumberAttribute(null=True)
    by_reviewer = ByReviewer()
    by_timer = ByTimer()


class AnswerRow(Model):
    class Meta:
        table_name = "market-answers"

    answer_key = UnicodeAttribute(hash_key=True)
    text = UnicodeAttribute()
    ttl = NumberAttribute(null=True)


class WorkerRow(Model):
    """A worker; `queue` maps assignment ids to what they hold, 25 at most. `mark` is there while
    their data is being deleted: what stays is kept under it."""

    class Meta:
        table_name = "market-workers"

    worker_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    country = UnicodeAttribute(null=True)
    queue: MapAttribute[str, Any] = MapAttribute(default=dict)
    submitted = NumberAttribute(default=0)
    approved = NumberAttribute(default=0)
    rejected = NumberAttribute(default=0)
    pending_cents = NumberAttribute(default=0)
    rewards_cents = NumberAttribute(default=0)
    bonuses_cents = NumberAttribute(default=0)
    returned = NumberAttribute(default=0)
    abandoned = NumberAttribute(default=0)
    subdivision = UnicodeAttribute(null=True)
    adult = BooleanAttribute(default=False)
    master = BooleanAttribute(default=False)
    generation = NumberAttribute(default=0)
    personal_link = UnicodeAttribute(null=True)
    closed = BooleanAttribute(default=False)
    mark = UnicodeAttribute(null=True)


MODELS: list[type[Model]] = [
    RequesterRow,
    AccessKeyRow,
    TokenRow,
    HitTypeRow,
    QuestionRow,
    HitRow,
    AssignmentIdRow,
    AssignmentRow,
    AnswerRow,
    LedgerRow,
    DepositRow,
    WorkerRow,
    *ENTRY_MODELS,
    BlockRow,
    MessageRow,
    NotificationRow,
    OutboxRow,
    DestinationRow,
    ReportRow,
    *QUALIFICATION_MODELS,
    *SITE_MODELS,
    *CALLING_MODELS,
    RateRow,
]
