"""A market that takes strangers: an account of one's own, and the link that leads back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from chalicelib import bootstrap
from local.stack import Stack, StackOptions, running_stack
from tests.browser.accessibility import problems
from tests.browser.test_invitation_links import expect_in, open_link
from tests.browser.worker import Worker


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    variables = {"MARKETPLACE_OPEN_SIGN_IN": "0", "MARKETPLACE_OPEN_SIGN_UP": "1"}
    with running_stack(StackOptions(speed=0, variables=variables)) as running:
        yield running


def workers_named(name: str) -> int:
    return sum(one.name == name for one in bootstrap.get().marketplace.workforce.list_all())


def test_stranger__makes_an_account__by_keyboard__and_comes_back_by_its_link(
    worker: Callable[[str], Worker],
) -> None:
    ada, elsewhere = worker("Ada"), worker("Elsewhere")
    ada.page.goto(ada.site)
    ada.page.get_by_role("button", name="Make an account").press("Enter")
    expect(ada.page.get_by_label("A name that requesters may see")).to_be_focused()
    ada.page.keyboard.type(ada.name)
    ada.page.get_by_label("Your country").select_option("DE")
    ada.page.get_by_label("I am of age").press("Space")
    ada.page.get_by_role("button", name="Make my account").press("Enter")
    expect(ada.page.get_by_role("heading", name="Keep this link")).to_be_visible()
    link = ada.page.get_by_label("Your personal link").input_value()
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.page.get_by_role("button", name="Copy").click()
    expect(ada.page.get_by_text("Copied.")).to_be_visible()
    assert ada.page.evaluate("navigator.clipboard.readText()") == link
    ada.page.get_by_role("button", name="I have kept it").click()
    expect_in(ada)

    for _ in range(2):
        open_link(elsewhere, link)
        expect(
            elsewhere.page.get_by_role("heading", name=f"Welcome back, {ada.name}")
        ).to_be_visible()
        elsewhere.page.get_by_role("button", name="Sign in as").click()
        expect_in(elsewhere, ada.name)
        elsewhere.page.get_by_role("button", name="Sign out").click()
        expect(elsewhere.page.get_by_role("heading", name="Sign in to work")).to_be_visible()
    found = bootstrap.get().marketplace.workforce.list_all()
    (row,) = [one for one in found if one.name == ada.name]
    assert (row.country, row.adult) == ("DE", True)


def test_lost_answer__and_a_second_click__make_one_account(
    worker: Callable[[str], Worker],
) -> None:
    ada = worker("Ada")
    ada.allow("ERR_FAILED")
    ada.page.goto(ada.site)
    ada.page.get_by_role("button", name="Make an account").click()
    ada.page.get_by_label("A name that requesters may see").fill(ada.name)

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    ada.page.route("**/market/sign-up", lose)
    make = ada.page.get_by_role("button", name="Make my account")
    make.click()
    expect(ada.page.get_by_role("alert").first).to_contain_text("cannot be reached")
    ada.page.unroute("**/market/sign-up")
    make.click()
    expect(ada.page.get_by_role("heading", name="Keep this link")).to_be_visible()

    assert workers_named(ada.name) == 1


def test_ways_in__are_accessible(worker: Callable[[str], Worker]) -> None:
    ada = worker("Ada")
    ada.page.goto(ada.site)
    make = ada.page.get_by_role("button", name="Make an account")
    expect(make).to_be_visible()
    assert problems(ada.page) == []
    make.click()
    expect(ada.page.get_by_label("Your country")).to_be_visible()
    assert problems(ada.page) == []
    ada.page.get_by_label("A name that requesters may see").fill(ada.name)
    ada.page.get_by_role("button", name="Make my account").click()
    expect(ada.page.get_by_role("heading", name="Keep this link")).to_be_visible()
    assert problems(ada.page) == []
