"""Whether workers qualify: requirements checked when they are made, and when somebody works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.domain import requirements
from chalicelib.marketplace.domain.errors import HitTypeMissing, NotQualified
from chalicelib.marketplace.domain.qualification_errors import (
    InvalidTypeState,
    QualificationTypeMissing,
)
from chalicelib.marketplace.domain.system_qualifications import SYSTEM_TYPES, values_of

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.hits import HitType
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.qualification_ports import (
        QualificationStore,
        QualificationTypeStore,
    )
    from chalicelib.marketplace.domain.requirements import Requirement
    from chalicelib.marketplace.domain.system_qualifications import Value


@dataclass(frozen=True, slots=True)
class Unmet:
    """A requirement that a worker does not meet, and what they could do about it."""

    requirement: Requirement
    name: str
    requestable: bool
    value: Value | None


class Qualifying:
    """What workers hold is read when it is asked for: a grant or a revocation counts at once."""

    def __init__(self, types: QualificationTypeStore, held: QualificationStore) -> None:
        self._types = types
        self._held = held

    def check(self, required: Sequence[Requirement]) -> None:
        """Refuse requirements that make no sense or name a type that cannot be used now."""
        requirements.check(required)
        custom = requirements.custom_types(required)
        found = {kind.qualification_type_id: kind for kind in self._types.find_many(custom)}
        for type_id in custom:
            kind = found.get(type_id)
            if kind is None or kind.deleted:
                raise QualificationTypeMissing(type_id)
            if not kind.is_usable:
                raise InvalidTypeState(type_id)

    def check_type(self, hit_type: HitType) -> None:
        """Refuse a HIT type for new HITs; one that requires a deleted type is gone with it."""
        try:
            self.check(hit_type.requirements)
        except QualificationTypeMissing:
            raise HitTypeMissing(hit_type.hit_type_id) from None

    def note_uses(self, hit_type: HitType) -> None:
        """Record what a HIT type requires, before it is written."""
        for type_id in {r["QualificationTypeId"] for r in hit_type.requirements}:
            self._types.note_use(hit_type.account_id, type_id, hit_type.hit_type_id)

    def values(self, worker: Worker, hit_types: Sequence[HitType]) -> dict[str, Value]:
        """What the worker holds of all that these HIT types require. One batch read at most."""
        required: list[Mapping[str, Any]] = [r for t in hit_types for r in t.requirements]
        keys = [(type_id, worker.worker_id) for type_id in requirements.custom_types(required)]
        values = values_of(worker)
        for held in self._held.find_many(keys) if keys else []:
            if held.is_held:
                values[held.qualification_type_id] = held.value
        return values

    def require(self, worker: Worker, hit_type: HitType, action: str) -> dict[str, Value]:
        """Let the worker `accept` or `preview`, by the values returned; raises `NotQualified`."""
        values = self.values(worker, [hit_type])
        if requirements.unmet(values, hit_type.requirements, action):
            raise NotQualified("This work is for workers with other qualifications.")
        return values

    def unmet(
        self, values: Mapping[str, Value], hit_types: Sequence[HitType]
    ) -> dict[str, list[Unmet]]:
        """What keeps a worker with these values from accepting, by HIT type."""
        failed = {
            t.hit_type_id: requirements.unmet(values, t.requirements, "accept") for t in hit_types
        }
        custom = requirements.custom_types([r for found in failed.values() for r in found])
        kinds = {k.qualification_type_id: k for k in self._types.find_many(custom)}

        def explained(requirement: Requirement) -> Unmet:
            type_id = requirement["QualificationTypeId"]
            value = values.get(type_id)
            if type_id in SYSTEM_TYPES:
                return Unmet(requirement, SYSTEM_TYPES[type_id].name, False, value)
            kind = kinds.get(type_id)
            requestable = kind is not None and kind.is_requestable
            return Unmet(requirement, kind.name if kind else type_id, requestable, value)

        return {type_id: [explained(r) for r in found] for type_id, found in failed.items()}
