"""Somebody who waits follows a link and comes back: the browser brings back the page as it was."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from local.chromium import ARGUMENTS
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.people import People
from tests.browser.worker import Worker, context_options
from tests.patience import PATIENCE_MS

_NUMBERS = itertools.count(1)
_ONLINE = "[data-state=waiting] [data-link=online]"
_MARK = """
addEventListener('pageshow', ({ persisted }) => { globalThis.broughtBack = persisted; });
"""
# Shown again, brought back or reloaded; of a page brought back Playwright hears no `load`, which
# `go_back` waits for.
_SHOWN = (
    "(address) => location.href === address && globalThis.broughtBack !== undefined && "
    "(globalThis.mine === undefined || globalThis.broughtBack)"
)
_WHY_NOT = "() => performance.getEntriesByType('navigation')[0].notRestoredReasons"


@pytest.fixture(scope="module")
def remembering(playwright: Playwright, whole_chromium_path: str) -> Iterator[Browser]:
    """A browser that keeps pages for going back, as everybody's does and Playwright's does not."""
    launched = playwright.chromium.launch(
        executable_path=whole_chromium_path,
        args=[*ARGUMENTS],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield launched
    launched.close()


@pytest.fixture
def ada(
    stack: Stack, application: Application, remembering: Browser, people: People
) -> Iterator[Worker]:
    """A worker who waits on the ready-made page, by itself in the window."""
    application.open(url=f"{stack.wait}/index.html")
    application.reserve()
    # Somebody else each time: whoever was at work a test ago is called for nothing else.
    context = remembering.new_context(**context_options())
    one = Worker(f"Ada who goes back {next(_NUMBERS)}", context, stack)
    one.context.set_default_timeout(PATIENCE_MS)
    one.context.add_init_script(_MARK)
    people.send(one)
    expect(one.page.locator(_ONLINE)).to_be_visible()
    yield one
    one.context.close()
    assert one.errors == []


def leave_and_come_back(page: Page, stack: Stack, meanwhile: Callable[[], object]) -> None:
    """Another page in the same tab, and back; the page goes on, it is not loaded anew."""
    address = page.url
    page.evaluate("globalThis.mine = 1")
    # Not the worker site: that would open the accepted HIT itself.
    page.goto(f"{stack.desk}/")
    assert page.evaluate("globalThis.mine") is None
    meanwhile()
    # Once this has been answered: what goes back takes its answer along.
    page.evaluate("() => void setTimeout(() => history.back())")
    page.wait_for_function(_SHOWN, arg=address)
    assert page.evaluate("globalThis.mine") == 1, page.evaluate(_WHY_NOT)


def test_page_brought_back__goes_on_waiting__and_is_called(
    stack: Stack, application: Application, ada: Worker
) -> None:
    leave_and_come_back(ada.page, stack, lambda: None)
    ada.watch_polls(2)
    expect(ada.page.locator(_ONLINE)).to_be_visible()
    assert application.pool()["waiting"] == 1

    application.ask(application.reservation, "Which soup?", "Tomato", "Miso")
    ada.page.locator(".rt-here").click()
    expect(ada.page.locator("[data-state=working]")).to_be_visible()


def test_page_brought_back__that_was_called_meanwhile__calls_at_once(
    stack: Stack, application: Application, ada: Worker
) -> None:
    def call() -> None:
        application.ask(application.reservation, "Which soup?", "Tomato", "Miso")

    leave_and_come_back(ada.page, stack, call)
    expect(ada.page.locator("[data-state=called]")).to_be_visible()
    expect(ada.page.get_by_role("button", name="I’m here")).to_be_focused()


def test_page_brought_back__while_a_newer_one_is_open__steps_back(
    stack: Stack, application: Application, ada: Worker
) -> None:
    address = ada.page.url
    twin = ada.context.new_page()

    def open_again() -> None:
        twin.goto(address)
        expect(twin.locator(_ONLINE)).to_be_visible()

    leave_and_come_back(ada.page, stack, open_again)
    expect(ada.page.locator("[data-state=superseded]")).to_be_visible()
    assert application.pool()["waiting"] == 1

    application.ask(application.reservation, "Which soup?", "Tomato", "Miso")
    expect(twin.locator("[data-state=called]")).to_be_visible()
    expect(ada.page.locator("[data-state=superseded]")).to_be_visible()
