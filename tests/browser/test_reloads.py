"""A page that is loaded again, vanishes or is called off, at every state: nothing untrue is said,
nothing is rung for, and what was typed stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.test_calls import called_first, two_waiting
from tests.browser.worker import Worker

Make = Callable[[str], Worker]


def reload(worker: Worker) -> None:
    """Load the waiting page again; the market's page around it stays."""
    frame = worker.hold_timers()
    frame.goto(frame.url)


@pytest.fixture
def ada(stack: Stack, application: Application, worker: Make) -> Worker:
    application.open(url=f"{stack.wait}/index.html", ack_within=120)
    application.reserve()
    made = worker("Ada")
    made.wait_for(application.title)
    return made


def test_reload_at_work__opens_the_task_again__with_what_was_typed(
    application: Application, ada: Worker
) -> None:
    application.ask(application.reservation, "Which soup?")
    ada.expect_state("called")
    ada.frame.locator(".rt-here").click()
    ada.frame.locator("#rt-answer").fill("Miso, with ")
    application.wait_for(application.reservation, lambda slots: bool(slots[0]["acknowledged"]))

    reload(ada)

    ada.expect_state("working")
    expect(ada.frame.locator(".rt-banner")).to_be_hidden()
    expect(ada.frame.locator("#rt-answer")).to_have_value("Miso, with ")
    assert "needed now" not in ada.page.title()
    # The reservation's end, of either kind, is no reason to take the work away.
    for end in (application.retainer.finish, application.retainer.cancel):
        end(application.reservation)
        reload(ada)
        ada.expect_state("working")
    ada.frame.locator("#rt-answer").press_sequentially("tofu")
    ada.frame.locator(".rt-task button").click()
    ada.expect_submitted()
    (slot,) = application.answers(application.reservation)
    assert slot["answers"]["answer"].endswith("tofu")


def test_call_that_is_called_off__is_told_so__in_the_open_page_and_after_a_reload(
    application: Application, ada: Worker
) -> None:
    application.ask(application.reservation, "Which soup?")
    ada.expect_state("called")
    application.put_forward(60)
    reload(ada)
    # The rest of the time, by the server's clock.
    ada.expect_state("called")
    left = ada.frame.locator("body").evaluate(
        "() => document.querySelector('.rt-seconds').textContent"
    )
    assert 0 < int(left.split()[0]) <= 60

    ada.allow("409 .*/event/working")
    application.retainer.cancel(application.reservation)
    ada.wake()
    ada.expect_state("waiting")
    expect(ada.frame.locator(".rt-notice")).to_contain_text("This task is not needed any more")
    reload(ada)
    ada.expect_waiting()
    expect(ada.room).not_to_contain_text("quicker")
    # Nor does the end of the wait say what is not so: they were needed.
    application.put_forward(3600)
    ada.wake()
    ada.expect_state("over")
    expect(ada.room).not_to_contain_text("Nobody needed you")


def test_second_page_of_one_person__says_why_it_waits__and_takes_its_turn(
    application: Application, ada: Worker
) -> None:
    first = ada.assignment
    application.reserve()
    ada.page.get_by_role("link", name="Find work").click()
    ada.look_again()
    expect(ada.listed(application.title)).to_be_visible()
    ada.accept(application.title)
    expect(ada.frame.locator("h2", has_text="Your other page comes first")).to_be_visible()
    expect(ada.frame.locator(".rt-behind")).to_contain_text("when that one is over")
    second = ada.assignment
    assert first != second

    application.ask(application.reservation, "Which soup?")
    other = ada.page.frame_locator(f"[data-assignment='{first}'] iframe").locator("[data-state]")
    expect(other).to_have_attribute("data-state", "called")
    ada.expect_state("waiting")
    ada.page.goto(f"{ada.site}#/work/{first}")
    ada.frame.locator(".rt-here").click()
    ada.frame.locator("#rt-answer").fill("Miso")
    ada.frame.locator(".rt-task button").click()
    expect(ada.page.locator("#notice")).to_contain_text("Submitted")
    application.answers(application.reservation)

    ada.page.goto(f"{ada.site}#/work/{second}")
    expect(ada.frame.locator("h2", has_text="You are waiting")).to_be_visible()


def test_hit_that_is_returned_at_its_call__frees_its_slot_for_the_next_who_waits(
    stack: Stack, application: Application, worker: Make
) -> None:
    application.open(url=f"{stack.wait}/index.html", ack_within=120)
    reservation, one, other = two_waiting(application, worker)
    application.ask(reservation, "Which soup?")
    gone, next_one = called_first(application, reservation, one, other)
    gone.page.get_by_role("button", name="Return", exact=True).click()
    gone.page.locator("[data-return]").click()
    expect(gone.page.locator("section[data-assignment]")).to_have_count(0)
    application.put_forward(125)
    application.pool()
    next_one.wake()

    next_one.expect_state("called")
