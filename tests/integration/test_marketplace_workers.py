"""A worker's way through the site, and what it does to the requester's view."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.mturk import answers, arrival
from tests.integration.market import Market, counters, post, refused
from tests.integration.worker_site import Site, parameters


def test_whole_way__browse_accept_submit_approve_earn(
    market: Market, site: Site, worker: Site
) -> None:
    # GIVEN a HIT
    keys = market.credentials("Polling lab")
    client = market.client(keys)
    title = f"wait {uuid.uuid4().hex}"
    hit_id = post(client, Title=title)

    # WHEN the worker finds, previews, accepts and submits it
    groups = worker.get("/market/hits", q=title.upper()).json["groups"]
    assert [(g["title"], g["requester"], g["reward"]) for g in groups] == [
        (title, "Polling lab", "0.05")
    ]
    assert (groups[0]["available"], groups[0]["hitId"]) == (3, hit_id)
    group = worker.get(f"/market/hits/group/{groups[0]['groupId']}").json
    assert parameters(group["previewUrl"]) == {
        "a": "1",
        "b": "2",
        "assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE",
        "hitId": hit_id,
    }
    assert group["frameHeight"] == 600
    assert counters(client, hit_id) == ("Assignable", 0, 3, 0)
    job = worker.post("/market/accept", groupId=groups[0]["groupId"]).json
    assert counters(client, hit_id) == ("Assignable", 1, 2, 0)
    given = parameters(job["frameUrl"])
    assert given["turkSubmitTo"] == "http://127.0.0.1:8000/api"
    assert (given["assignmentId"], given["workerId"]) == (job["assignmentId"], worker.worker_id)
    assert arrival.verify(
        keys.arrival_key,
        given["arrival"],
        job["assignmentId"],
        hit_id,
        worker.worker_id,
        market.clock.now_ms(),
        60_000,
    )
    page = site.submit({"assignmentId": job["assignmentId"], "answer": "<b>&", "hitId": hit_id})

    # THEN everybody sees it
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "retainer-market:submitted" in page.body
    assert job["assignmentId"] in page.body
    assert counters(client, hit_id) == ("Assignable", 0, 2, 0)
    (found,) = client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    assert answers.parse(found["Answer"]) == {"answer": "<b>&"}
    assert (found["WorkerId"], found["AssignmentStatus"]) == (worker.worker_id, "Submitted")
    assert "ApprovalTime" not in found
    assert worker.get("/market/assignments").json["queue"] == []
    earned = worker.get("/market/earnings").json
    assert (earned["submitted"], earned["pending"], earned["total"]) == (1, "0.05", "0.00")
    client.approve_assignment(AssignmentId=job["assignmentId"], RequesterFeedback="thanks")
    client.send_bonus(
        WorkerId=worker.worker_id,
        AssignmentId=job["assignmentId"],
        BonusAmount="0.20",
        Reason="waiting",
    )
    earned = worker.get("/market/earnings").json
    assert {k: earned[k] for k in ("approved", "pending", "rewards", "bonuses", "total")} == {
        "approved": 1,
        "pending": "0.00",
        "rewards": "0.05",
        "bonuses": "0.20",
        "total": "0.25",
    }
    recent = earned["recent"][0]
    assert (recent["title"], recent["bonus"], recent["status"], recent["feedback"]) == (
        title,
        "0.20",
        "Approved",
        "thanks",
    )
    answer = client.get_assignment(AssignmentId=job["assignmentId"])
    assert answer["Assignment"]["AssignmentStatus"] == "Approved"
    assert answer["HIT"]["NumberOfAssignmentsCompleted"] == 1
    # 3 x (0.05 + 0.01) held, one of them spent, and a bonus of 0.20 + 0.04
    balance = client.get_account_balance()
    assert (balance["AvailableBalance"], balance["OnHoldBalance"]) == ("9999.58", "0.12")


def test_counters__follow_the_worked_example(market: Market, client: Any, site: Site) -> None:
    # The example of the service's own guide, five assignments
    hit_id = post(client, MaxAssignments=5)
    workers = [site.sign_in(f"w{n} {uuid.uuid4().hex[:6]}") for n in range(6)]
    jobs = [w.post("/market/accept", hitId=hit_id).json["assignmentId"] for w in workers[:3]]
    assert counters(client, hit_id) == ("Assignable", 3, 2, 0)
    jobs += [w.post("/market/accept", hitId=hit_id).json["assignmentId"] for w in workers[3:5]]
    assert workers[5].post("/market/accept", hitId=hit_id).code == "none_left"
    for job in jobs[:2]:
        site.submit({"assignmentId": job, "a": "1"})
    assert counters(client, hit_id) == ("Unassignable", 3, 0, 0)
    assert workers[2].post("/market/return", assignmentId=jobs[2]).json == {}
    assert workers[2].post("/market/return", assignmentId=jobs[2]).json == {}
    assert counters(client, hit_id) == ("Assignable", 2, 1, 0)
    jobs[2] = workers[5].post("/market/accept", hitId=hit_id).json["assignmentId"]
    for job in jobs[2:]:
        site.submit({"assignmentId": job, "a": "1"})
    assert counters(client, hit_id) == ("Reviewable", 0, 0, 0)
    assert [h["HITId"] for h in client.list_reviewable_hits()["HITs"]] == [hit_id]
    for job in jobs[:3]:
        client.approve_assignment(AssignmentId=job)
    assert counters(client, hit_id) == ("Reviewable", 0, 0, 3)
    error = refused(client.delete_hit, HITId=hit_id)
    assert "currently in the state 'Reviewable'" in error["Message"]
    for job in jobs[3:]:
        client.reject_assignment(AssignmentId=job, RequesterFeedback="no")
    assert counters(client, hit_id) == ("Reviewable", 0, 0, 5)
    client.delete_hit(HITId=hit_id)
    assert client.get_account_balance()["AvailableBalance"] == "9999.82"


def test_deadline__abandons_and_opens_the_slot(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    hit_id = post(client, MaxAssignments=1, AssignmentDurationInSeconds=60)
    job = worker.post("/market/accept", hitId=hit_id).json
    assert counters(client, hit_id) == ("Unassignable", 1, 0, 0)

    market.clock.advance(61)

    page = site.submit({"assignmentId": job["assignmentId"], "a": "1"})
    assert (page.status, "time is over" in page.body) == (410, True)
    assert worker.get("/market/assignments").json["queue"] == []
    assert counters(client, hit_id) == ("Assignable", 0, 1, 0)
    again = worker.post("/market/accept", hitId=hit_id).json
    assert again["assignmentId"] != job["assignmentId"]
    assert site.submit({"assignmentId": job["assignmentId"], "a": "1"}).status == 404
    assert site.submit({"assignmentId": again["assignmentId"], "a": "1"}).status == 200


def test_accept__is_the_same_when_repeated_and_survives_a_reload(client: Any, worker: Site) -> None:
    hit_id = post(client)
    job = worker.post("/market/accept", hitId=hit_id).json

    again = worker.post("/market/accept", hitId=hit_id).json

    assert again["assignmentId"] == job["assignmentId"]
    assert again["deadline"] == job["deadline"]
    (queued,) = worker.get("/market/assignments").json["queue"]
    assert queued["assignmentId"] == job["assignmentId"]
    assert parameters(queued["frameUrl"])["assignmentId"] == job["assignmentId"]
    assert counters(client, hit_id) == ("Assignable", 1, 2, 0)


def test_accept__by_group_gives_each_hit_once(client: Any, site: Site, worker: Site) -> None:
    title = f"many {uuid.uuid4().hex}"
    hits = {post(client, Title=title, MaxAssignments=1) for _ in range(3)}
    group = worker.get("/market/hits", q=title).json["groups"][0]["groupId"]

    jobs = [worker.post("/market/accept", groupId=group).json for _ in range(3)]

    assert {job["hitId"] for job in jobs} == hits
    assert worker.post("/market/accept", groupId=group).code == "already_done"
    other = site.sign_in("other")
    assert other.post("/market/accept", groupId=group).code == "none_left"
    assert other.get(f"/market/hits/group/{group}").code == "not_found"
    assert other.get("/market/hits", q=title).json == {"groups": [], "cursor": None}


def test_accept__at_most_25_at_a_time(market: Market, client: Any, worker: Site) -> None:
    title = f"many {uuid.uuid4().hex}"
    hits = [post(client, Title=title, AssignmentDurationInSeconds=60) for _ in range(26)]
    for hit_id in hits[:25]:
        assert worker.post("/market/accept", hitId=hit_id).status == 200

    assert worker.post("/market/accept", hitId=hits[25]).code == "too_many"

    assert counters(client, hits[25]) == ("Assignable", 0, 3, 0)
    assert len(worker.get("/market/assignments").json["queue"]) == 25
    market.clock.advance(61)
    assert worker.post("/market/accept", hitId=hits[25]).status == 200


def test_qualifications__guard_what_they_say(client: Any, site: Site, worker: Site) -> None:
    def require(comparator: str, guarded: str) -> list[dict[str, Any]]:
        return [
            {
                "QualificationTypeId": "00000000000000000071",
                "Comparator": comparator,
                "LocaleValues": [{"Country": "US"}],
                "ActionsGuarded": guarded,
            }
        ]

    title = f"locale {uuid.uuid4().hex}"
    ours = post(client, Title=title, QualificationRequirements=require("EqualTo", "Accept"))
    not_ours = post(client, Title=title, QualificationRequirements=require("NotIn", "Accept"))
    hidden = require("NotEqualTo", "DiscoverPreviewAndAccept")
    post(client, Title=title, QualificationRequirements=hidden)

    groups = worker.get("/market/hits", q=title).json["groups"]

    assert {g["hitId"] for g in groups} == {ours, not_ours}
    assert worker.post("/market/accept", hitId=ours).status == 200
    assert worker.post("/market/accept", hitId=not_ours).code == "not_qualified"
    assert all(worker.get(f"/market/hits/group/{g['groupId']}").status == 200 for g in groups)


def test_listing__sorts_and_pages(client: Any, worker: Site) -> None:
    word = uuid.uuid4().hex
    for cents in (3, 1, 2):
        post(client, Title=f"{word} {cents}", Reward=f"0.0{cents}")
    titles = [g["title"][-1] for g in worker.get("/market/hits", q=word).json["groups"]]
    assert titles == ["2", "1", "3"]
    by_reward = worker.get("/market/hits", q=word, sort="reward").json["groups"]
    assert [g["reward"] for g in by_reward] == ["0.03", "0.02", "0.01"]
    for n in range(30):
        post(client, Title=f"{word} page {n}")

    first = worker.get("/market/hits", q=f"{word} page").json
    second = worker.get("/market/hits", q=f"{word} page", cursor=first["cursor"]).json

    assert [len(first["groups"]), len(second["groups"])] == [20, 10]
    seen = {g["groupId"] for page in (first, second) for g in page["groups"]}
    assert len(seen) == 30


def test_listing__forgets_what_has_ended(market: Market, client: Any, worker: Site) -> None:
    word = uuid.uuid4().hex
    hit_id = post(client, Title=word, LifetimeInSeconds=60)
    market.clock.advance(61)

    assert worker.get("/market/hits", q=word).json["groups"] == []

    assert worker.post("/market/accept", hitId=hit_id).code == "none_left"
    later = market.clock.now_ms() // 1000 + 60
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
    assert [g["hitId"] for g in worker.get("/market/hits", q=word).json["groups"]] == [hit_id]


def test_session__same_name_same_worker_and_an_end(market: Market, site: Site) -> None:
    first = site.sign_in("Ann  Lee")
    second = site.sign_in(" ann lee ")
    assert first.worker_id == second.worker_id != site.sign_in("Bob").worker_id
    assert len(first.worker_id) == 14
    assert first.worker_id[0] == "A"

    assert first.post("/market/session/end").json == {}

    assert (first.get("/market/earnings").status, second.get("/market/earnings").status) == (
        401,
        200,
    )
    market.clock.advance(7 * 86_400)
    assert second.get("/market/earnings").code == "not_signed_in"


def test_site__refuses_without_a_session(site: Site) -> None:
    for path in ("/market/hits", "/market/assignments", "/market/earnings", "/market/hits/group/3"):
        answer = site.get(path)
        assert (answer.status, answer.code) == (401, "not_signed_in")
        assert answer.headers["access-control-allow-origin"]
    for path in ("/market/accept", "/market/return"):
        assert site.post(path).status == 401


@pytest.mark.parametrize("body", [b"[]", b"{", b"[" * 60_000, b"x" * 65_537, b"\xff"])
def test_site__refuses__bodies_that_are_no_object(worker: Site, body: bytes) -> None:
    answer = worker.call("POST", "/market/accept", {"content-type": "application/json"}, body)

    assert (answer.status, answer.code) == (400, "bad_request")


def test_site__refuses__malformed_values(client: Any, worker: Site) -> None:
    assert worker.post("/market/accept", hitId=3).code == "bad_request"
    assert worker.post("/market/accept", hitId="a/b").code == "bad_request"
    assert worker.post("/market/accept", hitId="3" * 2000).code == "bad_request"
    assert worker.post("/market/accept", hitId="3NONE").code == "not_found"
    assert worker.post("/market/accept", groupId="3NONE").code == "not_found"
    assert worker.post("/market/accept").code == "bad_request"
    assert worker.get("/market/hits/group/3NONE").code == "not_found"
    assert worker.get("/market/hits", sort="odd").code == "bad_request"
    assert worker.get("/market/hits", cursor="W10").code == "bad_request"
    assert worker.get("/market/hits", cursor="\U0001f600").code == "bad_request"
    assert worker.get("/market/hits", q="x" * 201).code == "bad_request"
    assert worker.post("/market/session", name="").code == "bad_request"
    assert worker.post("/market/session", name=" \t").code == "bad_request"
    assert worker.post("/market/session", name="x" * 41).code == "bad_request"
    assert worker.post("/market/session", name="a\u202eb").code == "bad_request"


def test_return__only_ones_own(client: Any, site: Site, worker: Site) -> None:
    job = worker.post("/market/accept", hitId=post(client)).json["assignmentId"]
    other = site.sign_in("somebody else")

    assert other.post("/market/return", assignmentId=job).code == "not_found"

    site.submit({"assignmentId": job, "a": "1"})
    assert worker.post("/market/return", assignmentId=job).code == "ended"
    assert worker.post("/market/return", assignmentId="3NONE").code == "not_found"


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "\\ud800"}',
        b'{"name": "a", "name": "b"}',
        b'{"name": NaN}',
        b'{"name": ' + b"9" * 5_000 + b"}",
        b"[" * 5_000,
    ],
)
def test_site__refuses_what_is_no_json(site: Site, body: bytes) -> None:
    kind = {"content-type": "application/json"}

    answer = site.call("POST", "/market/session", kind, body)

    assert (answer.status, "JSON" in answer.body) == (400, True)
