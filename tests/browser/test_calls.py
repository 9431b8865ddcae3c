"""Calls that are not answered go to the next waiter; nobody is called for nothing."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker, offline

TOO_LATE = "The time to answer was over, so the task goes to somebody else"


def two_waiting(
    application: Application, worker: Callable[[str], Worker]
) -> tuple[str, Worker, Worker]:
    """A reservation of one worker, and two who wait."""
    reservation = application.reserve(1)
    # Never invoked: only so that a second worker is let in.
    application.reserve(1)
    ada, ben = worker("Ada"), worker("Ben")
    for one in (ada, ben):
        one.wait_for(application.title)
    return reservation, ada, ben


def called_first(
    application: Application, reservation: str, one: Worker, other: Worker
) -> tuple[Worker, Worker]:
    """Wait until one of two workers sees the call; (who does, who does not)."""
    (slot,) = application.wait_for(reservation, lambda slots: bool(slots and slots[0]["shown"]))
    called, rest = (one, other) if slot["assignment"] == one.assignment else (other, one)
    called.expect_state("called")
    return called, rest


def test_invoke__of_one_slot__calls_exactly_one_of_two(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    reservation, ada, ben = two_waiting(application, worker)

    application.ask(reservation, "Which soup?")
    called, other = called_first(application, reservation, ada, ben)
    other.watch_polls(4)

    other.expect_waiting()
    (slot,) = application.retainer.results(reservation)["slots"]
    assert slot["assignment"] == called.assignment


def test_closed_tab__loses_its_call__to_the_next_who_waits(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(ack_within=60)
    reservation, ada, ben = two_waiting(application, worker)

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    gone, next_one = called_first(application, reservation, ada, ben)
    gone.page.close()
    application.put_forward(60)
    next_one.expect_state("called")
    next_one.answer("Tomato")

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "Tomato"}


def test_late_worker__is_told_that_somebody_was_quicker__and_paid(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(ack_within=60)
    reservation, ada, ben = two_waiting(application, worker)

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    late, quick = called_first(application, reservation, ada, ben)
    late.allow("409 .*/event/working")
    with offline(late):
        # Sees the call and takes it up, but nobody hears of that.
        late.frame.locator(".rt-here").click()
        late.expect_state("working")
        expect(late.frame.locator("[data-link=retrying]")).to_be_visible()
        application.put_forward(60)
        quick.expect_state("called")
        quick.frame.locator(".rt-here").click()
        quick.expect_state("working")
        application.wait_for(reservation, lambda slots: bool(slots[0]["acknowledged"]))
    late.expect_state("waiting")
    expect(late.frame.locator(".rt-notice")).to_contain_text(TOO_LATE)

    quick.frame.locator(".poll-options button", has_text="Miso").click()
    quick.expect_submitted()
    late.watch_polls(2)
    late.expect_waiting()
    late.leave()

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "Miso"}
    late.expect_earned("$0.05")
    quick.expect_earned("$0.05")


def test_muted_worker__is_called_all_the_same__and_both_sides_are_told(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(url=f"{stack.wait}/index.html")
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    ada.frame.get_by_role("button", name="Mute").click()
    expect(ada.frame.get_by_text("so nothing rings when you are needed")).to_be_visible()

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.expect_state("called")

    (slot,) = application.wait_for(reservation, lambda slots: bool(slots and slots[0]["shown"]))
    assert slot["muted"] is True
