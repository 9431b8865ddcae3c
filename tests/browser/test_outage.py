"""The API goes away while somebody waits, and comes back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker

OUTAGE_S = 20


def test_outage__is_shown_and_survived__and_the_worker_still_gets_the_task(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    waited = ada.waited_ms()

    ada.allow("net::ERR_CONNECTION_REFUSED|net::ERR_EMPTY_RESPONSE|net::ERR_CONNECTION_RESET")
    before, began_ms = len(ada.requests), stack.clock.now_ms()

    def tries() -> int:
        return len(ada.api_requests(of_frames=True, since=before))

    stack.stop_api()
    try:
        expect(ada.frame.locator("[data-link=retrying]")).to_contain_text("keep this page open")
        ada.look_again()
        expect(ada.page.locator("#notice")).to_contain_text("cannot be reached")
        ada.let_pass(OUTAGE_S)
        ada.until(lambda: tries() >= 4, "four tries")
        took_s = (stack.clock.now_ms() - began_ms) / 1000
        tried = tries()
    finally:
        stack.start_api()

    # It backed off instead of asking at the pool's pace, which is twice a second.
    assert tried <= max(12, took_s / 2)
    ada.expect_state("waiting")
    assert ada.waited_ms() >= waited + OUTAGE_S * 1000
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.expect_state("called")
    expect(ada.frame.locator("[data-link=online]")).to_be_visible()
    ada.look_again()
    expect(ada.page.locator("#notice")).to_be_empty()
    ada.answer("Miso")

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "Miso"}
