"""Every wait ends in a page that can be submitted and is paid, and is submitted to markets only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from local.http_server import HttpServer, Reply, Request
from tests.browser.application import Application
from tests.browser.worker import Worker


def test_wait_over__is_submitted_and_paid(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(max_wait=120)
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)

    application.put_forward(120)
    ada.expect_state("over")
    expect(ada.room).to_contain_text("Your wait is over")
    expect(ada.frame.locator("[data-submit=waited]")).to_be_focused()
    ada.page.keyboard.press("Enter")
    ada.expect_submitted()

    ada.expect_earned("$0.05")
    assert application.retainer.results(reservation)["slots"] == []


def test_leaving__is_asked_back_then_submitted_and_paid(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)

    ada.hold_timers()
    ada.frame.locator(".rt-leave").press("Enter")
    ada.frame.get_by_role("button", name="Stay").click()
    expect(ada.frame.locator("[data-submit=left]")).to_be_hidden()
    ada.expect_waiting()
    ada.leave()

    ada.expect_earned("$0.05")
    assert application.pool()["waiting"] == 0


class Thief:
    """A server of somebody's who would like to have the submissions."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._server = HttpServer("thief", self._handle)
        self.origin = self._server.origin

    def __enter__(self) -> Thief:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _handle(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply(200, [("Content-Type", "text/html")], b"Thanks!")


@pytest.fixture
def thief() -> Iterator[Thief]:
    with Thief() as running:
        yield running


@pytest.mark.parametrize("forgery", ["another host", "the market's name before an @", "a script"])
def test_submission__to_whom_no_configuration_names__is_refused_visibly(
    application: Application, worker: Callable[[str], Worker], thief: Thief, forgery: str
) -> None:
    application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    market = re.search(r"turkSubmitTo=([^&]+)", ada.frame_url)
    assert market is not None
    forged = {
        "another host": thief.origin,
        "the market's name before an @": thief.origin.replace("//", "//127.0.0.1@"),
        "a script": "javascript:document.title='stolen'//",
    }[forgery]
    url = ada.frame_url.replace(market[0], f"turkSubmitTo={quote(forged, safe='')}")

    ada.page.goto(url)
    room = ada.page.locator("[data-state=waiting]")
    expect(room.locator("[data-link=online]")).to_be_visible()
    ada.hold_timers(ada.page.main_frame)
    room.locator(".rt-leave").press("Enter")
    room.locator("[data-submit=left]").press("Enter")

    expect(ada.page.locator(".retainer-problem")).to_contain_text("Not submitted")
    # It goes on waiting, and the thief was not even asked.
    expect(room).to_be_visible()
    ada.watch_polls(2)
    assert ada.page.url == url
    assert ada.page.title() != "stolen"
    assert thief.requests == []


def test_returning__gives_the_hit_to_the_next_worker(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.reserve()
    ada, ben = worker("Ada"), worker("Ben")
    ada.wait_for(application.title)
    ben.sign_in()
    expect(ben.listed(application.title)).to_have_count(0)

    ada.page.get_by_role("button", name="Return", exact=True).click()
    ada.page.locator("[data-return]").click()
    expect(ada.page.locator("#notice")).to_contain_text("Somebody else can take it now")
    expect(ada.page.locator("section[data-assignment]")).to_have_count(0)

    ben.page.reload()
    ben.accept(application.title)
    ben.expect_waiting()
