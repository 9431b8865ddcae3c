"""Messages on the worker site: they arrive, are counted, and are read."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from chalicelib import bootstrap
from chalicelib.marketplace.domain.messages import message
from chalicelib.marketplace.store.contact import DynamoMessages
from local.stack import Stack
from tests.browser.requester import Requester
from tests.browser.worker import Worker
from tests.patience import until


def nav(worker: Worker, name: str) -> None:
    expect(worker.page.locator("#nav [data-route=messages]")).to_have_accessible_name(name)


def send(worker: Worker, subject: str, text: str, number: int = 0) -> None:
    """A message as `NotifyWorkers` sends it to somebody whose work was reviewed."""
    now_ms = bootstrap.get().marketplace.clock.now_ms()
    sent = message(worker.worker_id, "AX", "The lab", subject, text, now_ms + number)
    DynamoMessages().send(sent)


def test_message__arrives_and_is_read(stack: Stack, worker: Callable[[str], Worker]) -> None:
    requester, ada = Requester(stack), worker("Ada")
    ada.sign_in()
    nav(ada, "Messages")
    type_id, name = requester.make_type("letters")
    requester.give(type_id, ada.worker_id, 3)
    send(ada, "Tomorrow", "We start at 9: https://example.org/a?b=1.\nBring <b>tea</b>.")

    link = ada.page.get_by_role("link", name="Messages 2 unread")

    def is_told() -> bool:
        # The page looks by itself only every 45 seconds, and not while it is just looking.
        ada.look_again()
        return link.is_visible()

    until(is_told, "two messages in the navigation")
    link.click()
    shown = ada.page.locator("[data-message]")
    expect(shown).to_have_count(2)
    expect(shown.first).to_contain_text("Tomorrow")
    expect(shown.first).to_contain_text("from The lab")
    shown.first.locator("summary").focus()
    ada.page.keyboard.press("Enter")

    expect(shown.first.locator(".body")).to_contain_text("Bring <b>tea</b>.")
    address = shown.first.get_by_role("link")
    expect(address).to_have_attribute("href", "https://example.org/a?b=1")
    nav(ada, "Messages 1 unread")
    expect(shown.first.get_by_text("New")).to_be_hidden()
    expect(shown.last.get_by_text("New")).to_be_visible()
    shown.last.locator("summary").click()
    nav(ada, "Messages")
    shown.last.get_by_role("link", name="See this qualification").click()
    expect(ada.page.get_by_role("heading", name=name)).to_be_visible()
    ada.page.reload()
    ada.page.goto(f"{ada.site}#/messages")
    expect(ada.page.get_by_role("status").last).to_have_text("You have read them all.")


def test_messages__page_and_are_marked_all_at_once(
    stack: Stack, worker: Callable[[str], Worker]
) -> None:
    ada = worker("Ada")
    ada.sign_in()
    for number in range(30):
        send(ada, f"Round {number:02}", "Come back.", number)
    ada.page.goto(f"{ada.site}#/messages")
    shown = ada.page.locator("[data-message]")
    expect(shown).to_have_count(25)
    expect(shown.first).to_contain_text("Round 29")

    ada.page.get_by_role("button", name="Show older").click()
    expect(shown).to_have_count(30)
    expect(shown.nth(25).locator("summary")).to_be_focused()
    expect(shown.last).to_contain_text("Round 00")
    # One comes while the worker reads; the others stay where they are.
    shown.nth(3).locator("summary").click()
    send(ada, "Late news", "x", 100)
    ada.look_again()
    expect(shown).to_have_count(31)
    expect(shown.first).to_contain_text("Late news")
    expect(shown.nth(4).locator("details")).to_have_attribute("open", "")
    nav(ada, "Messages 30 unread")

    ada.page.get_by_role("button", name="Mark all as read").click()

    nav(ada, "Messages")
    expect(ada.page.get_by_text("New", exact=True).filter(visible=True)).to_have_count(0)
    expect(ada.page.get_by_role("heading", name="Messages")).to_be_focused()
