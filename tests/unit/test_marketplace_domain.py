"""Rules without any store: identifiers, slots and states, requirements, worker rates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.marketplace.domain import ids, requirements
from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.marketplace.domain.hits import Hit, HitStatus, Pending
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.domain.system_qualifications import values_of
from chalicelib.mturk.qualifications import approval_requirement, locale_requirement

HIT = Hit(
    hit_id="3H",
    hit_type_id="3T",
    account_id="A",
    question_key="k",
    annotation=None,
    max_assignments=5,
    created_ms=0,
    expires_ms=1000,
    reward_cents=5,
    fee_cents=1,
    room=5,
    completed=0,
    held_slots=5,
)


def with_pending(count: int, deadline_ms: int = 500, **changes: Any) -> Hit:
    slots = {f"W{n}": Pending(f"3A{n}", deadline_ms) for n in range(count)}
    return replace(HIT, pending=slots, **changes)


@pytest.mark.parametrize(
    ("hit", "now", "status", "available"),
    [
        (HIT, 0, HitStatus.ASSIGNABLE, 5),
        (HIT, 999, HitStatus.ASSIGNABLE, 5),
        (HIT, 1000, HitStatus.REVIEWABLE, 0),
        (with_pending(3), 0, HitStatus.ASSIGNABLE, 2),
        (with_pending(5), 500, HitStatus.UNASSIGNABLE, 0),
        (with_pending(5), 501, HitStatus.ASSIGNABLE, 5),
        (with_pending(2, 1500), 1000, HitStatus.UNASSIGNABLE, 0),
        (with_pending(2, 1500), 1501, HitStatus.REVIEWABLE, 0),
        (with_pending(0, room=0), 0, HitStatus.REVIEWABLE, 0),
        (with_pending(1, room=1), 0, HitStatus.UNASSIGNABLE, 0),
        (replace(HIT, room=0, reviewing=True), 0, HitStatus.REVIEWING, 0),
        (replace(HIT, reviewing=True), 0, HitStatus.ASSIGNABLE, 5),
        (replace(HIT, deleted=True), 0, HitStatus.DISPOSED, 0),
    ],
)
def test_status__follows_from_slots_and_time(
    hit: Hit, now: int, status: HitStatus, available: int
) -> None:
    assert (hit.status(now), hit.available(now)) == (status, available)


@given(st.integers(0, 5), st.data())
def test_slots__add_up_while_the_hit_is_open(submitted: int, data: st.DataObject) -> None:
    pending = data.draw(st.integers(0, 5 - submitted))
    completed = data.draw(st.integers(0, submitted))
    hit = with_pending(pending, room=5 - submitted, completed=completed)

    assert hit.available(0) + hit.pending_count(0) + hit.submitted == hit.max_assignments
    assert hit.needed_slots(0) == hit.max_assignments - completed
    assert hit.needed_slots(1000) == hit.unreviewed
    assert replace(hit, deleted=True).needed_slots(0) == 0


def test_ids__look_like_the_services_and_do_not_repeat() -> None:
    made = {ids.random_id() for _ in range(1000)}

    assert len(made) == 1000
    assert all(len(i) == 30 and i[0] == "3" and set(i) <= set(ids.ALPHABET) for i in made)


def test_derived_ids__keep_their_parts_apart() -> None:
    assert ids.derived_id("ab", "c") != ids.derived_id("a", "bc")
    assert ids.derived_id("ab", "c") == ids.derived_id("ab", "c")
    assert ids.derived_worker_id("key", "ann") != ids.derived_worker_id("kez", "ann")


@given(st.text(ids.ALPHABET, min_size=29, max_size=29))
def test_group_id__is_another_id_and_leads_back(rest: str) -> None:
    type_id = "3" + rest

    group_id = ids.group_id_of(type_id)

    assert group_id != type_id
    assert group_id[0] == "3"
    assert ids.group_id_of(group_id) == type_id


def worker(**changes: Any) -> Worker:
    return replace(Worker("A1", "Ann", "US"), **changes)


@pytest.mark.parametrize(
    ("submitted", "approved", "rejected", "percent"),
    [(99, 10, 89, 100), (100, 50, 50, 50), (100, 0, 0, 100), (200, 199, 1, 100), (200, 2, 1, 67)],
)
def test_approval_percent__is_100_while_fewer_than_100(
    submitted: int, approved: int, rejected: int, percent: int
) -> None:
    who = worker(submitted=submitted, approved=approved, rejected=rejected)

    assert who.approval_percent == percent


def meets(who: Worker, requirement: dict[str, Any], action: str = "accept") -> bool:
    requirements.check([requirement])
    return not requirements.unmet(values_of(who), [requirement], action)


def test_locale__compares_countries() -> None:
    german = worker(country="DE")
    assert meets(german, locale_requirement("DE"))
    assert not meets(german, locale_requirement("US"))
    not_us = {**locale_requirement("US"), "Comparator": "NotEqualTo"}
    assert meets(german, not_us)
    # every comparison needs the qualification, also the negative ones
    assert not meets(worker(country=None), not_us)
    part = {
        **locale_requirement("US"),
        "LocaleValues": [{"Country": "US", "Subdivision": "CA"}],
    }
    assert not meets(worker(), part)


@pytest.mark.parametrize(
    ("comparator", "values", "outcome"),
    [
        ("LessThan", [50], False),
        ("LessThanOrEqualTo", [50], True),
        ("GreaterThan", [49], True),
        ("GreaterThanOrEqualTo", [50], True),
        ("EqualTo", [50], True),
        ("NotEqualTo", [50], False),
        ("In", [1, 50], True),
        ("NotIn", [1, 50], False),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
    ],
)
def test_percent_approved__compares(comparator: str, values: list[int], outcome: bool) -> None:
    who = worker(submitted=100, approved=50, rejected=50)
    requirement = {**approval_requirement(0), "Comparator": comparator, "IntegerValues": values}

    assert meets(who, requirement) is outcome


def test_guarded_actions__default_to_accept() -> None:
    strict = {**locale_requirement("DE")}
    assert not meets(worker(), strict)
    assert meets(worker(), strict, "preview")
    old = {**strict, "RequiredToPreview": True}
    assert not meets(worker(), old, "preview")
    assert meets(worker(), old, "discover")
    hidden = {**strict, "ActionsGuarded": "DiscoverPreviewAndAccept"}
    assert not meets(worker(), hidden, "discover")


@pytest.mark.parametrize(
    ("given", "guarded", "previews"),
    [
        ({}, "Accept", False),
        ({"RequiredToPreview": False}, "Accept", False),
        ({"RequiredToPreview": True}, "PreviewAndAccept", True),
        ({"ActionsGuarded": "PreviewAndAccept"}, "PreviewAndAccept", True),
        ({"ActionsGuarded": "DiscoverPreviewAndAccept"}, "DiscoverPreviewAndAccept", True),
    ],
)
def test_requirement__is_shown_with_what_was_not_given__and_may_be_given_so(
    given: dict[str, Any], guarded: str, previews: bool
) -> None:
    shown = requirements.filled_in({**locale_requirement("DE"), **given})

    assert (shown["ActionsGuarded"], shown["RequiredToPreview"]) == (guarded, previews)
    requirements.check([shown])
    assert requirements.filled_in(shown) == shown


@pytest.mark.parametrize(
    "changes",
    [
        {"Comparator": "LessThan"},
        {"Comparator": "Exists"},
        {"LocaleValues": []},
        {"LocaleValues": [{"Country": "DE"}, {"Country": "US"}]},
        {"LocaleValues": [{"Country": "DE", "Subdivision": "BE"}]},
        {"IntegerValues": [1]},
        {"ActionsGuarded": "Accept", "RequiredToPreview": True},
        {"Comparator": "In", "LocaleValues": [{"Country": "DE"}] * 31},
    ],
)
def test_requirement__is_refused__when_it_makes_no_sense(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter):
        requirements.check([{**locale_requirement("DE"), **changes}])


def test_requirements__ten_at_most() -> None:
    requirements.check([approval_requirement(n) for n in range(10)])
    with pytest.raises(InvalidParameter):
        requirements.check([approval_requirement(n) for n in range(11)])
