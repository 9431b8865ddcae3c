"""Forms that workers send in: every format, every refusal, always a page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.mturk import answers
from tests.integration.market import Market, counters, post
from tests.integration.worker_site import Site


def test_submit__counts_after_the_hits_lifetime_but_before_the_deadline(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    hit_id = post(client, MaxAssignments=2)
    job = worker.post("/market/accept", hitId=hit_id).json["assignmentId"]

    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)

    assert counters(client, hit_id) == ("Unassignable", 1, 0, 0)
    assert client.list_reviewable_hits()["HITs"] == []
    assert client.get_account_balance()["OnHoldBalance"] == "0.06"
    assert site.submit({"assignmentId": job, "a": "1"}).status == 200
    assert counters(client, hit_id) == ("Reviewable", 0, 0, 0)
    client.approve_assignment(AssignmentId=job)
    assert client.get_account_balance() | {"ResponseMetadata": None} == {
        "AvailableBalance": "9999.94",
        "OnHoldBalance": "0.00",
        "ResponseMetadata": None,
    }


def test_submit__of_the_very_same_again__is_thanked_again(
    client: Any, site: Site, worker: Site
) -> None:
    """Who was told to submit again, since something was away, must not read that it failed."""
    hit_id = post(client)
    job = worker.post("/market/accept", hitId=hit_id).json["assignmentId"]
    form = [("assignmentId", job), ("a", "first"), ("b", "x")]

    pages = [site.submit(form) for _ in range(2)]

    assert [page.status for page in pages] == [200, 200]
    assert all("submitted" in page.body for page in pages)
    assert len(client.list_assignments_for_hit(HITId=hit_id)["Assignments"]) == 1


def test_submit__twice_keeps_the_first_answer(client: Any, site: Site, worker: Site) -> None:
    hit_id = post(client)
    job = worker.post("/market/accept", hitId=hit_id).json["assignmentId"]
    site.submit({"assignmentId": job, "a": "first"})

    again = site.submit({"assignmentId": job, "a": "second"})

    assert (again.status, "submitted this HIT already" in again.body) == (409, True)
    (found,) = client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    assert answers.parse(found["Answer"]) == {"a": "first"}
    assert worker.post("/market/accept", hitId=hit_id).code == "already_done"
    assert worker.get("/market/earnings").json["submitted"] == 1


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE", "a": "1"}, 400, "preview"),
        ({"a": "1"}, 400, "field assignmentId, which says whose work it is, is missing"),
        ({"assignmentId": "3" + "X" * 29, "a": "1"}, 404, "not known"),
        ({"assignmentId": "<script>alert(1)</script>", "a": "1"}, 404, "not known"),
        ({"assignmentId": "3" * 2000, "a": "1"}, 404, "not known"),
        ({"assignmentId": "", "a": "1"}, 400, "field assignmentId, which says whose work"),
        ({}, 400, "is missing. Go back and submit again"),
    ],
)
def test_submit__refuses_with_a_page(
    site: Site, fields: dict[str, str], status: int, says: str
) -> None:
    page = site.submit(fields)

    assert page.status == status
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["access-control-allow-origin"] == "*"
    assert says in page.body
    assert "<script>" not in page.body
    # What was filled in is a click away.
    assert "Go back to the form" in page.body


def test_submit__refuses__two_assignments_in_one_form__and_says_so(site: Site) -> None:
    page = site.submit([("assignmentId", "3" + "X" * 29), ("assignmentId", "3" + "Y" * 29)])

    assert page.status == 400
    assert "the field assignmentId more than once, with different values" in page.body


def test_submit__refuses__a_form_without_answers(client: Any, site: Site, worker: Site) -> None:
    job = worker.post("/market/accept", hitId=post(client)).json["assignmentId"]

    page = site.submit({"assignmentId": job})

    assert (page.status, "no field but assignmentId" in page.body) == (400, True)
    huge = site.submit({"assignmentId": job, "a": "x" * 400_000})
    assert huge.status == 413
    many = site.submit([("assignmentId", job), *((f"f{n}", "") for n in range(3000))])
    assert many.status == 400
    two = site.submit([("assignmentId", job), ("assignmentId", "3B"), ("a", "1")])
    assert two.status == 400
    assert "field assignmentId more than once, with different values" in two.body
    assert site.submit({"assignmentId": job, "a": "1"}).status == 200


def test_submit__takes_the_ids_alone__as_psiturk_sends_them(
    client: Any, site: Site, worker: Site
) -> None:
    job = worker.post("/market/accept", hitId=post(client)).json["assignmentId"]

    page = site.submit({"assignmentId": job, "hitId": "x", "workerId": "y"})

    assert page.status == 200
    found = client.get_assignment(AssignmentId=job)["Assignment"]
    assert found["AssignmentStatus"] == "Submitted"
    assert answers.parse(found["Answer"]) == {}


def test_submit__takes_get_multipart_and_query(client: Any, site: Site, worker: Site) -> None:
    jobs = [worker.post("/market/accept", hitId=post(client)).json for _ in range(3)]
    a, b, c = (job["assignmentId"] for job in jobs)

    got = site.call("GET", f"/mturk/externalSubmit?assignmentId={a}&q=%C3%A9&q=last", {}, b"")
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    file = '--x\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\nno\r\n'
    body = (part.format("assignmentId", b) + part.format("q", "né\r\nx") + file + "--x--").encode()
    kind = {"content-type": "multipart/form-data; boundary=x"}
    posted = site.call("POST", "/mturk/externalSubmit", kind, body)
    mixed = site.submit({"q": "1"}, query=f"?assignmentId={c}&r=2")

    assert [got.status, posted.status, mixed.status] == [200, 200, 200]
    documents = [
        answers.parse(client.get_assignment(AssignmentId=i)["Assignment"]["Answer"])
        for i in (a, b, c)
    ]
    assert documents == [{"q": "é|last"}, {"q": "né\r\nx"}, {"r": "2", "q": "1"}]
    broken = site.call(
        "POST", "/mturk/externalSubmit", {"content-type": "multipart/form-data"}, b"x"
    )
    assert broken.status == 400
    assert "text/html" in broken.headers["content-type"]
    other = site.call("POST", "/mturk/externalSubmit", {"content-type": "text/plain"}, b"x")
    assert (other.status, "The form must come as" in other.body) == (400, True)


def test_submit__refuses__what_was_returned(client: Any, site: Site, worker: Site) -> None:
    hit_id = post(client)
    job = worker.post("/market/accept", hitId=hit_id).json["assignmentId"]
    worker.post("/market/return", assignmentId=job)

    assert site.submit({"assignmentId": job, "a": "1"}).status == 410

    assert client.list_assignments_for_hit(HITId=hit_id)["NumResults"] == 0


def test_pages__cannot_be_broken_out_of(site: Site, client: Any, worker: Site) -> None:
    job = worker.post("/market/accept", hitId=post(client)).json["assignmentId"]

    page = site.submit({"assignmentId": job, "</script><b>": "</script>"})

    assert "</script><b>" not in page.body
    assert "default-src 'none'" in page.headers["content-security-policy"]
    message = page.body.partition("postMessage(")[2].partition(", ")[0]
    assert json.loads(page.body.partition("postMessage(")[2].partition("},")[0] + "}") == {
        "type": "retainer-market:submitted",
        "assignmentId": job,
    }
    assert message
