"""The waiting page in its states: pictures to look at, in which axe finds nothing grave."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from local.stack import Stack
from tests.browser import screenshots
from tests.browser.accessibility import problems
from tests.browser.application import Application
from tests.browser.people import People
from tests.browser.worker import Worker

PAID = {"wait_pay": 0.05, "quick_bonus": 0.03, "quick_within": 2}
PAGE = {
    "title": "Which photo is sharper?",
    "instructions": "You see two photos. Choose the **sharper** one.\n\n- One photo has a *blur*.\n"
    "- If you cannot tell, choose the left one.",
    "accent": "#7a1fa2",
    "pastime": "game",
}


READING = (
    "# The tide\n\nTwice a day the sea comes and goes. What draws it is the moon, and a little the "
    "sun.\n\n1. At new moon both pull together.\n2. At half moon they pull crosswise.\n\n"
    "The difference is *largest* in narrow bays. [More](https://example.org/tide)"
)
ANSWERS: dict[str, dict[str, Any]] = {
    "get ready": {"dueIn": 9000},
    "wait over": {"waitOver": True},
    "open elsewhere": {"superseded": True},
    "too late": {"released": True, "why": "late"},
    "called off": {"released": True, "why": "ended"},
    "behind another page": {"behind": True},
    "other page took the time": {"waitOver": True, "behind": True},
    "returned": {"superseded": True, "returned": True},
    "surplus": {"released": True, "surplus": True},
}
SHOWS = {
    "get ready": "() => document.querySelector('[data-kind=ready]')",
    "wait over": "() => document.querySelector('[data-state=over]')",
    "open elsewhere": "() => document.querySelector('[data-state=superseded]')",
    "too late": "() => document.querySelector('.rt-notice').textContent.includes('time to answer')",
    "called off": "() => document.querySelector('.rt-notice').textContent.includes('not needed')",
    "behind another page": "() => !document.querySelector('.rt-behind').hidden",
    "other page took the time": "() => document.querySelector('[data-state=over]')",
    "returned": "() => document.querySelector('[data-state=over]')",
    "surplus": "() => document.querySelector('.rt-notice').textContent.includes('Enough')",
}


def keep(page: Page, name: str, *, full_page: bool = True, always: bool = False) -> None:
    """Pictures of the page, each look another, in every one of which axe finds nothing grave."""
    pictures = screenshots.keep(page, f"waiting/{name}", full_page=full_page, always=always)
    size = page.viewport_size

    assert len({picture.read_bytes() for picture in pictures}) == len(pictures)
    assert len(pictures) == (4 if always or screenshots.ARE_KEPT else 0)
    assert problems(page) == []
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert size is not None
    page.set_viewport_size(size)


def alone(ada: Worker, people: People) -> Page:
    """The page by itself, as large as the window: in the market's frame a part would be hidden."""
    people.send(ada)
    expect(ada.page.locator("[data-link=online]")).to_be_visible()
    expect(ada.page.locator(".rt-sound")).to_be_visible()
    return ada.page


def shown(page: Page, state: str) -> None:
    expect(page.locator("main")).to_have_attribute("data-state", state)


def test_stay__is_kept_as_pictures__in_every_look(
    stack: Stack, application: Application, worker: Callable[[str], Worker], people: People
) -> None:
    application.open(url=f"{stack.wait}/index.html", page=PAGE, **PAID)
    reservation = application.reserve()
    ada = worker("Ada")
    page = alone(ada, people)
    address = page.url
    page.goto(re.sub(r"assignmentId=\w+", "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE", address))
    expect(page.locator("[data-state=preview]")).to_contain_text("$0.05 a minute, $3.00 at most")
    keep(page, "preview")

    page.goto(address)
    cards = page.locator(".rt-board button")
    for card in (4, 9, 11):
        cards.nth(card).click()
    keep(page, "waiting with a game", always=True)
    # Or the HIT would be handed in after five seconds.
    ada.hold_timers(page.main_frame)
    page.locator(".rt-footer .rt-leave").click()
    keep(page, "leaving", full_page=False)
    page.reload()
    expect(page.locator("[data-link=online]")).to_be_visible()
    expect(page.locator(".rt-sound")).to_be_visible()

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    shown(page, "called")
    keep(page, "called", full_page=False)
    page.locator(".rt-here").click()
    shown(page, "working")
    keep(page, "working")

    # After this answer the browser stays where it is, as while a market takes its time.
    page.route("**/mturk/externalSubmit", lambda route: route.fulfill(status=204))
    page.locator(".rt-task textarea").fill("Miso")
    page.locator(".rt-task button").evaluate("(it) => it.click()")
    shown(page, "submitted")
    keep(page, "submitted")


def test_other_ends__are_kept_as_pictures__in_every_look(
    stack: Stack, application: Application, worker: Callable[[str], Worker], people: People
) -> None:
    task = f"{stack.wait}/examples/in-a-frame/index.html"
    reading = {"title": "Which colour fits?", "reading": READING, "accent": "#0a7d55", "task": task}
    application.open(url=f"{stack.wait}/index.html", page=reading, max_wait=3600, **PAID)
    reservation = application.reserve()
    ada = worker("Ada")
    ada.allow("net::ERR|Failed to load resource")
    page = alone(ada, people)
    page.get_by_role("button", name="Mute").click()
    keep(page, "waiting with a text")

    stack.stop_api()
    try:
        expect(page.locator(".rt-notice[data-kind=lost]")).to_be_visible()
        keep(page, "connection lost")
    finally:
        stack.start_api()
    expect(page.locator("[data-link=online]")).to_be_visible()

    # What takes minutes, or another window, is told by the server's own answers.
    for name, more in ANSWERS.items():
        page.route("**/gettask/**", _answering(more))
        page.wait_for_function(SHOWS[name])
        keep(page, name)
        page.unroute_all(behavior="wait")
        page.reload()
        expect(page.locator("[data-link=online]")).to_be_visible()
        expect(page.locator(".rt-sound")).to_be_visible()

    address = page.url
    page.goto(re.sub(r"arrival=[^&]+", "arrival=forged", address))
    shown(page, "refused")
    expect(page.locator("[data-submit=refused]")).to_be_visible()
    keep(page, "refused")
    page.goto(re.sub(r"hitId=[^&]+&", "", address))
    shown(page, "refused")
    keep(page, "opened wrongly")
    page.goto(address)
    expect(page.locator("[data-link=online]")).to_be_visible()

    application.retainer.invoke(reservation, payload="A Monday in November")
    shown(page, "called")
    page.locator(".rt-here").click()
    in_frame = page.frame_locator(".rt-frame").get_by_role("button", name="Green")
    expect(in_frame).to_be_visible()
    keep(page, "working in a frame")


def _answering(more: dict[str, Any]) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, json={**reply.json(), **more})

    return answer
