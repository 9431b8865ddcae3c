"""A worker is called: mail, a session announced by command, a browser woken, one click to stop."""

from __future__ import annotations

import email.policy
import io
import json
import re
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from chalicelib import cli
from chalicelib.kit.clock import SystemClock
from local.stack import Stack, StackOptions, running_stack
from tests.browser.accessibility import problems
from tests.browser.worker import Worker
from tests.integration.push_service import PushService, running_push_service
from tests.patience import until


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mail")


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushService]:
    with running_push_service(SystemClock()) as running:
        yield running


@pytest.fixture(scope="module")
def stack(mailbox: Path, push_service: PushService) -> Iterator[Stack]:
    variables = {
        "MARKETPLACE_MAIL": f"file://{mailbox}",
        "MARKETPLACE_MAIL_FROM": "Our lab <lab@example.org>",
        "MARKETPLACE_PUSH_CONTACT": "mailto:lab@example.org",
        "MARKETPLACE_PUSH_HOSTS": push_service.origin,
    }
    with running_stack(StackOptions(speed=0, variables=variables)) as running:
        yield running


def market(*words: str) -> Any:
    """An operator's command."""
    out = io.StringIO()
    assert cli.main(["market", *words], out) == 0
    return json.loads(out.getvalue())


def mail_to(mailbox: Path, address: str) -> list[tuple[str, str]]:
    """Subjects and texts, the oldest first."""
    parsed = [
        message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(mailbox.glob("*.eml"))
    ]
    return [(m["Subject"], m.get_content()) for m in parsed if m["To"] == address]


def link_in(text: str, path: str) -> str:
    return re.findall(rf"http\S+/{path}/\S+", text)[0]


def announce(title: str) -> str:
    made = market(
        *("sessions", "announce", title, "--account", "demo", "--zone", "Europe/Berlin"),
        *("--starts", "2027-06-01T14:00", "--minutes", "40", "--people", "12"),
    )
    return str(made["SessionId"])


@pytest.fixture
def mailed(stack: Stack, worker: Callable[[str], Worker], mailbox: Path) -> tuple[Worker, str]:
    """A worker who has given and confirmed an address, and is called at any hour."""
    ada = worker("Ada")
    address = f"{re.sub(r'[^a-z0-9]', '', ada.name.lower())}@example.org"
    ada.sign_in()
    ada.page.get_by_role("link", name="Calls").click()
    ada.page.get_by_label("Your address").fill(address)
    ada.page.get_by_role("button", name="Use this address").click()
    expect(ada.page.locator("[data-state=unconfirmed]")).to_be_visible()
    stack.run_function("market_calls")
    ((subject, text),) = mail_to(mailbox, address)
    assert subject == "Please confirm your address"
    other = ada.context.new_page()
    other.goto(link_in(text, "market/calls/confirm"))
    other.get_by_role("button", name="Confirm").click()
    expect(other.get_by_role("heading")).to_have_text("Your address is confirmed")
    other.close()
    ada.page.reload()
    expect(ada.page.locator("[data-state=confirmed]")).to_contain_text("Confirmed")
    expect(ada.page.get_by_role("checkbox", name="By mail").first).to_be_checked()
    ada.page.get_by_label("Quiet hours").uncheck()
    ada.page.get_by_label(re.compile("^Most calls a day")).fill("5")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.locator("#notice")).to_have_text("Saved.")
    return ada, address


def test_session__is_announced_by_mail_accepted_and_stopped_by_one_click(
    stack: Stack, mailed: tuple[Worker, str], mailbox: Path
) -> None:
    ada, address = mailed
    session = announce("Judge short sounds")
    stack.run_function("market_calls")

    subject, text = mail_to(mailbox, address)[-1]
    assert subject == "Judge short sounds"
    page = ada.context.new_page()
    page.goto(link_in(text, "market/sessions/reply"))
    expect(page.get_by_role("main")).to_contain_text("Tuesday 1 June 2027, 14:00")
    page.get_by_role("button", name="Maybe").click()
    expect(page.get_by_role("main")).to_contain_text("You said maybe")

    ada.page.get_by_role("link", name="Sessions").click()
    card = ada.page.locator(f"[data-session='{session}']")
    expect(card.get_by_role("button", name="Maybe")).to_have_attribute("aria-pressed", "true")
    card.get_by_role("button", name="Yes, I will come").click()
    expect(card).to_contain_text("You said yes")
    worker_id = ada.worker_id
    shown = market("sessions", "show", session, "--account", "demo")
    assert shown["Replies"]["Yes"] == [worker_id]
    assert address not in json.dumps(shown)

    page.goto(link_in(text, "market/calls/stop"))
    page.get_by_role("button", name="Stop all mail").click()
    expect(page.get_by_role("heading")).to_have_text("Stopped")
    announce("Another one")
    stack.run_function("market_calls")

    assert mail_to(mailbox, address)[-1][0] == "Judge short sounds"
    ada.page.get_by_role("link", name="Calls").click()
    expect(ada.page.get_by_role("checkbox", name="By mail").first).not_to_be_checked()


