"""A page's address that says twice what the page is for: two requesters' words for one worker."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from chalicelib.mturk import external_question
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.lab import Lab
from tests.browser.worker import Worker

MakeWorker = Callable[[str], Worker]


def test_hit_of_another_requester__leads_nobody_into_the_pool__by_the_operators_own_page(
    stack: Stack, application: Application, lab: Lab, worker: MakeWorker
) -> None:
    application.open(verifiedOnly=False)
    application.reserve(2)
    ada, ben = worker("Ada"), worker("Ben")
    ada.wait_for(application.title)
    theirs = parse_qs(urlsplit(ada.frame_url).query)["hitId"][0]
    pool = f"hitId={theirs}&%61rrival=&arrival=&workerId=AEVE&turkSubmitTo=https://evil.example"
    lab.post(
        "Wait",
        Question=external_question.build(f"{stack.wait}/index.html?look=plain&{pool}", 300),
    )
    ben.sign_in()
    ben.allow("status of 404")

    ben.accept(lab.title("Wait"))

    expect(ben.frame.locator(".rt-link")).to_contain_text("No such HIT was posted by Retainer.")
    given = parse_qs(urlsplit(ben.frame_url).query, keep_blank_values=True)
    assert given["look"] == ["plain"]
    assert {name: len(values) for name, values in given.items()} == dict.fromkeys(
        ["look", "assignmentId", "hitId", "workerId", "turkSubmitTo", "arrival"], 1
    )
    assert given["hitId"] != [theirs]
    assert application.pool()["waiting"] == 1


@pytest.mark.parametrize("name", ["assignmentId", "hitId", "workerId", "turkSubmitTo", "arrival"])
def test_waiting_page__opened_with_one_name_twice__asks_nothing_and_submits_nothing(
    application: Application, worker: MakeWorker, name: str
) -> None:
    application.reserve()
    ada = worker("Ada")
    ada.sign_in()
    ada.page.route("**/examples/poll/worker/**", lambda route: route.abort())
    ada.allow("net::ERR_FAILED")
    ada.accept(application.title)
    address = ada.frame_url
    ada.page.unroute("**/examples/poll/worker/**")
    ada.page.goto("about:blank")
    before = len(ada.requests)

    ada.page.goto(f"{address}&{name}=x")

    room = ada.page.locator("[data-state=refused]")
    expect(room).to_contain_text("This page was opened wrongly")
    expect(room).to_contain_text(f"{name} stands twice in its address")
    expect(room.get_by_role("button", name="Submit")).to_have_count(0)
    assert ada.page.evaluate("Retainer.submit({answer: 'x'})") is False
    expect(ada.page.locator(".retainer-problem")).to_contain_text("opened wrongly")
    asked = [r.url for r in ada.requests[before:] if "/retainer/" in r.url]
    assert asked == []
    assert application.pool()["waiting"] == 0


def test_page_that_pays_a_wait__opened_with_one_name_twice__hands_nothing_in(
    stack: Stack, worker: MakeWorker
) -> None:
    ada = worker("Ada")
    market = "turkSubmitTo=" + stack.api
    pay = f"{stack.wait}/compensation.html?amount=0.06&assignmentId=3A&{market}"
    take = ada.page.get_by_role("button", name="Take $0.06")

    ada.page.goto(pay)
    expect(take).to_be_enabled()
    ada.page.goto(f"{pay}&assignmentId=3B")

    expect(take).to_be_disabled()
    expect(ada.page.get_by_role("status")).to_contain_text("assignmentId stands twice")
