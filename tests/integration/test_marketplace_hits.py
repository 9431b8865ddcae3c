"""HITs over the protocol, with boto3's own client on the real engine."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from chalicelib.mturk import model
from tests.integration.market import QUESTION, Market, hit_values, refused
from tests.integration.test_marketplace_review import submit, take


def test_create_hit__answers_everything_that_clients_read(market: Market, client: Any) -> None:
    hit = client.create_hit(
        **hit_values(
            Keywords="wait, poll",
            RequesterAnnotation="mine",
            QualificationRequirements=[
                {
                    "QualificationTypeId": "00000000000000000071",
                    "Comparator": "In",
                    "LocaleValues": [{"Country": "US"}, {"Country": "DE"}],
                }
            ],
        )
    )["HIT"]

    assert hit["HITStatus"] == "Assignable"
    assert hit["HITReviewStatus"] == "NotReviewed"
    assert hit["Question"] == QUESTION
    assert hit["Reward"] == "0.05"
    assert hit["Keywords"] == "wait, poll"
    assert hit["RequesterAnnotation"] == "mine"
    assert hit["AutoApprovalDelayInSeconds"] == 2_592_000
    assert hit["QualificationRequirements"][0]["LocaleValues"][1] == {"Country": "DE"}
    assert (hit["Expiration"] - hit["CreationTime"]).total_seconds() == 3600
    assert hit["HITGroupId"] != hit["HITTypeId"]
    assert all(len(hit[k]) == 30 and hit[k][0] == "3" for k in ("HITId", "HITTypeId", "HITGroupId"))
    assert [hit[f"NumberOfAssignments{k}"] for k in ("Pending", "Available", "Completed")] == [
        0,
        3,
        0,
    ]
    assert client.get_hit(HITId=hit["HITId"])["HIT"] == hit


def test_hit__without_optional_values(client: Any) -> None:
    hit = client.create_hit(**hit_values(MaxAssignments=None))["HIT"]

    assert hit["MaxAssignments"] == 1
    assert hit["QualificationRequirements"] == []
    assert "Keywords" not in hit


def test_hit_type__is_the_same_for_equal_values(client: Any) -> None:
    values = {
        "Title": "t",
        "Description": "d",
        "Reward": "0.10",
        "AssignmentDurationInSeconds": 60,
    }
    first = client.create_hit_type(**values)["HITTypeId"]

    assert client.create_hit_type(**{**values, "Reward": "0.1"})["HITTypeId"] == first
    assert client.create_hit_type(**{**values, "Title": "T"})["HITTypeId"] != first
    hit = client.create_hit_with_hit_type(
        HITTypeId=first, LifetimeInSeconds=60, Question=QUESTION, UniqueRequestToken="once"
    )["HIT"]
    assert (hit["HITTypeId"], hit["Title"], hit["Reward"]) == (first, "t", "0.10")
    again = refused(
        client.create_hit_with_hit_type,
        HITTypeId=first,
        LifetimeInSeconds=60,
        Question=QUESTION,
        UniqueRequestToken="once",
    )
    assert hit["HITId"] in again["Message"]


def test_create_hit__refuses__a_token_for_24_hours(market: Market, client: Any) -> None:
    values = hit_values(UniqueRequestToken=uuid.uuid4().hex)
    hit = client.create_hit(**values)["HIT"]

    again = refused(client.create_hit, **values)

    assert again["Error"]["Code"] == "RequestError"
    assert again["TurkErrorCode"] == "AWS.MechanicalTurk.HitAlreadyExists"
    assert hit["HITId"] in again["Message"]
    assert len(client.list_hits()["HITs"]) == 1
    market.clock.advance(24 * 3600)
    assert client.create_hit(**values)["HIT"]["HITId"] != hit["HITId"]


def test_create_hit__another_requesters_token_is_not_ours(market: Market, client: Any) -> None:
    values = hit_values(UniqueRequestToken="shared")
    client.create_hit(**values)

    market.client().create_hit(**values)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Reward": "0.123"}, "Reward"),
        ({"Reward": "-1"}, "Reward"),
        ({"MaxAssignments": 0}, "MaxAssignments"),
        ({"LifetimeInSeconds": 29}, "LifetimeInSeconds"),
        ({"LifetimeInSeconds": 31_536_001}, "LifetimeInSeconds"),
        ({"AssignmentDurationInSeconds": 29}, "AssignmentDurationInSeconds"),
        ({"AutoApprovalDelayInSeconds": 2_592_001}, "AutoApprovalDelayInSeconds"),
        ({"Title": ""}, "minimum length of 1"),
        ({"Title": "x" * 129}, "maximum length of 128"),
        ({"Title": "a\x00b"}, "forbidden"),
        ({"Description": "x" * 2001}, "Description"),
        ({"Keywords": "x" * 1001}, "Keywords"),
        ({"RequesterAnnotation": "x" * 256}, "RequesterAnnotation"),
        ({"Question": None}, "Required parameters include Question"),
        ({"Question": "<a>"}, "There was an error parsing the XML question"),
        ({"Question": QUESTION.replace("https:", "ftp:")}, "line 1: ExternalURL"),
        ({"Question": QUESTION + " " * 65_536}, "65535 are allowed"),
        (
            {
                "QualificationRequirements": [
                    {"QualificationTypeId": "00000000000000000071", "Comparator": "EqualTo"}
                ]
            },
            "EqualTo does not take 0 LocaleValues",
        ),
    ],
)
def test_create_hit__refuses__values_out_of_range(
    client: Any, changes: dict[str, Any], says: str
) -> None:
    error = refused(client.create_hit, **hit_values(**changes))

    assert error["Error"]["Code"] == "ParameterValidationError"
    assert says in error["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert client.list_hits()["HITs"] == []
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"


@pytest.mark.parametrize(
    "changes",
    [
        {"HITLayoutId": "3ABC", "Question": None},
    ],
)
def test_create_hit__says_what_is_not_available(client: Any, changes: dict[str, Any]) -> None:
    error = refused(client.create_hit, **hit_values(**changes))

    assert error["Error"]["Code"] == "RequestError"
    assert error["TurkErrorCode"] == "AWS.MechanicalTurk.OperationNotSupported"
    assert "is not available on this marketplace" in error["Message"]


def test_unknown_hit__and_another_requesters__do_not_exist(market: Market, client: Any) -> None:
    hit_id = client.create_hit(**hit_values())["HIT"]["HITId"]
    other = market.client()

    for call, extra in (
        ("get_hit", {}),
        ("delete_hit", {}),
        ("list_assignments_for_hit", {}),
        ("update_expiration_for_hit", {"ExpireAt": 0}),
    ):
        error = refused(getattr(other, call), HITId=hit_id, **extra)
        assert error["Error"]["Code"] == "RequestError"
        assert error["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"
        assert error["Message"].startswith(f"Hit {hit_id} does not exist. (")
    assert other.list_hits()["NumResults"] == 0
    type_id = client.get_hit(HITId=hit_id)["HIT"]["HITTypeId"]
    error = refused(
        other.create_hit_with_hit_type,
        HITTypeId=type_id,
        LifetimeInSeconds=60,
        Question=QUESTION,
    )
    assert "does not exist" in error["Message"]


def test_list_hits__pages_to_the_end(client: Any) -> None:
    made = [client.create_hit(**hit_values(Title=f"t{n}"))["HIT"]["HITId"] for n in range(7)]

    pages = list(client.get_paginator("list_hits").paginate(PaginationConfig={"PageSize": 3}))

    assert [page["NumResults"] for page in pages] == [3, 3, 1, 0]
    assert "NextToken" not in pages[-1]
    assert [hit["HITId"] for page in pages for hit in page["HITs"]] == made[::-1]


@pytest.mark.parametrize("token", ["x", "W10", "WyJMaXN0SElUcyIsMSwiYS1iIl0", "é"])
def test_list_hits__refuses__an_invented_token(client: Any, token: str) -> None:
    error = refused(client.list_hits, NextToken=token)

    assert error["Error"]["Code"] == "ParameterValidationError"


def test_expire_now__makes_it_reviewable_and_gives_the_money_back(client: Any) -> None:
    hit_id = client.create_hit(**hit_values())["HIT"]["HITId"]
    assert client.get_account_balance()["AvailableBalance"] == "9999.82"
    assert client.get_account_balance()["OnHoldBalance"] == "0.18"

    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)

    hit = client.get_hit(HITId=hit_id)["HIT"]
    assert (hit["HITStatus"], hit["NumberOfAssignmentsAvailable"]) == ("Reviewable", 0)
    assert client.get_account_balance()["AvailableBalance"] == "10000.00"
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert client.get_hit(HITId=hit_id)["HIT"]["Expiration"] == hit["Expiration"]


def test_lifetime__ends_by_itself(market: Market, client: Any) -> None:
    hit_id = client.create_hit(**hit_values(LifetimeInSeconds=60))["HIT"]["HITId"]
    assert client.list_reviewable_hits()["HITs"] == []

    market.clock.advance(61)

    assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"
    assert [hit["HITId"] for hit in client.list_reviewable_hits()["HITs"]] == [hit_id]
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"


def test_extend__reopens_and_holds_again(market: Market, client: Any) -> None:
    hit_id = client.create_hit(**hit_values(LifetimeInSeconds=60))["HIT"]["HITId"]
    market.clock.advance(61)
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"
    later = market.clock.now_ms() // 1000 + 600

    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)

    hit = client.get_hit(HITId=hit_id)["HIT"]
    assert (hit["HITStatus"], hit["NumberOfAssignmentsAvailable"]) == ("Assignable", 3)
    assert hit["Expiration"].timestamp() == later
    assert client.get_account_balance()["OnHoldBalance"] == "0.18"
    again = refused(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=later)
    assert "has already been processed" in again["Message"]
    far = refused(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=later + 31_536_000)
    assert far["Error"]["Code"] == "ParameterValidationError"


def test_delete__refused__names_what_is_in_the_way(market: Market, client: Any) -> None:
    hit_id = client.create_hit(**hit_values(MaxAssignments=1))["HIT"]["HITId"]

    def said() -> str:
        return str(refused(client.delete_hit, HITId=hit_id)["Message"]).partition(") ")[2]

    assert said() == "The HIT still takes workers: UpdateExpirationForHIT ends that."
    assignment = take(market, hit_id)[1]
    assert re.fullmatch(r"1 worker is at work on the HIT, until [-0-9 :]+ UTC .*", said())
    submit(market, assignment)
    assert said() == "1 assignment waits for your review: approve or reject first."
    client.approve_assignment(AssignmentId=assignment)
    client.delete_hit(HITId=hit_id)
    assert said() == "The HIT is disposed of, and stays so."


def test_times__are_whole_seconds(market: Market, client: Any) -> None:
    market.clock.advance(0.123)
    hit = client.create_hit(**hit_values())["HIT"]

    assert hit["CreationTime"].microsecond == hit["Expiration"].microsecond == 0


def test_delete__only_when_reviewable_and_leaves_a_tombstone(market: Market, client: Any) -> None:
    hit_id = client.create_hit(**hit_values())["HIT"]["HITId"]
    error = refused(client.delete_hit, HITId=hit_id)
    assert error["TurkErrorCode"] == "AWS.MechanicalTurk.InvalidHITState"
    assert error["Message"].startswith(
        "This HIT is currently in the state 'Assignable'.  "
        "This operation can be called with a status of: Reviewing, Reviewable ("
    )
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)

    client.delete_hit(HITId=hit_id)

    assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
    assert client.list_hits()["HITs"] == client.list_reviewable_hits()["HITs"] == []
    assert "state 'Disposed'" in refused(client.delete_hit, HITId=hit_id)["Message"]
    assert "does not exist" in refused(client.list_assignments_for_hit, HITId=hit_id)["Message"]
    later = market.clock.now_ms() // 1000 + 60
    error = refused(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=later)
    assert error["TurkErrorCode"] == "AWS.MechanicalTurk.InvalidHITState"


def test_create_hit__refuses__without_funds(market: Market, client: Any) -> None:
    # GIVEN all the money held for a HIT that has since ended
    client.create_hit(**hit_values(Reward="900.00", MaxAssignments=9, LifetimeInSeconds=60))

    error = refused(client.create_hit, **hit_values(Reward="900.00", UniqueRequestToken="t"))

    assert error["TurkErrorCode"] == "AWS.MechanicalTurk.InsufficientFunds"
    assert error["Message"].startswith("This Requester has insufficient funds")
    assert client.list_hits()["NumResults"] == 1
    market.clock.advance(61)
    client.create_hit(**hit_values(Reward="900.00", UniqueRequestToken="t"))


def test_fee__doubles_from_ten_assignments_on(client: Any) -> None:
    client.create_hit(**hit_values(Reward="1.00", MaxAssignments=9))
    assert client.get_account_balance()["OnHoldBalance"] == "10.80"
    client.create_hit(**hit_values(Reward="1.00", MaxAssignments=10))
    assert client.get_account_balance()["OnHoldBalance"] == "24.80"


def test_every_operation__of_the_model_is_answered(market: Market, client: Any) -> None:
    served = {
        name
        for name in model.operation_names()
        if "OperationNotSupported" not in str(_try(client, name))
    }

    assert len(served) == 39


def _try(client: Any, name: str) -> Any:
    minimal = {
        "StructureShape": {},
        "string": "A3",
        "integer": 1,
        "long": 60,
        "boolean": True,
        "timestamp": 0,
        "list": ["A3"],
    }
    shape = client.meta.service_model.operation_model(name).input_shape
    arguments: dict[str, Any] = {}
    for member in shape.required_members:
        kind = shape.members[member]
        value = minimal.get(kind.type_name, {})
        if kind.name in {"CurrencyAmount"}:
            value = "0.05"
        elif getattr(kind, "enum", None):
            value = kind.enum[0]
        elif kind.name == "NotificationSpecification":
            value = {
                "Destination": "d",
                "Transport": "SQS",
                "Version": "2014-08-15",
                "EventTypes": ["Ping"],
            }
        arguments[member] = value
    method = "".join("_" + c.lower() if c.isupper() else c for c in name)[1:]
    method = method.replace("_h_i_ts", "_hits").replace("_h_i_t", "_hit").replace("_u_r_l", "_url")
    try:
        return getattr(client, method)(**arguments)
    except client.exceptions.RequestError as error:
        return error.response
    except Exception as error:
        if "ParameterValidationError" in str(error):
            return error
        raise