def test_moved_and_cancelled__are_shown_on_the_site(
    stack: Stack, worker: Callable[[str], Worker]
) -> None:
    bob = worker("Bob")
    bob.sign_in()
    session = announce("Name the mistake")
    bob.page.get_by_role("link", name="Sessions").click()
    card = bob.page.locator(f"[data-session='{session}']")
    card.get_by_role("button", name="Yes, I will come").press("Enter")
    expect(card).to_contain_text("You said yes")
    # The keyboard stays where it was, though the list was drawn anew.
    expect(card.get_by_role("button", name="Yes, I will come")).to_be_focused()

    market("sessions", "move", session, "--starts", "2027-06-01T16:00", "--account", "demo")
    bob.look_again()
    expect(card).to_contain_text("The time has changed since you answered")
    market("sessions", "cancel", session, "--reason", "The room is flooded.", "--account", "demo")
    bob.look_again()

    expect(card).to_contain_text("Cancelled: you need not come. The room is flooded.")
    expect(card.get_by_role("button")).to_have_count(0)


def test_calendar__address_can_be_fetched(stack: Stack, worker: Callable[[str], Worker]) -> None:
    cyd = worker("Cyd")
    cyd.sign_in()
    announce("In the calendar")
    cyd.page.get_by_role("link", name="Calls").click()
    cyd.page.get_by_role("button", name="Get a calendar link").click()
    address = cyd.page.get_by_label("Your calendar link").input_value()

    feed = cyd.context.request.get(address)

    assert feed.headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:In the calendar (open)\r\n" in feed.text()
    assert "DTSTART:20270601T120000Z\r\n" in feed.text()


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    """Notifications are shown by windows."""
    return whole_browser


# What a browser's push manager does is between it and its maker's servers, out of reach of tests;
# it is stood in for, and the push service of the tests hands the push over in its place.
_SUBSCRIBED = """endpoint => {
  let there = null;
  const subscription = {endpoint, unsubscribe: async () => { there = null; return true; }};
  PushManager.prototype.subscribe = async (options) => {
    if (options.applicationServerKey.length !== 65) throw new Error('no key');
    return there = subscription;
  };
  PushManager.prototype.getSubscription = async () => there;
}"""


# The service worker may have to be started first.
_SHOWN = """async tag => {
  const registration = await navigator.serviceWorker.ready;
  const [shown] = await registration.getNotifications({tag});
  return shown ? [shown.title, shown.body] : null;
}"""


def test_browser__is_woken_and_shows_what_for(
    stack: Stack, browser: Browser, worker: Callable[[str], Worker], push_service: PushService
) -> None:
    dot = worker("Dot")
    dot.context.grant_permissions(["notifications"], origin=stack.desk)
    dot.sign_in()
    dot.page.evaluate(_SUBSCRIBED, push_service.endpoint("dot"))
    devtools = dot.context.new_cdp_session(dot.page)
    registered: list[dict[str, Any]] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated", lambda e: registered.extend(e["registrations"])
    )
    devtools.send("ServiceWorker.enable")
    dot.page.get_by_role("link", name="Calls").click()
    dot.page.get_by_role("button", name="Call this browser").click()
    expect(dot.page.locator("#notice")).to_contain_text("will be called")
    dot.page.get_by_label("Quiet hours").uncheck()
    dot.page.get_by_label(re.compile("^Most calls a day")).fill("6")
    dot.page.get_by_role("button", name="Save").click()
    expect(dot.page.locator("#notice")).to_have_text("Saved.")

    stack.run_function("market_calls")  # what other tests have announced
    before = len(push_service.pushes)
    session = announce("Wake up")
    stack.run_function("market_calls")
    assert push_service.refused == []
    assert [path for path, _, _ in push_service.pushes[before:]] == ["/send/dot"]
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": stack.desk,
            "registrationId": registered[-1]["registrationId"],
            "data": "",
        },
    )

    title, body = until(lambda: dot.page.evaluate(_SHOWN, f"session-{session}"), "the notification")
    assert (title, body[:21]) == ("Wake up", "Tuesday 1 June 2027, "), body

    dot.page.get_by_role("button", name="Call it no more").click()
    expect(dot.page.locator("#notice")).to_contain_text("not called any more")
    announce("Sleep on")
    stack.run_function("market_calls")
    assert len(push_service.pushes) == before + 1


def test_pages__fit_a_phone_and_axe_finds_nothing_grave(
    stack: Stack, mailed: tuple[Worker, str], mailbox: Path
) -> None:
    ada, address = mailed
    found = {}
    ada.page.get_by_role("button", name="Get a calendar link").click()
    expect(ada.page.get_by_label("Your calendar link")).to_be_visible()
    found["calls"] = problems(ada.page)
    _, coming, cancelled = (
        announce(f"{title}, with a rather long title that has to be broken somewhere")
        for title in ("Open", "Coming", "Cancelled")
    )
    stack.run_function("market_calls")
    ada.page.get_by_role("link", name="Sessions").click()
    for session in (coming, cancelled):
        card = ada.page.locator(f"[data-session='{session}']")
        card.get_by_role("button", name="Yes, I will come").click()
        expect(card).to_contain_text("You said yes")
    market("sessions", "cancel", cancelled, "--account", "demo")
    ada.look_again()
    expect(ada.page.locator(f"[data-session='{cancelled}']")).to_contain_text("Cancelled")
    found["sessions"] = problems(ada.page)
    text = mail_to(mailbox, address)[-1][1]
    for path in ("market/sessions/reply", "market/calls/stop"):
        ada.page.goto(link_in(text, path))
        found[path] = problems(ada.page)

    assert not {name: said for name, said in found.items() if said}
