"""A seat outlives its page, is not doubled by a second one, and is not taken by a stranger."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.browser.application import Application
from tests.browser.worker import Worker

WAITED = "() => Retainer.status().waited"


def test_reload__keeps_the_seat__and_the_wait_goes_on(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    ada.let_pass(2)
    waited = ada.waited_ms()
    assert waited >= 2000

    inner = ada.page.frames[-1]
    with inner.expect_navigation():
        inner.evaluate("location.reload()")
    ada.expect_waiting()
    assert ada.waited_ms() >= waited
    assert application.pool()["waiting"] == 1

    # The whole site: its queue is the market's, so nothing is lost with the tab's memory.
    assignment = ada.assignment
    ada.page.reload()
    ada.expect_waiting()
    assert ada.assignment == assignment
    assert ada.waited_ms() >= waited

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.expect_state("called")
    # Even now.
    ada.page.reload()
    ada.expect_state("called")
    ada.answer("Tomato")
    (slot,) = application.answers(reservation)
    assert slot["assignment"] == assignment
    # Addresses are kept by logs.
    polls = [r for r in ada.requests if "/gettask/" in r.url]
    assert {(r.method, urlsplit(r.url).query) for r in polls} == {("POST", "")}


def test_queue__survives_a_reload__and_a_call_leads_back_to_the_work(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)

    ada.page.get_by_role("link", name="Find work").click()
    expect(ada.page.get_by_label("Your queue")).to_contain_text(application.title)
    ada.page.reload()
    expect(ada.page.get_by_label("Your queue")).to_contain_text("accepted 1 HIT")
    # The page behind the listing goes on waiting, unseen.
    ada.watch_polls(2)
    application.ask(reservation, "Which soup?", "Tomato", "Miso")

    ada.expect_state("called")
    expect(ada.frame.locator(".rt-here")).to_be_focused()
    expect(ada.page).to_have_title("● You are needed now")
    ada.answer("Miso")
    application.answers(reservation)
    expect(ada.page).to_have_title("Find work – Retainer")


def test_stranger_in_a_workers_seat__is_sent_away__by_the_signed_arrival(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(verifiedOnly=False)
    application.reserve()
    ada, eve = worker("Ada"), worker("Eve")
    ada.sign_in()
    # Ada's page is held up on its way, and Eve has learnt its ids.
    held_up = "**/examples/poll/worker/**"
    ada.page.route(held_up, lambda route: None)
    ada.accept(application.title)
    query = parse_qs(urlsplit(ada.frame_url).query)
    eve.page.goto(
        ada.frame_url.split("?")[0]
        + f"?assignmentId={query['assignmentId'][0]}&hitId={query['hitId'][0]}&workerId=AEVE"
    )
    expect(eve.page.locator("[data-state=waiting] [data-link=online]")).to_be_visible()

    ada.page.unroute(held_up)
    ada.page.reload()
    ada.expect_waiting()
    expect(eve.page.locator("[data-state=superseded]")).to_contain_text("Open in another window")
    assert application.pool()["waiting"] == 1

    # Trying again does not bring her back.
    eve.allow("status of 409 .*/event/waiting")
    with eve.page.expect_response("**/event/waiting") as refused:
        eve.page.get_by_role("button", name="Use this page instead").click()
    assert refused.value.json()["error"]["code"] == "seat_taken"
    ada.watch_polls(2)
    ada.expect_waiting()
