"""What qualifications let workers find, preview and accept, through the site's API."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.marketplace.domain import system_qualifications as system
from chalicelib.marketplace.domain.errors import BadRequest, NotFound
from chalicelib.marketplace.domain.people import Profile
from chalicelib.marketplace.store.tables import WorkerRow
from tests.integration.market import Market, post
from tests.integration.qualifications import make_type, needing, pending
from tests.integration.worker_site import Site

LOCALE = "00000000000000000071"


def groups(worker: Site, word: str, **query: str) -> dict[str, Any]:
    """The groups that a search finds, by the id of their HIT."""
    found = worker.get("/market/hits", q=word, **query).json["groups"]
    return {group["hitId"]: group for group in found}


def request(worker: Site, type_id: str) -> Any:
    return worker.post("/market/qualifications/request", qualificationTypeId=type_id)


def test_requested_and_granted__unlocks_the_hit(client: Any, worker: Site) -> None:
    type_id = make_type(client, Name=f"French {uuid.uuid4().hex}")
    title = uuid.uuid4().hex
    required = needing(type_id, Comparator="GreaterThan", IntegerValues=[3])
    hit_id = post(client, Title=title, **required)
    assert worker.post("/market/accept", hitId=hit_id).code == "not_qualified"
    group = groups(worker, title)[hit_id]
    (unmet,) = group["unmet"]
    assert group["qualified"] is False
    assert unmet["name"].startswith("French")
    assert unmet == {
        "qualificationTypeId": type_id,
        "name": unmet["name"],
        "comparator": "GreaterThan",
        "integers": [3],
        "locales": [],
        "requestable": True,
        "value": None,
    }

    asked = request(worker, type_id).json
    assert (asked["asking"], asked["request"], asked["status"]) == ("pending", "Pending", None)
    again = request(worker, type_id).json
    assert {**again, "now": asked["now"]} == asked, "asking again changes nothing"
    (found,) = pending(client, type_id)
    request_id = found["QualificationRequestId"]
    client.accept_qualification_request(QualificationRequestId=request_id, IntegerValue=4)

    group = groups(worker, title)[hit_id]
    assert (group["qualified"], group["unmet"]) == (True, [])
    assert worker.get(f"/market/hits/group/{group['groupId']}").json["qualified"] is True
    assert worker.post("/market/accept", groupId=group["groupId"]).status == 200
    client.disassociate_qualification_from_worker(
        QualificationTypeId=type_id, WorkerId=worker.worker_id, Reason="sorry"
    )
    other = post(client, Title=title, **required)
    assert worker.post("/market/accept", hitId=other).code == "not_qualified"
    held = worker.get("/market/qualifications").json["held"]
    assert [(h["status"], h["value"], h["reason"]) for h in held] == [("Revoked", None, "sorry")]


def test_guards__deny_finding_previewing_accepting(client: Any, worker: Site) -> None:
    type_id = make_type(client)
    title = uuid.uuid4().hex
    plain = post(client, Title=title, **needing(type_id, ActionsGuarded="Accept"))
    old = post(client, Title=title, **needing(type_id, RequiredToPreview=True))
    seen = post(client, Title=title, **needing(type_id, ActionsGuarded="PreviewAndAccept"))
    guarded = needing(type_id, ActionsGuarded="DiscoverPreviewAndAccept")
    hidden = post(client, Title=title, **guarded)
    group_of = client.get_hit(HITId=hidden)["HIT"]["HITGroupId"]

    found = groups(worker, title)

    assert set(found) == {plain, old, seen}
    shown = {
        hit_id: worker.get(f"/market/hits/group/{group['groupId']}").status
        for hit_id, group in found.items()
    }
    assert shown == {plain: 200, old: 403, seen: 403}
    assert worker.get(f"/market/hits/group/{group_of}").code == "not_qualified"
    for hit_id in (plain, old, seen, hidden):
        assert worker.post("/market/accept", hitId=hit_id).code == "not_qualified"
    assert worker.post("/market/accept", groupId=group_of).code == "not_qualified"
    client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=worker.worker_id
    )
    assert set(groups(worker, title)) == {plain, old, seen, hidden}
    assert worker.get(f"/market/hits/group/{group_of}").status == 200
    for hit_id in (plain, old, seen, hidden):
        assert worker.post("/market/accept", hitId=hit_id).status == 200


def test_all_requirements__have_to_be_met(client: Any, worker: Site) -> None:
    types = [make_type(client) for _ in range(3)]
    title = uuid.uuid4().hex
    hit_id = post(client, Title=title, **needing(*types))
    for n, type_id in enumerate(types):
        assert len(groups(worker, title)[hit_id]["unmet"]) == 3 - n
        assert worker.post("/market/accept", hitId=hit_id).code == "not_qualified"
        client.associate_qualification_with_worker(
            QualificationTypeId=type_id, WorkerId=worker.worker_id, IntegerValue=0
        )

    assert worker.post("/market/accept", hitId=hit_id).status == 200


def test_does_not_exist__is_met_by_absence_and_by_revocation(client: Any, worker: Site) -> None:
    type_id = make_type(client)
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    hits = [post(client, **needing(type_id, Comparator="DoesNotExist")) for _ in range(3)]

    assert worker.post("/market/accept", hitId=hits[0]).status == 200
    client.associate_qualification_with_worker(**named)
    assert worker.post("/market/accept", hitId=hits[1]).code == "not_qualified"
    client.disassociate_qualification_from_worker(**named)
    assert worker.post("/market/accept", hitId=hits[2]).status == 200


def test_listing__can_be_kept_to_what_one_may_accept(client: Any, worker: Site) -> None:
    mine, other = make_type(client), make_type(client)
    client.associate_qualification_with_worker(QualificationTypeId=mine, WorkerId=worker.worker_id)
    title = uuid.uuid4().hex
    made = {
        kind: [
            post(client, Title=title, Description=f"{kind} {n}", **needing(kind)) for n in range(13)
        ]
        for kind in (mine, other)
    }

    pages, cursor = [], ""
    while cursor is not None:
        page = worker.get("/market/hits", q=title, qualified="1", cursor=cursor).json
        pages.append([group["hitId"] for group in page["groups"]])
        assert all(group["qualified"] for group in page["groups"])
        cursor = page["cursor"]

    assert {hit_id for page in pages for hit_id in page} == set(made[mine])
    assert len(groups(worker, title)) == 20, "a page of everything is full"


def test_system_types__are_computed_from_the_record(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    first = post(client, MaxAssignments=1)
    job = worker.post("/market/accept", hitId=first).json["assignmentId"]
    site.submit({"assignmentId": job, "a": "1"})
    client.approve_assignment(AssignmentId=job)
    second = post(client)
    job = worker.post("/market/accept", hitId=second).json["assignmentId"]
    worker.post("/market/return", assignmentId=job)
    worker.post("/market/return", assignmentId=job)
    third = post(client, AssignmentDurationInSeconds=60)
    worker.post("/market/accept", hitId=third)
    market.clock.advance(61)
    assert worker.get("/market/assignments").json["queue"] == []

    values = {
        kind["qualificationTypeId"]: kind["value"]
        for kind in worker.get("/market/qualifications").json["system"]
    }

    assert values == {
        "000000000000000000L0": 100,
        system.NUMBER_HITS_APPROVED: 1,
        system.ADULT: 0,
        LOCALE: "US",
        system.PERCENT_SUBMITTED: 33,
        system.PERCENT_RETURNED: 33,
        system.PERCENT_ABANDONED: 33,
        system.PERCENT_REJECTED: 0,
    }
    experienced = needing(
        system.NUMBER_HITS_APPROVED, Comparator="GreaterThanOrEqualTo", IntegerValues=[1]
    )
    assert worker.post("/market/accept", hitId=post(client, **experienced)).status == 200
    newcomer = site.sign_in(f"new {uuid.uuid4().hex[:8]}")
    assert newcomer.post("/market/accept", hitId=post(client, **experienced)).code == (
        "not_qualified"
    )


def test_place_age_and_mastery__open_what_needs_them(
    market: Market, client: Any, worker: Site
) -> None:
    new_york = {"Country": "US", "Subdivision": "NY"}
    needs = [
        needing(LOCALE, Comparator="In", LocaleValues=[{"Country": "DE"}, new_york]),
        needing(system.ADULT, Comparator="EqualTo", IntegerValues=[1]),
        needing(system.MASTERS),
        needing(system.MASTERS_SANDBOX),
    ]
    hits = [post(client, **need) for need in needs]
    for hit_id in hits:
        assert worker.post("/market/accept", hitId=hit_id).code == "not_qualified"
    profiles = market.market.profiles

    profiles.describe(worker.worker_id, Profile("US", "NY", master=True))
    assert worker.post("/market/qualifications/adult", agreed=True).json == {}

    for hit_id in hits:
        assert worker.post("/market/accept", hitId=hit_id).status == 200
    shown = worker.get("/market/qualifications").json["system"]
    assert {"US-NY", 1} <= {kind["value"] for kind in shown}
    profiles.describe(worker.worker_id, Profile("DE", master=False))
    worker.post("/market/qualifications/adult", agreed=False)
    for need in needs[1:]:
        assert worker.post("/market/accept", hitId=post(client, **need)).code == "not_qualified"
    shown = worker.get("/market/qualifications").json["system"]
    assert "DE" in {kind["value"] for kind in shown}


def test_profiles__refuse_what_makes_no_sense(market: Market, worker: Site) -> None:
    profiles = market.market.profiles

    for place in (("us",), ("USA",), ("US", "new york"), ("US", "")):
        with pytest.raises(BadRequest):
            profiles.describe(worker.worker_id, Profile(*place))
    with pytest.raises(NotFound):
        profiles.describe("AUNKNOWN", Profile(master=True))
    for agreed in (None, "yes", 1):
        answer = worker.post("/market/qualifications/adult", agreed=agreed)
        assert (answer.status, answer.code) == (400, "bad_request")


def test_rate__counts_once_a_hundred_were_submitted(client: Any, worker: Site) -> None:
    needed = needing("000000000000000000L0", Comparator="GreaterThanOrEqualTo", IntegerValues=[90])
    row = WorkerRow.get(worker.worker_id)
    row.update([WorkerRow.submitted.set(99), WorkerRow.approved.set(9), WorkerRow.rejected.set(90)])
    assert worker.post("/market/accept", hitId=post(client, **needed)).status == 200

    row.update([WorkerRow.submitted.set(100), WorkerRow.rejected.set(91)])

    assert worker.post("/market/accept", hitId=post(client, **needed)).code == "not_qualified"


def test_requests__are_refused_with_a_reason(market: Market, client: Any, worker: Site) -> None:
    idle = make_type(client, QualificationTypeStatus="Inactive")
    gone = make_type(client)
    client.delete_qualification_type(QualificationTypeId=gone)
    given, once = make_type(client), make_type(client)
    again = make_type(client, RetryDelayInSeconds=60)
    client.associate_qualification_with_worker(QualificationTypeId=given, WorkerId=worker.worker_id)
    for type_id in (once, again):
        assert request(worker, type_id).status == 200
        (found,) = pending(client, type_id)
        request_id = found["QualificationRequestId"]
        client.reject_qualification_request(QualificationRequestId=request_id)

    answers = {t: request(worker, t) for t in (idle, gone, given, once, again)}

    assert {t: (a.status, a.code) for t, a in answers.items()} == {
        idle: (409, "not_requestable"),
        gone: (409, "not_requestable"),
        given: (409, "already_held"),
        once: (409, "no_retake"),
        again: (409, "retry_later"),
    }
    at = answers[again].json["error"]["again"]
    assert 0 < at - market.clock.now_ms() <= 60_000
    market.clock.advance(60)
    assert request(worker, again).json["asking"] == "pending"
    assert request(worker, once).code == "no_retake"
    assert request(worker, "3UNKNOWN").code == "not_found"
    assert request(worker, "no id").status == 400
    client.update_qualification_type(QualificationTypeId=once, RetryDelayInSeconds=0)
    assert request(worker, once).json["asking"] == "pending"


def test_overview__lists_held_pending_and_a_page_of_what_can_be_asked_for(
    market: Market, site: Site, worker: Site
) -> None:
    client = market.client()
    word = uuid.uuid4().hex
    made = [make_type(client, Name=f"{n:02} {word}") for n in range(23)]
    make_type(client, Name=f"idle {word}", QualificationTypeStatus="Inactive")
    request(worker, made[2])
    client.associate_qualification_with_worker(
        QualificationTypeId=made[1], WorkerId=worker.worker_id, IntegerValue=6
    )

    first = worker.get("/market/qualifications", q=word).json
    second = worker.get("/market/qualifications", q=word, cursor=first["cursor"]).json

    assert [q["qualificationTypeId"] for q in first["requestable"]] == made[:20]
    assert [q["asking"] for q in first["requestable"][:4]] == [
        "allowed",
        "held",
        "pending",
        "allowed",
    ]
    assert [q["qualificationTypeId"] for q in second["requestable"]] == made[20:]
    assert second["cursor"] is None
    assert [(q["qualificationTypeId"], q["value"]) for q in first["held"]] == [(made[1], 6)]
    assert [q["qualificationTypeId"] for q in first["pending"]] == [made[2]]
    assert worker.get("/market/qualifications", cursor="nonsense").status == 400
    assert site.get("/market/qualifications").code == "not_signed_in"
    other = site.sign_in(f"other {word[:8]}")
    assert other.get("/market/qualifications", q=word).json["held"] == []
