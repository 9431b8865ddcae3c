"""HITs with questions of all kinds, and a worker's hands on them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from playwright.sync_api import Locator, Page, expect

from chalicelib.mturk import answers
from local.http_server import HttpServer
from local.sites import Site
from local.stack import Stack
from tests.browser.worker import Worker
from tests.question_documents import hit

_WEB = Path(__file__).parent / "web"
LEAF = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60">'
    '<rect width="120" height="60" fill="#4c8a57"/></svg>'
)


class Requester:
    """A requester's program at the stack's marketplace."""

    def __init__(self, stack: Stack) -> None:
        self.client: Any = boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=stack.mturk,
            aws_access_key_id=stack.keys.access_key,
            aws_secret_access_key=stack.keys.secret_key,
        )

    def post(self, question: str, **changes: Any) -> tuple[str, str]:
        """Post a HIT and return its title, which no other has, and its id."""
        title = f"Soup {uuid.uuid4().hex[:8]}"
        made = self.client.create_hit(**hit(title, question, **changes))
        return title, made["HIT"]["HITId"]

    def answers(self, hit_id: str) -> list[dict[str, Any]]:
        found = self.client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
        return [answers.parse(assignment["Answer"]) for assignment in found]


@contextmanager
def requesters_site(stack: Stack) -> Iterator[str]:
    """A requester's own pages, on an origin of their own."""
    server = HttpServer("requester", Site({"/": _WEB}).handle)
    stack.allow(server.origin)
    server.start()
    yield server.origin
    server.stop()


def preview(worker: Worker, title: str) -> None:
    worker.listed(title).locator("[data-key^=preview-]").click()
    expect(worker.page.get_by_role("heading", name=title)).to_be_visible()


def accept(worker: Worker, title: str) -> None:
    worker.listed(title).locator("[data-key^=accept-]").click()
    expect(section(worker)).to_be_visible()


def section(worker: Worker) -> Locator:
    """The accepted HIT that the worker looks at."""
    return worker.page.locator("section[data-assignment]:not([hidden])")


def asked(worker: Worker, identifier: str) -> Locator:
    """One question of the form that the worker looks at."""
    return worker.page.locator(f'[data-question="{identifier}"]:visible')


def tab_to(page: Page, target: Locator, most: int = 80) -> None:
    """Go there by the Tab key alone."""
    for _ in range(most):
        if target.evaluate("(node) => node === node.ownerDocument.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(target).to_be_focused()


def fits_the_window(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )
