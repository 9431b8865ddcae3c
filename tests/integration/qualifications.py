"""Qualification types and requests for tests."""

from __future__ import annotations

import uuid
from typing import Any

from chalicelib.marketplace.services.qualification_requests import Standing
from tests.integration.market import Market


def make_type(client: Any, **changes: Any) -> str:
    """Create a type and return its id."""
    values = {
        "Name": f"French {uuid.uuid4().hex}",
        "Description": "Speaks French",
        "QualificationTypeStatus": "Active",
        **changes,
    }
    return str(
        client.create_qualification_type(**values)["QualificationType"]["QualificationTypeId"]
    )


def needing(*type_ids: str, **changes: Any) -> dict[str, Any]:
    """The requirements of a HIT that needs these to be held."""
    required = [
        {"QualificationTypeId": type_id, "Comparator": "Exists", **changes} for type_id in type_ids
    ]
    return {"QualificationRequirements": required}


def ask(market: Market, worker: Any, type_id: str) -> Standing:
    return market.market.qualification_requests.request(worker, type_id)


def pending(client: Any, type_id: str) -> list[dict[str, Any]]:
    found = client.list_qualification_requests(QualificationTypeId=type_id, MaxResults=100)
    requests: list[dict[str, Any]] = found["QualificationRequests"]
    return requests


SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"


def choice(name: str, *selections: str) -> str:
    """A question of a test, of which one or more choices are right."""
    choices = "".join(
        f"<Selection><SelectionIdentifier>{one}</SelectionIdentifier><Text>{one}</Text></Selection>"
        for one in selections
    )
    return (
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier><IsRequired>true</IsRequired>"
        f"<QuestionContent><Text>{name}?</Text></QuestionContent><AnswerSpecification>"
        f"<SelectionAnswer><Selections>{choices}</Selections></SelectionAnswer>"
        "</AnswerSpecification></Question>"
    )


FREE_TEXT = (
    "<Question><QuestionIdentifier>why</QuestionIdentifier><IsRequired>true</IsRequired>"
    "<QuestionContent><Text>Why?</Text></QuestionContent><AnswerSpecification><FreeTextAnswer/>"
    "</AnswerSpecification></Question>"
)


def form(*questions: str) -> str:
    space = f"{SCHEMAS}/2017-11-06/QuestionForm.xsd"
    return f'<QuestionForm xmlns="{space}">{"".join(questions)}</QuestionForm>'


def key(mapping: str = "", **right: tuple[str, int]) -> str:
    """An answer key; `right` names for each question what earns how many points."""
    questions = "".join(
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier><AnswerOption>"
        f"<SelectionIdentifier>{one}</SelectionIdentifier><AnswerScore>{points}</AnswerScore>"
        "</AnswerOption></Question>"
        for name, (one, points) in right.items()
    )
    inner = f"<QualificationValueMapping>{mapping}</QualificationValueMapping>" if mapping else ""
    space = f"{SCHEMAS}/2005-10-01/AnswerKey.xsd"
    return f'<AnswerKey xmlns="{space}">{questions}{inner}</AnswerKey>'


TEST = form(choice("move", "C", "D"), choice("fruit", "apples", "pears"))
KEY = key(
    "<PercentageMapping><MaximumSummedScore>15</MaximumSummedScore></PercentageMapping>",
    move=("D", 5),
    fruit=("apples", 10),
)
TESTED: dict[str, Any] = {"Test": TEST, "TestDurationInSeconds": 60}
KEYED: dict[str, Any] = {**TESTED, "AnswerKey": KEY}
