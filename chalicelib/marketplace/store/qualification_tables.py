"""The tables of qualifications. Texts of tests and keys lie with the questions."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, LocalSecondaryIndex
from pynamodb.models import Model

# The value of `listed` in the index of all types that are not deleted.
LISTED = "types"


class TypesByName(GlobalSecondaryIndex["QualificationTypeRow"]):
    class Meta:
        index_name = "by_name"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)


class TypesByOwner(GlobalSecondaryIndex["QualificationTypeRow"]):
    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owned_by = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)


class QualificationTypeRow(Model):
    """A type; one that was deleted stays as a tombstone, without `listed` and `owned_by`."""

    class Meta:
        table_name = "market-qualification-types"

    qualification_type_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    requester = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    keywords = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    created_ms = NumberAttribute()
    retry_delay_s = NumberAttribute(null=True)
    test = UnicodeAttribute(null=True)
    test_duration_s = NumberAttribute(null=True)
    answer_key = UnicodeAttribute(null=True)
    auto_granted = BooleanAttribute(default=False)
    auto_granted_value = NumberAttribute(null=True)
    deleted = BooleanAttribute(default=False)
    version = NumberAttribute(default=0)
    listed = UnicodeAttribute(null=True)
    owned_by = UnicodeAttribute(null=True)
    by_name = TypesByName()
    by_owner = TypesByOwner()


class TypeNameRow(Model):
    """A name that an account has used, and the type that has it now, if one has."""

    class Meta:
        table_name = "market-qualification-names"

    account_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)
    qualification_type_id = UnicodeAttribute(null=True)


class TypeUseRow(Model):
    """HIT types by what they require; `used_by` is an account and a qualification type."""

    class Meta:
        table_name = "market-qualification-uses"

    used_by = UnicodeAttribute(hash_key=True)
    hit_type_id = UnicodeAttribute(range_key=True)


class HoldersByGrant(LocalSecondaryIndex["QualificationRow"]):
    class Meta:
        index_name = "by_grant"
        projection = AllProjection()

    qualification_type_id = UnicodeAttribute(hash_key=True)
    granted = UnicodeAttribute(range_key=True)


class HeldByWorker(GlobalSecondaryIndex["QualificationRow"]):
    class Meta:
        index_name = "by_worker"
        projection = AllProjection()

    worker_id = UnicodeAttribute(hash_key=True)
    grant_ms = NumberAttribute(range_key=True)


class QualificationRow(Model):
    """What a worker holds of a type; `granted` is status and time, for the list of holders."""

    class Meta:
        table_name = "market-qualifications"

    qualification_type_id = UnicodeAttribute(hash_key=True)
    worker_id = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    status = UnicodeAttribute()
    value = NumberAttribute()
    grant_ms = NumberAttribute()
    granted = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    by_grant = HoldersByGrant()
    by_worker = HeldByWorker()


class RequestIdRow(Model):
    """Leads from a request's id to its record; never rewritten."""

    class Meta:
        table_name = "market-qualification-request-ids"

    request_id = UnicodeAttribute(hash_key=True)
    qualification_type_id = UnicodeAttribute()
    worker_id = UnicodeAttribute()


class PendingOfType(LocalSecondaryIndex["QualificationRequestRow"]):
    class Meta:
        index_name = "pending_of_type"
        projection = AllProjection()

    qualification_type_id = UnicodeAttribute(hash_key=True)
    pending_ms = NumberAttribute(range_key=True)


class PendingOfOwner(GlobalSecondaryIndex["QualificationRequestRow"]):
    class Meta:
        index_name = "pending_of_owner"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    pending_ms = NumberAttribute(range_key=True)


class RequestsByWorker(GlobalSecondaryIndex["QualificationRequestRow"]):
    class Meta:
        index_name = "by_worker"
        projection = AllProjection()

    worker_id = UnicodeAttribute(hash_key=True)
    requested_ms = NumberAttribute(range_key=True)


class QualificationRequestRow(Model):
    """The latest request of a worker for a type: the key itself keeps them to one at a time.

    `pending_ms` is there only while the owner has to decide.
    """

    class Meta:
        table_name = "market-qualification-requests"

    qualification_type_id = UnicodeAttribute(hash_key=True)
    worker_id = UnicodeAttribute(range_key=True)
    request_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    state = UnicodeAttribute()
    requested_ms = NumberAttribute()
    deadline_ms = NumberAttribute(null=True)
    test = UnicodeAttribute(null=True)
    answer_key = UnicodeAttribute(null=True)
    answer = UnicodeAttribute(null=True)
    submit_ms = NumberAttribute(null=True)
    pending_ms = NumberAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    pending_of_type = PendingOfType()
    pending_of_owner = PendingOfOwner()
    by_worker = RequestsByWorker()


QUALIFICATION_MODELS: list[type[Model]] = [
    QualificationTypeRow,
    TypeNameRow,
    TypeUseRow,
    QualificationRow,
    RequestIdRow,
    QualificationRequestRow,
]
