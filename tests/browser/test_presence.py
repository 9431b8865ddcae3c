"""Being there, as a page asks for it and says what comes of it: presence checks, a rest."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from chalicelib import bootstrap
from local.stack import Stack
from tests.browser.accessibility import problems
from tests.browser.application import Application
from tests.browser.screenshots import keep
from tests.browser.worker import Worker

IS_CHECKED = "() => Retainer.status().check.dueIn > 0"


def test_presence_check__is_a_button_for_keys_too__and_without_it_nobody_is_called(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(
        check_every=3600, max_wait=6 * 3600 - 60, assignment_duration=6 * 3600, wait_pay=0.01
    )
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    button = ada.frame.get_by_role("button", name="I’m still here")
    expect(button).to_be_hidden()

    application.put_forward(3600)
    ada.wake()
    expect(button).to_be_visible()
    said = ada.frame.locator(".rt-unseen", has_text="Are you still there?")
    expect(said).to_have_attribute("aria-live", "assertive")
    expect(said).to_contain_text("your wait is not paid from then on")
    keep(ada.page, "waiting/presence-check")
    assert problems(ada.page) == []
    button.press("Enter")
    expect(button).to_be_hidden()
    ada.until(lambda: ada.frame.locator("body").evaluate(IS_CHECKED), "the answer")

    application.put_forward(3700)
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.wake()
    expect(ada.frame.locator(".rt-check")).to_contain_text("you are not called, until you press")
    ada.expect_waiting()
    button.click()
    ada.expect_state("called")
    ada.answer("Miso")


def test_rest__is_told_with_its_end__and_what_is_paid(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    room = bootstrap.get().retainer
    (record,), _ = room.people.of_worker(ada.worker_id, None, 1)
    seat = room.arrivals._seats.get(record.stay.proto, record.stay.seat_id)
    assert seat is not None
    for minutes in (3, 2, 1):
        now = stack.clock.now_ms()
        room.attendance.let_pass(seat, now - minutes * 60_000, now)
    application.put_forward(5)
    application.ask(reservation, "Which soup?")

    told = ada.frame.get_by_role("heading", name=re.compile(r"^You are not called until \d"))
    expect(told).to_be_visible()
    expect(ada.frame.locator("body")).to_contain_text("a person looks at this HIT")
    keep(ada.page, "waiting/resting")
    assert problems(ada.page) == []
    ada.frame.locator("[data-submit=waited]").press("Enter")
    ada.expect_submitted()
    stack.run_function("review")
    (held,), _ = room.decisions.page(application.hit_type, None, 9)
    assert held.submission.worker == ada.worker_id
