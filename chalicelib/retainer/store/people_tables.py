"""The table of people; see `tables`."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model


class StaysOfProto(GlobalSecondaryIndex[Any]):
    """Sparse: the stays of each ProtoHIT, by time; only what never changes, so that what becomes of
    a stay costs no index write."""

    class Meta:
        index_name = "of_proto"
        projection = IncludeProjection(["hit"])

    shelf = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    worker = UnicodeAttribute()
    hit = UnicodeAttribute(null=True)


class Roll(GlobalSecondaryIndex[Any]):
    """Sparse: one row for each worker, by id."""

    class Meta:
        index_name = "roll"
        projection = KeysOnlyProjection()

    roll = UnicodeAttribute(hash_key=True)
    worker = UnicodeAttribute(range_key=True)


class Ungranted(GlobalSecondaryIndex[Any]):
    """Sparse: who took part in a ProtoHIT and does not have its qualification yet."""

    class Meta:
        index_name = "ungranted"
        projection = KeysOnlyProjection()

    ungranted = UnicodeAttribute(hash_key=True)
    worker = UnicodeAttribute(range_key=True)
    item = UnicodeAttribute()


class People(Model):
    """`item` is "about", "stay#<began>#<seat>", "told#<time>#<id>" or "erase"; under a worker's
    mark, "part#<ProtoHIT>"."""

    class Meta:
        table_name = "people"

    worker = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    shelf = UnicodeAttribute(null=True)
    roll = UnicodeAttribute(null=True)
    ungranted = UnicodeAttribute(null=True)
    at = NumberAttribute(null=True)
    proto = UnicodeAttribute(null=True)
    assignment = UnicodeAttribute(null=True)
    epoch = NumberAttribute(null=True)
    hit = UnicodeAttribute(null=True)
    market = UnicodeAttribute(null=True)
    began = NumberAttribute(null=True)
    home = UnicodeAttribute(null=True)
    work_of = UnicodeAttribute(null=True)
    submitted = NumberAttribute(null=True)
    waited = NumberAttribute(null=True)
    answered = NumberAttribute(null=True)
    # Of a part: the worker, as long as their data is kept. Of what was told: its id.
    who = UnicodeAttribute(null=True)
    about = UnicodeAttribute(null=True)
    # Of "about": calls in a row that were let pass, when the latest of them began, since when that
    # is a rest; and the same of arrivals that no market signed.
    unanswered = NumberAttribute(null=True)
    last_call = NumberAttribute(null=True)
    rests_since = NumberAttribute(null=True)
    unsigned_unanswered = NumberAttribute(null=True)
    unsigned_last_call = NumberAttribute(null=True)
    unsigned_rests_since = NumberAttribute(null=True)
    # Of "about": which seats earn by waiting, and how much (`domain.earning`).
    earners = UnicodeAttribute(null=True)
    unsigned_earners = UnicodeAttribute(null=True)
    # Of "about": which seat waits to be called, at each market (`domain.turns`).
    turns = UnicodeAttribute(null=True)
    unsigned_turns = UnicodeAttribute(null=True)
    proto_index = StaysOfProto()
    roll_index = Roll()
    ungranted_index = Ungranted()


PEOPLE_MODELS: list[type[Model]] = [People]
