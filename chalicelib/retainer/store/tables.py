"""The service's DynamoDB tables. Only this package sees them; times are epoch milliseconds.

| table        | key                    | holds                                          |
| ------------ | ---------------------- | ---------------------------------------------- |
| protohits    | hit_type_id            | templates                                      |
| seats        | proto, seat            | presence and pointer to a reservation, in one  |
| assignments  | assignment             | its current seat                               |
| reservations | id                     | what was asked for; also idempotency keys      |
| ledgers      | id                     | slots and claims; also one pool row a ProtoHIT |
| postings     | proto, token           | HITs: planned, open, closed, settled           |
| submissions  | home, assignment       | answers, kept with the reservation; "held"     |
| payments     | id                     | what is owed and was paid, one row each        |
| totals       | proto, day             | what was spent, by kind                        |
| errands      | id                     | what the requester asked to be carried out     |
| people       | worker, item           | stays, what was asked about them, who took part |
| notes        | name                   | leases and reports; the tables' version        |
| keys         | digest                 | API keys, hashed                               |
"""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import (
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
)
from pynamodb.models import Model

from chalicelib.retainer.store.pay_tables import PAY_MODELS
from chalicelib.retainer.store.people_tables import PEOPLE_MODELS


class ProtoHits(Model):
    class Meta:
        table_name = "protohits"

    hit_type_id = UnicodeAttribute(hash_key=True)
    spec = JSONAttribute()
    sandbox = BooleanAttribute(default=True)
    stopped = BooleanAttribute(default=False)
    archived = NumberAttribute(null=True)


class Seats(Model):
    class Meta:
        table_name = "seats"

    proto = UnicodeAttribute(hash_key=True)
    seat = UnicodeAttribute(range_key=True)
    assignment = UnicodeAttribute()
    epoch = NumberAttribute()
    worker = UnicodeAttribute()
    hit = UnicodeAttribute()
    arrived = NumberAttribute()
    seen = NumberAttribute()
    until = NumberAttribute()
    verified = BooleanAttribute(default=False)
    acks = BooleanAttribute(default=False)
    reservation = UnicodeAttribute(null=True)
    token = UnicodeAttribute(null=True)
    called = NumberAttribute(null=True)
    closed = UnicodeAttribute(null=True)
    missed = NumberAttribute(default=0)
    avoid: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    # The wait that is paid runs from here; what it is paid; the assignment's deadline; which
    # payment the wait was taken for, where it was not this seat that submitted.
    base = NumberAttribute(null=True)
    terms = UnicodeAttribute(null=True)
    due = NumberAttribute(null=True)
    accepted = NumberAttribute(null=True)
    reckoned = UnicodeAttribute(null=True)
    quick = BooleanAttribute(null=True)
    # The shared pool, if it is one; what the HIT that was taken demands and gives.
    pool = UnicodeAttribute(null=True)
    conditions = UnicodeAttribute(null=True)
    # What the page saw and did, the protocol that it speaks, which load of it and the how
    # many-th, when the seat was closed.
    journal = UnicodeAttribute(null=True)
    page = NumberAttribute(null=True)
    load = UnicodeAttribute(null=True)
    loads = NumberAttribute(null=True)
    ended = NumberAttribute(null=True)
    guarded = BooleanAttribute(null=True)
    excluded = BooleanAttribute(null=True)
    rests_until = NumberAttribute(null=True)
    capped = NumberAttribute(null=True)
    # How often the worker says that they are there, and when they last did.
    check = NumberAttribute(null=True)
    checked = NumberAttribute(null=True)
    # Behind which turn of its worker's it stands, since when, and for how long it did before.
    behind = UnicodeAttribute(null=True)
    queued = NumberAttribute(null=True)
    stood = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)


class Assignments(Model):
    class Meta:
        table_name = "assignments"

    assignment = UnicodeAttribute(hash_key=True)
    proto = UnicodeAttribute()
    epoch = NumberAttribute()
    worker = UnicodeAttribute()
    hit = UnicodeAttribute()
    ttl = NumberAttribute(null=True)


