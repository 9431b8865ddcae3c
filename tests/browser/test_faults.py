"""A network that fails, an API that is being deployed, pages reloaded at the worst moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Frame, Route, expect

from chalicelib import bootstrap
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker, offline

MakeWorker = Callable[[str], Worker]
API = "**/api/retainer/**"
QUESTION = ("Which soup?", "Tomato", "Miso")
ONLINE = "[data-link=online]"
RETRYING = "[data-link=retrying]"
LOOK = """(hidden) => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
}"""
# What API Gateway, CloudFront and Lambda answer by themselves, without CORS headers: a page sees
# no more than that something failed.
BARE: list[tuple[int, str]] = [
    (403, '{"message":"Forbidden"}'),
    (429, '{"message":"Too Many Requests"}'),
    (500, '{"message":"Internal server error"}'),
    (502, "<html><body>Bad gateway</body></html>"),
    (503, '{"message":"Service Unavailable"}'),
]


@pytest.fixture
def ada(worker: MakeWorker) -> Worker:
    made = worker("Ada")
    made.allow(r"net::ERR_|status of (403|409|429|500|502|503)|blocked by CORS policy")
    return made


def inner(ada: Worker) -> Frame:
    """The page of the HIT itself."""
    return ada.page.frames[-1]


def events(ada: Worker, assignment: str = "") -> list[str]:
    """What the console would show of the worker's assignment, in order."""
    found = bootstrap.get().retainer.histories.of(assignment or ada.assignment)
    return [one.event for one in found]


@contextmanager
def failing(ada: Worker, answer: Callable[[Route], Any]) -> Iterator[None]:
    """Have the network answer the HIT's page in the API's place for a while."""
    ada.context.route(API, answer)
    yield
    ada.context.unroute(API)


def expect_served(application: Application, ada: Worker, reservation: str) -> None:
    """The worker is in the pool after all: called, answers, is paid."""
    application.ask(reservation, *QUESTION)
    ada.expect_state("called")
    ada.answer("Miso")
    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "Miso"}


def test_offline_for_a_minute__the_wait_goes_on_and_the_call_comes(
    application: Application, ada: Worker
) -> None:
    reservation = application.reserve()
    ada.own_clock()
    ada.wait_for(application.title)
    assignment = ada.assignment

    with offline(ada):
        expect(ada.frame.locator(RETRYING)).to_contain_text("keep this page open")
        ada.stop_clock()
        application.put_forward(60)
        # Nobody vouches for the worker any more.
        assert application.pool()["waiting"] == 0
    # The browser says that it is back, so the page need not sit out its pause: no timer ends now.
    expect(ada.frame.locator(ONLINE)).to_be_visible()
    ada.page.clock.resume()
    expect_served(application, ada, reservation)

    story = events(ada, assignment)
    assert story.index("arrived") < story.index("offline") < story.index("online")
    assert story.index("online") < story.index("called") < story.index("acknowledged")


@pytest.mark.parametrize(("status", "body"), BARE)
def test_bare_refusals__are_survived_like_any_failure(
    application: Application, ada: Worker, status: int, body: str
) -> None:
    reservation = application.reserve()
    ada.wait_for(application.title)

    with failing(ada, lambda route: route.fulfill(status=status, body=body)):
        expect(ada.frame.locator(RETRYING)).to_be_visible()
        ada.expect_state("waiting")
    expect(ada.frame.locator(ONLINE)).to_be_visible()
    expect_served(application, ada, reservation)


def test_answers_slower_than_the_time_out__are_asked_for_again(
    application: Application, ada: Worker
) -> None:
    reservation = application.reserve()
    ada.wait_for(application.title)

    with failing(ada, lambda route: None):
        expect(ada.frame.locator(RETRYING)).to_be_visible()
    expect(ada.frame.locator(ONLINE)).to_be_visible()
    expect_served(application, ada, reservation)


def test_acknowledgement_into_a_dead_network__arrives_later__and_was_as_quick_as_it_was(
    application: Application, ada: Worker
) -> None:
    reservation = application.reserve()
    ada.wait_for(application.title)
    application.ask(reservation, *QUESTION)
    ada.expect_state("called")
    application.wait_for(reservation, lambda slots: bool(slots and slots[0]["shown"]))

    with failing(ada, lambda route: route.abort()):
        ada.frame.locator(".rt-here").click()
        ada.expect_state("working")
        ada.let_pass(5)
        (slot,) = application.retainer.results(reservation)["slots"]
        assert slot["acknowledged"] is None
    (slot,) = application.wait_for(reservation, lambda slots: bool(slots[0]["acknowledged"]))
    heard = bootstrap.get().retainer.clock.now_ms()

    assert slot["claimed"] <= slot["shown"] <= slot["seen"] <= slot["acknowledged"]
    assert heard - slot["acknowledged"] >= 4_500


