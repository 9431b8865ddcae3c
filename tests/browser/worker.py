"""A worker in a browser of their own: signs in on the worker site, accepts, waits, answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Frame,
    FrameLocator,
    Locator,
    Page,
    Request,
    WebError,
    expect,
)

from local.stack import Stack
from tests.patience import PATIENCE_MS, until

# `Retainer.later` is how the page around the loop of questions asks for time: to leave after five
# seconds, to sound again, to tell how long it is by now.
_HOLD_TIMERS = """() => {
  let now = 0;
  const timers = new Set();
  Retainer.later = (ms, callback) => {
    const timer = { at: now + ms, callback };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  globalThis.letTimersPass = (ms) => {
    const until = now + ms;
    for (;;) {
      const due = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      timers.delete(due);
      now = due.at;
      due.callback();
    }
    now = until;
  };
}"""
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
        context.add_init_script(_KEEP_TOLD)
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

    def own_clock(self) -> None:
        """Give the pages that are opened from now on a clock of their own, `page.clock`, which goes
        on by itself until it is told otherwise."""
        # A worker's timers would go by the machine's clock; waiting pages do without one.
        self.context.add_init_script("delete globalThis.Worker;")
        self.page.clock.install()

    def stop_clock(self) -> None:
        """Let a minute pass for the pages at once, and then no more time."""
        self.page.clock.pause_at(self.page.evaluate("Date.now()") + 60_000)

    def hold_timers(self, frame: Frame | None = None) -> Frame:
        """Have the timers begun from now on by the waiting page, or by this one, end only by
        `let_timers_pass`; it goes on asking for work as ever."""
        held = frame or self.page.locator(_FRAME).element_handle().content_frame()
        assert held is not None
        held.evaluate(_HOLD_TIMERS)
        return held

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Look until there is something; unlike elsewhere, what has happened in the browser is
        heard of meanwhile."""
        until(lambda: self.page.evaluate("true") and condition(), what)

    def wake(self) -> None:
        """Have the HIT's page ask at once, as when its tab is looked at again."""
        self.frame.locator("body").evaluate(
            "() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"
        )

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
        self.choose(option)

    def choose(self, option: str) -> None:
        """At work: choose, and see that it counts."""
        self.expect_state("working")
        self.frame.locator(".poll-options button", has_text=option).click()
        self.expect_submitted()

    def leave(self) -> None:
        """Waiting: end it, to be paid for the wait."""
        self.hold_timers()
        # By keys: what the page still loads may move a button away from under the mouse.
        self.frame.locator(".rt-leave").press("Enter")
        self.frame.locator("[data-submit=left]").press("Enter")
        self.expect_submitted()

    def expect_submitted(self) -> None:
        """The market took the form: the site is told, and closes the frame."""
        expect(self.page.locator("#notice")).to_contain_text("Submitted")
        expect(self.page.locator("section[data-assignment]")).to_have_count(0)

    def expect_earned(self, dollars: str) -> None:
        """Approved and paid, as the worker sees it."""
        self.page.goto(f"{self.site}#/earnings")
        earned = self.page.locator("dl.figures div", has_text="Earned").locator("dd")

        def has_come() -> bool:
            expect(earned).to_have_text(re.compile(r"^\$"))
            if earned.inner_text() == dollars:
                return True
            # The page itself looks again only every ten seconds.
            with self.page.expect_response("**/market/earnings"):
                self.page.reload()
            return False

        until(has_come, f"{dollars} earned")

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
            page.screenshot(path=kept[-1])
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


def expect_told(page: Page, text: str) -> None:
    """The console says so, or has said so: what was done it tells for a few seconds."""
    page.wait_for_function("(text) => told.some((said) => said.includes(text))", arg=text)


# What the admin console tells, kept.
_KEEP_TOLD = """
globalThis.told = [];
new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    if (target.id === 'told') told.push(...[...addedNodes].map((node) => node.textContent));
  }
}).observe(document, { subtree: true, childList: true });
"""


def context_options() -> dict[str, Any]:
    return {
        "viewport": {"width": 1200, "height": 900},
        "locale": "en-GB",
        "color_scheme": "light",
        # A call's ring that fades and glows is drawn sixty times a second, and tells no test more.
        "reduced_motion": "reduce",
    }
