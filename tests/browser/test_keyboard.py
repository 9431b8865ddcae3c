"""All of it without a mouse."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.application import Application
from tests.browser.worker import Worker


def test_keyboard__is_enough__from_signing_in_to_the_answer(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    reservation = application.reserve()
    ada = worker("Ada")
    keys = ada.page.keyboard
    ada.page.goto(ada.site)
    expect(ada.page.locator("#worker-name")).to_be_focused()
    keys.type(ada.name)
    keys.press("Enter")
    accept = ada.listed(application.title).locator("[data-key^=accept-]")
    expect(accept).to_be_visible()
    # The skip link, the bar, search, order, and the HITs of other tests come first.
    for _ in range(40):
        if accept.evaluate("(button) => button === document.activeElement"):
            break
        keys.press("Tab")
    expect(accept).to_be_focused()
    keys.press("Enter")
    ada.expect_waiting()

    application.ask(reservation, "Which soup?", "Tomato", "Miso", "Pumpkin")
    ada.expect_state("called")
    here = ada.frame.locator(".rt-here")
    expect(here).to_be_focused()
    keys.press("Enter")
    ada.expect_state("working")
    # Neither an option that does not exist nor a shortcut of the browser answers.
    keys.press("9")
    keys.press("Control+2")
    ada.expect_state("working")
    keys.press("2")
    ada.expect_submitted()

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "Miso"}
