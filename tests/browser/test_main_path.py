"""The way through the house: preview, accept, wait, be called, answer, be paid."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.application import Application
from tests.browser.worker import Worker


def test_preview__leaves_no_trace(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.reserve()
    ada = worker("Ada")
    ada.sign_in()

    ada.listed(application.title).locator("[data-key^=preview-]").click()
    preview = ada.page.frame_locator("iframe")
    expect(preview.locator("[data-state=preview]")).to_contain_text("This is a preview")
    # At that age a page that waits has pinged, polled, and polled again.
    ada.page.frames[-1].wait_for_function("() => performance.now() > 2000")

    # What the HIT is and pays, which is the same for everybody; nothing of this worker.
    (asked,) = ada.api_requests(of_frames=True)
    assert "/retainer/page/hit/" in asked
    pool = application.pool()
    assert (pool["waiting"], pool["present"]) == (0, 0)


def test_invoke__calls_the_waiting_worker__whose_answer_is_paid(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    assert application.pool()["waiting"] == 1

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.expect_state("called")
    expect(ada.frame.locator(".rt-here")).to_be_focused()
    ada.frame.locator(".rt-here").click()
    ada.expect_state("working")
    expect(ada.room).to_contain_text("Which soup?")
    ada.frame.locator(".poll-options button", has_text="Miso").click()
    ada.expect_submitted()

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "Miso"}
    assert slot["paid"] == "0.05"
    assert slot["claimed"] <= slot["shown"] <= slot["acknowledged"] <= slot["submitted"]
    ada.expect_earned("$0.05")
