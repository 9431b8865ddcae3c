"""The dashboard: figures, what was submitted with its feedback, bonuses, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.worker import Worker

Make = Callable[[str], Worker]


def done(lab: Lab, ada: Worker, name: str, **changes: Any) -> str:
    """A HIT that the worker has done, without the browser."""
    market = lab.market
    hit_id = lab.post(name, **changes)
    found = market.sessions.sign_in(ada.name)[1]
    job = market.work.accept(found, hit_id).assignment.assignment_id
    market.submissions.submit([("assignmentId", job), ("a", "1")])
    return job


def test_dashboard__shows_what_became_of_the_work(lab: Lab, worker: Make) -> None:
    ada = worker("Ada")
    ada.sign_in()
    first, second, third = (
        done(lab, ada, name, Reward="0.10") for name in ("First", "Second", "Third")
    )
    lab.client.approve_assignment(AssignmentId=first, RequesterFeedback="Well done")
    lab.client.reject_assignment(AssignmentId=second, RequesterFeedback="Not what we asked")
    lab.client.send_bonus(
        WorkerId=ada.worker_id, AssignmentId=first, BonusAmount="0.25", Reason="Quick"
    )

    ada.page.get_by_role("link", name="Dashboard").click()

    def figure(name: str) -> str:
        return f"dl.figures div:has(dt:text-is('{name}')) dd"

    for name, value in (
        ("Earned", "$0.35"),
        ("Today", "$0.35"),
        ("This week", "$0.35"),
        ("Not yet approved", "$0.10"),
        ("Bonuses", "$0.25"),
        ("Submitted", "3"),
        ("Approved", "1"),
        ("Rejected", "1"),
    ):
        expect(ada.page.locator(figure(name))).to_have_text(value)
    expect(ada.page.locator(figure("Approval rate"))).to_contain_text("50 %")
    expect(ada.page.locator(figure("Per hour"))).to_contain_text("in your last 3 HITs")
    rows = ada.page.locator("tr[data-assignment]")
    expect(rows).to_have_count(3)
    expect(ada.page.locator(f"tr[data-assignment='{first}']")).to_contain_text("Well done")
    expect(ada.page.locator(f"tr[data-assignment='{first}']")).to_contain_text("$0.25Well done")
    expect(ada.page.locator(f"tr[data-assignment='{third}']")).to_contain_text("In review")
    expect(ada.page.get_by_role("region", name="Bonuses")).to_contain_text("Quick")

    ada.page.get_by_label("Show", exact=True).select_option("Rejected")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Not what we asked")
    # what the address was called before leads here as well
    ada.page.goto(f"{ada.site}#/earnings")
    expect(ada.page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_dashboard__pages_with_the_keyboard_kept(lab: Lab, worker: Make) -> None:
    ada = worker("Ada")
    ada.sign_in()
    for n in range(22):
        done(lab, ada, f"No. {n}")

    ada.page.goto(f"{ada.site}#/dashboard")
    rows = ada.page.locator("tr[data-assignment]")
    expect(rows).to_have_count(20)
    more = ada.page.get_by_role("region", name="What you submitted").get_by_role("button")
    more.focus()
    ada.page.keyboard.press("Enter")

    expect(rows).to_have_count(22)
    expect(more).to_be_hidden()
    expect(rows.nth(20)).to_be_focused()
