"""What an application asks for when it makes a reservation, and what makes that valid."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.domain import ids
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.reservations import MAX_SLOTS, Policy, Reservation

if TYPE_CHECKING:
    from chalicelib.retainer.domain.reservations import ForeignId

FOREIGN_ID_MOST = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """What `make` asks for; `key` makes asking again give the same reservation. It ends by itself
    `timeout_s` after its invoke, and once nobody has read its results for `lease_s`."""

    hit_type: str
    foreign_id: ForeignId
    delay_s: int
    num_assignments: int
    payload: str | None = None
    spare: int = 0
    distinct: bool = True
    key: str | None = None
    policy: Policy = Policy.EXACT
    probability: float = 0.95
    auto_invoke: bool = False
    timeout_s: int | None = None
    lease_s: int | None = None


def wanted(asked: Asked, now: int) -> Reservation:
    return Reservation(
        id=ids.new_number(now),
        proto=asked.hit_type,
        foreign_id=asked.foreign_id,
        payload=asked.payload,
        start_ms=now + asked.delay_s * 1000,
        num_assignments=asked.num_assignments,
        spare=asked.spare,
        distinct=asked.distinct,
        created_ms=now,
    )


def key_of(asked: Asked) -> str:
    return hashlib.sha256(f"{asked.hit_type}\n{asked.key}".encode()).hexdigest()


def digest_of(asked: Asked) -> str:
    """What a key stands for."""
    what = json.dumps([
        asked.foreign_id, asked.num_assignments, asked.payload, asked.spare, asked.distinct,
        *([] if asked.policy is Policy.EXACT else [asked.policy, asked.probability]),
        *(["auto"] if asked.auto_invoke else []),
        *([] if asked.timeout_s is None else ["timeout", asked.timeout_s]),
        *([] if asked.lease_s is None else ["lease", asked.lease_s]),
    ])  # fmt: skip
    return hashlib.sha256(what.encode()).hexdigest()[:32]


def check(asked: Asked) -> None:
    check_foreign_id(asked.foreign_id)
    if asked.policy is not Policy.EXACT and asked.spare:
        raise BadInput(
            "spare goes with the policy exact; the others call more by themselves.",
            "out_of_range",
            "spare",
        )
    if not 0.5 <= asked.probability <= 0.99:
        raise BadInput("probability must be 0.5 to 0.99.", "out_of_range", "probability")
    if asked.num_assignments + asked.spare > MAX_SLOTS:
        raise BadInput(
            f"numAssignments and spare together may be at most {MAX_SLOTS}; a larger crowd is "
            "several reservations.",
            "out_of_range",
            "numAssignments",
        )


def check_foreign_id(foreign_id: ForeignId) -> None:
    if isinstance(foreign_id, str) and len(foreign_id) > FOREIGN_ID_MOST:
        raise BadInput(
            f"foreignID may have at most {FOREIGN_ID_MOST} characters.", "out_of_range", "foreignID"
        )
