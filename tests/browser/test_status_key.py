"""The status page of a service that is closed to whoever has no key."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from chalicelib import bootstrap
from chalicelib.retainer.services.keys import Scope
from local.stack import Stack, StackOptions, running_stack
from tests.browser.worker import Worker


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    closed = {"RETAINER_OPEN": "0"}
    with running_stack(StackOptions(speed=0, variables=closed)) as running:
        yield running


def test_status_page__asks_for_a_key__and_keeps_it_in_the_tab_only(
    stack: Stack, worker: Callable[[str], Worker]
) -> None:
    key = bootstrap.get().retainer.keys.make("status", Scope.APPLICATION)
    requester = worker("Requester")
    requester.allow("status of 401")
    page = requester.page
    page.goto(f"{stack.desk}/status/")

    form = page.locator("#key-form")
    expect(page.locator("#key")).to_be_focused()
    page.keyboard.type("not-the-key")
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).not_to_be_empty()
    expect(form).to_be_visible()
    page.locator("#key").fill(key)
    page.keyboard.press("Enter")

    expect(page.locator("#empty")).to_be_visible()
    expect(form).to_be_hidden()
    expect(page.locator("#problem")).to_be_empty()
    page.reload()
    expect(page.locator("#empty")).to_be_visible()
    another = requester.context.new_page()
    another.goto(f"{stack.desk}/status/")
    expect(another.locator("#key-form")).to_be_visible()
    assert key not in page.url
    for request in requester.requests:
        assert key not in request.url
        assert not request.headers.get("referer")
