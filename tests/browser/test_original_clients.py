"""Programs and pages written for the original, on an origin of their own, with jQuery.

The pages that are like the original's bring a jQuery as old as its was, the others the newest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from examples.poll.retainer_client import Retainer
from local.engine import ROOT
from local.http_server import HttpServer, Reply, Request
from local.sites import Site
from local.stack import Stack
from tests.browser.worker import Worker
from tests.patience import until

_WEB = Path(__file__).parent / "web"


class RequesterSite:
    """A requester's own pages; the documentation's server names become the stack's addresses."""

    def __init__(self, stack: Stack) -> None:
        modules = ROOT / "node_modules"
        # 1.9 is as near to the original's as npm has without a browser of its own beside it.
        self._site = Site(
            {
                "/": _WEB,
                "/jquery/": modules / "jquery" / "dist",
                "/jquery-1/": modules / "jquery-1",
            }
        )
        self._names = {b"http://server": stack.api.encode(), b"http://wait": stack.wait.encode()}
        self._server = HttpServer("requester", self._handle)
        self.origin = self._server.origin
        stack.allow(self.origin)
        self.start, self.stop = self._server.start, self._server.stop

    def _handle(self, request: Request) -> Reply:
        # As it is, since names are replaced in it: not compressed.
        reply = self._site.handle(replace(request, headers=[]))
        if not request.path.endswith(".html"):
            return reply
        body = reply.body
        for name, address in self._names.items():
            body = body.replace(name, address)
        return Reply(reply.status, reply.headers, body)


@pytest.fixture(scope="module")
def site(stack: Stack) -> Iterator[RequesterSite]:
    running = RequesterSite(stack)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def program(site: RequesterSite, worker: Callable[[str], Worker]) -> Page:
    """The application, which is a page too; its errors count as any page's."""
    page = worker("Requester").page
    page.goto(f"{site.origin}/application.html")
    return page


@pytest.fixture
def retainer(stack: Stack) -> Retainer:
    return Retainer(stack.api)


def call(program: Page, name: str, *arguments: str) -> str:
    """Run one of the page's calls, and return what its callback got."""
    program.evaluate("([name, given]) => window[name](...given)", [name, list(arguments)])
    return str(program.evaluate("got.pop()"))


def test_documented_calls__from_another_origin__are_answered(
    program: Page, retainer: Retainer, stack: Stack, site: RequesterSite
) -> None:
    assert call(program, "putTask") == "Dashboard"
    assert call(program, "putSearch", "FCSearch", f"{site.origin}/classic.html") == "FCSearch"
    reservation = call(program, "makeReservation", "FCSearch")

    assert re.fullmatch("[1-9][0-9]{14}", reservation)
    results = retainer.results(reservation)
    assert (results["numAssignments"], results["invoked"]) == (3, False)
    assert call(program, "invoke", reservation) == "OK"
    assert call(program, "finish", reservation) == "OK"
    assert retainer.results(reservation)["done"]


@pytest.mark.parametrize("page", ["classic.html", "original.html"])
def test_page_like_the_originals__gets_the_number_that_was_reserved_for(
    page: str,
    program: Page,
    retainer: Retainer,
    stack: Stack,
    site: RequesterSite,
    worker: Callable[[str], Worker],
) -> None:
    name = f"FCSearch on {page}"
    call(program, "putSearch", name, f"{site.origin}/{page}")
    reservation = call(program, "makeReservation", name)
    stack.run_function("size_pools")
    ada = worker("Ada")
    ada.sign_in()
    ada.accept(name)
    ada.watch_polls(3)
    stack.run_function("size_pools")
    assert retainer.pool(name)["waiting"] == 1

    assert call(program, "invoke", reservation) == "OK"
    # The number, not its digits.
    expect(ada.frame.locator("#task")).to_have_text("12345")
    if page == "original.html":
        pinged = ada.frame.locator("body").evaluate("() => [...new Set(pinged)]")
        assert pinged == ["OK"]
    ada.frame.locator("[name=found]").fill("it was under the sofa")
    ada.frame.locator("[type=submit]").click()
    ada.expect_submitted()

    stack.run_function("review")
    (slot,) = retainer.results(reservation)["slots"]
    # Such a page never says that a person is there: having got the task counts.
    assert slot["acknowledged"] == slot["shown"]
    assert slot["answers"] == {"found": "it was under the sofa"}
    assert slot["paid"] == "0.05"


def test_status_page_like_the_originals__lists_draws_invokes_ends_and_toggles(
    program: Page,
    retainer: Retainer,
    stack: Stack,
    site: RequesterSite,
    worker: Callable[[str], Worker],
) -> None:
    name = "Watched"
    call(program, "putSearch", name, f"{site.origin}/original.html")
    status = worker("Operator").page
    status.goto(f"{site.origin}/watching.html?hitType={name}")
    status.get_by_role("button", name="New").click()
    row = status.locator(".row")
    expect(row).to_contain_text(re.compile(r"^7 \(\d{15}\)"))
    # The number that the page read with `parseInt` is the reservation's.
    reservation = status.title()
    assert retainer.results(reservation)["numAssignments"] == 2
    expect(row.locator(".workers")).to_have_text(" / 2")
    stack.run_function("size_pools")
    ada = worker("Ada")
    ada.sign_in()
    ada.accept(name)
    ada.watch_polls(3)
    stack.run_function("size_pools")
    expect(row.locator(".workers")).to_have_text("☃ / 2")

    row.get_by_role("button", name="Invoke").click()
    expect(ada.frame.locator("#task")).to_have_text("7")
    expect(row.get_by_role("button", name="Invoked")).to_be_disabled()
    complete = row.get_by_role("checkbox")
    for done in ("true", "false", "true"):
        complete.click()
        expect(row).to_have_attribute("data-done", done)
    box = status.get_by_role("checkbox", name="Sandbox")
    expect(box).to_be_checked()
    box.click()
    until(lambda: proto_of(retainer, name)["sandbox"] is False, "production")
    box.click()
    until(lambda: proto_of(retainer, name)["sandbox"] is True, "the sandbox")


def proto_of(retainer: Retainer, name: str) -> dict[str, Any]:
    protos = retainer._get("protohit/list", {})
    return next(p for p in protos if p["id"] == name)
