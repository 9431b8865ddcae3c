"""A worker's page that vanishes, is loaded again or called off, and a returned HIT: at work,
behind another page, when it is over, and when the market has ended it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.test_calls import called_first, two_waiting
from tests.browser.test_reloads import reload
from tests.browser.worker import Worker

Make = Callable[[str], Worker]


@pytest.fixture(autouse=True)
def _opened(stack: Stack, application: Application) -> None:
    application.open(url=f"{stack.wait}/index.html", ack_within=120, answer_within=300)


def give_back(worker: Worker, left: int = 0) -> None:
    """Return the HIT on the market's page; so many others are open."""
    worker.page.get_by_role("button", name="Return", exact=True).click()
    worker.page.locator("[data-return]").click()
    expect(worker.page.locator("section[data-assignment]")).to_have_count(left)


def be_there(worker: Worker, application: Application, reservation: str) -> None:
    worker.expect_state("called")
    worker.frame.locator(".rt-here").click()
    worker.expect_state("working")
    application.wait_for(reservation, lambda slots: bool(slots and slots[0]["acknowledged"]))


def test_page_that_vanishes_at_work__and_hit_that_is_returned_at_work__free_their_slot(
    application: Application, worker: Make
) -> None:
    reservation, one, other = two_waiting(application, worker)
    application.ask(reservation, "Which soup?")
    gone, next_one = called_first(application, reservation, one, other)
    be_there(gone, application, reservation)
    gone.page.close()
    application.put_forward(301)
    next_one.wake()
    be_there(next_one, application, reservation)

    next_one.allow("409 .*/event/working")
    # Nobody asks any more, and no run is due: the market tells of it.
    give_back(next_one)

    application.wait_for(reservation, lambda slots: not slots)
    found = application.retainer.results(reservation)
    assert [slot["answers"] for slot in found["gone"]] == [None, None]
    assert found["missing"]["gone"] == 1


def second_page(worker: Worker, application: Application) -> tuple[str, str]:
    """Have the worker open another HIT beside the one that waits; both assignments."""
    first = worker.assignment
    application.reserve()
    worker.page.get_by_role("link", name="Find work").click()
    worker.look_again()
    worker.accept(application.title)
    expect(worker.frame.locator("h2", has_text="Your other page comes first")).to_be_visible()
    return first, worker.assignment


def go_to(worker: Worker, assignment: str) -> None:
    worker.page.goto(f"{worker.site}#/work/{assignment}")


def test_page_behind_another__is_loaded_again__and_waits_when_that_one_is_returned__to_its_end(
    application: Application, worker: Make
) -> None:
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    first, second = second_page(ada, application)
    reload(ada)
    expect(ada.frame.locator(".rt-behind")).to_contain_text("when that one is over")
    go_to(ada, first)
    give_back(ada, left=1)
    go_to(ada, second)
    expect(ada.frame.locator("h2", has_text="You are waiting")).to_be_visible()

    # Nothing was called, so there is nothing to tell.
    application.retainer.cancel(reservation)
    application.retainer.cancel(application.reservation)
    reload(ada)
    ada.expect_waiting()
    expect(ada.frame.locator(".rt-notice")).to_be_empty()
    application.put_forward(3700)
    ada.wake()
    ada.expect_state("over")
    reload(ada)
    ada.expect_state("over")
    give_back(ada)


def test_page_behind_another__that_takes_all_its_time__says_so_and_can_be_submitted(
    application: Application, worker: Make
) -> None:
    application.open(answer_within=0, ack_within=120)
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    first, second = second_page(ada, application)
    application.ask(reservation, "Which soup?")
    go_to(ada, first)
    be_there(ada, application, reservation)
    go_to(ada, second)
    application.put_forward(7200 - 29)
    ada.wake()

    for _ in range(2):
        ada.expect_state("over")
        expect(ada.room).to_contain_text("Your other HIT of ours took it")
        reload(ada)
    ada.frame.locator("[data-submit=waited]").click()
    expect(ada.page.locator("#notice")).to_contain_text("Submitted")


def test_hit_that_the_market_has_ended__is_told_so_in_a_page_that_is_still_open(
    application: Application, worker: Make
) -> None:
    application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    page = ada.context.new_page()
    page.goto(ada.frame_url)
    room = page.locator("[data-state]")
    expect(page.locator("[data-link=online]")).to_be_visible()
    give_back(ada)

    def is_told() -> bool:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
        return room.get_attribute("data-state") == "over"

    for _ in range(2):
        ada.until(is_told, "the end")
        expect(room).to_contain_text("was returned or has ended")
        page.reload()
