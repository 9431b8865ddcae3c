"""The queue with its clocks, several tabs, sessions, the keyboard, and a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import APIResponse, Page, Route, expect

from local.stack import Stack
from tests.browser.lab import Lab
from tests.browser.worker import Worker
from tests.clock import MovableClock

Make = Callable[[str], Worker]


def test_queue__clocks_run_and_the_last_minute_is_told_once(
    stack: Stack, lab: Lab, worker: Make
) -> None:
    lab.post("Long", AssignmentDurationInSeconds=7200)
    lab.post("Short", AssignmentDurationInSeconds=300)
    ada = worker("Ada")
    ada.name += " of Long Acre"
    ada.page.set_viewport_size({"width": 1366, "height": 768})
    ada.sign_in()
    bar = ada.page.locator(".bar").bounding_box()
    for name in ("Long", "Short"):
        ada.accept(lab.title(name))
        ada.page.get_by_role("link", name="Find work").click()

    ada.page.get_by_role("link", name="Queue 2 accepted").click()
    # The number beside it moves nothing: somebody may be about to press a button.
    assert ada.page.locator(".bar").bounding_box() == bar
    clocks = ada.page.locator("[data-deadline]")
    expect(clocks.nth(0)).to_have_text(re.compile(r"^[1-5]:\d\d left to submit$"))
    expect(clocks.nth(1)).to_have_text(re.compile(r"^1:\d\d:\d\d left to submit$"))
    before = clocks.nth(0).inner_text()
    # somebody sets the computer's clock an hour on
    ada.page.evaluate("(() => { const was = Date.now; Date.now = () => was() + 3600000; })()")
    expect(clocks.nth(0)).not_to_have_text(before)
    expect(clocks.nth(0)).to_have_text(re.compile(r"^[1-5]:\d\d left to submit$"))
    expect(ada.page).to_have_title(re.compile(r"^\d:\d\d left \(2\) – Queue – Retainer$"))
    # Four seconds before the last minute; the page hears of the time when it asks.
    left_ms = int(clocks.nth(0).get_attribute("data-deadline") or 0) - stack.clock.now_ms()
    assert isinstance(stack.clock, MovableClock)
    stack.clock.advance(left_ms / 1000 - 64)
    ada.look_again()
    # once, where nothing interrupts, with a way there
    soon = ada.page.locator("#soon")
    expect(soon).to_have_attribute("role", "status")
    expect(soon).to_contain_text(f"One minute left for “{lab.title('Short')}”.")
    expect(ada.page.locator("#view .late")).to_have_count(1)
    ada.page.evaluate("globalThis.link = document.querySelector('#soon a')")
    ada.let_pass(2)
    assert ada.page.evaluate("document.querySelector('#soon a') === globalThis.link")
    soon.get_by_role("link", name="Go there").click()
    expect(ada.page.locator("section[data-assignment]:not([hidden]) h1")).to_have_text(
        lab.title("Short")
    )


def test_session__is_every_tabs_and_ends_in_every_tab(lab: Lab, worker: Make) -> None:
    lab.post("One")
    ada = worker("Ada")
    ada.sign_in()
    ada.page.reload()
    expect(ada.page.get_by_role("heading", name="Find work")).to_be_visible()
    # as a link in a mail opens it
    other = ada.context.new_page()
    other.goto(f"{ada.site}#/dashboard")
    expect(other.get_by_role("heading", name="Dashboard")).to_be_visible()

    # No script of a lab's words runs here, whatever should let it in.
    ada.allow("Content Security Policy")
    other.evaluate(
        """() => document.body.append(Object.assign(document.createElement('script'),
             {textContent: 'globalThis.stolen = localStorage.length'}))"""
    )
    assert other.evaluate("globalThis.stolen === undefined")

    other.get_by_role("button", name="Sign out").click()

    expect(other.locator("#worker-name")).to_be_visible()
    expect(ada.page.locator("#worker-name")).to_be_visible()
    expect(ada.page.locator("#notice")).to_have_text("You are signed out.")


def test_accepted_hit__is_loaded_in_one_tab_at_a_time(lab: Lab, worker: Make) -> None:
    lab.post("One")
    ada = worker("Ada")
    ada.sign_in()
    ada.accept(lab.title("One"))
    address = ada.page.url
    ada.frame.get_by_label("Your answer").fill("half of it")

    other = ada.context.new_page()
    other.goto(address)
    expect(other.locator("#view")).to_contain_text("open in another tab")
    expect(other.locator("iframe")).to_have_count(0)
    expect(ada.frame.get_by_label("Your answer")).to_have_value("half of it")
    ada.page.reload()
    expect(ada.frame.get_by_label("Your answer")).to_be_visible()

    other.get_by_role("button", name="Work on it here").click()

    expect(other.frame_locator("iframe").get_by_label("Your answer")).to_be_visible()
    expect(ada.page.locator("iframe")).to_have_count(0)
    expect(ada.page.locator("#view")).to_contain_text("open in another tab")
    other.frame_locator("iframe").get_by_label("Your answer").fill("all of it")
    other.frame_locator("iframe").get_by_role("button", name="Submit").click()
    expect(other.locator("#notice")).to_contain_text("Submitted")
    ada.look_again()
    expect(ada.page.get_by_role("heading", name="Find work")).to_be_visible()


def test_accepted_hit__comes_to_the_tab_that_is_left(lab: Lab, worker: Make) -> None:
    lab.post("One")
    ada = worker("Ada")
    ada.sign_in()
    ada.accept(lab.title("One"))
    other = ada.context.new_page()
    other.goto(ada.page.url)
    expect(other.locator("#view")).to_contain_text("open in another tab")

    ada.page.close()
    # It would look by itself within half a minute.
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(other.frame_locator("iframe").get_by_label("Your answer")).to_be_visible()
    expect(other.locator("#view")).to_be_empty()


def test_signing_out__ends_what_was_asked__and_shows_nothing_of_it(lab: Lab, worker: Make) -> None:
    lab.post("One")
    ada = worker("Ada")
    ada.sign_in()
    ada.accept(lab.title("One"))
    ada.page.get_by_role("link", name="Find work").click()
    expect(ada.listed(lab.title("One"))).to_be_visible()
    # One is answered before the session ends, the other would be refused after that.
    answered: list[tuple[Route, APIResponse]] = []
    waiting: list[Route] = []
    ada.page.route("**/market/assignments", lambda route: answered.append((route, route.fetch())))
    ada.page.route("**/market/hits?*", lambda route: waiting.append(route))
    ada.look_again()
    ada.until(lambda: answered and waiting, "what is asked")

    ada.page.get_by_role("button", name="Sign out").click()
    expect(ada.page.locator("#worker-name")).to_be_visible()
    for route, answer in answered:
        route.fulfill(response=answer)
    for route in waiting:
        route.continue_()

    # Whatever is shown of an answer is shown within the second that tabs give each other.
    ada.let_pass(2)
    expect(ada.page.locator("section[data-assignment]")).to_have_count(0)
    expect(ada.page.locator("#notice")).to_have_text("You are signed out.")


def test_routes__take_the_keyboard_along(lab: Lab, worker: Make) -> None:
    lab.post("One")
    ada = worker("Ada")
    ada.sign_in()
    keys = ada.page.keyboard
    expect(ada.page.get_by_role("heading", name="Find work")).to_be_focused()

    for link, heading in (("Queue", "Queue"), ("Dashboard", "Dashboard"), ("Find work",) * 2):
        ada.page.get_by_role("link", name=link, exact=True).focus()
        keys.press("Enter")
        expect(ada.page.get_by_role("heading", name=heading, exact=True)).to_be_focused()
        expect(ada.page).to_have_title(f"{heading} – Retainer")
    preview = ada.listed(lab.title("One")).get_by_role("link", name="Preview")
    preview.focus()
    keys.press("Enter")
    expect(ada.page.get_by_role("heading", name=lab.title("One"))).to_be_focused()
    ada.page.get_by_role("button", name="Accept").focus()
    keys.press("Enter")
    expect(ada.page.locator("section[data-assignment] iframe")).to_be_focused()


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_phone__nothing_is_wider_than_the_screen(lab: Lab, worker: Make) -> None:
    # Words that cannot be broken where one would like to.
    lab.post("Unbreakable" * 6, Description="W" * 300, Reward="100.00")
    lab.market.consents.put_in_force(lab.account_id, f"{'x' * 400}\n" * 20)
    ada = worker("Ada")
    ada.page.set_viewport_size({"width": 360, "height": 740})
    ada.page.goto(ada.site)
    expect(ada.page.locator("#worker-name")).to_be_visible()
    assert not is_too_wide(ada.page)
    ada.sign_in()
    expect(ada.listed(lab.word)).to_be_visible()
    assert not is_too_wide(ada.page)

    ada.listed(lab.word).get_by_role("link", name="Preview").click()
    expect(ada.page.get_by_role("region", name="Consent text")).to_be_visible()
    assert not is_too_wide(ada.page)
    ada.page.get_by_role("button", name="Report this HIT").click()
    box = ada.page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    ada.page.get_by_role("button", name="Cancel").click()
    ada.page.get_by_label("I have read this").check()
    ada.page.get_by_role("button", name="Accept").click()
    expect(ada.page.locator("section[data-assignment]")).to_be_visible()
    assert not is_too_wide(ada.page)
    ada.page.get_by_role("button", name="Options").click()
    ada.page.get_by_role("button", name="Return and skip").click()
    assert not is_too_wide(ada.page)
    ada.page.get_by_role("button", name="Keep it").click()
    ada.frame.get_by_role("button", name="Submit").click()
    ada.expect_submitted()
    (job,) = lab.submitted(
        lab.client.list_hits()["HITs"][0]["HITId"],
    )
    lab.client.reject_assignment(AssignmentId=job["AssignmentId"], RequesterFeedback="n" * 300)
    for place, heading in (("dashboard", "Dashboard"), ("queue", "Queue")):
        ada.page.goto(f"{ada.site}#/{place}")
        expect(ada.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        if place == "dashboard":
            expect(ada.page.locator("tr[data-assignment]")).to_contain_text("nnn")
        assert not is_too_wide(ada.page)
