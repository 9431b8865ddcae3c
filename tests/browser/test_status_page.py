"""The dashboard: a pool and its reservations as they change, what is done from it, what it does
when things are not as they should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib.retainer.store.ledgers import DynamoLedgers
from local.stack import Stack
from tests.browser import screenshots
from tests.browser.accessibility import problems
from tests.browser.application import Application
from tests.browser.worker import Worker

Make = Callable[[str], Worker]


@pytest.fixture
def requester(worker: Make) -> Worker:
    return worker("Requester")


@pytest.fixture
def page(stack: Stack, application: Application, requester: Worker) -> Page:
    """The dashboard, at the ProtoHIT of this test."""
    shown = requester.page
    shown.set_viewport_size({"width": 1366, "height": 768})
    shown.goto(f"{stack.desk}/status/")
    choose(shown, application)
    return shown


def choose(page: Page, application: Application) -> None:
    page.locator(f"[data-pool='{application.hit_type}'] button").click()
    expect(page.locator("#focus")).to_have_attribute("data-hit-type", application.hit_type)


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"#focus dl.figures div:has(dt:text-is('{name}')) dd")


def row(page: Page, reservation: str) -> Locator:
    return page.locator(f"[data-reservation='{reservation}']")


def refreshed(page: Page, times: int = 1) -> None:
    """Return when the page has asked and shown once more."""
    for _ in range(times):
        with page.expect_response(lambda r: "/retainer/status" in r.url):
            pass


def test_pool_and_reservation__are_followed_from_reserved_to_paid(
    page: Page, application: Application, worker: Make
) -> None:
    expect(page.locator("#last-run")).to_have_text("none yet")
    expect(page.locator("#next-run")).to_contain_text("nothing to do: 0 wanted")
    expect(figure(page, "Dispatch")).to_contain_text("not measured")
    expect(page.locator(".chart").first).to_contain_text("Not measured yet")
    reservation = application.reserve(foreign_id="soup")
    one = row(page, reservation)
    expect(one).to_contain_text("soup")
    expect(one.locator(".state")).to_have_text("due")
    expect(figure(page, "HITs out")).to_contain_text("1 free seat")
    expect(figure(page, "Waiting")).to_have_text("0of 1 wanted")
    expect(page.locator("#last-run")).to_contain_text("1 wanted")
    expect(page.locator(".plot canvas").first).to_be_visible()

    ada = worker("Ada")
    ada.wait_for(application.title)
    expect(figure(page, "Waiting")).to_contain_text("1of 1 wanted")
    expect(page.locator(f"[data-pool='{application.hit_type}']")).to_contain_text("1 / 1")
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.expect_state("called")
    expect(one.locator(".state")).to_have_text("called")
    one.locator(".toggle").click()
    slot = one.locator("tbody tr")
    expect(slot).to_contain_text("shown")
    ada.frame.locator(".rt-here").click()
    expect(one.locator(".state")).to_have_text("at work")
    expect(slot).to_contain_text("acknowledged")
    ada.frame.locator(".poll-options button").first.click()
    ada.expect_submitted()
    application.answers(reservation)

    expect(page.locator("#list-reservations")).not_to_contain_text("soup")
    page.get_by_label("Which reservations").select_option("every")
    expect(one.locator(".state")).to_have_text("done")
    expect(one).to_contain_text("1 paid")
    expect(figure(page, "Dispatch")).to_contain_text("% in ½ s")
    page.get_by_role("tab", name="Money").click()
    expect(page.locator("#list-money")).to_contain_text("$0.05 for work")


def test_next_run__is_told_before_it_comes__and_does_what_was_told(
    page: Page, application: Application
) -> None:
    # How many are kept depends on how long each may wait.
    application.open(standing=True, readyFor=3, max_wait=300, assignment_duration=900)
    told = page.locator("#next-run")
    expect(told).to_contain_text("will post 1 HIT: 0 wanted and 7 kept")

    application.pool()
    expect(page.locator("#last-run")).to_contain_text("posted 1 HIT: 0 wanted and 7 kept")
    expect(told).to_contain_text("7 expected from HITs out")


def test_stop__says_what_will_happen__by_keyboard_alone(
    page: Page, application: Application
) -> None:
    application.reserve()
    expect(figure(page, "HITs out")).to_contain_text("1 free seat")
    stop = page.locator("#focus").get_by_role("button", name="Stop …")
    stop.focus()
    page.keyboard.press("Enter")

    panel = page.get_by_role("dialog", name=f"Stop “{application.title}”?")
    expect(panel).to_contain_text("1 HIT out is expired at once, and none is posted")
    expect(panel).to_contain_text("Nobody waits")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(stop).to_be_focused()
    assert application.pool()["stopped"] is False

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Stop posting")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#at-cap")).to_contain_text("Stopped")
    expect(figure(page, "HITs out")).to_have_text(re.compile("^0"))
    page.locator("#focus").get_by_role("button", name="Start …").click()
    page.get_by_role("button", name="Start posting").click()
    expect(page.locator("#at-cap")).to_be_empty()


def test_reservation__is_invoked_finished_and_taken_up_again(
    page: Page, application: Application
) -> None:
    reservation = application.reserve(2, foreign_id="tea")
    one = row(page, reservation)
    one.get_by_role("button", name="Invoke").click()
    panel = page.get_by_role("dialog", name="Invoke “tea”?")
    expect(panel).to_contain_text("2 workers are called now, about $0.12")
    panel.get_by_role("button", name="Call the workers").click()
    expect(one.locator(".state")).to_have_text("calling")
    expect(one).to_contain_text("2 free")
    one.get_by_role("button", name="Finish").click()
    expect(one).to_have_count(0)
    page.get_by_label("Which reservations").select_option("every")
    one.get_by_role("button", name="Unfinish").click()
    expect(one.locator(".state")).to_have_text("calling")

    page.locator("#focus").get_by_role("button", name="Finish all …").click()
    page.get_by_role("dialog").get_by_role("button", name="Finish all").click()
    expect(one.locator(".state")).to_have_text("done")


def test_market__is_switched_with_a_warning(page: Page, application: Application) -> None:
    market = page.get_by_role("switch", name="Sandbox")
    expect(market).to_be_checked()
    market.click()
    panel = page.get_by_role("dialog", name=re.compile("to the production market"))
    expect(panel).to_contain_text("real workers, real money")
    panel.get_by_role("button", name="Use the production market").click()

    expect(market).not_to_be_checked()
    expect(page.locator(f"[data-pool='{application.hit_type}']")).to_contain_text("production")


def test_claim_that_nobody_answered__shows_as_released(
    page: Page, application: Application, worker: Make
) -> None:
    reservation = application.reserve(foreign_id="late")
    ada = worker("Ada")
    # Her page goes on about a call that is not hers any more.
    ada.allow("status of 409")
    ada.wait_for(application.title)
    application.ask(reservation, "There?")
    ada.expect_state("called")
    ledger = DynamoLedgers().get(reservation)
    assert ledger is not None
    (claim,) = ledger.claims.values()
    DynamoLedgers().leave(ledger, claim, claim.at_ms)

    expect(row(page, reservation)).to_contain_text("released")


def test_updates__leave_focus_scroll_and_open_details_alone(
    page: Page, application: Application
) -> None:
    kept = application.reserve(foreign_id="kept")
    for n in range(24):
        application.retainer.make(application.hit_type, 1, foreign_id=f"n{n}", delay_s=900 + n)
    expect(page.locator("[data-reservation]")).to_have_count(25)
    toggle = row(page, kept).locator(".toggle")
    toggle.click()
    page.locator("#panel").evaluate("(box) => { box.scrollTop = 120; }")
    toggle.evaluate("(button) => button.focus({preventScroll: true})")

    application.retainer.make(application.hit_type, 1, foreign_id="new", delay_s=5)
    page.get_by_label("Reservations a page").select_option("50")
    toggle.evaluate("(button) => button.focus({preventScroll: true})")
    expect(page.locator("[data-reservation]")).to_have_count(26)
    refreshed(page, 2)

    expect(toggle).to_be_focused()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    assert page.locator("#panel").evaluate("(box) => box.scrollTop") > 60


def test_pages__are_the_servers(page: Page, application: Application) -> None:
    for n in range(30):
        application.retainer.make(application.hit_type, 1, foreign_id=f"n{n}", delay_s=900 + n)

    expect(page.get_by_role("button", name="More")).to_be_visible()
    expect(page.locator("[data-reservation]")).to_have_count(25)
    page.get_by_role("button", name="More").click()
    expect(page.locator("[data-reservation]")).to_have_count(5)
    expect(page.locator("#filters")).to_contain_text("page 2")
    page.get_by_role("button", name="Back").click()
    expect(page.locator("[data-reservation]")).to_have_count(25)


def test_watching__is_two_questions_every_three_seconds(page: Page) -> None:
    asked: list[str] = []
    refreshed(page)
    page.on("request", lambda r: asked.append(r.url) if "/retainer/" in r.url else None)
    began = page.evaluate("performance.now()")
    refreshed(page, 3)
    took_s = (page.evaluate("performance.now()") - began) / 1000

    assert len(asked) <= 2 * (took_s / 3 + 1)


@contextmanager
def api_away(stack: Stack) -> Iterator[None]:
    stack.stop_api()
    try:
        yield
    finally:
        stack.start_api()


def test_api_away__keeps_what_was_known_and_says_since_when(
    stack: Stack, requester: Worker, page: Page
) -> None:
    requester.allow("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET")
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    with api_away(stack):
        expect(page.locator("#live")).to_have_attribute("data-state", "away")
        expect(page.locator("#problem")).to_contain_text("What is shown is from")
        expect(figure(page, "Waiting")).to_be_visible()

    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    expect(page.locator("#problem")).to_be_empty()


def test_dashboard__is_one_screen_on_a_laptop__and_fits_every_look(
    page: Page, application: Application, worker: Make
) -> None:
    for n in range(12):
        application.retainer.make(application.hit_type, 3, foreign_id=f"Room {n}", delay_s=600 + n)
    reservation = application.reserve(2, foreign_id="Which photo?")
    ada = worker("Ada")
    ada.wait_for(application.title)
    application.ask(reservation, "There?")
    ada.expect_state("called")
    expect(row(page, reservation)).to_contain_text("1 shown")

    tall = page.evaluate("() => document.documentElement.scrollHeight - innerHeight")
    assert tall <= 0
    expect(row(page, reservation)).to_be_in_viewport()
    assert problems(page) == []
    screenshots.keep(page, "dashboard/reservations")
    page.get_by_role("tab", name="Money").click()
    expect(page.locator("#list-money table")).to_be_visible()
    assert problems(page) == []
    screenshots.keep(page, "dashboard/money")
