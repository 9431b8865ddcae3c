"""Where a worker stands with one type, as the site's pages are told."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.marketplace.domain.people import Profile
from tests.integration.market import Market
from tests.integration.qualifications import KEYED, TESTED, make_type, pending
from tests.integration.worker_site import Answer, Site

DAY = 86_400
LOCALE = "00000000000000000071"
MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"


@pytest.fixture
def client(market: Market) -> Any:
    return market.client(market.credentials("Lab"))


def show(worker: Site, type_id: str) -> Any:
    return worker.get(f"/market/qualifications/type/{type_id}").json


def ask(worker: Site, type_id: str) -> Answer:
    return worker.post("/market/qualifications/request", qualificationTypeId=type_id)


def refused(worker: Site) -> list[str]:
    found = worker.get("/market/qualifications").json["refused"]
    return [standing["qualificationTypeId"] for standing in found]


def test_type__tells_what_it_takes(client: Any, worker: Site) -> None:
    keyed = make_type(client, **KEYED, RetryDelayInSeconds=DAY, Keywords="a, b")
    read = make_type(client, **TESTED)
    plain = make_type(client)

    shown = show(worker, keyed)

    assert shown["system"] is False
    assert (shown["hasTest"], shown["scoredAtOnce"], shown["testDurationS"]) == (True, True, 60)
    assert (shown["retryDelayS"], shown["keywords"], shown["requester"]) == (DAY, "a, b", "Lab")
    assert (shown["asking"], shown["timedOut"], shown["request"]) == ("allowed", False, None)
    assert not {"test", "answerKey", "form"} & set(shown), "the questions are for who starts it"
    assert show(worker, read)["scoredAtOnce"] is False
    other = show(worker, plain)
    assert (other["hasTest"], other["retryDelayS"], other["testDurationS"]) == (False, None, None)


def test_type__is_refused(site: Site, worker: Site) -> None:
    path = "/market/qualifications/type"
    assert worker.get(f"{path}/3NONE").status == 404
    assert worker.get(f"{path}/no%20id").status == 400
    assert site.get(f"{path}/3NONE").code == "not_signed_in"


def test_systems_types__are_shown_with_the_workers_own_value(market: Market, worker: Site) -> None:
    market.market.profiles.describe(worker.worker_id, Profile("US", "NY"))

    shown = show(worker, LOCALE)

    assert (shown["system"], shown["name"], shown["value"]) == (True, "Worker_Locale", "US-NY")
    assert show(worker, MASTERS)["value"] is None


def test_rejected_request__is_listed_with_its_reason_until_it_is_held(
    client: Any, worker: Site
) -> None:
    type_id = make_type(client)
    ask(worker, type_id)
    (request,) = pending(client, type_id)
    client.reject_qualification_request(
        QualificationRequestId=request["QualificationRequestId"], Reason="Not now."
    )

    assert refused(worker) == [type_id]
    shown = show(worker, type_id)
    assert (shown["request"], shown["requestReason"]) == ("Rejected", "Not now.")
    assert (shown["reason"], shown["asking"]) == (None, "once_only")
    # reasons of the one and of the other are kept apart
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    client.associate_qualification_with_worker(**named)
    assert refused(worker) == []
    client.disassociate_qualification_from_worker(**named, Reason="Slips.")
    again = show(worker, type_id)
    assert (again["status"], again["reason"], again["requestReason"]) == (
        "Revoked",
        "Slips.",
        "Not now.",
    )


def test_timed_out_test__is_listed_with_when_it_may_be_taken_again(
    market: Market, client: Any, worker: Site
) -> None:
    type_id = make_type(client, **KEYED, RetryDelayInSeconds=DAY)
    opened = ask(worker, type_id).json
    assert opened["deadline"] == opened["requestedAt"] + 60_000
    assert refused(worker) == []

    market.clock.advance(61)

    shown = show(worker, type_id)
    assert (shown["timedOut"], shown["asking"], shown["deadline"]) == (True, "too_soon", None)
    assert shown["askAgainAt"] == opened["requestedAt"] + DAY * 1000
    assert refused(worker) == [type_id]
    market.clock.advance(DAY)
    assert show(worker, type_id)["asking"] == "allowed"
    assert ask(worker, type_id).json["timedOut"] is False
    assert refused(worker) == []


def test_further_pages__have_only_what_can_be_asked_for(client: Any, worker: Site) -> None:
    word = uuid.uuid4().hex
    for number in range(22):
        held = make_type(client, Name=f"{number:02} {word}")
    client.associate_qualification_with_worker(QualificationTypeId=held, WorkerId=worker.worker_id)

    first = worker.get("/market/qualifications", q=word).json
    second = worker.get("/market/qualifications", q=word, cursor=first["cursor"]).json

    assert len(first["held"]) == 1
    assert first["system"]
    assert [standing["status"] for standing in second["requestable"]] == [None, "Granted"]
    assert (second["system"], second["held"], second["pending"], second["refused"]) == (
        [],
        [],
        [],
        [],
    )
