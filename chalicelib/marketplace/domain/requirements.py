"""Qualification requirements: which are understood, and whether a worker meets them.

The system's own types are computed from the worker's record; a type made by a requester has no
place here yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.marketplace.domain.errors import InvalidParameter, NotSupported
from chalicelib.marketplace.domain.people import Worker
from chalicelib.mturk.qualifications import PERCENT_ASSIGNMENTS_APPROVED, WORKER_LOCALE

NUMBER_HITS_APPROVED = "00000000000000000040"
MAX_REQUIREMENTS = 10
MAX_INTEGERS = 15
MAX_LOCALES = 30

Requirement = Mapping[str, Any]

_INTEGERS: Mapping[str, Callable[[Worker], int]] = {
    PERCENT_ASSIGNMENTS_APPROVED: lambda worker: worker.approval_percent,
    NUMBER_HITS_APPROVED: lambda worker: worker.approved,
}
_COMPARE: Mapping[str, Callable[[int, Sequence[int]], bool]] = {
    "LessThan": lambda value, given: value < given[0],
    "LessThanOrEqualTo": lambda value, given: value <= given[0],
    "GreaterThan": lambda value, given: value > given[0],
    "GreaterThanOrEqualTo": lambda value, given: value >= given[0],
    "EqualTo": lambda value, given: value == given[0],
    "NotEqualTo": lambda value, given: value != given[0],
    "In": lambda value, given: value in given,
    "NotIn": lambda value, given: value not in given,
    "Exists": lambda value, given: True,
    "DoesNotExist": lambda value, given: False,
}
# Which actions a requirement guards, by its ActionsGuarded.
_GUARDED = {
    "Accept": {"accept"},
    "PreviewAndAccept": {"accept", "preview"},
    "DiscoverPreviewAndAccept": {"accept", "preview", "discover"},
}


def check(requirements: Sequence[Requirement]) -> None:
    """Refuse what is malformed or not supported; raises `RequestRefused`."""
    if len(requirements) > MAX_REQUIREMENTS:
        raise InvalidParameter(
            f"At most {MAX_REQUIREMENTS} QualificationRequirements may be given."
        )
    for requirement in requirements:
        _check_one(requirement)


def meets_all(worker: Worker, requirements: Sequence[Requirement], action: str) -> bool:
    """Whether the worker may `accept`, `preview` or `discover`."""
    return all(
        _meets(worker, requirement)
        for requirement in requirements
        if action in _guarded(requirement)
    )


def _guarded(requirement: Requirement) -> set[str]:
    if "ActionsGuarded" in requirement:
        return _GUARDED[requirement["ActionsGuarded"]]
    return _GUARDED["PreviewAndAccept" if requirement.get("RequiredToPreview") else "Accept"]


def _check_one(requirement: Requirement) -> None:
    type_id = requirement["QualificationTypeId"]
    comparator = requirement["Comparator"]
    integers = requirement.get("IntegerValues") or []
    locales = requirement.get("LocaleValues") or []
    if "ActionsGuarded" in requirement and "RequiredToPreview" in requirement:
        raise InvalidParameter("ActionsGuarded and RequiredToPreview may not both be given.")
    if type_id == WORKER_LOCALE:
        _check_values(comparator, locales, integers, "LocaleValues", MAX_LOCALES)
        if comparator not in {"EqualTo", "NotEqualTo", "In", "NotIn"}:
            raise InvalidParameter(f"Worker_Locale cannot be compared with {comparator}.")
        if any(v.get("Subdivision") and v["Country"] != "US" for v in locales):
            raise InvalidParameter("Subdivisions are supported for the US only.")
    elif type_id in _INTEGERS:
        _check_values(comparator, integers, locales, "IntegerValues", MAX_INTEGERS)
    else:
        shown = type_id if type_id.isalnum() and len(type_id) <= 64 else "(unreadable)"
        raise NotSupported(f"The qualification type {shown}")


def _check_values(
    comparator: str, values: Sequence[Any], others: Sequence[Any], name: str, most: int
) -> None:
    if others:
        raise InvalidParameter(f"This qualification type is compared with {name} only.")
    if comparator in {"Exists", "DoesNotExist"}:
        fits = not values
    elif comparator in {"In", "NotIn"}:
        fits = 1 <= len(values) <= most
    else:
        fits = len(values) == 1
    if not fits:
        raise InvalidParameter(f"{comparator} does not take {len(values)} {name}.")


def _meets(worker: Worker, requirement: Requirement) -> bool:
    comparator = requirement["Comparator"]
    type_id = requirement["QualificationTypeId"]
    if type_id == WORKER_LOCALE:
        # A country alone matches all its parts; where a part is asked for, ours are not known.
        # A worker without a country holds no locale, which every comparison needs.
        match = any(
            v["Country"] == worker.country and not v.get("Subdivision")
            for v in requirement["LocaleValues"]
        )
        return worker.country is not None and match == (comparator in {"EqualTo", "In"})
    value = _INTEGERS[type_id](worker)
    return _COMPARE[comparator](value, requirement.get("IntegerValues") or [])
