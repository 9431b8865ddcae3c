"""Qualification tests: set over the protocol, taken on the site, scored or left to the owner."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.mturk import answers
from tests.integration.market import Market, post, refused
from tests.integration.qualifications import (
    FREE_TEXT,
    KEY,
    KEYED,
    TEST,
    TESTED,
    choice,
    form,
    key,
    make_type,
    needing,
    pending,
)
from tests.integration.worker_site import Answer, Site

INVALID = "ParameterValidationError"


def request(worker: Site, type_id: str) -> Answer:
    return worker.post("/market/qualifications/request", qualificationTypeId=type_id)


def hand_in(worker: Site, type_id: str, *fields: tuple[str, str]) -> Answer:
    return worker.post("/market/qualifications/test", qualificationTypeId=type_id, fields=[*fields])


def shown(worker: Site, type_id: str) -> Answer:
    return worker.get(f"/market/qualifications/test/{type_id}")


def score(client: Any, type_id: str, worker: Site) -> int:
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    return int(client.get_qualification_score(**named)["Qualification"]["IntegerValue"])


def test_test_with_a_key__is_scored_at_once_and_unlocks_the_hit(
    market: Market, client: Any, worker: Site
) -> None:
    type_id = make_type(client, **KEYED)
    required = needing(type_id, Comparator="GreaterThanOrEqualTo", IntegerValues=[60])
    hit_id = post(client, **required)
    opened = request(worker, type_id).json
    assert (opened["asking"], opened["hasTest"], opened["testDurationS"]) == ("open", True, 60)
    test = shown(worker, type_id).json
    assert test["deadline"] == opened["deadline"] == opened["requestedAt"] + 60_000
    questions = [part for part in test["form"]["parts"] if part["kind"] == "question"]
    assert [q["identifier"] for q in questions] == ["move", "fruit"]
    fields = [q["input"]["field"] for q in questions]
    assert pending(client, type_id) == []

    done = hand_in(worker, type_id, (fields[0], "C"), (fields[1], "apples")).json

    assert (done["request"], done["status"], done["value"]) == ("Granted", "Granted", 67)
    assert score(client, type_id, worker) == 67
    assert pending(client, type_id) == []
    assert worker.post("/market/accept", hitId=hit_id).status == 200


def test_key__grants_any_value_also_zero(client: Any, worker: Site) -> None:
    type_id = make_type(client, **KEYED)
    request(worker, type_id)

    assert hand_in(worker, type_id, ("q1", "C"), ("q2", "pears")).json["value"] == 0

    assert score(client, type_id, worker) == 0
    assert worker.post("/market/accept", hitId=post(client, **needing(type_id))).status == 200


def test_test_without_a_key__is_left_to_its_owner(client: Any, worker: Site) -> None:
    type_id = make_type(client, Test=form(FREE_TEXT), TestDurationInSeconds=60)
    request(worker, type_id)

    done = hand_in(worker, type_id, ("q1", "because <3")).json

    assert (done["request"], done["asking"], done["status"]) == ("Pending", "pending", None)
    (found,) = pending(client, type_id)
    assert found["Test"] == form(FREE_TEXT)
    assert answers.parse(found["Answer"]) == {"why": "because <3"}
    client.accept_qualification_request(
        QualificationRequestId=found["QualificationRequestId"], IntegerValue=12
    )
    assert score(client, type_id, worker) == 12


def test_time__runs_from_the_request_and_ends_by_itself(
    market: Market, client: Any, worker: Site
) -> None:
    type_id = make_type(client, **KEYED, RetryDelayInSeconds=300)
    first = request(worker, type_id).json
    market.clock.advance(30)
    again = request(worker, type_id).json
    assert {**again, "now": first["now"]} == first, "opening it again does not add time"
    assert shown(worker, type_id).json["deadline"] == first["deadline"]
    market.clock.advance(31)

    assert shown(worker, type_id).code == "no_open_test"
    assert hand_in(worker, type_id, ("q1", "D"), ("q2", "apples")).code == "no_open_test"
    again = request(worker, type_id)
    assert again.code == "retry_later"
    assert again.json["error"]["again"] == first["requestedAt"] + 300_000
    assert worker.get("/market/qualifications").json["pending"] == []
    market.clock.advance(240)
    assert request(worker, type_id).json["asking"] == "open"
    assert hand_in(worker, type_id, ("q1", "D"), ("q2", "apples")).json["value"] == 100


def test_time_out__of_a_test_without_retries_was_the_only_try(
    market: Market, client: Any, worker: Site
) -> None:
    type_id = make_type(client, **KEYED)
    request(worker, type_id)
    market.clock.advance(61)

    assert request(worker, type_id).code == "no_retake"


def test_retake__after_the_delay_changes_the_score(
    market: Market, client: Any, worker: Site
) -> None:
    type_id = make_type(client, **KEYED, RetryDelayInSeconds=60)
    request(worker, type_id)
    hand_in(worker, type_id, ("q1", "D"), ("q2", "apples"))
    assert request(worker, type_id).code == "retry_later"
    market.clock.advance(60)
    request(worker, type_id)
    assert score(client, type_id, worker) == 100, "until it is handed in the old one counts"

    hand_in(worker, type_id, ("q1", "D"), ("q2", "pears"))

    assert score(client, type_id, worker) == 33


def test_wrong_answers__leave_the_test_open(client: Any, site: Site, worker: Site) -> None:
    type_id = make_type(client, **KEYED)
    assert hand_in(worker, type_id, ("q1", "D")).code == "no_open_test"
    assert shown(worker, type_id).code == "no_open_test"
    request(worker, type_id)
    other = site.sign_in(f"other {uuid.uuid4().hex[:8]}")
    assert shown(other, type_id).code == "no_open_test"

    missing = hand_in(worker, type_id, ("q1", "E"))

    assert (missing.status, missing.code) == (422, "bad_answer")
    assert set(missing.json["error"]["errors"]) == {"move", "fruit"}
    for fields in (None, "x", [["a"]], [["a", 1]], [["a", "b"]] * 1001):
        answer = worker.post(
            "/market/qualifications/test", qualificationTypeId=type_id, fields=fields
        )
        assert (answer.status, answer.code) == (400, "bad_request")
    assert hand_in(worker, type_id, ("q1", "D"), ("q2", "pears")).json["value"] == 33
    assert hand_in(worker, type_id, ("q1", "D"), ("q2", "apples")).code == "no_open_test"
    assert score(client, type_id, worker) == 33
    assert shown(worker, "3UNKNOWN").code == "not_found"


def test_open_test__stays_what_it_was_when_the_type_changes(client: Any, worker: Site) -> None:
    type_id = make_type(client, **KEYED)
    request(worker, type_id)
    client.update_qualification_type(
        QualificationTypeId=type_id,
        Test=form(choice("other", "x", "y")),
        AnswerKey=key(other=("x", 1)),
        TestDurationInSeconds=5,
        QualificationTypeStatus="Inactive",
    )

    assert len(shown(worker, type_id).json["form"]["parts"]) == 2
    assert hand_in(worker, type_id, ("q1", "D"), ("q2", "apples")).json["value"] == 100


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Test": TEST}, "TestDurationInSeconds"),
        ({**TESTED, "TestDurationInSeconds": 0}, "TestDurationInSeconds"),
        ({**TESTED, "AutoGranted": True}, "cannot be AutoGranted"),
        ({**TESTED, "Test": "<QuestionForm>"}, "There was an error parsing the XML question"),
        ({**TESTED, "Test": form(FREE_TEXT), "AnswerKey": KEY}, "free text"),
        ({**TESTED, "AnswerKey": key(nothing=("D", 5))}, "AnswerKey: the test has no question"),
        ({**TESTED, "AnswerKey": KEY[:-1]}, "AnswerKey"),
        ({**TESTED, "Test": TEST.replace("</", " " * 66_000 + "</", 1)}, "65535"),
    ],
)
def test_create__refuses_tests_that_cannot_be_taken(
    client: Any, changes: dict[str, Any], says: str
) -> None:
    error = refused(lambda **values: make_type(client, **values), **changes)

    assert error["Error"]["Code"] == INVALID
    assert says in error["Message"]


def test_get__shows_the_key_to_its_owner_alone(market: Market, client: Any) -> None:
    type_id = make_type(client, **KEYED)

    def found(by: Any) -> dict[str, Any]:
        answer = by.get_qualification_type(QualificationTypeId=type_id)
        kind: dict[str, Any] = answer["QualificationType"]
        return kind

    mine, theirs = found(client), found(market.client())
    assert (mine["Test"], mine["AnswerKey"], mine["TestDurationInSeconds"]) == (TEST, KEY, 60)
    assert theirs == {name: value for name, value in mine.items() if name != "AnswerKey"}
    owned = {"MustBeRequestable": True, "MustBeOwnedByCaller": True}
    (listed,) = client.list_qualification_types(**owned)["QualificationTypes"]
    assert not {"Test", "AnswerKey"} & set(listed)


def test_update__sets_questions_time_and_key_together(client: Any) -> None:
    type_id = make_type(client)

    def update(**changes: Any) -> dict[str, Any]:
        answer = client.update_qualification_type(QualificationTypeId=type_id, **changes)
        kind: dict[str, Any] = answer["QualificationType"]
        return kind

    for alone in ({"TestDurationInSeconds": 5}, {"AnswerKey": KEY}, {"Test": TEST}):
        assert refused(update, **alone)["Error"]["Code"] == INVALID
    assert update(**KEYED)["AnswerKey"] == KEY
    for alone in ({"TestDurationInSeconds": 5}, {"AnswerKey": KEY}, {"AutoGranted": True}):
        assert refused(update, **alone)["Error"]["Code"] == INVALID
    # what is left out stays, but a test that is given anew has no key unless one is given
    assert update(Description="new")["AnswerKey"] == KEY
    without = update(Test=TEST, TestDurationInSeconds=90)
    assert (without["Test"], without["TestDurationInSeconds"]) == (TEST, 90)
    assert "AnswerKey" not in without


def test_update__gives_a_test_only_to_what_is_not_automatic(client: Any) -> None:
    type_id = make_type(client, AutoGranted=True)
    call = client.update_qualification_type

    assert refused(call, QualificationTypeId=type_id, **KEYED)["Error"]["Code"] == INVALID

    changed = call(QualificationTypeId=type_id, **KEYED, AutoGranted=False)["QualificationType"]
    assert (changed["AutoGranted"], changed["AnswerKey"]) == (False, KEY)