def test_reload_while_working__shows_the_task_again(application: Application, ada: Worker) -> None:
    reservation = application.reserve()
    ada.wait_for(application.title)
    assignment = ada.assignment
    application.ask(reservation, *QUESTION)
    ada.expect_state("called")
    ada.frame.locator(".rt-here").click()
    ada.expect_state("working")
    application.wait_for(reservation, lambda slots: bool(slots[0]["acknowledged"]))

    inner(ada).evaluate("location.reload()")
    ada.choose("Tomato")

    (slot,) = application.answers(reservation)
    assert (slot["assignment"], slot["answers"]) == (assignment, {"answer": "Tomato"})


def test_reload_when_the_wait_is_over__can_still_be_submitted(
    application: Application, ada: Worker
) -> None:
    application.open(max_wait=120)
    application.reserve()
    ada.wait_for(application.title)
    application.put_forward(120)
    ada.expect_state("over")

    inner(ada).evaluate("location.reload()")
    ada.expect_state("over")
    ada.frame.locator("[data-submit=waited]").click()
    ada.expect_submitted()

    ada.expect_earned("$0.05")


def test_reload_while_submitting__the_work_is_handed_in_once(
    application: Application, ada: Worker
) -> None:
    reservation = application.reserve()
    ada.wait_for(application.title)
    application.ask(reservation, *QUESTION)
    ada.expect_state("called")
    ada.frame.locator(".rt-here").click()
    ada.expect_state("working")
    # The form is on its way and gets no answer.
    ada.context.route("**/mturk/externalSubmit", lambda route: None)
    with ada.page.expect_request("**/mturk/externalSubmit"):
        ada.frame.locator(".poll-options button", has_text="Miso").click()

    ada.page.reload()
    ada.context.unroute("**/mturk/externalSubmit")
    ada.choose("Miso")

    (slot,) = application.answers(reservation)
    assert (slot["answers"], slot["paid"]) == ({"answer": "Miso"}, "0.05")


def test_computer_that_sleeps__wakes_in_the_pool(application: Application, ada: Worker) -> None:
    reservation = application.reserve()
    # The wall clock goes on while everything else stands still.
    ada.context.add_init_script(
        "const real = Date.now; globalThis.slept = 0; Date.now = () => real() + slept;"
    )
    ada.wait_for(application.title)
    assignment = ada.assignment
    browser = ada.context.new_cdp_session(ada.page)

    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    inner(ada).evaluate("slept = 3600000")
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    ada.watch_polls(2)
    expect_served(application, ada, reservation)

    assert "woke" in events(ada, assignment)


def test_second_tab__takes_over__and_the_older_one_steps_back(
    application: Application, ada: Worker
) -> None:
    reservation = application.reserve()
    ada.wait_for(application.title)
    twin = ada.context.new_page()
    twin.goto(ada.frame_url)
    expect(twin.locator(f"[data-state=waiting] {ONLINE}")).to_be_visible()

    ada.expect_state("superseded")
    assert application.pool()["waiting"] == 1
    application.ask(reservation, *QUESTION)
    expect(twin.locator("[data-state=called]")).to_be_visible()
    ada.expect_state("superseded")

    # Whoever wants the first one back gets it, call and all.
    ada.frame.get_by_role("button", name="Use this page instead").click()
    ada.expect_state("called")
    expect(twin.locator("[data-state=superseded]")).to_be_visible()
    ada.answer("Miso")
    application.answers(reservation)


# A function, since what an expression gives would be called: a class cannot be.
NO_SOUND = """() => {
  globalThis.AudioContext = class { constructor() { throw new Error('none'); } };
}"""


def test_page_story__is_told_in_order(stack: Stack, application: Application, ada: Worker) -> None:
    reservation = application.reserve()
    ada.wait_for(application.title)
    assignment = ada.assignment
    frame = inner(ada)
    for hidden in (True, False):
        frame.evaluate(LOOK, hidden)
    frame.evaluate(NO_SOUND)
    expect_served(application, ada, reservation)

    assert [name for name in events(ada, assignment) if name not in {"heard", "owed"}] == [
        "accepted", "arrived", "opened", "hidden", "visible", "called", "shown", "seen", "silent",
        "acknowledged", "submitting", "submitted", "closed", "reviewed", "paid",
    ]  # fmt: skip
