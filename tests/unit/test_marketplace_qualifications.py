"""Rules of qualifications without any store: comparators, system values, who may ask when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.marketplace.domain import requirements
from chalicelib.marketplace.domain import system_qualifications as system
from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.domain.qualifications import (
    Asking,
    HeldStatus,
    Qualification,
    QualificationRequest,
    QualificationType,
    RequestState,
    TypeStatus,
    asking,
    retry_ms,
)
from chalicelib.marketplace.domain.system_qualifications import Locale, Value, values_of
from chalicelib.mturk.qualifications import PERCENT_ASSIGNMENTS_APPROVED, WORKER_LOCALE

TYPE = "3CUSTOM"
WORKER = Worker("A1", "Ann", "US")
NY = Locale("US", "NY")


def meets(values: dict[str, Value], requirement: dict[str, Any], action: str = "accept") -> bool:
    requirements.check([requirement])
    return not requirements.unmet(values, [requirement], action)


@pytest.mark.parametrize("type_id", [TYPE, system.ADULT, system.NUMBER_HITS_APPROVED])
@pytest.mark.parametrize(
    ("comparator", "given", "of_5", "of_none"),
    [
        ("LessThan", [6], True, False),
        ("LessThan", [5], False, False),
        ("LessThanOrEqualTo", [5], True, False),
        ("LessThanOrEqualTo", [4], False, False),
        ("GreaterThan", [4], True, False),
        ("GreaterThan", [5], False, False),
        ("GreaterThanOrEqualTo", [5], True, False),
        ("GreaterThanOrEqualTo", [6], False, False),
        ("EqualTo", [5], True, False),
        ("EqualTo", [4], False, False),
        ("NotEqualTo", [4], True, False),
        ("NotEqualTo", [5], False, False),
        ("In", [4, 5], True, False),
        ("In", [4, 6], False, False),
        ("NotIn", [4, 6], True, False),
        ("NotIn", [4, 5], False, False),
        ("Exists", [], True, False),
        ("DoesNotExist", [], False, True),
    ],
)
def test_integers__compare_when_held_and_only_then(
    type_id: str, comparator: str, given: list[int], of_5: bool, of_none: bool
) -> None:
    required = {"QualificationTypeId": type_id, "Comparator": comparator, "IntegerValues": given}

    assert meets({type_id: 5}, required) is of_5
    assert meets({}, required) is of_none


def test_zero__is_a_value() -> None:
    exists = {"QualificationTypeId": TYPE, "Comparator": "Exists"}

    assert meets({TYPE: 0}, exists)
    assert meets({TYPE: 0}, {**exists, "Comparator": "EqualTo", "IntegerValues": [0]})


@pytest.mark.parametrize(
    ("comparator", "places", "of_ny", "of_us", "of_india"),
    [
        ("EqualTo", ["US"], True, True, False),
        ("EqualTo", ["US-NY"], True, False, False),
        ("EqualTo", ["US-PA"], False, False, False),
        ("NotEqualTo", ["US"], False, False, True),
        ("NotEqualTo", ["US-CA"], True, True, True),
        ("NotEqualTo", ["US-NY"], False, True, True),
        ("In", ["IN", "US-NY"], True, False, True),
        ("In", ["DE", "US-PA"], False, False, False),
        ("NotIn", ["IN", "US-NY"], False, True, False),
        ("NotIn", ["DE", "US-PA"], True, True, True),
    ],
)
def test_locales__compare_countries_and_parts(
    comparator: str, places: list[str], of_ny: bool, of_us: bool, of_india: bool
) -> None:
    given = []
    for place in places:
        country, _, part = place.partition("-")
        given.append({"Country": country, **({"Subdivision": part} if part else {})})
    required = {
        "QualificationTypeId": WORKER_LOCALE,
        "Comparator": comparator,
        "LocaleValues": given,
    }

    assert meets({WORKER_LOCALE: NY}, required) is of_ny
    assert meets({WORKER_LOCALE: Locale("US")}, required) is of_us
    assert meets({WORKER_LOCALE: Locale("IN")}, required) is of_india
    # who has no locale meets no comparison, the negative ones neither
    assert not meets({}, required)


@pytest.mark.parametrize("type_id", sorted(system.ALL_MASTERS))
def test_masters__are_there_or_not(type_id: str) -> None:
    exists = {"QualificationTypeId": type_id, "Comparator": "Exists"}
    missing = {"QualificationTypeId": type_id, "Comparator": "DoesNotExist"}
    master = values_of(replace(WORKER, master=True))

    assert (meets(master, exists), meets(master, missing)) == (True, False)
    assert (meets(values_of(WORKER), exists), meets(values_of(WORKER), missing)) == (False, True)
    with pytest.raises(InvalidParameter, match="has no value"):
        requirements.check([{**exists, "Comparator": "EqualTo", "IntegerValues": [1]}])


@pytest.mark.parametrize(
    ("comparator", "least", "most"),
    [
        *((c, 0, 0) for c in ("Exists", "DoesNotExist")),
        *((c, 1, 15) for c in ("In", "NotIn")),
        *((c, 1, 1) for c in ("EqualTo", "NotEqualTo", "LessThan", "LessThanOrEqualTo")),
        *((c, 1, 1) for c in ("GreaterThan", "GreaterThanOrEqualTo")),
    ],
)
def test_values__are_as_many_as_the_comparator_takes(
    comparator: str, least: int, most: int
) -> None:
    for count in range(18):
        required = {
            "QualificationTypeId": TYPE,
            "Comparator": comparator,
            "IntegerValues": list(range(count)),
        }
        if least <= count <= most:
            requirements.check([required])
        else:
            with pytest.raises(InvalidParameter):
                requirements.check([required])


def test_locales__thirty_at_most_and_of_no_other_type() -> None:
    required: dict[str, Any] = {
        "QualificationTypeId": WORKER_LOCALE,
        "Comparator": "In",
        "LocaleValues": [{"Country": "DE"}] * 30,
    }
    requirements.check([required])
    for wrong in (
        {**required, "LocaleValues": [{"Country": "DE"}] * 31},
        {**required, "QualificationTypeId": TYPE},
        {**required, "IntegerValues": [1]},
        {"QualificationTypeId": WORKER_LOCALE, "Comparator": "Exists"},
        {"QualificationTypeId": "not an id", "Comparator": "Exists"},
    ):
        with pytest.raises(InvalidParameter):
            requirements.check([wrong])


def test_guards__deny_what_they_name_and_no_more() -> None:
    required = {"QualificationTypeId": TYPE, "Comparator": "Exists"}
    denied = {
        guard: [
            action
            for action in ("accept", "preview", "discover")
            if not meets({}, {**required, **guarding}, action)
        ]
        for guard, guarding in {
            "none": {},
            "old": {"RequiredToPreview": True},
            "old, no": {"RequiredToPreview": False},
            "accept": {"ActionsGuarded": "Accept"},
            "preview": {"ActionsGuarded": "PreviewAndAccept"},
            "discover": {"ActionsGuarded": "DiscoverPreviewAndAccept"},
        }.items()
    }

    assert denied == {
        "none": ["accept"],
        "old": ["accept", "preview"],
        "old, no": ["accept"],
        "accept": ["accept"],
        "preview": ["accept", "preview"],
        "discover": ["accept", "preview", "discover"],
    }


def test_system_values__come_from_the_record() -> None:
    who = replace(
        WORKER,
        submitted=150,
        approved=90,
        rejected=30,
        returned=30,
        abandoned=20,
        adult=True,
        subdivision="NY",
    )

    assert values_of(who) == {
        PERCENT_ASSIGNMENTS_APPROVED: 75,
        system.NUMBER_HITS_APPROVED: 90,
        system.ADULT: 1,
        system.PERCENT_SUBMITTED: 75,
        system.PERCENT_RETURNED: 15,
        system.PERCENT_ABANDONED: 10,
        system.PERCENT_REJECTED: 20,
        WORKER_LOCALE: NY,
    }


def test_system_values__of_a_newcomer_keep_nobody_out() -> None:
    assert values_of(Worker("A1", "Ann", None)) == {
        PERCENT_ASSIGNMENTS_APPROVED: 100,
        system.NUMBER_HITS_APPROVED: 0,
        system.ADULT: 0,
        system.PERCENT_SUBMITTED: 100,
        system.PERCENT_RETURNED: 0,
        system.PERCENT_ABANDONED: 0,
        system.PERCENT_REJECTED: 0,
    }
    assert set(values_of(replace(WORKER, master=True))) == set(system.SYSTEM_TYPES)


KIND = QualificationType(
    qualification_type_id=TYPE,
    account_id="A",
    requester="Lab",
    name="French",
    description="Speaks it",
    keywords=None,
    status=TypeStatus.ACTIVE,
    created_ms=0,
)
ASKED = QualificationRequest(
    request_id="3R",
    qualification_type_id=TYPE,
    worker_id="A1",
    account_id="A",
    state=RequestState.REJECTED,
    requested_ms=1_000,
)
OPENED = replace(ASKED, state=RequestState.OPEN, deadline_ms=5_000, test="t")
HELD = Qualification(TYPE, "A1", "A", HeldStatus.GRANTED, 1, 0)
RETRY = replace(KIND, retry_delay_s=10)
TESTED = replace(KIND, test="t", test_duration_s=4)


@pytest.mark.parametrize(
    ("kind", "request_", "held", "now_ms", "outcome"),
    [
        (KIND, None, None, 0, Asking.ALLOWED),
        (replace(KIND, status=TypeStatus.INACTIVE), None, None, 0, Asking.INACTIVE),
        (replace(KIND, deleted=True), None, None, 0, Asking.INACTIVE),
        (KIND, None, HELD, 0, Asking.HELD),
        (KIND, None, replace(HELD, status=HeldStatus.REVOKED), 0, Asking.ALLOWED),
        (TESTED, None, HELD, 0, Asking.ALLOWED),
        (KIND, replace(ASKED, state=RequestState.PENDING), None, 10**9, Asking.PENDING),
        (
            replace(KIND, status=TypeStatus.INACTIVE),
            replace(ASKED, state=RequestState.PENDING),
            None,
            0,
            Asking.PENDING,
        ),
        (
            replace(KIND, deleted=True),
            replace(ASKED, state=RequestState.PENDING),
            None,
            0,
            Asking.INACTIVE,
        ),
        (KIND, ASKED, None, 10**9, Asking.ONCE_ONLY),
        (RETRY, ASKED, None, 10_999, Asking.TOO_SOON),
        (RETRY, ASKED, None, 11_000, Asking.ALLOWED),
        (TESTED, OPENED, None, 5_000, Asking.OPEN),
        (TESTED, OPENED, None, 5_001, Asking.ONCE_ONLY),
        (replace(TESTED, retry_delay_s=10), OPENED, None, 5_001, Asking.TOO_SOON),
        (replace(TESTED, retry_delay_s=10), OPENED, None, 11_000, Asking.ALLOWED),
        (replace(TESTED, deleted=True), OPENED, None, 5_000, Asking.OPEN),
    ],
)
def test_asking__meets(
    kind: QualificationType,
    request_: QualificationRequest | None,
    held: Qualification | None,
    now_ms: int,
    outcome: Asking,
) -> None:
    assert asking(kind, request_, held, now_ms) is outcome


def test_open_test__ends_by_the_clock_alone() -> None:
    assert OPENED.is_open(5_000)
    assert not OPENED.is_timed_out(5_000)
    assert OPENED.is_timed_out(5_001)
    assert not ASKED.is_timed_out(5_001)
    assert (retry_ms(KIND, ASKED), retry_ms(RETRY, ASKED)) == (None, 11_000)
