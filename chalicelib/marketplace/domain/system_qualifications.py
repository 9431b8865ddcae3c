"""The system's own qualification types, and a worker's values of them.

They belong to nobody, cannot be requested, and are computed from the worker's record when asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.mturk.qualifications import PERCENT_ASSIGNMENTS_APPROVED, WORKER_LOCALE

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.people import Worker

NUMBER_HITS_APPROVED = "00000000000000000040"
ADULT = "00000000000000000060"
PERCENT_SUBMITTED = "00000000000000000000"
PERCENT_ABANDONED = "00000000000000000070"
PERCENT_RETURNED = "000000000000000000E0"
PERCENT_REJECTED = "000000000000000000S0"
MASTERS_SANDBOX = "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"
MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
# Programs name the one or the other, by which of the service's two sites they were written for.
ALL_MASTERS = frozenset({MASTERS, MASTERS_SANDBOX})


@dataclass(frozen=True, slots=True)
class Locale:
    country: str
    subdivision: str | None = None

    def is_within(self, country: str, subdivision: str | None) -> bool:
        """Whether a requirement's place is this one or holds it."""
        return self.country == country and subdivision in {None, self.subdivision}


Value = int | Locale


@dataclass(frozen=True, slots=True)
class SystemType:
    qualification_type_id: str
    name: str
    description: str


SYSTEM_TYPES: Mapping[str, SystemType] = {
    kind.qualification_type_id: kind
    for kind in (
        SystemType(
            PERCENT_SUBMITTED,
            "Worker_PercentAssignmentsSubmitted",
            "The percentage of the assignments accepted that the Worker has submitted.",
        ),
        SystemType(
            NUMBER_HITS_APPROVED,
            "Worker_NumberHITsApproved",
            "The number of HITs submitted by the Worker that have been approved.",
        ),
        SystemType(
            ADULT, "Worker_Adult", "1 if the Worker has agreed to see adult content, otherwise 0."
        ),
        SystemType(
            PERCENT_ABANDONED,
            "Worker_PercentAssignmentsAbandoned",
            "The percentage of the assignments accepted whose deadline the Worker let pass.",
        ),
        SystemType(WORKER_LOCALE, "Worker_Locale", "The location of the Worker."),
        SystemType(
            PERCENT_RETURNED,
            "Worker_PercentAssignmentsReturned",
            "The percentage of the assignments accepted that the Worker has returned.",
        ),
        SystemType(
            PERCENT_ASSIGNMENTS_APPROVED,
            "Worker_PercentAssignmentsApproved",
            "The percentage of the assignments reviewed that were approved; 100 while the Worker "
            "has submitted fewer than 100.",
        ),
        SystemType(
            PERCENT_REJECTED,
            "Worker_PercentAssignmentsRejected",
            "The percentage of the assignments submitted that were rejected.",
        ),
        SystemType(
            MASTERS_SANDBOX, "Masters", "Workers whom this marketplace knows to do good work."
        ),
        SystemType(MASTERS, "Masters", "Workers whom this marketplace knows to do good work."),
    )
}


def values_of(worker: Worker) -> dict[str, Value]:
    """What the worker holds of the system's types; what is not held is not there."""
    ended = worker.submitted + worker.returned + worker.abandoned
    values: dict[str, Value] = {
        PERCENT_ASSIGNMENTS_APPROVED: worker.approval_percent,
        NUMBER_HITS_APPROVED: worker.approved,
        ADULT: int(worker.adult),
        # Nobody is kept out for work that they have not had yet.
        PERCENT_SUBMITTED: _percent(worker.submitted, ended, 100),
        PERCENT_ABANDONED: _percent(worker.abandoned, ended, 0),
        PERCENT_RETURNED: _percent(worker.returned, ended, 0),
        PERCENT_REJECTED: _percent(worker.rejected, worker.submitted, 0),
    }
    if worker.country is not None:
        values[WORKER_LOCALE] = Locale(worker.country, worker.subdivision)
    if worker.master:
        values |= dict.fromkeys(ALL_MASTERS, 1)
    return values


def _percent(part: int, whole: int, of_nothing: int) -> int:
    return (part * 100 + whole // 2) // whole if whole else of_nothing
