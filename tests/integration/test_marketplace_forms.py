"""QuestionForms on the worker site's API: shown, refused with reasons, answered in order."""

from __future__ import annotations

import uuid
from typing import Any

from chalicelib.marketplace.container import assemble
from chalicelib.mturk import answers
from tests.integration.market import Market, counters, post
from tests.integration.worker_site import Answer, Site
from tests.question_documents import (
    EVERY_INPUT,
    HTML,
    form,
    formatted,
    free_text,
    question,
    selection,
    text,
)

SOUP = form(
    question("why", text("Why?"), free_text('<Length minLength="3"/>')),
    question("soup", text("Which?"), selection("radiobutton", "Miso", "Pho"), required=True),
    question(
        "with", text("With?"), selection("checkbox", "Salt", "Lime", least=0, most=2, other=True)
    ),
    question("&lt;odd&gt;", text("How?"), free_text(default="hot")),
)


def accept(client: Any, worker: Site, document: str = SOUP) -> dict[str, Any]:
    job: dict[str, Any] = worker.post("/market/accept", hitId=post(client, Question=document)).json
    return job


def submit(worker: Site, job: dict[str, Any], *fields: tuple[str, str]) -> Answer:
    pairs = [list(pair) for pair in fields]
    return worker.post("/market/form/submit", assignmentId=job["assignmentId"], fields=pairs)


