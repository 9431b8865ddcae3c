"""Reservations and HITs in the admin console."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker, expect_told

MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(worker: Callable[[str], Worker]) -> Page:
    return worker("Operator").page


def test_reservation__is_found__invoked__followed_and_ended(
    stack: Stack, application: Application, page: Page, worker: Callable[[str], Worker]
) -> None:
    reservation = application.reserve(foreign_id=MARKUP)
    ada = worker("Ada")
    ada.wait_for(application.title)
    page.goto(f"{stack.desk}/admin/#/reservations")
    page.get_by_label("Search id, foreignID").fill("onerror")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(MARKUP)
    expect(row.locator(".state")).to_have_text("due")
    page.get_by_label("State").select_option("done")
    expect(page.get_by_text("No reservation fits what you look for.")).to_be_visible()
    page.get_by_label("State").select_option("reserved")
    row.get_by_role("link", name=reservation).press("Enter")
    expect(page.get_by_role("heading", name=MARKUP)).to_be_focused()

    page.get_by_role("button", name="Invoke").press("Enter")
    panel = page.locator(".confirm")
    expect(panel).to_contain_text("1 worker is called at once; 1 waits now")
    expect(panel).to_contain_text("$0.06 for each who answers in time")
    asked = json.dumps({"question": "Which soup?", "options": ["Tomato", "Miso"]})
    panel.get_by_label("Payload").fill(asked)
    panel.get_by_role("button", name="Call the workers").press("Enter")
    expect_told(page, "Invoked")
    ada.expect_state("called")
    expect(page.locator(".missing li")).to_have_text(["1 worker called, no “I’m here” so far."])
    ada.answer("Miso")
    application.answers(reservation)

    slot = page.locator("tr[data-row]")
    expect(slot.locator(".state")).to_have_text("paid")
    expect(slot).to_contain_text("Miso")
    expect(page.locator(".missing")).to_have_count(0)
    expect(page.locator("pre")).to_contain_text('"question": "Which soup?"')
    expect(page.get_by_text("+ is the time since the invoke")).to_have_count(1)
    expect(page.locator(".timeline li").nth(2)).to_contain_text(
        re.compile(r"\d\d:\d\d:\d\d\.\d{3}")
    )
    # Served to its last slot it is done by itself.
    state = page.locator(".head .state")
    expect(state).to_have_text("done")
    page.get_by_role("button", name="Unfinish").click()
    expect(panel).to_contain_text("No slot is free")
    panel.get_by_role("button", name="Unfinish it").click()
    expect(state).to_have_text("at work")
    page.get_by_role("button", name="Finish", exact=True).click()
    expect(panel).to_contain_text("1 worker was called for it")
    panel.get_by_role("button", name="Finish it").click()
    expect(state).to_have_text("done")


def test_reservation__is_made_here_with_errors_at_its_fields(
    stack: Stack, application: Application, page: Page, worker: Callable[[str], Worker]
) -> None:
    other = worker("Another operator")
    other.allow("status of 40[04]")
    page = other.page
    page.goto(f"{stack.desk}/admin/#/reservations?new")
    page.get_by_label("ProtoHIT").select_option(application.hit_type)
    page.get_by_label("Workers", exact=True).fill("101")
    page.get_by_label("Your id for it").fill("soup")
    page.get_by_role("button", name="Reserve").click()
    expect(page.locator("[data-field=numAssignments]")).to_contain_text("1 to 100")
    page.get_by_label("Workers", exact=True).fill("2")
    page.get_by_role("button", name="Reserve").click()

    expect(page.get_by_role("heading", name="Reservation for soup")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.locator(".confirm").get_by_role("button", name="Cancel it").click()
    expect(page.locator(".head .state")).to_have_text("cancelled")


def test_hit__is_expired__and_who_is_in_it_stays(
    stack: Stack, application: Application, page: Page, worker: Callable[[str], Worker]
) -> None:
    application.reserve(2)
    ada = worker("Ada")
    ada.wait_for(application.title)
    page.goto(f"{stack.desk}/admin/#/hits?hitType={application.hit_type}&state=out")
    row = page.locator("tbody tr").first
    expect(row.locator(".state")).to_have_text("out")

    row.get_by_role("button", name="Expire").press("Enter")
    panel = page.locator(".confirm")
    expect(panel).to_contain_text("served and paid")
    panel.get_by_role("button", name="Expire it").press("Enter")
    expect_told(page, "is being expired")
    page.get_by_label("State").select_option("closed")
    stack.run_function("size_pools")
    expect(row.locator(".state")).to_have_text("expired, in review")

    ada.expect_state("waiting")
    page.get_by_label("State").select_option("")
    page.get_by_role("button", name="Expire all of a ProtoHIT").click()
    expect(panel).to_contain_text(f"Expire all HITs of {application.hit_type}?")
    panel.get_by_role("button", name="Expire them").click()
    expect_told(page, "are being expired")
    ada.leave()
