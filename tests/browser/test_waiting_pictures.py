"""The waiting page in its states: pictures to look at, in which axe finds nothing grave."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from local.stack import Stack
from tests.browser import screenshots
from tests.browser.accessibility import problems
from tests.browser.application import Application
from tests.browser.worker import Worker

PAID = {"wait_pay": 0.05, "quick_bonus": 0.03, "quick_within": 2}
PAGE = {
    "title": "Which photo is sharper?",
    "instructions": "You see two photos. Choose the **sharper** one.\n\n- One photo has a *blur*.\n"
    "- If you cannot tell, choose the left one.",
    "accent": "#7a1fa2",
    "pastime": "game",
}


def keep(page: Page, name: str) -> None:
    """Pictures of the page, each look another, in every one of which axe finds nothing grave."""
    pictures = screenshots.keep(page, f"waiting/{name}")
    size = page.viewport_size

    assert len({picture.read_bytes() for picture in pictures}) == len(pictures) == 4
    assert problems(page) == []
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    assert size is not None
    page.set_viewport_size(size)


def test_stay__is_kept_as_pictures__in_every_look(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(ack_within=60, url=f"{stack.wait}/index.html", page=PAGE, **PAID)
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    # By itself, as large as the window: in the market's frame a part would be hidden.
    address = ada.frame_url
    page = ada.page
    page.goto(re.sub(r"assignmentId=\w+", "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE", address))
    expect(page.locator("[data-state=preview]")).to_contain_text("$0.05 a minute, $0.25 at most")
    keep(page, "preview")

    page.goto(address)
    expect(page.locator("[data-link=online]")).to_be_visible()
    page.locator(".rt-board button").nth(4).click()
    keep(page, "waiting, a game")
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    expect(page.locator("[data-state=called]")).to_be_visible()
    keep(page, "called")
    page.locator(".rt-here").click()
    expect(page.locator("[data-state=working]")).to_be_visible()
    keep(page, "working")
