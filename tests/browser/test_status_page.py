"""The status page: a pool and its reservations, as they change."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker


def test_status_page__follows_a_pool_and_its_reservation(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    reservation = application.reserve(foreign_id="soup")
    page = worker("Requester").page
    page.goto(f"{stack.desk}/status/")
    pool = page.locator(f"[data-pool='{application.hit_type}']")
    row = page.locator(f"[data-reservation='{reservation}']")

    def figure(name: str) -> str:
        return f"dl div:has(dt:text-is('{name}')) dd"

    expect(page.locator("#key-form")).to_be_hidden()
    expect(pool.locator(figure("Waiting"))).to_have_text("0")
    expect(pool.locator(figure("HITs out"))).to_contain_text("1 free")
    expect(pool).to_contain_text(": 1 wanted")
    expect(row).to_contain_text("soup")
    expect(row.locator(".state")).to_have_text("due")

    ada = worker("Ada")
    ada.wait_for(application.title)
    expect(pool.locator(figure("Waiting"))).to_have_text("1")
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.expect_state("called")
    expect(row.locator(".state")).to_have_text("called")
    ada.frame.locator(".rt-here").click()
    expect(row.locator(".state")).to_have_text("at work")
    ada.frame.locator(".poll-options button").first.click()
    ada.expect_submitted()
    application.answers(reservation)
    application.retainer.finish(reservation)

    expect(row.locator(".state")).to_have_text("done")
    # Measured by now: from the invoke to the page that had the task.
    expect(pool.locator(figure("Dispatch"))).to_contain_text("ms")