def answer_of(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    (found,) = client.list_assignments_for_hit(HITId=job["hitId"])["Assignments"]
    return answers.parse(found["Answer"])


def test_form__is_answered__and_comes_back_in_the_forms_order(client: Any, worker: Site) -> None:
    job = accept(client, worker)
    assert job["kind"] == "form"
    assert not {"form", "frameUrl", "frameHeight"} & set(job)
    shown = worker.get(f"/market/form/{job['assignmentId']}").json["form"]
    assert [part["input"]["field"] for part in shown["parts"]] == ["q1", "q2", "q3", "q4"]

    done = submit(
        worker,
        job,
        ("q3", "b"),
        ("q3", "a"),
        ("q3.other", "mint <&>"),
        ("q2", "b"),
        ("q1", "because"),
        ("assignmentId", "x"),
        ("q9", "x"),
    )

    assert done.json == {"assignmentId": job["assignmentId"], "status": "Submitted"}
    found = answer_of(client, job)
    assert list(found.items()) == [
        ("why", "because"),
        ("soup", ["b"]),
        ("with", ["a", "b", "mint <&>"]),
        ("<odd>", "hot"),
    ]
    assert counters(client, job["hitId"]) == ("Assignable", 0, 2, 0)
    assert worker.get("/market/assignments").json["queue"] == []


def test_form__is_refused_with_reasons__and_stays_open(client: Any, worker: Site) -> None:
    job = accept(client, worker)

    refused = submit(worker, job, ("q1", "no"), ("q2", "z"), ("q4", ""))

    assert refused.status == 422
    error = refused.json["error"]
    assert (error["code"], error["message"]) == (
        "bad_answer",
        "Some answers are missing or cannot be taken as they are.",
    )
    assert error["errors"] == {
        "why": ["Write at least 3 characters; there are 2."],
        "soup": ["This question needs an answer.", "An answer is not among the choices."],
    }
    assert client.list_assignments_for_hit(HITId=job["hitId"])["NumResults"] == 0
    assert submit(worker, job, ("q1", "yes"), ("q2", "a")).status == 200


def test_form__is_this_workers_alone(site: Site, client: Any, worker: Site) -> None:
    job = accept(client, worker)
    other = site.sign_in(uuid.uuid4().hex)
    good = (("q1", "yes"), ("q2", "a"))

    for stranger, code in ((other, "not_found"), (site, "not_signed_in")):
        assert stranger.get(f"/market/form/{job['assignmentId']}").code == code
        assert submit(stranger, job, *good).code == code
    page = accept(client, worker, HTML)
    assert worker.get(f"/market/form/{page['assignmentId']}").code == "not_found"
    assert submit(worker, page, *good).code == "not_found"
    for fields in (None, "q1", [["q1"]], [["q1", 1]], {"q1": "x"}):
        body = {"assignmentId": job["assignmentId"], "fields": fields}
        assert worker.post("/market/form/submit", **body).code == "bad_request"
    assert client.list_assignments_for_hit(HITId=job["hitId"])["NumResults"] == 0


def test_form__counts_once_and_in_time(market: Market, client: Any, worker: Site) -> None:
    done, returned, late = (accept(client, worker) for _ in range(3))
    good = (("q1", "yes"), ("q2", "a"))

    assert submit(worker, done, *good).status == 200
    again = submit(worker, done, ("q1", "other"), ("q2", "b"))
    worker.post("/market/return", assignmentId=returned["assignmentId"])
    market.clock.advance(601)

    assert (again.status, again.code) == (409, "already_submitted")
    assert answer_of(client, done)["why"] == "yes"
    for job in (returned, late):
        refused = submit(worker, job, *good)
        assert (refused.status, refused.code) == (410, "ended")
        assert worker.get(f"/market/form/{job['assignmentId']}").code == "ended"


def test_external_submit__of_a_form__checks_it_too(site: Site, client: Any, worker: Site) -> None:
    job = accept(client, worker)
    given = {"assignmentId": job["assignmentId"]}

    refused = site.submit({**given, "soup": "Miso", "q4": "x"})
    assert refused.status == 422
    assert "why: This question needs an answer." in refused.body
    assert client.list_assignments_for_hit(HITId=job["hitId"])["NumResults"] == 0

    assert site.submit({**given, "q1": "yes", "q2": "b"}).status == 200
    assert answer_of(client, job)["soup"] == ["b"]


def test_external_submit__of_a_form__escapes_what_it_says(
    site: Site, client: Any, worker: Site
) -> None:
    odd = form(question("&lt;b&gt;", text("?"), free_text(), required=True))
    job = accept(client, worker, odd)

    page = site.submit({"assignmentId": job["assignmentId"], "q1": ""})

    assert "&lt;b&gt;: This question needs an answer." in page.body
    assert "<b>" not in page.body


def test_long_answers__are_taken(client: Any, worker: Site) -> None:
    job = accept(client, worker)

    assert submit(worker, job, ("q1", "é" * 100_000), ("q2", "a")).status == 200

    assert answer_of(client, job)["why"] == "é" * 100_000
    longer = accept(client, worker)
    too_long = submit(worker, longer, ("q1", "x" * 400_000), ("q2", "a"))
    assert (too_long.status, too_long.code) == (413, "too_large")


def test_preview__shows_the_form_and_no_markup(client: Any, worker: Site) -> None:
    block = formatted('<p>Read <a href="https://example.org">this</a> &amp; that</p>')
    hit_id = post(client, Question=form(question("f", block, free_text())))
    group_id = client.get_hit(HITId=hit_id)["HIT"]["HITGroupId"]

    group = worker.get(f"/market/hits/group/{group_id}").json

    assert group["kind"] == "form"
    assert "previewUrl" not in group
    (part,) = group["form"]["parts"]
    link = {"href": "https://example.org", "target": "_blank"}
    link["rel"] = "noopener noreferrer nofollow"
    assert part["content"] == [
        {"kind": "formatted", "nodes": [["p", {}, ["Read ", ["a", link, ["this"]], " & that"]]]}
    ]
    (listed,) = [g for g in worker.get("/market/hits").json["groups"] if g["hitId"] == hit_id]
    assert listed["kind"] == "form"


def test_queue__reads_no_questions_that_are_served_here(
    market: Market, client: Any, site: Site
) -> None:
    worker = market.market.sessions.sign_in(uuid.uuid4().hex)[1]
    for n in range(3):
        for document in (EVERY_INPUT.replace("</Title>", f" {n}</Title>"), HTML + " " * n):
            market.market.work.accept(worker, post(client, Question=document))
    # As a process that has just begun: nothing is cached.
    cold = assemble(market.dynamo, market.market.config, market.clock)
    worker = cold.sessions.sign_in(worker.name)[1]

    def reads() -> float:
        consumed = market.dynamo.consumed
        return sum(n for (name, what), n in consumed.items() if what == "units" and "Get" in name)

    before = reads()
    queue = cold.work.queue(worker)

    assert len(queue) == 6
    # Six assignments, six HITs, six HIT types, each of them less than 4 KB.
    assert reads() - before <= 18
