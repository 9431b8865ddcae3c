"""Qualifications on the worker site: tests taken in place, requests decided, HITs unlocked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.requester import TESTED, Requester, at_least
from tests.browser.worker import Worker
from tests.clock import MovableClock
from tests.integration.qualifications import FREE_TEXT, form

MakeWorker = Callable[[str], Worker]
DAY = 86_400


@pytest.fixture
def requester(stack: Stack) -> Requester:
    return Requester(stack)


def visit(worker: Worker, type_id: str) -> None:
    worker.page.goto(f"{worker.site}#/qualifications/{type_id}")


def start(worker: Worker) -> None:
    worker.page.get_by_role("button", name="Start the test").click()
    expect(worker.page.get_by_role("timer")).to_contain_text("left")


def answer(worker: Worker, *choices: str) -> None:
    for choice in choices:
        worker.page.get_by_label(choice).check()


def hand_in(worker: Worker) -> None:
    worker.page.get_by_role("button", name="Hand in the test").click()


def test_test__unlocks_a_hit(stack: Stack, worker: MakeWorker, requester: Requester) -> None:
    type_id, name = requester.make_type("geography", **TESTED)
    _, title = requester.post("Name the capital", at_least(type_id, 50))
    ada = worker("Ada")
    ada.sign_in()
    expect(ada.listed(title)).to_contain_text("You do not qualify for this.")
    ada.page.get_by_role("link", name="Qualifications").click()
    ada.page.get_by_role("searchbox", name="Search").fill(name)
    ada.page.get_by_role("link", name=f"See the test: {name}").click()
    expect(ada.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    # The listing leads there as well.
    ada.page.get_by_role("link", name="Find work").first.click()
    ada.listed(title).get_by_role("link", name="See how to get it").click()
    expect(ada.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    start(ada)
    # What is missing is said at the question, and nothing is lost.
    answer(ada, "Lima")
    hand_in(ada)
    expect(ada.page.locator("[data-question='Capital of Fiji']")).to_contain_text("needs an answer")
    ada.page.reload()
    expect(ada.page.get_by_label("Lima")).to_be_checked()
    answer(ada, "Suva")
    hand_in(ada)

    told = ada.page.locator(".standing")
    expect(told).to_contain_text("Your score is 100")
    expect(told).to_be_focused()
    ada.page.get_by_role("link", name="Find work").last.click()
    # The HIT shows the waiting page, whose service never posted it.
    ada.allow("404 .*/event/waiting")
    ada.accept(title)


def test_test__can_be_taken_by_keyboard(worker: MakeWorker, requester: Requester) -> None:
    type_id, _ = requester.make_type("typing", **TESTED)
    ada = worker("Ada")
    ada.sign_in()
    visit(ada, type_id)
    ada.page.get_by_role("button", name="Start the test").focus()
    keys = ada.page.keyboard

    keys.press("Enter")
    # The keyboard is at the first question: its first choice, the next question's, the button.
    expect(ada.page.get_by_label("Lima")).to_be_focused()
    for key in ("Space", "Tab", "Space", "Tab", "Enter"):
        keys.press(key)

    expect(ada.page.locator(".standing")).to_contain_text("Your score is 100")


def test_test__may_be_taken_again_only_after_the_delay(
    worker: MakeWorker, requester: Requester
) -> None:
    type_id, name = requester.make_type("patience", **TESTED, RetryDelayInSeconds=2 * DAY)
    short, _ = requester.make_type("haste", **TESTED, RetryDelayInSeconds=3)
    ada = worker("Ada")
    ada.sign_in()
    for one in (type_id, short):
        visit(ada, one)
        start(ada)
        answer(ada, "Quito", "Suva")
        hand_in(ada)
        expect(ada.page.locator(".standing")).to_contain_text("Your score is 60")

    visit(ada, type_id)
    when = re.compile(r"You can take the test again on .* 20\d\d at \d\d:\d\d, in (2 days|1 day)")
    expect(ada.page.get_by_label("Where you stand")).to_contain_text(when)
    expect(ada.page.get_by_role("button", name="the test")).to_have_count(0)
    visit(ada, short)
    # The button comes by itself, when its time has come.
    ada.page.get_by_role("button", name="Take the test again").click()
    answer(ada, "Lima", "Suva")
    hand_in(ada)
    expect(ada.page.locator(".standing")).to_contain_text("Your score is 100")
    listed = ada.page.locator(f"[data-type='{type_id}']")
    ada.page.goto(f"{ada.site}#/qualifications")
    expect(listed).to_contain_text(name)
    expect(listed).to_contain_text("60")


def test_test__whose_time_is_over__is_told_and_takes_nothing_more(
    stack: Stack, worker: MakeWorker, requester: Requester
) -> None:
    timed = {**TESTED, "TestDurationInSeconds": 120}
    type_id, _ = requester.make_type("speed", **timed, RetryDelayInSeconds=DAY)
    ada = worker("Ada")
    ada.allow("409")
    ada.page.clock.install()
    ada.sign_in()
    visit(ada, type_id)
    start(ada)
    answer(ada, "Lima")

    assert isinstance(stack.clock, MovableClock)
    stack.clock.advance(122)
    ada.page.clock.fast_forward(122_000)
    over = ada.page.get_by_role("alert").filter(has_text="The time for this test is over")
    expect(over).to_be_visible()
    expect(over).to_be_focused()
    expect(ada.page.get_by_role("button", name="Hand in the test")).to_be_disabled()
    expect(ada.page.get_by_label("Lima")).to_be_disabled()
    expect(ada.page.get_by_label("Lima")).to_be_checked()
    stands = ada.page.get_by_label("Where you stand")
    expect(stands).to_contain_text("Your time for the test ran out")
    expect(stands).to_contain_text("You can take the test again tomorrow at")
    ada.page.goto(f"{ada.site}#/qualifications")
    refused = ada.page.locator(f"[data-type='{type_id}']")
    expect(refused).to_contain_text("Your time for the test ran out")


def test_test_without_key__waits_for_the_requester__who_grants_it(
    worker: MakeWorker, requester: Requester
) -> None:
    test = {"Test": form(FREE_TEXT), "TestDurationInSeconds": 600}
    type_id, name = requester.make_type("essays", **test)
    ada = worker("Ada")
    ada.sign_in()
    visit(ada, type_id)
    start(ada)
    ada.page.get_by_role("textbox").fill("Because.")
    hand_in(ada)
    told = ada.page.locator(".standing")
    expect(told).to_contain_text("Waiting for")

    (request,) = requester.pending(type_id)
    assert "Because." in request["Answer"]
    requester.client.accept_qualification_request(
        QualificationRequestId=request["QualificationRequestId"], IntegerValue=77
    )

    ada.look_again()
    expect(told).to_contain_text("Your score is 77")
    ada.page.goto(f"{ada.site}#/messages")
    ada.page.get_by_text(f"You now hold “{name}”").click()
    expect(ada.page.get_by_text("Your score is 77.")).to_be_visible()


def test_request__that_is_refused_shows_the_reason(
    worker: MakeWorker, requester: Requester
) -> None:
    type_id, name = requester.make_type("chess")
    ada = worker("Ada")
    ada.sign_in()
    visit(ada, type_id)
    ada.page.get_by_role("button", name="Ask for it").click()
    told = ada.page.locator(".standing")
    expect(told).to_contain_text("Waiting for")
    ada.page.goto(f"{ada.site}#/qualifications")
    asked = ada.page.locator("section", has=ada.page.get_by_role("heading", name="Asked for"))
    expect(asked.get_by_role("link", name=name)).to_be_visible()

    (request,) = requester.pending(type_id)
    requester.client.reject_qualification_request(
        QualificationRequestId=request["QualificationRequestId"], Reason="Only above 1800."
    )

    ada.look_again()
    refused = ada.page.locator("section", has=ada.page.get_by_role("heading", name="Not granted"))
    expect(refused).to_contain_text("Only above 1800.")
    visit(ada, type_id)
    expect(told).to_contain_text("Only above 1800.")
    expect(ada.page.get_by_text("You cannot ask for it again.")).to_be_visible()


def test_automatic_type__is_held_at_once(worker: MakeWorker, requester: Requester) -> None:
    type_id, _ = requester.make_type("news", AutoGranted=True, AutoGrantedValue=5)
    ada = worker("Ada")
    ada.sign_in()
    visit(ada, type_id)

    ada.page.get_by_role("button", name="Get it").click()

    expect(ada.page.locator(".standing")).to_contain_text("Your score is 5")


def test_adult_content__is_agreed_to_by_the_worker(worker: MakeWorker) -> None:
    ada = worker("Ada")
    ada.sign_in()
    ada.page.goto(f"{ada.site}#/qualifications")
    ada.page.get_by_role("link", name="Adult content").click()

    ada.page.get_by_role("button", name="I am of age and agree").click()

    expect(ada.page.get_by_text("You agreed to see it")).to_be_visible()
    expect(ada.page.get_by_role("button", name="I no longer want")).to_be_focused()


def test_unknown_type__is_said(worker: MakeWorker) -> None:
    ada = worker("Ada")
    ada.allow("404")
    ada.sign_in()

    visit(ada, "3NONE")

    expect(ada.page.get_by_role("heading", name="There is no such")).to_be_visible()
