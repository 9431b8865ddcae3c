"""A page too old to be called loads itself anew and waits on, or says so and is paid."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Route, expect

from chalicelib.retainer.domain.page_protocol import OLDEST_PAGE, PAGE_VERSION
from local.engine import ROOT
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker


def serve_older(worker: Worker, times: int) -> list[str]:
    """Have the worker's browser get a script that speaks a protocol too old, so many times."""
    script = (ROOT / "static" / "wait" / "retainer.js").read_text()
    now, before = f"const VERSION = {PAGE_VERSION};", f"const VERSION = {OLDEST_PAGE - 1};"
    assert now in script
    served: list[str] = []

    def answer(route: Route) -> None:
        if len(served) == times:
            return route.continue_()
        served.append(route.request.url)
        return route.fulfill(body=script.replace(now, before), content_type="text/javascript")

    worker.context.route("**/retainer.js", answer)
    return served


def test_outdated_page__is_loaded_anew_or_is_submitted_and_paid(
    application: Application, worker: Callable[[str], Worker], stack: Stack
) -> None:
    application.open(wait_pay=0.06)
    reservation = application.reserve(2)
    ada, ben = worker("Ada"), worker("Ben")
    served, never_newer = serve_older(ada, times=1), serve_older(ben, times=99)

    ada.wait_for(application.title)
    ben.sign_in()
    ben.accept(application.title)
    ben.expect_state("over")
    assert (len(served), len(never_newer)) == (1, 2)
    expect(ben.frame.get_by_role("heading", name="This page is out of date")).to_be_visible()

    # Of two that are wanted one can be called.
    application.ask(reservation, "Left or right?", "Left", "Right")
    ada.answer("Left")
    ben.frame.locator("[data-submit=waited]").click()
    ben.expect_submitted()
    stack.run_function("review")
    (slot,) = application.answers(reservation, people=1)
    assert slot["answers"] == {"answer": "Left"}
    ben.page.goto(f"{ben.site}#/earnings")
    # The reward, and what the wait has come to by then.
    earned = ben.page.locator("dl.figures div", has_text="Earned").locator("dd")
    expect(earned).to_have_text(re.compile(r"^\$0\.0[5-9]$"))
