"""Qualification types over the protocol: made, changed, deleted, listed, required by HITs."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.integration.market import Market, hit_values, post, refused
from tests.integration.qualifications import needing

INVALID = "ParameterValidationError"
CODE = "AWS.MechanicalTurk."
LOCALE = "00000000000000000071"


def make(client: Any, **changes: Any) -> dict[str, Any]:
    values = {
        "Name": f"French {uuid.uuid4().hex}",
        "Description": "Speaks French",
        "QualificationTypeStatus": "Active",
        **changes,
    }
    kind: dict[str, Any] = client.create_qualification_type(**values)["QualificationType"]
    return kind


def test_create__answers_what_was_given_and_what_follows(market: Market, client: Any) -> None:
    kind = make(client, Keywords="language, french", RetryDelayInSeconds=60)

    assert len(kind["QualificationTypeId"]) == 30
    assert abs(kind["CreationTime"].timestamp() - market.clock.now_ms() / 1000) < 60
    assert (kind["Keywords"], kind["RetryDelayInSeconds"]) == ("language, french", 60)
    assert (kind["IsRequestable"], kind["AutoGranted"]) == (True, False)
    assert kind["QualificationTypeStatus"] == "Active"
    assert not {"Test", "AnswerKey", "AutoGrantedValue", "TestDurationInSeconds"} & set(kind)
    found = client.get_qualification_type(QualificationTypeId=kind["QualificationTypeId"])
    assert found["QualificationType"] == kind


def test_create__automatic_value_is_1_unless_given(client: Any) -> None:
    assert make(client, AutoGranted=True)["AutoGrantedValue"] == 1
    assert make(client, AutoGranted=True, AutoGrantedValue=0)["AutoGrantedValue"] == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Name": ""}, "Name"),
        ({"Name": "x" * 201}, "Name has a maximum length of 200"),
        ({"Description": ""}, "Description has a minimum length of 1"),
        ({"Description": "x" * 2001}, "Description has a maximum length of 2000"),
        ({"Keywords": "x" * 1001}, "Keywords has a maximum length of 1000"),
        ({"RetryDelayInSeconds": -1}, "RetryDelayInSeconds"),
        ({"QualificationTypeStatus": "Gone"}, "QualificationTypeStatus"),
        ({"AnswerKey": "<AnswerKey/>"}, "AnswerKey may be given only together with Test"),
        ({"TestDurationInSeconds": 60}, "TestDurationInSeconds may be given only together"),
    ],
)
def test_create__refuses_what_is_wrong(client: Any, changes: dict[str, Any], says: str) -> None:
    error = refused(make, client=client, **changes)

    assert error["Error"]["Code"] == INVALID
    assert says in error["Message"]
    owned = {"MustBeRequestable": False, "MustBeOwnedByCaller": True}
    assert client.list_qualification_types(**owned)["NumResults"] == 0


def test_name__is_unique_among_ones_own_until_deleted(market: Market, client: Any) -> None:
    kind = make(client, Name="French")

    error = refused(make, client=client, Name="French")

    assert error["TurkErrorCode"] == f"{CODE}QualificationTypeAlreadyExists"
    says = "You have already created a QualificationType with this name. A Qualification"
    assert error["Message"].startswith(says)
    make(market.client(), Name="French")
    client.delete_qualification_type(QualificationTypeId=kind["QualificationTypeId"])
    assert make(client, Name="French")["QualificationTypeId"] != kind["QualificationTypeId"]


def test_update__changes_what_is_given_and_nothing_else(client: Any) -> None:
    old = make(client, Keywords="k", RetryDelayInSeconds=60)
    type_id = old["QualificationTypeId"]

    new = client.update_qualification_type(
        QualificationTypeId=type_id,
        Description="Better",
        QualificationTypeStatus="Inactive",
        AutoGranted=True,
        AutoGrantedValue=7,
    )["QualificationType"]

    changed = {
        "Description": "Better",
        "QualificationTypeStatus": "Inactive",
        "IsRequestable": False,
        "AutoGranted": True,
        "AutoGrantedValue": 7,
    }
    assert new == {**old, **changed}
    assert client.get_qualification_type(QualificationTypeId=type_id)["QualificationType"] == new
    later = client.update_qualification_type(QualificationTypeId=type_id, RetryDelayInSeconds=5)
    assert later["QualificationType"] == {**new, "RetryDelayInSeconds": 5}
    error = refused(client.update_qualification_type, QualificationTypeId=type_id, Description="")
    assert error["Error"]["Code"] == INVALID


def test_others__may_look_and_not_touch(market: Market, client: Any) -> None:
    type_id = make(client)["QualificationTypeId"]
    other = market.client()

    found = other.get_qualification_type(QualificationTypeId=type_id)["QualificationType"]

    assert found["QualificationTypeId"] == type_id
    for named in (type_id, LOCALE):
        for name in (
            "update_qualification_type",
            "delete_qualification_type",
            "list_workers_with_qualification_type",
            "list_qualification_requests",
        ):
            error = refused(getattr(other, name), QualificationTypeId=named)
            assert error["TurkErrorCode"] == f"{CODE}PermissionDeniedException"
            says = f"You are not the owner of QualificationType {named}."
            assert error["Message"].startswith(says)


def test_unknown_and_deleted_types__do_not_exist(client: Any) -> None:
    type_id = make(client)["QualificationTypeId"]
    client.delete_qualification_type(QualificationTypeId=type_id)

    for named in (type_id, "3UNKNOWN"):
        for name in (
            "get_qualification_type",
            "update_qualification_type",
            "list_workers_with_qualification_type",
            "list_qualification_requests",
        ):
            error = refused(getattr(client, name), QualificationTypeId=named)
            assert error["Error"]["Code"] == "RequestError"
            assert error["TurkErrorCode"] == f"{CODE}QualificationTypeDoesNotExist"
            assert error["Message"].startswith(f"QualificationType {named} does not exist. (")
    # the operation is marked idempotent
    client.delete_qualification_type(QualificationTypeId=type_id)
    error = refused(client.delete_qualification_type, QualificationTypeId="3UNKNOWN")
    assert error["TurkErrorCode"] == f"{CODE}QualificationTypeDoesNotExist"


@pytest.mark.parametrize(
    ("type_id", "name"),
    [
        ("000000000000000000L0", "Worker_PercentAssignmentsApproved"),
        ("00000000000000000040", "Worker_NumberHITsApproved"),
        (LOCALE, "Worker_Locale"),
        ("00000000000000000060", "Worker_Adult"),
        ("2ARFPLSP75KLA8M8DH1HTEQVJT3SY6", "Masters"),
        ("2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "Masters"),
    ],
)
def test_system_types__are_there_and_cannot_be_requested(
    client: Any, type_id: str, name: str
) -> None:
    kind = client.get_qualification_type(QualificationTypeId=type_id)["QualificationType"]

    assert (kind["Name"], kind["IsRequestable"]) == (name, False)
    post(client, **_needing_system(type_id))


def _needing_system(type_id: str) -> dict[str, Any]:
    if type_id != LOCALE:
        return needing(type_id)
    return needing(type_id, Comparator="EqualTo", LocaleValues=[{"Country": "US"}])


def test_list__pages_in_the_order_of_names(market: Market) -> None:
    client = market.client()
    word = uuid.uuid4().hex
    made = [make(client, Name=f"{letter} {word}")["Name"] for letter in "dbaecgf"]

    pages = client.get_paginator("list_qualification_types").paginate(
        MustBeRequestable=True, MustBeOwnedByCaller=True, PaginationConfig={"PageSize": 3}
    )
    found = [[kind["Name"] for kind in page["QualificationTypes"]] for page in pages]

    assert found == [sorted(made)[:3], sorted(made)[3:6], sorted(made)[6:], []]


def test_list__finds_words_and_keeps_to_what_is_asked(market: Market, client: Any) -> None:
    word = uuid.uuid4().hex
    ours = make(client, Keywords=f"x {word}")["QualificationTypeId"]
    idle = make(client, Description=word, QualificationTypeStatus="Inactive")
    gone = make(client, Name=f"gone {word}")["QualificationTypeId"]
    other = market.client()
    theirs = make(other, Name=word)["QualificationTypeId"]
    make(other, Name=f"a study named {word}", QualificationTypeStatus="Inactive")
    make(other, Name=f"Retainer: {word}", Keywords="mine, By-Grant-Only")
    given = make(client, Name=f"given {word}", Keywords="by-grant-only")["QualificationTypeId"]
    client.delete_qualification_type(QualificationTypeId=gone)

    def found(**query: Any) -> set[str]:
        answer = client.list_qualification_types(Query=word.upper(), **query)
        assert answer["NumResults"] == len(answer["QualificationTypes"])
        return {kind["QualificationTypeId"] for kind in answer["QualificationTypes"]}

    inactive = idle["QualificationTypeId"]
    assert found(MustBeRequestable=False) == {ours, inactive, given, theirs}
    assert found(MustBeRequestable=True) == {ours, theirs}
    assert found(MustBeRequestable=False, MustBeOwnedByCaller=True) == {ours, inactive, given}
    assert found(MustBeRequestable=True, MustBeOwnedByCaller=True) == {ours}


def test_list__has_the_systems_types_first(client: Any) -> None:
    make(client)
    pages = client.get_paginator("list_qualification_types").paginate(
        MustBeRequestable=False, PaginationConfig={"PageSize": 4}
    )
    found = [kind["QualificationTypeId"] for page in pages for kind in page["QualificationTypes"]]

    assert len(found) == len(set(found))
    assert {len(type_id) for type_id in found[:8]} == {20, 30}
    assert found[:2] == ["2ARFPLSP75KLA8M8DH1HTEQVJT3SY6", "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"]
    assert len(found) > 10


def test_list__refuses_a_token_of_another_list(client: Any) -> None:
    make(client)
    owned = {"MustBeRequestable": False, "MustBeOwnedByCaller": True}
    token = client.list_qualification_types(**owned)["NextToken"]

    assert refused(client.list_hits, NextToken=token)["Error"]["Code"] == INVALID
    error = refused(client.list_qualification_types, **owned, MaxResults=101)
    assert error["Error"]["Code"] == INVALID


def test_hits__may_require_only_what_is_there_and_active(market: Market, client: Any) -> None:
    theirs = make(market.client())["QualificationTypeId"]
    idle = make(client, QualificationTypeStatus="Inactive")["QualificationTypeId"]
    gone = make(client)["QualificationTypeId"]
    values = {k: v for k, v in hit_values().items() if k != "MaxAssignments"}
    old = client.create_hit_type(
        **{k: v for k, v in values.items() if k not in {"LifetimeInSeconds", "Question"}},
        **needing(gone),
    )["HITTypeId"]
    client.delete_qualification_type(QualificationTypeId=gone)

    post(client, **needing(theirs))
    for type_id, code in (
        (idle, "InvalidQualificationTypeState"),
        (gone, "QualificationTypeDoesNotExist"),
        ("3UNKNOWN", "QualificationTypeDoesNotExist"),
    ):
        error = refused(client.create_hit, **hit_values(**needing(type_id)))
        assert error["TurkErrorCode"] == f"{CODE}{code}"
    # a HIT type goes with the qualification type that it requires
    error = refused(
        client.create_hit_with_hit_type,
        HITTypeId=old,
        LifetimeInSeconds=60,
        Question=values["Question"],
    )
    assert error["TurkErrorCode"] == f"{CODE}HITTypeDoesNotExist"


def test_list_hits_for_type__pages_through_all_hit_types_that_require_it(market: Market) -> None:
    client = market.client()
    type_id, other = (make(client)["QualificationTypeId"] for _ in range(2))
    titles = [uuid.uuid4().hex for _ in range(3)]
    made = {post(client, Title=titles[n % 3], **needing(type_id, other)) for n in range(7)}
    post(client, **needing(other))
    post(client)
    theirs = post(market.client(), **needing(type_id))
    deleted = sorted(made)[0]
    client.update_expiration_for_hit(HITId=deleted, ExpireAt=0)
    client.delete_hit(HITId=deleted)

    pages = client.get_paginator("list_hits_for_qualification_type").paginate(
        QualificationTypeId=type_id, PaginationConfig={"PageSize": 2}
    )
    found = [hit["HITId"] for page in pages for hit in page["HITs"]]

    assert len(found) == 6
    assert set(found) == made - {deleted}
    assert theirs not in found
    listed = client.list_hits_for_qualification_type(QualificationTypeId=other, MaxResults=100)
    assert listed["NumResults"] == 7
    assert all("NumberOfAssignmentsPending" in hit for hit in listed["HITs"])
    error = refused(client.list_hits_for_qualification_type, QualificationTypeId="3UNKNOWN")
    assert error["TurkErrorCode"] == f"{CODE}QualificationTypeDoesNotExist"


def test_list_hits_for_type__goes_on_though_the_last_hit_shown_got_another_type(
    market: Market,
) -> None:
    client = market.client()
    required = needing(make(client)["QualificationTypeId"])
    type_id = required["QualificationRequirements"][0]["QualificationTypeId"]
    made = [post(client, Title=uuid.uuid4().hex, **required) for _ in range(3)]
    named = {"QualificationTypeId": type_id}
    first = client.list_hits_for_qualification_type(**named, MaxResults=1)
    types = sorted(client.get_hit(HITId=hit_id)["HIT"]["HITTypeId"] for hit_id in made)
    shown = first["HITs"][0]["HITId"]

    client.update_hit_type_of_hit(HITId=shown, HITTypeId=types[-1])

    rest = client.list_hits_for_qualification_type(**named, NextToken=first["NextToken"])["HITs"]
    assert {hit["HITId"] for hit in rest} >= set(made) - {shown}


def test_list_hits_for_type__knows_the_systems_types_too(market: Market) -> None:
    client = market.client()
    hit_id = post(client, **_needing_system(LOCALE))

    answer = client.list_hits_for_qualification_type(QualificationTypeId=LOCALE)

    assert [hit["HITId"] for hit in answer["HITs"]] == [hit_id]
