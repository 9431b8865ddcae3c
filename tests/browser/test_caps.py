"""A pool that stopped at a cap says so where its requester looks."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker


def test_status_page__says_at_which_cap_the_pool_stopped(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(max_spend_per_hour=0.05)
    application.reserve(2)

    page = worker("Requester").page
    page.goto(f"{stack.desk}/status/")

    expect(page.get_by_text("2 short at the cap on spending").first).to_be_visible()
