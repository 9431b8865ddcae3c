"""What a worker has while waiting: sound, notifications, a way out, a game, a call to notice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.people import People
from tests.browser.worker import Worker
from tests.patience import until

Make = Callable[[str], Worker]

# Notes that sound, how loud they are, and what the page does about notifications.
_SPY = """
globalThis.notes = [];
globalThis.asked = 0;
globalThis.shown = [];
const { start } = OscillatorNode.prototype;
OscillatorNode.prototype.start = function (at) {
  notes.push(Math.round(this.frequency.value));
  start.call(this, at);
};
Notification.requestPermission = async () => { asked += 1; return 'default'; };
if (Notification.permission === 'granted') {
  globalThis.Notification = class {
    static permission = 'granted';
    constructor(title) { shown.push(title); }
    close() { shown.push('closed'); }
  };
}
"""

# What the page says for a few seconds, kept: whoever looks may be late.
_WATCH_NEWS = """() => {
  globalThis.news = [];
  globalThis.dues = [];
  const due = [...document.querySelectorAll('.rt-figures div')]
    .find((box) => box.textContent.startsWith('Work expected in'));
  new MutationObserver(() => {
    news.push(document.querySelector('.rt-notice').textContent);
    if (!due.hidden) dues.push(due.querySelector('dd').textContent);
  }).observe(document.querySelector('main'), {subtree: true, childList: true, attributes: true});
}"""


# Only a browser that has windows has notifications.
notifying = pytest.mark.usefixtures("whole_browser")


@pytest.fixture
def room(
    stack: Stack, application: Application, worker: Make, people: People
) -> Callable[..., Worker]:
    """A worker who waits on the ready-made page, by itself in the window."""

    def make(page: dict[str, str] | None = None, **fields: object) -> Worker:
        application.open(url=f"{stack.wait}/index.html", page=page or {}, **fields)
        application.reserve()
        ada = worker("Ada")
        ada.context.add_init_script(_SPY)
        people.send(ada)
        expect_whole(ada.page)
        return ada

    return make


def expect_whole(page: Page) -> None:
    """Connected, with its texts and its sound: nothing comes that moves a button away from under
    the mouse."""
    expect(page.locator("[data-link=online]")).to_be_visible()
    expect(page.locator(".rt-sound [role=status]")).to_be_attached()
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()


def state(page: Page, name: str) -> None:
    expect(page.locator("main")).to_have_attribute("data-state", name)


def notes(page: Page) -> list[int]:
    return [int(note) for note in page.evaluate("() => notes.splice(0)")]


def test_sound__waits_for_a_touch__and_is_tested_chosen_and_muted(
    room: Callable[..., Worker],
) -> None:
    page = room({"sound": "marimba"}).page
    told = page.locator(".rt-sound [role=status]")
    expect(told).to_contain_text("silent until you click")
    expect(page.get_by_label("Sound", exact=True)).to_have_value("marimba")

    page.get_by_role("button", name="Test the sound").click()
    expect(told).to_contain_text("This is how we call you")
    assert notes(page)[:4] == [262, 330, 392, 523]
    page.get_by_label("Sound", exact=True).select_option("bell")
    page.wait_for_function("() => notes.length === 6")
    assert notes(page)[0] == 784

    page.get_by_role("button", name="Mute").click()
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    expect(told).to_contain_text("Muted")
    page.get_by_role("button", name="Test the sound").click()
    page.get_by_role("button", name="Mute").click()
    expect(told).to_contain_text("This is how we call you")
    assert notes(page) == []
    page.get_by_label("Volume").fill("0")
    assert notes(page) == []


@notifying
def test_notifications__are_asked_for_by_a_button_alone(room: Callable[..., Worker]) -> None:
    page = room().page
    ask = page.get_by_role("button", name="Notify me as well")
    expect(ask).to_be_visible()
    page.mouse.click(5, 5)
    assert page.evaluate("asked") == 0

    ask.click()
    page.wait_for_function("() => asked === 1")


@notifying
def test_notifications__in_a_markets_frame__are_said_to_be_impossible(
    stack: Stack, application: Application, worker: Make
) -> None:
    application.open(url=f"{stack.wait}/index.html")
    application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)

    expect(ada.frame.locator(".rt-sound")).to_contain_text("No notification can be shown")
    expect(ada.frame.get_by_role("button", name="Notify me as well")).to_be_hidden()


@notifying
def test_call__is_in_title_icon_sound_and_words__until_somebody_is_there(
    stack: Stack, application: Application, room: Callable[..., Worker]
) -> None:
    ada = room({"title": "Photos"})
    page = ada.page
    page.emulate_media(reduced_motion="no-preference")
    ada.context.grant_permissions(["notifications"], origin=stack.wait)
    page.reload()
    expect_whole(page)
    expect(page.locator(".rt-sound")).to_contain_text("shows a notification as well")
    expect(page).to_have_title("Photos")
    page.mouse.click(5, 5)
    expect(page.locator(".rt-sound")).to_contain_text("Sound is on")

    application.ask(application.reservation, "Which soup?", "Tomato", "Miso")
    state(page, "called")
    expect(page.get_by_role("alertdialog", name="You are needed now")).to_be_visible()
    expect(page.get_by_role("button", name="I’m here")).to_be_focused()
    expect(page.locator("[aria-live=assertive]")).to_contain_text("You are needed now")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-call"))
    page.wait_for_function("() => document.title === '● You are needed now'")
    # It flashes: the page's own name in between.
    page.wait_for_function("() => document.title === 'Photos'")
    page.wait_for_function("() => notes.length >= 12")
    assert page.evaluate("shown") == ["You are needed now"]
    expect(page.locator(".rt-seconds")).to_contain_text(re.compile(r"\d+ s left, then"))
    assert pulse(page) == "rt-pulse"

    page.keyboard.press("Enter")
    state(page, "working")
    expect(page).to_have_title("Photos")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile(r"/icon\.svg$"))
    assert page.evaluate("shown") == ["You are needed now", "closed"]


def pulse(page: Page) -> str:
    call = page.locator(".rt-call")
    return str(call.evaluate("(it) => getComputedStyle(it, '::after').animationName"))


def test_call__with_reduced_motion__neither_flashes_nor_pulses(
    application: Application, room: Callable[..., Worker]
) -> None:
    page = room().page
    page.emulate_media(reduced_motion="reduce")
    page.mouse.click(5, 5)
    application.ask(application.reservation, "Which soup?", "Tomato", "Miso")
    state(page, "called")
    page.evaluate(
        "() => { globalThis.titles = new Set(); new MutationObserver(() => titles.add("
        "document.title)).observe(document.querySelector('title'), {childList: true}); }"
    )

    page.wait_for_function("() => notes.length >= 18")
    assert page.evaluate("() => [...titles]") in ([], ["● You are needed now"])
    assert pulse(page) == "none"


def test_leaving__is_one_click__and_can_be_taken_back_for_five_seconds(
    application: Application, room: Callable[..., Worker]
) -> None:
    ada = room()
    page = ada.page
    timers = ada.hold_timers(page.main_frame)
    leave = page.locator(".rt-footer .rt-leave")
    leave.click()
    expect(page.get_by_role("button", name="Stay")).to_be_focused()
    page.keyboard.press("Enter")
    expect(leave).to_be_focused()
    timers.evaluate("letTimersPass(6000)")
    state(page, "waiting")

    # Of a call that comes meanwhile more is said than of leaving.
    leave.click()
    timers.evaluate("letTimersPass(4000)")
    application.ask(application.reservation, "Which soup?", "Tomato", "Miso")
    state(page, "called")
    timers.evaluate("letTimersPass(6000)")
    state(page, "called")
    page.locator(".rt-here").click()
    state(page, "working")

    with page.expect_navigation(url="**/mturk/externalSubmit"):
        page.locator(".rt-footer .rt-leave").click()
        timers.evaluate("letTimersPass(5000)")
    # Whoever leaves the work has no slot any more: it goes to somebody else.
    until(lambda: left_work(application), "somebody who is gone")


def left_work(application: Application) -> bool:
    results = application.retainer.results(application.reservation)
    return [one["answers"] for one in results["gone"]] == [{"retainer": "left"}]


def test_call__can_be_answered_by_leaving(
    application: Application, room: Callable[..., Worker]
) -> None:
    page = room().page
    application.ask(application.reservation, "Which soup?", "Tomato", "Miso")
    state(page, "called")

    page.keyboard.press("Tab")
    expect(page.locator(".rt-call").get_by_role("button", name="Leave and be paid")).to_be_focused()
    with page.expect_navigation(url="**/mturk/externalSubmit"):
        page.keyboard.press("Enter")


def test_get_ready__is_told_before_work_falls_due(
    application: Application, room: Callable[..., Worker]
) -> None:
    page = room().page
    due = page.locator(".rt-figures div", has_text="Work expected in")
    expect(due).to_be_hidden()
    page.evaluate(_WATCH_NEWS)
    application.reserve(delay_s=12, sized=False)

    page.wait_for_function(
        "() => news.some((text) => text.startsWith('Get ready: work is expected'))"
    )
    page.wait_for_function("() => dues.length > 0")
    assert all(re.fullmatch(r"0:(0\d|10)", text) for text in page.evaluate("dues"))
    # Once that moment has come, it is said no more.
    expect(page.locator(".rt-notice")).to_be_empty()
    expect(due).to_be_hidden()


def test_game__is_played_by_keys__and_is_still_there_after_a_call_that_was_too_late(
    application: Application, room: Callable[..., Worker], worker: Make
) -> None:
    ada = room({"pastime": "game"}, ack_within=60)
    ada.allow("409")
    page, reservation = ada.page, application.reservation
    application.reserve()
    ben = worker("Ben")
    ben.sign_in()
    cards = page.locator(".rt-board button")
    cards.first.focus()
    page.keyboard.press("Enter")
    expect(cards.first).to_have_attribute("data-card", "open")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(cards.nth(5)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".rt-meanwhile [role=status]")).to_contain_text(re.compile("pair"))
    before = cards.evaluate_all("(all) => all.map((card) => card.dataset.card)")

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    state(page, "called")
    # Under the call nothing can be played.
    assert cards.first.evaluate("(card) => card.matches(':is([inert] *)')")
    application.wait_for(reservation, lambda slots: bool(slots and slots[0]["shown"]))
    application.put_forward(60)
    ben.accept(application.title)
    ben.expect_state("called")
    ben.frame.locator(".rt-here").click()
    # Her page would ask by itself, half a minute after the call.
    ada.look_again()
    state(page, "waiting")
    expect(page.locator(".rt-notice")).to_contain_text("nothing is lost")
    assert cards.evaluate_all("(all) => all.map((card) => card.dataset.card)") == before


def test_colour__of_the_requester__is_shown_so_that_it_can_be_read(
    room: Callable[..., Worker],
) -> None:
    page = room({"accent": "#ffee00", "reading": "# Tide\n\nRead **this**. <b>No markup</b>"}).page
    expect(page.locator(".rt-meanwhile strong")).to_have_text("this")
    expect(page.locator(".rt-meanwhile")).to_contain_text("<b>No markup</b>")

    colours = {}
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        colours[scheme] = page.evaluate(
            "() => getComputedStyle(document.querySelector('main')).getPropertyValue('--rt-main')"
        )
    # Yellow stays yellow on a dark ground, and is made dark on a light one.
    assert colours["dark"] == "#ffee00"
    assert colours["light"] != "#ffee00"


@notifying
def test_every_control__is_reached_by_the_keyboard__in_the_order_of_the_page(
    room: Callable[..., Worker],
) -> None:
    page = room({"pastime": "game"}).page
    expect(page.locator(".rt-board")).to_be_visible()
    reached = []
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.textContent.trim() || "
                                     "document.activeElement.id || 'card'"))  # fmt: skip

    assert reached[:5] == [
        "Test the sound", "Mute", "Notify me as well", "rt-volume", "BellMarimbaKnocking",
    ]  # fmt: skip
    assert reached[5:21] == ["card"] * 16
    assert reached[21:23] == ["New game", "Leave and be paid"]
