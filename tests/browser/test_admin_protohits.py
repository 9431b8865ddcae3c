"""ProtoHITs in the admin console: made, changed, stopped, switched, copied, archived."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from chalicelib import bootstrap
from chalicelib.retainer.domain.protohits import ProtoHit
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker, expect_told

MARKUP = "<img src=x onerror=alert(1)> & co"


@pytest.fixture
def page(worker: Callable[[str], Worker]) -> Page:
    operator = worker("Operator")
    # Refusals of the API that a test means to see.
    operator.allow("status of 40[09]")
    return operator.page


def _saved(hit_type: str) -> ProtoHit:
    return bootstrap.get().retainer.reservations.proto(hit_type)


def _figure(page: Page, name: str) -> Locator:
    return page.locator(f".cost div:has(dt:text-is('{name}')) dd")


def _fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"form [name='{name}']").fill(value)


def _confirmed(page: Page, action: str, doing: str) -> None:
    page.get_by_role("button", name=action, exact=True).click()
    page.locator(".confirm").get_by_role("button", name=doing, exact=True).click()
    expect(page.locator(".confirm")).to_have_count(0)


def test_protohit__is_made_with_errors_at_fields__preview_and_cost(
    stack: Stack, page: Page
) -> None:
    page.goto(f"{stack.desk}/admin/")
    page.get_by_role("link", name="New ProtoHIT").click()
    expect(page.get_by_role("heading", name="New ProtoHIT")).to_be_focused()

    page.get_by_role("button", name="Make the ProtoHIT").press("Enter")
    expect(page.locator("form > .note.bad")).to_contain_text("5 things are not right yet")
    assert page.locator("form > .note.bad li").all_inner_texts() == [
        f"{name}: it is needed."
        for name in ("Id", "Title", "Description", "Address of the page", "Reward")
    ]
    expect(page.locator("form [aria-invalid=true]")).to_have_count(5)
    _fill(page, hit_type_id="Soup of the day", title=MARKUP, reward="0.055", description="Choose.")
    page.get_by_label("Address of the page").fill(f"{stack.wait}/index.html")
    page.keyboard.press("Tab")
    expect(page.locator("[data-field=reward]")).to_contain_text("fractions of a cent")
    # What has a default is folded, but for pay and the market.
    expect(
        page.locator("form input:visible, form textarea:visible, form select:visible")
    ).to_have_count(11)
    page.locator("summary", has_text="The pool").click()
    _fill(page, reward="0.05", wait_pay="0.02", readyFor="2")
    page.get_by_label("Keep workers waiting").check()

    expect(page.locator("[data-field=reward] .error")).to_be_empty()
    expect(_figure(page, "A worker earns")).to_contain_text("$1.80")
    expect(_figure(page, "At rest, an hour")).to_contain_text("kept waiting")
    expect(page.locator(".seen").first).to_contain_text(MARKUP)
    page.get_by_role("button", name="Make the ProtoHIT").click()

    expect(page.get_by_role("heading", name="Soup of the day")).to_be_visible()
    saved = _saved("Soup of the day")
    assert (saved.title, saved.reward_cents, saved.wait_pay_micro, saved.standing) == (
        MARKUP, 5, 20_000, True,
    )  # fmt: skip
    assert (saved.max_wait, saved.frame_height, saved.sandbox) == (300, 800, True)
    page.goto(f"{stack.desk}/admin/#/protohits?q=soup+of")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(MARKUP)


def test_protohit__is_changed__keeps_what_the_form_does_not_touch__and_is_copied(
    stack: Stack, application: Application, page: Page
) -> None:
    application.open(page={"title": "Hello", "sound": "knock"}, sandbox=False)
    page.goto(f"{stack.desk}/admin/#/protohits/{application.hit_type}/edit")

    expect(page.locator("[name=hit_type_id]")).to_have_attribute("readonly", "")
    _fill(page, max_wait="8000")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.locator("[data-field=max_wait]")).to_contain_text("or nobody could finish")
    _fill(page, max_wait="200", keywords="")
    page.get_by_role("button", name="Save the changes").click()
    expect_told(page, "Saved.")
    now = _saved(application.hit_type)
    assert (now.max_wait, now.keywords, now.sandbox, now.page.sound) == (200, "", False, "knock")

    page.get_by_role("link", name="Copy").click()
    expect(page.locator("[name=title]")).to_have_value(application.title)
    _fill(page, hit_type_id=application.hit_type)
    page.get_by_role("button", name="Make the ProtoHIT").click()
    expect(page.locator("[data-field=hit_type_id]")).to_contain_text("There is a ProtoHIT")
    _fill(page, hit_type_id=f"{application.hit_type} 2")
    page.get_by_role("button", name="Make the ProtoHIT").click()
    expect_told(page, "Made.")
    assert _saved(f"{application.hit_type} 2").page.title == "Hello"


def test_protohit__is_stopped_switched_archived_and_restored__saying_what_happens(
    stack: Stack, application: Application, page: Page, worker: Callable[[str], Worker]
) -> None:
    application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    page.goto(f"{stack.desk}/admin/#/protohits/{application.hit_type}")
    panel = page.locator(".confirm")
    hits = bootstrap.get().retainer.pools

    page.get_by_role("button", name="Switch market").click()
    expect(panel).to_contain_text("real workers are paid real money")
    panel.get_by_role("button", name="Cancel").click()
    assert _saved(application.hit_type).sandbox
    _confirmed(page, "Switch market", "Post to production")
    expect(page.locator(".head")).to_contain_text("production")
    assert not _saved(application.hit_type).sandbox
    _confirmed(page, "Switch market", "Post to sandbox")
    page.get_by_role("button", name="Archive").click()
    expect(panel).to_contain_text("posting is not stopped")
    panel.get_by_role("button", name="Try all the same").click()
    expect(panel.get_by_role("alert")).to_contain_text("It is in use")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(panel).to_contain_text("served and paid all the same")
    panel.get_by_role("button", name="Stop it").click()
    expect(page.locator(".head .state").first).to_have_text("stopped")

    ada.expect_state("waiting")
    ada.leave()
    application.close()
    stack.run_function("size_pools")
    stack.run_function("review")
    assert hits.state(application.hit_type).hits_out == 0
    page.reload()
    _confirmed(page, "Archive", "Archive it")
    expect(page.locator(".head .state").first).to_have_text("archived")
    assert _saved(application.hit_type) not in bootstrap.get().retainer.reservations.protos()
    _confirmed(page, "Restore", "Restore it")
    expect(page.locator(".head .state").first).to_have_text("stopped")
    _confirmed(page, "Start", "Start it")
    expect(page.locator(".head .state").first).to_have_text("running")


def test_page_of_a_protohit__opens_in_a_frame__but_none_of_the_consoles_own_origin(
    stack: Stack, application: Application, page: Page
) -> None:
    page.goto(f"{stack.desk}/admin/#/protohits/{application.hit_type}")
    page.get_by_role("button", name="Load the page as previewers see it").click()

    frame = page.locator("iframe")
    expect(frame).to_have_attribute("src", re.compile("assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE"))
    expect(page.frame_locator("iframe").locator("[data-state=preview]")).to_be_visible()
    assert "top-navigation" not in str(frame.get_attribute("sandbox"))

    application.open(url=f"{stack.desk}/status/")
    page.reload()
    expect(page.get_by_text("A page of this console’s own origin is not shown")).to_be_visible()
    expect(frame).to_have_count(0)


def test_unsaved_changes__are_asked_about_before_they_are_left(
    stack: Stack, application: Application, page: Page
) -> None:
    page.goto(f"{stack.desk}/admin/#/protohits/{application.hit_type}/edit")
    _fill(page, keywords="half typed")
    panel = page.locator(".confirm")

    page.get_by_role("link", name="API keys").click()
    expect(panel).to_contain_text("not saved, and would be lost")
    page.keyboard.press("Escape")
    expect(page.locator("[name=keywords]")).to_have_value("half typed")
    assert page.url.endswith("/edit")
    page.get_by_role("link", name="API keys").click()
    panel.get_by_role("button", name="Leave").click()

    expect(page.get_by_role("heading", name="API keys")).to_be_visible()