class AllReservations(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = "all"
        projection = KeysOnlyProjection()

    shelf = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ReservationsOfProto(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = "of_proto"
        projection = KeysOnlyProjection()

    proto = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Reservations(Model):
    class Meta:
        table_name = "reservations"

    id = UnicodeAttribute(hash_key=True)
    shelf = UnicodeAttribute(null=True)
    proto = UnicodeAttribute(null=True)
    foreign_id = JSONAttribute(null=True)
    payload = UnicodeAttribute(null=True)
    start = NumberAttribute(null=True)
    num_assignments = NumberAttribute(null=True)
    spare = NumberAttribute(null=True)
    distinct = BooleanAttribute(null=True)
    created = NumberAttribute(null=True)
    # Of an idempotency key's item: the reservation made with it, and what was asked for.
    made = UnicodeAttribute(null=True)
    asked = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    all_index = AllReservations()
    proto_index = ReservationsOfProto()


class Board(GlobalSecondaryIndex[Any]):
    """Sparse: running reservations that somebody still has to look at, and the pool row first.

    `rank` is "0" for the pool row, "1#<invoked>#<id>" with free slots, "2#<full until>#<id>" full:
    so ten rows always show what is free or falls free next, however many others are full.
    """

    class Meta:
        index_name = "board"
        projection = IncludeProjection(
            ["full_until", "invoked", "slots", "distinct", "pool", "waiting", "verified"]
        )

    board = UnicodeAttribute(hash_key=True)
    rank = UnicodeAttribute(range_key=True)
    id = UnicodeAttribute(null=True)
    full_until = NumberAttribute(null=True)
    invoked = NumberAttribute(null=True)
    slots = NumberAttribute(null=True)
    distinct = BooleanAttribute(null=True)
    pool = JSONAttribute(null=True)
    waiting = NumberAttribute(null=True)
    verified = NumberAttribute(null=True)


class Undone(GlobalSecondaryIndex[Any]):
    """Sparse: what is not done; `stage` is "open#<start>#<id>" or, invoked, "run#<invoked>#<id>".

    Only what never changes: an index that held counts would be written with every claim.
    """

    class Meta:
        index_name = "undone"
        projection = IncludeProjection(["slots", "start", "invoked"])

    undone = UnicodeAttribute(hash_key=True)
    stage = UnicodeAttribute(range_key=True)
    id = UnicodeAttribute(null=True)
    slots = NumberAttribute(null=True)
    start = NumberAttribute(null=True)
    invoked = NumberAttribute(null=True)


class Ledgers(Model):
    class Meta:
        table_name = "ledgers"

    id = UnicodeAttribute(hash_key=True)
    proto = UnicodeAttribute()
    slots = NumberAttribute(null=True)
    spare = NumberAttribute(null=True)
    distinct = BooleanAttribute(null=True)
    start = NumberAttribute(null=True)
    ack_within = NumberAttribute(null=True)
    invoked = NumberAttribute(null=True)
    done = NumberAttribute(null=True)
    cancelled = BooleanAttribute(null=True)
    full_until = NumberAttribute(null=True)
    acked = NumberAttribute(null=True)
    released = NumberAttribute(null=True)
    silent = NumberAttribute(null=True)
    gone = NumberAttribute(null=True)
    answer_within = NumberAttribute(null=True)
    # In ms: how long after the invoke it ends, and when; how long nobody may read its results, and
    # when somebody did; what ended it; until when nobody is called, since its task is changing.
    timeout = NumberAttribute(null=True)
    ends = NumberAttribute(null=True)
    lease = NumberAttribute(null=True)
    leased = NumberAttribute(null=True)
    ended = UnicodeAttribute(null=True)
    held = NumberAttribute(null=True)
    # Seat → the claim of the worker who was at work there and lost the slot; w: worker, x: gone.
    left: MapAttribute[str, Any] = MapAttribute(null=True)
    need = NumberAttribute(null=True)
    policy = UnicodeAttribute(null=True)
    probability = NumberAttribute(null=True)
    # Claim key → {s: seat, t: claimed, w: worker if not the key, h: shown, k: acknowledged,
    # a: 1 if the page acknowledges, u: 1 if nobody signed for it, d: the assignment's deadline, in
    # s after claimed, e: handed in, in ms after claimed, and by the page's reckoning n: seen, in ms
    # after claimed, i and j: how many ms shown and acknowledged had taken to be heard of, m: 1 if
    # nothing could be heard of it}. Short names: every claim is billed by the whole item.
    claims: MapAttribute[str, Any] = MapAttribute(null=True)
    board = UnicodeAttribute(null=True)
    rank = UnicodeAttribute(null=True)
    undone = UnicodeAttribute(null=True)
    stage = UnicodeAttribute(null=True)
    # Of a pool row: what pacing needs. Of a reservation that a shared pool serves: that pool,
    # whose work it is, and what that demands.
    pool = JSONAttribute(null=True)
    waiting = NumberAttribute(null=True)
    verified = NumberAttribute(null=True)
    ttl = NumberAttribute(null=True)
    board_index = Board()
    undone_index = Undone()


class LivePostings(GlobalSecondaryIndex[Any]):
    """Sparse: postings that still need attention."""

    class Meta:
        index_name = "live"
        projection = KeysOnlyProjection()

    live = UnicodeAttribute(hash_key=True)
    token = UnicodeAttribute(range_key=True)
    proto = UnicodeAttribute(null=True)


class PostingsByHit(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = "by_hit"
        projection = KeysOnlyProjection()

    hit = UnicodeAttribute(hash_key=True)
    proto = UnicodeAttribute(null=True)
    token = UnicodeAttribute(null=True)


class Postings(Model):
    class Meta:
        table_name = "postings"

    proto = UnicodeAttribute(hash_key=True)
    token = UnicodeAttribute(range_key=True)
    market = UnicodeAttribute()
    seats = NumberAttribute()
    created = NumberAttribute()
    committed = NumberAttribute()
    stage = UnicodeAttribute()
    live = UnicodeAttribute(null=True)
    hit = UnicodeAttribute(null=True)
    available = NumberAttribute(default=0)
    pending = NumberAttribute(default=0)
    completed = NumberAttribute(default=0)
    free_since = NumberAttribute(default=0)
    expires = NumberAttribute(default=0)
    holders: MapAttribute[str, Any] = MapAttribute(null=True)
    arrivals = NumberAttribute(default=0)
    terms = UnicodeAttribute(null=True)
    reward = NumberAttribute(null=True)
    fee = NumberAttribute(null=True)
    conditions = UnicodeAttribute(null=True)
    closing = BooleanAttribute(null=True)
    limits = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    live_index = LivePostings()
    hit_index = PostingsByHit()


class Submissions(Model):
    class Meta:
        table_name = "submissions"

    home = UnicodeAttribute(hash_key=True)
    assignment = UnicodeAttribute(range_key=True)
    worker = UnicodeAttribute()
    hit = UnicodeAttribute()
    proto = UnicodeAttribute()
    answers = JSONAttribute()
    submitted = NumberAttribute()
    state = UnicodeAttribute()
    settled = NumberAttribute(null=True)
    waited = NumberAttribute(null=True)
    # Of the note that work is held ("held", assignment): where the work itself is, what was
    # decided on it, for which reason; why it waits for that, if not by the ProtoHIT's rule.
    at = UnicodeAttribute(null=True)
    decision = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    approves = NumberAttribute(null=True)
    why = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)


class Notes(Model):
    class Meta:
        table_name = "notes"

    name = UnicodeAttribute(hash_key=True)
    holder = UnicodeAttribute(null=True)
    until = NumberAttribute(null=True)
    asked: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    report = JSONAttribute(null=True)
    latencies: ListAttribute[Any] = ListAttribute(null=True)
    number = NumberAttribute(null=True)
    # Of the tables' version, `schema`: the oldest code that works with them (`operate.migrate`).
    serves = NumberAttribute(null=True)
    measures = JSONAttribute(null=True)
    # [at, size] of a call, [at, waited, 1 if quick] of a response.
    events: ListAttribute[Any] = ListAttribute(null=True)
    ttl = NumberAttribute(null=True)


class Keys(Model):
    class Meta:
        table_name = "keys"

    digest = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    scope = UnicodeAttribute()
    created = NumberAttribute()
    last_used_day = UnicodeAttribute(null=True)
    revoked = BooleanAttribute(default=False)


MODELS: list[type[Model]] = [
    ProtoHits, Seats, Assignments, Reservations, Ledgers, Postings, Submissions, Notes, Keys,
    *PAY_MODELS, *PEOPLE_MODELS,
]  # fmt: skip
