"""The marketplace in the admin console: people by name, invitations, reports."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from chalicelib import bootstrap
from local.stack import Stack
from tests.browser.accessibility import problems
from tests.browser.application import Application
from tests.browser.screenshots import keep
from tests.browser.worker import Worker


def test_operator__sees_names__invites__and_dismisses_a_report(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    ada, page = worker("Adelheid"), worker("Operator").page
    reservation = application.reserve()
    ada.wait_for(application.title)
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.expect_state("called")

    page.goto(f"{stack.desk}/admin/#/reservations/{reservation}")
    row = page.locator("tr[data-row]")
    expect(row.get_by_role("link", name="Adelheid")).to_be_visible()
    keep(page, "console/reservation")
    row.get_by_role("link", name="Adelheid").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Worker Adelheid")

    page.get_by_role("link", name="Marketplace").click()
    page.locator("summary").filter(has_text="Invite somebody").click()
    page.get_by_label("Name of a new worker").fill("Berta <b>")
    page.get_by_role("button", name="Invite").click()
    assert "#" in page.get_by_label("The link", exact=True).input_value()
    row = page.locator("tr[data-row]").filter(has_text="Berta <b>")
    expect(row.locator(".state")).to_have_text("open")
    assert problems(page) == []
    keep(page, "console/invitations")
    page.get_by_role("link", name="Workers").last.click()
    expect(page.get_by_role("link", name="Adelheid")).to_be_visible()
    keep(page, "console/market-workers")
    market, [posting, *_] = (
        bootstrap.get().marketplace,
        bootstrap.get().retainer.hits.page(application.hit_type, "out", None, 1)[0],
    )
    reporter = next(w for w in market.workforce.list_all() if w.name.startswith("Adelheid"))
    market.hit_reports.report(reporter, str(posting.hit), "broken", "<i>no page</i>")
    for part in ("Requesters", "Sessions", "Qualifications", "Reports"):
        page.get_by_role("navigation", name="Parts").get_by_role("link", name=part).click()
        expect(page.get_by_role("region", name=part)).to_be_visible()
        expect(page.locator(".loading:not(:empty)")).to_have_count(0)
        expect(page.locator(".card[role=alert]")).to_have_count(0)
    row = page.locator("tr[data-row]")
    expect(row).to_contain_text("broken: <i>no page</i>")
    expect(row).to_contain_text("Adelheid")
    row.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("No report is open.")).to_be_visible()


def test_console_without_a_marketplace__says_so_and_keeps_to_ids(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    ada, operator = worker("Adelheid the second"), worker("Operator")
    operator.allow("status of 404")
    page: Page = operator.page
    asked: list[str] = []

    def absent(route: Route) -> None:
        asked.append(route.request.url)
        body = {"error": {"code": "no_marketplace", "message": "There is no marketplace here."}}
        headers = {"access-control-allow-origin": "*", "content-type": "application/json"}
        route.fulfill(status=404, headers=headers, body=json.dumps(body))

    page.route("**/market/admin/**", absent)
    application.reserve()
    ada.wait_for(application.title)
    page.goto(f"{stack.desk}/admin/#/assignments?hitType={application.hit_type}")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("tr[data-row]")).to_contain_text("of A")
    page.get_by_role("link", name="Marketplace").click()

    expect(page.get_by_text("There is no marketplace with this service")).to_be_visible()
    expect(page.get_by_role("button", name="Copy: Invite somebody")).to_be_visible()
    page.get_by_role("link", name="Workers").click()
    expect(page.locator("tr[data-row]").first).to_be_visible()
    assert len(asked) == 2, "asked once for names, once by the section, and no more"
