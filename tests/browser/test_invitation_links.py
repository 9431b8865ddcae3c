"""A market that is closed to strangers: links let workers in, by a click and once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chalicelib import bootstrap
from chalicelib.marketplace.domain import people
from chalicelib.marketplace.services.invitations import Invitations, Made
from local.stack import Stack, StackOptions, running_stack
from tests.browser.accessibility import problems
from tests.browser.worker import Worker


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    closed = {"MARKETPLACE_OPEN_SIGN_IN": "0", "MARKETPLACE_NAME": "The Photo Lab"}
    with running_stack(StackOptions(speed=0, variables=closed)) as running:
        yield running


def invitations() -> Invitations:
    return bootstrap.get().marketplace.invitations


def newcomer(person: Worker) -> people.Worker:
    return invitations().newcomer(person.name, "DE", None, False)


def invite(person: Worker) -> Made:
    return invitations().make(newcomer(person))


def main_text(page: Page) -> Any:
    return page.locator("#view")


def open_link(person: Worker, url: str) -> None:
    # A new document, as from a mail; another address of the same page would be none.
    person.page.goto("about:blank")
    person.page.goto(url)


def expect_in(person: Worker, name: str = "") -> None:
    expect(person.page.get_by_role("heading", name="Find work")).to_be_visible()
    expect(person.page.locator("#name")).to_have_text(name or person.name)


def test_stranger__is_told_how_to_get_in__and_may_paste_a_link(
    worker: Callable[[str], Worker],
) -> None:
    ada = worker("Ada")
    ada.page.goto(ada.site)
    expect(ada.page.get_by_role("heading", name="You need an invitation")).to_be_visible()
    expect(main_text(ada.page)).to_contain_text("Work at The Photo Lab is for those who were")
    assert problems(ada.page) == []
    link = ada.page.get_by_label("Your link")
    link.fill("https://example.org/")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("alert").first).to_contain_text("not a whole link")

    link.fill(f" {invite(ada).url} ")
    ada.page.keyboard.press("Enter")
    ada.page.get_by_role("button", name=f"Sign in as {ada.name}").click()

    expect_in(ada)


def test_invitation__is_used_by_the_click__not_by_opening_it(
    worker: Callable[[str], Worker],
) -> None:
    scanner, ada = worker("Scanner"), worker("Ada")
    made = invite(ada)
    secret = made.url.rpartition("/")[2]
    open_link(scanner, made.url)
    button = scanner.page.get_by_role("button", name=f"Sign in as {ada.name}")
    expect(button).to_be_visible()

    open_link(ada, made.url)
    expect(
        ada.page.get_by_role("heading", name="The Photo Lab invites you to work")
    ).to_be_visible()
    expect(ada.page.get_by_role("button", name=f"Sign in as {ada.name}")).to_be_focused()
    ada.page.keyboard.press("Enter")

    expect_in(ada)
    assert ada.page.url == f"{ada.site}#/"
    ada.page.go_back()
    assert secret not in ada.page.url
    ada.page.go_forward()
    ada.page.reload()
    expect_in(ada)
    assert not [request.url for request in ada.requests if secret in request.url.partition("#")[0]]
    headers = [request.headers for request in ada.requests]
    assert not [value for each in headers for value in each.values() if secret in value]
    # What the scanner has opened is of no use any more.
    scanner.allow("status of 409")
    button.click()
    expect(scanner.page.get_by_role("alert").first).to_contain_text("has been used")


def test_each_refusal__is_explained(worker: Callable[[str], Worker]) -> None:
    ada = worker("Ada")
    ada.allow("status of (404|409|410)")
    person = newcomer(ada)
    used, revoked = invitations().make(person), invitations().make(person)
    invitations().join(used.url.rpartition("/")[2], "n" * 22)
    invitations().revoke(revoked.invitation.invitation_id)

    for url, sentence in (
        (used.url, "has been used"),
        (revoked.url, "was taken back"),
        (f"{ada.site}#/join/{'A' * 43}", "not one of ours"),
        (used.url[:-3], "not one of ours"),
    ):
        open_link(ada, url)
        expect(
            ada.page.get_by_role("heading", name="This link does not let you in")
        ).to_be_visible()
        expect(main_text(ada.page)).to_contain_text(sentence)
    ada.page.get_by_role("link", name="Other ways to sign in").click()
    expect(ada.page.get_by_role("heading", name="You need an invitation")).to_be_visible()


def test_lost_answer__loses_nothing__even_over_a_reload(
    stack: Stack, worker: Callable[[str], Worker]
) -> None:
    ada = worker("Ada")
    ada.allow("ERR_FAILED")
    open_link(ada, invite(ada).url)
    button = ada.page.get_by_role("button", name=f"Sign in as {ada.name}")

    def lose(route: Any) -> None:
        route.fetch()  # it reaches the server, and its answer does not come back
        route.abort()

    ada.page.route("**/market/join", lose)
    button.click()
    expect(ada.page.get_by_role("alert").first).to_contain_text("your link is not lost")
    ada.page.unroute("**/market/join")
    ada.page.reload()
    button.click()

    expect_in(ada)


def test_server_away__can_be_tried_again(stack: Stack, worker: Callable[[str], Worker]) -> None:
    ada = worker("Ada")
    ada.allow("ERR_CONNECTION_REFUSED")
    url = invite(ada).url
    stack.stop_api()
    try:
        open_link(ada, url)
        again = ada.page.get_by_role("button", name="Try again")
        expect(again).to_be_visible()
        ada.page.goto(f"{ada.site}#/")
        expect(ada.page.get_by_role("alert").first).to_contain_text("cannot be reached")
    finally:
        stack.start_api()
    again.click()
    expect(ada.page.get_by_role("heading", name="You need an invitation")).to_be_visible()


def test_who_is_signed_in__is_asked_first(worker: Callable[[str], Worker]) -> None:
    ada, bob = worker("Ada"), worker("Bob")
    person = newcomer(ada)
    open_link(ada, invitations().make(person).url)
    ada.page.get_by_role("button", name="Sign in as").click()
    expect_in(ada)

    own = invitations().make(person)
    open_link(ada, own.url)
    ada.page.get_by_role("button", name="Go to work").click()
    expect_in(ada)
    assert ada.page.url == f"{ada.site}#/"
    open_link(ada, invite(bob).url)
    expect(main_text(ada.page)).to_contain_text(f"{ada.name} is signed in here now")
    ada.page.get_by_role("button", name=f"Sign in as {bob.name}").click()
    expect_in(ada, bob.name)

    assert invitations().look(own.url.rpartition("/")[2], None), "not used up"


def test_account_page__lets_another_device_in__and_signs_out_everywhere(
    worker: Callable[[str], Worker],
) -> None:
    phone, laptop = worker("Ada"), worker("Laptop")
    for person in (phone, laptop):
        person.allow("status of 401")
    open_link(phone, invite(phone).url)
    phone.page.get_by_role("button", name="Sign in as").click()
    expect_in(phone)
    phone.page.get_by_role("link", name=phone.name).click()
    expect(phone.page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(phone.page.locator("dd").nth(1)).to_have_text(re.compile("^A[0-9A-Z]{13}$"))

    phone.page.get_by_role("button", name="Make a link").click()
    link = phone.page.get_by_label("Open this on the other device")
    expect(link).to_have_value(re.compile("#/join/"))
    open_link(laptop, link.input_value())
    expect(laptop.page.get_by_role("heading", name="Sign in on this device")).to_be_visible()
    laptop.page.get_by_role("button", name="Sign in as").click()
    expect_in(laptop, phone.name)
    laptop.page.goto(f"{laptop.site}#/account")
    laptop.page.get_by_role("button", name="Sign out everywhere").click()

    expect(laptop.page.locator("#notice")).to_have_text("You are signed out everywhere.")
    way_back = laptop.page.get_by_label("Your personal link").input_value()
    phone.page.reload()
    expect(phone.page.locator("#notice")).to_contain_text("Your session has ended")
    expect(phone.page.get_by_role("heading", name="You need an invitation")).to_be_visible()
    laptop.page.get_by_role("button", name="I have kept it").click()
    expect(laptop.page.get_by_role("heading", name="You need an invitation")).to_be_visible()
    open_link(laptop, way_back)
    laptop.page.get_by_role("button", name="Sign in as").click()
    expect_in(laptop, phone.name)


def test_closed_account__is_told_so(worker: Callable[[str], Worker]) -> None:
    ada = worker("Ada")
    ada.allow("status of 401")
    made = invite(ada)
    open_link(ada, made.url)
    ada.page.get_by_role("button", name="Sign in as").click()
    expect_in(ada)

    bootstrap.get().marketplace.workforce.close(made.invitation.worker_id)
    ada.look_again()

    expect(ada.page.locator("#notice")).to_contain_text("This account is closed")


def test_link__opened_where_a_session_has_ended__is_still_a_way_in(
    worker: Callable[[str], Worker],
) -> None:
    ada = worker("Ada")
    ada.allow("status of 401")
    person = newcomer(ada)
    open_link(ada, invitations().make(person).url)
    ada.page.get_by_role("button", name="Sign in as").click()
    expect_in(ada)
    market = bootstrap.get().marketplace
    market.sessions.end_all(person)

    open_link(ada, invitations().make(market.workforce.show(person.worker_id)).url)
    ada.page.get_by_role("button", name="Sign in as").click()

    expect_in(ada)
