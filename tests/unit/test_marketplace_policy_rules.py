"""Scores of review policies, with the documentation's own example; pay added up; message shape."""

from __future__ import annotations

import json

import pytest

from chalicelib.marketplace.domain import notifications, policies
from chalicelib.marketplace.domain.ids import group_id_of
from chalicelib.marketplace.domain.pay import Earned, Payment, earned

_ANSWERS = [
    {"A": "coat", "B": "blue", "C": "large", "D": "Furry"},
    {"A": "sweater", "B": "blue", "C": "large", "D": "fur"},
    {"A": "coat", "B": "green", "C": "large", "D": "furr"},
]


def plurality(threshold: str = "50", questions: str = "A, B,C,D") -> policies.Plurality:
    parameters = [
        {"Key": "QuestionIDs", "Values": [questions]},
        {"Key": "QuestionAgreementThreshold", "Values": [threshold]},
    ]
    return policies.plurality({"PolicyName": policies.PLURALITY, "Parameters": parameters})


def test_plurality__of_the_documentations_example() -> None:
    answers = [policies.values_of(given) for given in _ANSWERS]

    agreed = plurality().agreed(answers)

    assert {name: (set(values), level) for name, (values, level) in agreed.items()} == {
        "A": ({"coat"}, 66),
        "B": ({"blue"}, 66),
        "C": ({"large"}, 100),
    }
    assert policies.percent(len(agreed), 4) == 75
    scores = [
        policies.percent(sum(own.get(n) == v for n, (v, _) in agreed.items()), len(agreed))
        for own in answers
    ]
    assert scores == [100, 66, 66]


@pytest.mark.parametrize(
    ("given", "agreed"),
    [
        (["x", "x", "y", "y"], {}),
        (["x" * 257, "x" * 257], {}),
        (["", ""], {}),
        ([" x ", "x"], {"A": 100}),
        ([], {}),
    ],
)
def test_plurality__at_its_edges(given: list[str], agreed: dict[str, int]) -> None:
    answers = [policies.values_of({"A": text}) for text in given]

    found = plurality("49", "A").agreed(answers)

    assert {name: level for name, (_, level) in found.items()} == agreed


@pytest.mark.parametrize(
    ("given", "correct"),
    [
        (["A", "B"], True),
        (["B", " A"], True),
        (["A"], False),
        (["A", "B", "C"], False),
        (["a", "b"], False),
    ],
)
def test_known_answers__match_whole_sets(given: list[str], correct: bool) -> None:
    entries = [{"Key": "q", "Values": ["A ", "B"]}]
    parameters = [{"Key": "AnswerKey", "MapEntries": entries}]
    policy = policies.known_answers(
        {"PolicyName": policies.KNOWN_ANSWERS, "Parameters": parameters}
    )

    assert policy.correct(policies.values_of({"q": given})) == {"q": correct}


def test_pay__is_added_up_by_requester_and_worker() -> None:
    payments = [
        Payment("R2", "W1", "reward", 5),
        Payment("R1", "W1", "bonus", 7),
        Payment("R1", "W1", "reward", 5),
        Payment("R1", "W1", "reward", 6),
    ]

    found = earned(payments)

    assert found == [Earned("R1", "W1", 2, 11, 1, 7), Earned("R2", "W1", 1, 5)]
    assert [line.total_cents for line in found] == [18, 5]


def test_message__has_the_documented_shape() -> None:
    event = notifications.Event("AssignmentSubmitted", 1565385436999, "A1", "3T", "3H", "3A", "A2")

    assert json.loads(notifications.message(event, "doc")) == {
        "Events": [
            {
                "EventType": "AssignmentSubmitted",
                "EventTimestamp": "2019-08-09T21:17:16Z",
                "HITId": "3H",
                "HITTypeId": "3T",
                "HITGroupId": group_id_of("3T"),
                "AssignmentId": "3A",
                "WorkerId": "A2",
            }
        ],
        "EventDocId": "doc",
        "CustomerId": "A1",
        "SourceAccount": "A1",
        "EventDocVersion": "2014-08-15",
    }
