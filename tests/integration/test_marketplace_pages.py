"""HTMLQuestions as workers' frames load them: by address alone, and by nobody else's."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.mturk import answers, arrival, html_question
from chalicelib.mturk.frame import CONTENT_SECURITY_POLICY
from tests.integration.market import Market, post
from tests.integration.worker_site import Answer, Site, parameters
from tests.question_documents import HTML

SITE = "http://127.0.0.1:8000/api"


def path_of(url: str, **changes: str) -> str:
    """The path and query of an address of the API, with some of the query's values changed."""
    assert url.startswith(f"{SITE}/")
    return f"{urlsplit(url).path.removeprefix('/api')}?{urlencode({**parameters(url), **changes})}"


def frame(site: Site, url: str, **changes: str) -> Answer:
    """What a frame gets, which has no session."""
    return Site(site.gateway).get(path_of(url, **changes))


def test_page__is_served_to_a_frame_without_session(
    market: Market, site: Site, worker: Site
) -> None:
    keys = market.credentials()
    hit_id = post(market.client(keys), Question=HTML)

    job = worker.post("/market/accept", hitId=hit_id).json

    assert (job["kind"], job["frameHeight"]) == ("html", 500)
    given = parameters(job["frameUrl"])
    assert {
        name: given[name] for name in ("assignmentId", "hitId", "workerId", "turkSubmitTo")
    } == {
        "assignmentId": job["assignmentId"],
        "hitId": hit_id,
        "workerId": worker.worker_id,
        "turkSubmitTo": SITE,
    }
    assert arrival.verify(
        keys.arrival_key,
        given["arrival"],
        job["assignmentId"],
        hit_id,
        worker.worker_id,
        market.clock.now_ms(),
        60_000,
    )
    page = frame(site, job["frameUrl"])
    assert page.status == 200
    assert {name: page.headers[name] for name in page.headers if name != "date"} == {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    assert "allow-same-origin" not in page.headers["content-security-policy"]
    assert f'action="{SITE}/mturk/externalSubmit"' in page.body
    assert f'src="{SITE}/market/externalHIT_v1.js"' in page.body
    assert "mturk.com" not in page.body
    assert worker.get("/market/assignments").json["queue"] == [job]


def test_helper__is_served_as_a_script_of_anybody(site: Site) -> None:
    script = site.get("/market/externalHIT_v1.js")

    assert script.status == 200
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["access-control-allow-origin"] == "*"
    assert "function turkSetAssignmentID()" in script.body
    assert "function turkGetParam(" in script.body


def test_page__of_64_kb_and_any_script_arrives_whole(site: Site, client: Any, worker: Site) -> None:
    inner = "né 日本 \U0001f343 " * 2_600
    hit_id = post(client, Question=html_question.build(f"<p>{inner}</p>", 0))

    page = frame(site, worker.post("/market/accept", hitId=hit_id).json["frameUrl"])

    assert page.body.startswith(f"<p>{inner}</p>\n<script src=")


def test_page__of_another_assignment_worker_or_hit__is_out_of_reach(
    site: Site, client: Any, worker: Site
) -> None:
    hit_id, other_hit = post(client, Question=HTML), post(client, Question=HTML)
    other = site.sign_in(uuid.uuid4().hex)
    mine = worker.post("/market/accept", hitId=hit_id).json
    theirs = other.post("/market/accept", hitId=hit_id).json
    preview = worker.get(f"/market/hits/group/{group_of(client, hit_id)}").json["previewUrl"]
    token = urlsplit(mine["frameUrl"]).path.rpartition("/")[2]

    refused = [
        frame(site, mine["frameUrl"], assignmentId=theirs["assignmentId"]),
        frame(
            site,
            mine["frameUrl"],
            assignmentId=theirs["assignmentId"],
            workerId=other.worker_id,
        ),
        frame(site, mine["frameUrl"], workerId=other.worker_id),
        frame(site, mine["frameUrl"], hitId=other_hit),
        frame(site, mine["frameUrl"], assignmentId="ASSIGNMENT_ID_NOT_AVAILABLE"),
        frame(site, mine["frameUrl"].replace(token, "A" * 43)),
        frame(site, mine["frameUrl"].replace(token, "é")),
        frame(site, mine["frameUrl"], assignmentId="<script>"),
        frame(site, preview, assignmentId=mine["assignmentId"]),
        frame(site, preview, hitId=other_hit),
        Site(site.gateway).get(f"/market/page/{token}"),
    ]

    for page in refused:
        assert (page.status, "There is no such page" in page.body) == (404, True)
        assert page.headers["content-type"].startswith("text/html")
        assert "externalSubmit" not in page.body
    assert frame(site, mine["frameUrl"]).status == 200


def test_page__ends_with_the_assignment(
    market: Market, site: Site, client: Any, worker: Site
) -> None:
    first, second, third = (
        worker.post("/market/accept", hitId=post(client, Question=HTML)).json for _ in range(3)
    )

    worker.post("/market/return", assignmentId=first["assignmentId"])
    done = site.submit({"assignmentId": second["assignmentId"], "soup": "miso"})
    assert done.status == 200
    (found,) = client.list_assignments_for_hit(HITId=second["hitId"])["Assignments"]
    assert answers.parse(found["Answer"]) == {"soup": "miso"}
    assert frame(site, third["frameUrl"]).status == 200
    market.clock.advance(601)

    for job in (first, second, third):
        page = frame(site, job["frameUrl"])
        assert (page.status, "its time is over" in page.body) == (410, True)


def test_preview__has_neither_worker_nor_assignment(site: Site, client: Any, worker: Site) -> None:
    hit_id = post(client, Question=HTML)

    group = worker.get(f"/market/hits/group/{group_of(client, hit_id)}").json

    assert (group["kind"], group["frameHeight"]) == ("html", 500)
    assert parameters(group["previewUrl"]) == {
        "assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE",
        "hitId": hit_id,
    }
    page = frame(site, group["previewUrl"])
    assert (page.status, 'id="mturk_form"' in page.body) == (200, True)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    client.delete_hit(HITId=hit_id)
    assert frame(site, group["previewUrl"]).status == 404


def test_status__is_told_to_its_worker_alone(site: Site, client: Any, worker: Site) -> None:
    job = worker.post("/market/accept", hitId=post(client, Question=HTML)).json
    path = f"/market/assignments/{job['assignmentId']}"

    assert worker.get(path).json == {"assignmentId": job["assignmentId"], "status": "Accepted"}
    site.submit({"assignmentId": job["assignmentId"], "soup": "miso"})
    assert worker.get(path).json["status"] == "Submitted"
    assert site.sign_in(uuid.uuid4().hex).get(path).code == "not_found"
    assert site.get(path).code == "not_signed_in"


def group_of(client: Any, hit_id: str) -> str:
    return str(client.get_hit(HITId=hit_id)["HIT"]["HITGroupId"])
