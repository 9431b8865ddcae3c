"""The admin console's door, and API keys in it, on a service that is closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from chalicelib import bootstrap
from chalicelib.retainer.domain.errors import NotAllowed
from chalicelib.retainer.services.keys import Scope
from local.stack import Stack, StackOptions, running_stack
from tests.browser.worker import Worker


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    closed = {"RETAINER_OPEN": "0"}
    with running_stack(StackOptions(speed=0, variables=closed)) as running:
        yield running


@pytest.fixture
def page(worker: Callable[[str], Worker]) -> Page:
    operator = worker("Operator")
    operator.allow("status of 40[0139]")
    return operator.page


def _enter(page: Page, key: str) -> None:
    page.get_by_label("API key", exact=True).fill(key)
    page.keyboard.press("Enter")


def test_console__says_what_is_wrong_with_a_key__and_keeps_one_in_the_tab_only(
    stack: Stack, page: Page
) -> None:
    keys = bootstrap.get().retainer.keys
    program, key = keys.make("program", Scope.APPLICATION), keys.make("operator", Scope.ADMIN)
    page.goto(f"{stack.desk}/admin/#/keys")

    expect(page.locator("#key")).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(1)  # the notices' own, empty
    _enter(page, "rk_nonsense")
    expect(page.locator("#key-form")).to_contain_text("unknown or revoked")
    _enter(page, program)
    expect(page.locator("#key-form")).to_contain_text("This key has not the admin scope")
    _enter(page, key)

    expect(page.get_by_role("heading", name="API keys")).to_be_visible()
    expect(page.locator("#whose")).to_have_text("operator")
    assert page.evaluate("localStorage.length") == 0
    assert key not in page.url
    page.reload()
    expect(page.get_by_role("heading", name="API keys")).to_be_visible()
    another = page.context.new_page()
    another.goto(f"{stack.desk}/admin/")
    expect(another.locator("#key-form")).to_be_visible()
    page.get_by_role("button", name="Forget key").click()
    expect(page.locator("#key-form")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_key__is_made_by_keyboard__shown_once__searched__revoked(stack: Stack, page: Page) -> None:
    keys = bootstrap.get().retainer.keys
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{stack.desk}/admin/#/keys")
    _enter(page, keys.make("admin of keys", Scope.ADMIN))

    name = page.get_by_label("Name", exact=True)
    name.press("Enter")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-field=name]")).to_contain_text("Name: it is needed.")
    name.fill("<b>night</b> watch")
    name.press("Enter")
    shown = page.locator("#new-key")
    expect(shown).to_have_value(re.compile(r"rk_.{40,}"))
    made = shown.input_value()
    assert keys.check(made, Scope.APPLICATION).name == "<b>night</b> watch"
    page.get_by_role("button", name="Copy").press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == made
    page.get_by_role("button", name="I have it").press("Enter")
    expect(shown).to_have_count(0)
    assert made not in page.content()

    page.get_by_label("Search by name").fill("NIGHT")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("<b>night</b> watch")
    assert page.url.endswith("#/keys?q=NIGHT")
    page.get_by_role("button", name="Revoke <b>night</b> watch").press("Enter")
    panel = page.locator(".confirm")
    expect(panel).to_contain_text("at once and for good")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="Revoke <b>night</b> watch")).to_be_focused()
    page.keyboard.press("Enter")
    panel.get_by_role("button", name="Revoke it").press("Enter")
    expect(page.get_by_text("The key <b>night</b> watch is revoked.")).to_be_visible()
    expect(row).to_contain_text("revoked")
    with pytest.raises(NotAllowed):
        keys.check(made, Scope.APPLICATION)


def test_own_key__is_revoked_after_a_warning__and_another_is_asked_for(
    stack: Stack, page: Page
) -> None:
    page.goto(f"{stack.desk}/admin/#/keys?q=own")
    _enter(page, bootstrap.get().retainer.keys.make("my own", Scope.ADMIN))
    page.get_by_role("button", name="Revoke my own").click()

    expect(page.locator(".confirm")).to_contain_text("the key that this console uses now")
    page.get_by_role("button", name="Revoke it").click()

    expect(page.locator("#key-form")).to_contain_text("unknown or revoked")
