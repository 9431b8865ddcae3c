"""The pinned service model, and the checks that botocore does not make."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError

from chalicelib.mturk import model


def without_prose(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: without_prose(item)
            for key, item in value.items()
            if not (key == "documentation" and isinstance(item, str))
        }
    return [without_prose(item) for item in value] if isinstance(value, list) else value


def test_pinned_model__is_botocores() -> None:
    loader = botocore.session.get_session().get_component("data_loader")
    try:
        theirs = loader.load_service_model("mturk", "service-2", "2017-01-17")
    except UnknownServiceError:  # pragma: no cover
        pytest.skip("this botocore has no mturk model any more")
    path = model.DATA_PATH / "mturk" / "2017-01-17" / "service-2.json"

    assert json.loads(path.read_text()) == without_prose(theirs)


def test_operations__are_39() -> None:
    assert len(model.operation_names()) == 39
    assert model.target_prefix() == "MTurkRequesterServiceV20170117"
    assert model.signing_name() == "mturk-requester"


CREATE = {
    "LifetimeInSeconds": 60,
    "AssignmentDurationInSeconds": 60,
    "Reward": "0.05",
    "Title": "t",
    "Description": "d",
}


def first(operation: str, parameters: Any) -> tuple[str, str]:
    problem = model.request_problems(operation, parameters)[0]
    return problem.kind, problem.message


def test_request__fits() -> None:
    assert model.request_problems("CreateHIT", CREATE) == []
    assert model.request_problems("CreateHIT", {**CREATE, "MaxAssignments": None}) == []
    assert model.request_problems("ListHITs", {"MaxResults": 100}) == []
    assert model.request_problems("UpdateExpirationForHIT", {"HITId": "3A", "ExpireAt": 0}) == []


@pytest.mark.parametrize(
    ("operation", "parameters", "kind", "says"),
    [
        ("GetHIT", {}, "missing", "Required parameters include HITId."),
        ("GetHIT", [], "invalid", 'The value "[]" is not valid for the parameter request.'),
        ("GetHIT", {"HITId": "3a"}, "invalid", 'The value "3a" is not valid for the parameter'),
        ("GetHIT", {"HITId": "3A\n"}, "invalid", "is not valid for the parameter HITId."),
        ("GetHIT", {"HITId": ""}, "invalid", "HITId has a minimum length of 1."),
        ("GetHIT", {"HITId": "3" * 65}, "invalid", "HITId has a maximum length of 64."),
        ("GetHIT", {"HITId": 3}, "invalid", 'The value "3" is not valid'),
        ("GetHIT", {"HITId": "3A", "Extra": 1}, "unknown", "The parameter Extra is not known."),
        ("ListHITs", {"MaxResults": 101}, "invalid", 'The value "101" is not valid'),
        ("ListHITs", {"MaxResults": True}, "invalid", 'The value "true" is not valid'),
        ("ListHITs", {"MaxResults": 1.5}, "invalid", 'The value "1.5" is not valid'),
        ("CreateHIT", {**CREATE, "Reward": "0.123"}, "invalid", '"0.123" is not valid'),
        ("CreateHIT", {**CREATE, "MaxAssignments": 2**31}, "invalid", "MaxAssignments"),
        ("ListReviewableHITs", {"Status": "Odd"}, "invalid", '"Odd" is not valid'),
        ("UpdateExpirationForHIT", {"HITId": "3A", "ExpireAt": "x"}, "invalid", "ExpireAt"),
        ("UpdateExpirationForHIT", {"HITId": "3A", "ExpireAt": 1e300}, "invalid", "ExpireAt"),
        (
            "CreateHIT",
            {**CREATE, "QualificationRequirements": [{"Comparator": "In"}]},
            "missing",
            "include QualificationRequirements[0].QualificationTypeId.",
        ),
        (
            "ApproveAssignment",
            {"AssignmentId": "3A", "OverrideRejection": 1},
            "invalid",
            "Override",
        ),
    ],
)
def test_request__does_not_fit(operation: str, parameters: Any, kind: str, says: str) -> None:
    found, message = first(operation, parameters)

    assert found == kind
    assert says in message


def test_answer__is_checked_too() -> None:
    assert model.answer_problems("GetAccountBalance", {"AvailableBalance": "1.00"}) == []
    assert model.answer_problems("GetAccountBalance", {"AvailableBalance": "1.001"})
    assert model.answer_problems("GetHIT", {"HIT": {"HITStatus": "Odd"}})
