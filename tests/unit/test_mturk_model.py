"""The pinned service model, and the checks that botocore does not make."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest

from chalicelib.mturk import model


def test_copy__serves_where_botocore_has_no_model_any_more(tmp_path: Path) -> None:
    copy = model.take_copy(tmp_path)

    ours = model.load(copy)
    theirs = model.load(tmp_path / "no copy")
    assert ours["operations"].keys() == theirs["operations"].keys()
    assert ours["shapes"].keys() == theirs["shapes"].keys()
    assert "documentation" not in copy.read_text()
    loader = botocore.loaders.create_loader(str(tmp_path))
    assert loader.load_service_model("mturk", "service-2", "2017-01-17") == ours


def test_copy__pages_lists_too(tmp_path: Path) -> None:
    model.take_copy(tmp_path)

    # Of this folder alone.
    loader = botocore.loaders.Loader([str(tmp_path)], include_default_search_paths=False)
    pages = loader.load_service_model("mturk", "paginators-1", "2017-01-17")["pagination"]
    assert len(pages) == 9


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
        ("UpdateExpirationForHIT", {"HITId": "3A", "ExpireAt": 10**400}, "invalid", "ExpireAt"),
        ("UpdateExpirationForHIT", {"HITId": "3A", "ExpireAt": math.nan}, "invalid", "ExpireAt"),
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
