"""A pool whose every text is markup, and the pages on which somebody reads it.

A new page joins by a line in `PAGES`; `tests/browser/test_page_safety.py` does the rest.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Frame, Locator, Page, expect

from chalicelib.retainer.store.postings import DynamoPostings
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker

# Whatever it is put into, one part of it would come alive: an element, an attribute, a script.
MARKUP = "<img class=pwned src=x onerror=pwned=1>'\"><b class=pwned>&amp;</b>"
# For fields that take few characters.
SHORT = "<b class=pwned>x</b>"
_ALIVE = "() => document.getElementsByClassName('pwned').length + Number('pwned' in globalThis)"


def alive(page: Page) -> list[str]:
    """Documents of this page in which the markup became more than text."""
    return [frame.url for frame in page.frames if _is_ours(frame) and frame.evaluate(_ALIVE)]


def _is_ours(frame: Frame) -> bool:
    return frame.url.startswith("http") and not frame.is_detached()


class Scene:
    """A ProtoHIT, reservations that wait, are called and are answered, and workers for them."""

    def __init__(
        self, stack: Stack, application: Application, make: Callable[[str], Worker]
    ) -> None:
        self.stack = stack
        self.application = application
        self._make = make
        self.title = f"{MARKUP} {uuid.uuid4().hex[:8]}"
        application.title = self.title
        application.open(
            title=self.title,
            description=MARKUP,
            keywords=SHORT,
            url=f"{stack.wait}/index.html",
            page={"title": MARKUP, "instructions": MARKUP, "reading": f"# {MARKUP}\n- {MARKUP}"},
        )
        self.reservation = application.reserve(foreign_id=MARKUP, payload=MARKUP)
        self.workers: list[Worker] = []
        self.requester = self._person("Requester")

    def desk(self, path: str) -> Page:
        self.requester.page.goto(f"{self.stack.desk}/{path}")
        return self.requester.page

    def wait(self, path: str, **query: str) -> Page:
        self.requester.page.goto(f"{self.stack.wait}/{path}?{urlencode(query)}")
        return self.requester.page

    def waiting_alone(self) -> Page:
        """The waiting page as somebody sees it who has only its address."""
        (posting, *_) = DynamoPostings().live(self.application.hit_type)
        return self.wait("index.html", hitId=str(posting.hit))

    def worker(self) -> Worker:
        """Somebody with a name as bad as the rest, at the list of work."""
        worker = self._person(SHORT)
        worker.sign_in()
        return worker

    def _person(self, name: str) -> Worker:
        self.workers.append(self._make(name))
        return self.workers[-1]

    def called(self) -> Worker:
        """Somebody who is at the task."""
        worker = self.worker()
        worker.accept(self.title)
        worker.expect_waiting()
        self.application.retainer.invoke(self.reservation)
        worker.frame.locator(".rt-here").click()
        worker.expect_state("working")
        return worker

    def answered(self) -> dict[str, Any]:
        """The slot of somebody whose answer is markup too."""
        worker = self.called()
        worker.frame.locator("textarea").fill(MARKUP)
        worker.frame.get_by_role("button", name="Submit").click()
        worker.expect_submitted()
        (slot,) = self.application.answers(self.reservation)
        assert MARKUP in json.dumps(slot["answers"], ensure_ascii=False).replace('\\"', '"')
        return slot


@dataclass(frozen=True, slots=True)
class Shown:
    """How a page is brought up, and the texts that somebody reads there, wherever they stand."""

    bring_up: Callable[[Scene], Page]
    texts: tuple[str, ...] = (MARKUP,)

    def look(self, scene: Scene) -> Page:
        page = self.bring_up(scene)
        for text in self.texts:
            expect(_reading(page, text)).to_be_visible()
        return page


def _reading(page: Page, text: str) -> Locator:
    """The text, on the page or in the frame that it shows."""
    found = page.get_by_text(text).first
    frame = page.locator("section[data-assignment]:not([hidden]) iframe, section.frame iframe")
    if frame.count():
        return frame.first.content_frame.get_by_text(text).first
    return found


def _listing(scene: Scene) -> Page:
    return scene.worker().page


def _preview(scene: Scene) -> Page:
    worker = scene.worker()
    worker.listed(scene.title).locator("[data-key^=preview-]").click()
    return worker.page


def _waiting(scene: Scene) -> Page:
    worker = scene.worker()
    worker.accept(scene.title)
    worker.expect_waiting()
    return worker.page


def _status(scene: Scene) -> Page:
    scene.answered()
    return scene.desk("status/")


def _answered_in_the_console(scene: Scene) -> Page:
    scene.answered()
    return scene.desk(f"admin/#/reservations/{scene.reservation}")


PAGES: dict[str, Shown] = {
    "the desk": Shown(lambda s: s.desk(""), ()),
    "status": Shown(_status),
    "admin": Shown(lambda s: s.desk("admin/")),
    "admin: a ProtoHIT": Shown(lambda s: s.desk(f"admin/#/protohits/{s.application.hit_type}")),
    "admin: its form": Shown(lambda s: s.desk(f"admin/#/protohits/{s.application.hit_type}/edit")),
    "admin: reservations": Shown(lambda s: s.desk("admin/#/reservations")),
    "admin: a reservation": Shown(_answered_in_the_console),
    "admin: HITs": Shown(lambda s: s.desk("admin/#/hits"), ()),
    "work: the list": Shown(_listing, (MARKUP, SHORT)),
    "work: a preview": Shown(_preview),
    "work: a HIT accepted": Shown(_waiting),
    "the waiting page alone": Shown(lambda s: s.waiting_alone()),
    "the task": Shown(lambda s: s.called().page),
    "payment for a lost wait": Shown(
        lambda s: s.wait("compensation.html", **{"for": MARKUP, "waited": MARKUP})
    ),
    "the poll's page": Shown(
        lambda s: s.wait("examples/poll/worker/index.html"), ("Instant poll",)
    ),
}
