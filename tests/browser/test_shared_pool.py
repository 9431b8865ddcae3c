"""A shared pool in the browser: whoever waits for one kind of work is shown the page of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.test_original_clients import RequesterSite
from tests.browser.worker import Worker


@pytest.fixture(scope="module")
def site(stack: Stack) -> Iterator[RequesterSite]:
    running = RequesterSite(stack)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def other(stack: Stack, application: Application) -> Iterator[Application]:
    """Another program, whose ProtoHIT will share the first one's pool."""
    running = Application(stack, f"{application.hit_type}-other")
    yield running
    running.close()


def test_worker_called_for_other_work_of_the_pool__is_shown_its_page(
    application: Application,
    other: Application,
    site: RequesterSite,
    worker: Callable[[str], Worker],
) -> None:
    application.open(url=f"{site.origin}/shared.html", pool="everybody")
    other.open(url=f"{site.origin}/tool.html", pool="everybody")
    first = application.reserve()
    ada = worker("Ada")
    ada.sign_in()
    ada.accept(application.title)
    expect(ada.frame.get_by_role("status")).to_have_text("Wait, please.")
    ada.watch_polls(2)
    application.retainer.cancel(first)
    # Nobody else is recruited: who waits may do this, too.
    reservation = other.reserve()
    assert application.pool()["hitsOut"] == 1

    other.retainer.invoke(reservation, payload="What colour is it?")
    expect(ada.frame.get_by_role("status")).to_have_text(f"You are needed for {other.hit_type}.")
    ada.frame.get_by_role("button", name="I am here").click()
    task = ada.frame.frame_locator("#work")
    expect(task.get_by_text("What colour is it?")).to_be_visible()
    task.get_by_label("Your answer").fill("teal")
    task.get_by_role("button", name="Done").click()
    ada.expect_submitted()

    (slot,) = other.answers(reservation)
    assert (slot["answers"], slot["paid"]) == ({"answer": "teal"}, "0.05")
    ada.expect_earned("$0.05")
