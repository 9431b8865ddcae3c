"""Qualification requirements: whether they make sense, and whether a worker meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.marketplace.domain.system_qualifications import (
    ALL_MASTERS,
    SYSTEM_TYPES,
    Locale,
)
from chalicelib.mturk.qualifications import WORKER_LOCALE

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.system_qualifications import (
        Value,
    )

MAX_REQUIREMENTS = 10
MAX_INTEGERS = 15
MAX_LOCALES = 30
_MAX_ID = 64

Requirement = Mapping[str, Any]

# Each needs the qualification held; absence is expressed by DoesNotExist alone.
_COMPARE: Mapping[str, Callable[[int, Sequence[int]], bool]] = {
    "LessThan": lambda value, given: value < given[0],
    "LessThanOrEqualTo": lambda value, given: value <= given[0],
    "GreaterThan": lambda value, given: value > given[0],
    "GreaterThanOrEqualTo": lambda value, given: value >= given[0],
    "EqualTo": lambda value, given: value == given[0],
    "NotEqualTo": lambda value, given: value != given[0],
    "In": lambda value, given: value in given,
    "NotIn": lambda value, given: value not in given,
}
_EXISTENCE = frozenset({"Exists", "DoesNotExist"})
_LOCALE_COMPARATORS = frozenset({"EqualTo", "NotEqualTo", "In", "NotIn"})
# Which actions a requirement guards, by its ActionsGuarded.
_GUARDED = {
    "Accept": {"accept"},
    "PreviewAndAccept": {"accept", "preview"},
    "DiscoverPreviewAndAccept": {"accept", "preview", "discover"},
}


def check(requirements: Sequence[Requirement]) -> None:
    """Refuse what is malformed; raises `RequestRefused`."""
    if len(requirements) > MAX_REQUIREMENTS:
        raise InvalidParameter(
            f"At most {MAX_REQUIREMENTS} QualificationRequirements may be given."
        )
    for requirement in requirements:
        _check_one(requirement)


def custom_types(requirements: Iterable[Requirement]) -> list[str]:
    """The types among these that requesters made, each once."""
    named = [r["QualificationTypeId"] for r in requirements]
    return [type_id for type_id in dict.fromkeys(named) if type_id not in SYSTEM_TYPES]


def unmet(
    values: Mapping[str, Value], requirements: Iterable[Requirement], action: str
) -> list[Requirement]:
    """What keeps a worker with these values from `accept`, `preview` or `discover`."""
    return [
        requirement
        for requirement in requirements
        if action in _guarded(requirement) and not _meets(values, requirement)
    ]


def filled_in(requirement: Requirement) -> dict[str, Any]:
    """Return one as it is shown, with what is meant by the members that were not given."""
    guarded = _guarded(requirement)
    actions = next(name for name, found in _GUARDED.items() if found == guarded)
    return {**requirement, "RequiredToPreview": "preview" in guarded, "ActionsGuarded": actions}


def _guarded(requirement: Requirement) -> set[str]:
    if "ActionsGuarded" in requirement:
        return _GUARDED[requirement["ActionsGuarded"]]
    return _GUARDED["PreviewAndAccept" if requirement.get("RequiredToPreview") else "Accept"]


def _check_one(requirement: Requirement) -> None:
    type_id = requirement["QualificationTypeId"]
    comparator = requirement["Comparator"]
    integers = requirement.get("IntegerValues") or []
    locales = requirement.get("LocaleValues") or []
    if requirement.get("RequiredToPreview") and "preview" not in _guarded(requirement):
        raise InvalidParameter(
            "RequiredToPreview contradicts ActionsGuarded, which leaves the preview to everybody."
        )
    if not (type_id.isascii() and type_id.isalnum() and len(type_id) <= _MAX_ID):
        raise InvalidParameter(
            'The value given is not valid for the parameter "QualificationTypeId".'
        )
    if type_id == WORKER_LOCALE:
        _check_values(comparator, locales, integers, "LocaleValues", MAX_LOCALES)
        if comparator not in _LOCALE_COMPARATORS:
            raise InvalidParameter(f"Worker_Locale cannot be compared with {comparator}.")
        if any(v.get("Subdivision") and v["Country"] != "US" for v in locales):
            raise InvalidParameter("Subdivisions are supported for the US only.")
        return
    _check_values(comparator, integers, locales, "IntegerValues", MAX_INTEGERS)
    if type_id in ALL_MASTERS and comparator not in _EXISTENCE:
        raise InvalidParameter(f"Masters has no value and cannot be compared with {comparator}.")


def _check_values(
    comparator: str, values: Sequence[Any], others: Sequence[Any], name: str, most: int
) -> None:
    if others:
        raise InvalidParameter(f"This qualification type is compared with {name} only.")
    if comparator in _EXISTENCE:
        fits = not values
    elif comparator in {"In", "NotIn"}:
        fits = 1 <= len(values) <= most
    else:
        fits = len(values) == 1
    if not fits:
        raise InvalidParameter(f"{comparator} does not take {len(values)} {name}.")


def _meets(values: Mapping[str, Value], requirement: Requirement) -> bool:
    comparator = requirement["Comparator"]
    value = values.get(requirement["QualificationTypeId"])
    if comparator in _EXISTENCE:
        return (value is not None) is (comparator == "Exists")
    if value is None:
        return False
    if isinstance(value, Locale):
        within = any(
            value.is_within(place["Country"], place.get("Subdivision"))
            for place in requirement["LocaleValues"]
        )
        return within is (comparator in {"EqualTo", "In"})
    return _COMPARE[comparator](value, requirement["IntegerValues"])
