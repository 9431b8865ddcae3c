"""A worker in a browser of their own: signs in on the worker site, accepts, waits, answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Request,
    WebError,
    expect,
)

from local.stack import Stack

PATIENCE_MS = 30_000
"""On two cores that are shared, what takes longer has failed."""

_FRAME = "section[data-assignment]:not([hidden]) iframe"


class Worker:
    """One person: a context (own cookies, own storage), and what their pages logged and sent."""

    def __init__(self, name: str, context: BrowserContext, stack: Stack) -> None:
        self.name = name
        self.context = context
        self.log: list[str] = []
        # What no test allowed: each fails the test at its end.
        self.errors: list[str] = []
        self.requests: list[Request] = []
        self.site = f"{stack.desk}/work/"
        self._api = stack.api
        self._allowed: list[re.Pattern[str]] = []
        context.on("console", self._on_console)
        context.on("weberror", self._on_web_error)
        context.on("request", self._on_request)
        self.page = context.new_page()

    def allow(self, pattern: str) -> None:
        """Let console errors that match pass from now on; uncaught exceptions never pass."""
        self._allowed.append(re.compile(pattern))

    def sign_in(self) -> None:
        self.page.goto(self.site)
        self.page.locator("#worker-name").fill(self.name)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Find work")).to_be_visible()

    def accept(self, title: str) -> None:
        """Accept a HIT of the listing; its page then loads in a frame."""
        self.listed(title).locator("[data-key^=accept-]").click()
        expect(self.page.locator(_FRAME)).to_be_visible()

    def wait_for(self, title: str) -> None:
        """Sign in, accept, and be known in the pool."""
        self.sign_in()
        self.accept(title)
        self.expect_waiting()

    def listed(self, title: str) -> Locator:
        return self.page.locator("li.hit", has=self.page.get_by_role("heading", name=title))

    @property
    def frame(self) -> FrameLocator:
        """The page of the HIT that the worker looks at."""
        return self.page.frame_locator(_FRAME)

    @property
    def room(self) -> Locator:
        return self.frame.locator("[data-state]")

    @property
    def assignment(self) -> str:
        shown = self.page.locator("section[data-assignment]:not([hidden])")
        return str(shown.get_attribute("data-assignment"))

    @property
    def worker_id(self) -> str:
        """Their id on the marketplace, once they are signed in."""
        kept = self.page.evaluate("localStorage.getItem('retainer-worker')")
        return str(json.loads(kept)["worker"]["id"])

    @property
    def frame_url(self) -> str:
        return str(self.page.locator(_FRAME).get_attribute("src"))

    def expect_state(self, state: str) -> None:
        expect(self.room).to_have_attribute("data-state", state)

    def expect_waiting(self) -> None:
        self.expect_state("waiting")
        expect(self.frame.locator("[data-link=online]")).to_be_visible()

    def look_again(self) -> None:
        """Come back to the tab, as far as the worker site can tell."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def waited_ms(self) -> float:
        """The wait so far, as the page has it from the server."""
        return float(self.frame.locator("body").evaluate("() => Retainer.status().waited"))

    def let_pass(self, seconds: float) -> None:
        """Return when that much time has gone by for the worker's page."""
        now = self.page.evaluate("performance.now()")
        self.page.wait_for_function(
            "(until) => performance.now() >= until",
            arg=now + seconds * 1000,
            timeout=seconds * 1000 + PATIENCE_MS,
        )

    def answer(self, option: str) -> None:
        """Called: be there, choose, and see that it counts."""
        self.frame.locator(".rt-here").click()
        self.expect_state("working")
        self.frame.locator(".poll-options button", has_text=option).click()
        self.expect_submitted()

    def leave(self) -> None:
        """Waiting: end it, to be paid for the wait."""
        self.frame.locator(".rt-leave").click()
        self.frame.locator("[data-submit=left]").click()
        self.expect_submitted()

    def expect_submitted(self) -> None:
        """The market took the form: the site is told, and closes the frame."""
        expect(self.page.locator("#notice")).to_contain_text("Submitted")
        expect(self.page.locator("section[data-assignment]")).to_have_count(0)

    def expect_earned(self, dollars: str) -> None:
        """Approved and paid, as the worker sees it."""
        self.page.goto(f"{self.site}#/earnings")
        earned = self.page.locator("dl.figures div", has_text="Earned").locator("dd")
        # The page itself looks again only every ten seconds.
        for _ in range(20):
            expect(earned).to_have_text(re.compile(r"^\$"))
            if earned.inner_text() == dollars:
                return
            with self.page.expect_response("**/market/earnings"):
                self.page.reload()
        expect(earned).to_have_text(dollars)

    def watch_polls(self, polls: int) -> None:
        """Return after that many more answers to this worker's polls."""
        for _ in range(polls):
            with self.page.expect_response("**/gettask/assignment/**"):
                pass

    def api_requests(self, *, of_frames: bool, since: int = 0) -> list[str]:
        """Addresses below the API that frames, or the site itself, have asked for."""
        return [
            request.url
            for request in self.requests[since:]
            if request.url.startswith(self._api)
            and (request.frame.parent_frame is not None) == of_frames
        ]

    def keep(self, folder: Path) -> list[Path]:
        """Write what the worker saw last, and the console's log."""
        folder.mkdir(parents=True, exist_ok=True)
        kept = []
        for number, page in enumerate(self.context.pages):
            kept.append(folder / f"{self.name}-{number}.png")
            page.screenshot(path=kept[-1], timeout=5000)
        kept.append(folder / f"{self.name}.log")
        kept[-1].write_text("\n".join(self.log))
        return kept

    def _on_request(self, request: Request) -> None:
        self.requests.append(request)

    def _on_console(self, message: ConsoleMessage) -> None:
        where = message.location
        line = f"{message.type}: {message.text} ({where['url']}:{where['lineNumber']})"
        self.log.append(line)
        if message.type == "error" and not any(p.search(line) for p in self._allowed):
            self.errors.append(line)

    def _on_web_error(self, error: WebError) -> None:
        line = f"uncaught: {error.error.stack or error.error}"
        self.log.append(line)
        self.errors.append(line)


@contextmanager
def offline(worker: Worker) -> Iterator[None]:
    """Take the worker's network away for a while."""
    worker.allow("net::ERR_INTERNET_DISCONNECTED")
    worker.context.set_offline(True)
    yield
    worker.context.set_offline(False)


def context_options() -> dict[str, Any]:
    return {"viewport": {"width": 1200, "height": 900}, "locale": "en-GB", "color_scheme": "light"}
