"""The waiting page in its states, as pictures to look at."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import screenshots
from tests.browser.application import Application
from tests.browser.worker import Worker

PAID = {"wait_pay": 0.05, "quick_bonus": 0.03, "quick_within": 2}


def keep(page: Page, state: str) -> None:
    """Pictures of the page in this state, each look another."""
    expect(page.locator(f"[data-state={state}]")).to_be_visible()
    pictures = screenshots.keep(page, f"waiting/{state}")

    assert len({picture.read_bytes() for picture in pictures}) == len(pictures) == 4
    assert page.evaluate("innerWidth") == 1200


def test_states__are_kept_as_pictures__in_every_look(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(ack_within=60, **PAID)
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    # By itself, as large as the window: in the market's frame a part would be hidden.
    address = ada.frame_url
    page = ada.page
    page.goto(re.sub(r"assignmentId=\w+", "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE", address))
    keep(page, "preview")

    page.goto(address)
    expect(page.locator("[data-link=online]")).to_be_visible()
    keep(page, "waiting")

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    keep(page, "called")
    page.locator(".rt-here").click()
    keep(page, "working")
