"""People, review, money and studies in the admin console."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chalicelib import bootstrap
from chalicelib.kit.spreadsheets import BOM
from local.stack import Stack
from tests.browser.accessibility import problems
from tests.browser.application import Application
from tests.browser.people import People
from tests.browser.screenshots import keep
from tests.browser.worker import Worker
from tests.patience import until

HOSTILE = "<img src=x onerror=alert(1)> & =1+1"


@pytest.fixture
def page(worker: Callable[[str], Worker]) -> Page:
    operator = worker("Operator")
    # Refusals of the API that a test means to see.
    operator.allow("status of 40[0-9]")
    return operator.page


def _unique(application: Application, name: str) -> str:
    """One name is one person, on all of the module's tests."""
    return f"{name} of {application.hit_type[:20]}"


def test_assignment__is_found_with_its_answers_as_text__and_all_that_happened(
    stack: Stack, application: Application, people: People, page: Page
) -> None:
    frame = people.take_part(_unique(application, "Ann"), colour=HOSTILE, why="because\nit is")
    waits = people.accept(_unique(application, "Bob"))
    page.goto(f"{stack.desk}/admin/#/assignments?hitType={application.hit_type}")

    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("waiting")
    expect(rows.nth(1)).to_contain_text("approved")
    rows.nth(1).locator("summary").press("Enter")
    expect(rows.nth(1)).to_contain_text(HOSTILE)
    page.get_by_label("Assignments of a").select_option("worker")
    page.get_by_label("Its id").fill(waits.worker_id)
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(page.locator("main h2")).to_contain_text(f"Of Worker {waits.worker_id}")

    page.goto(f"{stack.desk}/admin/#/assignments?hit={frame.hit_id}")
    page.get_by_role("link", name=frame.assignment_id).press("Enter")
    expect(page.get_by_role("heading", name=f"Assignment {frame.assignment_id}")).to_be_focused()
    expect(page.locator("main .facts").first).to_contain_text("because")
    happened = page.locator(".timeline li")
    expect(happened.filter(has_text=re.compile("called|claimed"))).not_to_have_count(0)
    expect(page.locator("main img")).to_have_count(0)
    page.goto(f"{stack.desk}/admin/#/assignments/{waits.assignment_id}")
    expect(page.locator("main .facts").first).to_contain_text(waits.worker_id)


def test_worker__is_found__written_to__paid_a_bonus__blocked__by_keyboard(
    stack: Stack, application: Application, people: People, page: Page
) -> None:
    frame = people.take_part(_unique(application, "Cleo"), colour="red")
    page.goto(f"{stack.desk}/admin/#/workers")
    page.get_by_label("Id begins with").fill(frame.worker_id)
    expect(page.locator("tbody tr[data-row]")).to_have_count(1)
    page.locator("td.id a", has_text=frame.worker_id).press("Enter")
    facts = page.locator("main .facts").first
    expect(facts).to_contain_text("1 time")
    expect(facts).to_contain_text("$0.05")

    def confirmed(doing: str) -> None:
        page.locator(".confirm").get_by_role("button", name=doing, exact=True).press("Enter")
        expect(page.locator(".confirm")).to_have_count(0)
        stack.run_function("review")

    page.get_by_role("button", name="Message …").press("Enter")
    expect(page.locator(".confirm")).to_contain_text("cannot be taken back")
    page.get_by_label("Subject").fill("Thanks")
    page.get_by_label("Text").fill(HOSTILE)
    confirmed("Send")
    page.get_by_role("button", name="Bonus …").press("Enter")
    expect(page.locator(".confirm")).to_contain_text("the market’s fee on it")
    page.get_by_label("Amount in dollars").fill("0.25")
    page.get_by_label("Reason").fill("Very thorough.")
    confirmed("Pay it")
    page.get_by_role("button", name="Block …", exact=True).press("Enter")
    expect(page.locator(".confirm")).to_contain_text("What they have accepted they may still hand")
    page.get_by_label("Reason").fill("Two accounts.")
    confirmed("Block them")

    asked = page.locator("section[aria-labelledby=asked] tbody tr")
    expect(asked).to_have_count(3)
    for what, outcome in (("message", "done"), ("bonus", "paid"), ("block", "done")):
        expect(asked.filter(has_text=what).filter(has_text=outcome)).to_have_count(1)
    expect(asked.filter(has_text=HOSTILE)).to_have_count(1)


def test_held_work__is_decided_one_by_one_and_together__saying_what_it_costs(
    stack: Stack, application: Application, people: People, page: Page
) -> None:
    application.open(review="hold")
    frames = [
        people.take_part(_unique(application, name), colour=name) for name in ("Dan", "Eve", "Flo")
    ]
    page.goto(f"{stack.desk}/admin/#/review?hitType={application.hit_type}")
    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(3)

    first = frames[0].assignment_id
    page.get_by_role("button", name=f"Reject {first}").press("Enter")
    panel = page.locator(".confirm")
    expect(panel).to_contain_text("$0.05 in all, is not paid")
    expect(panel).to_contain_text("the market approves it in")
    panel.get_by_role("button", name="Reject").press("Enter")
    expect(panel).to_be_visible()  # the reason is missing
    panel.get_by_label("Reason").fill("Not about the question.")
    panel.get_by_role("button", name="Reject").press("Enter")
    expect(panel).to_have_count(0)
    _reviewed(stack, application, held=2)
    page.reload()
    expect(rows).to_have_count(2)

    page.get_by_label("All that are shown").press("Space")
    page.get_by_role("button", name="Approve …").press("Enter")
    expect(panel).to_contain_text("Approve 2 assignments?")
    expect(panel).to_contain_text("It costs $0.10 of rewards")
    panel.get_by_role("button", name="Approve").press("Enter")
    expect(panel).to_have_count(0)
    _reviewed(stack, application, held=0)
    page.reload()
    expect(page.get_by_text("No assignment fits what you look for.")).to_be_visible()
    states = {
        record.stay.assignment: record.state.value
        for frame in frames
        for record in bootstrap.get().retainer.people.of_worker(frame.worker_id, None, 9)[0]
    }
    assert states[first] == "rejected"
    assert [states[frame.assignment_id] for frame in frames[1:]] == ["approved", "approved"]


def test_ledger__is_filtered__and_downloaded(
    stack: Stack, application: Application, people: People, page: Page
) -> None:
    frame = people.take_part(_unique(application, "Gus"), colour="red")
    idle = Application(stack, f"{application.hit_type}-idle")
    idle.open()
    page.goto(f"{stack.desk}/admin/#/costs?worker={frame.worker_id}&state=paid")

    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Paid")
    expect(page.locator("section[aria-labelledby=spent] tbody")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download these as CSV").press("Enter")
    table = list(csv.DictReader(io.StringIO(_text(download.value.path()))))
    assert [(r["worker"], r["amount"], r["state"]) for r in table] == [
        (frame.worker_id, "0.05", "paid")
    ]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV", exact=True).press("Enter")
    assert application.hit_type in _text(download.value.path())
    spent = page.locator("section[aria-labelledby=spent]")
    page.get_by_label("Of the ProtoHIT").select_option(idle.hit_type)
    page.get_by_role("button", name="Show", exact=True).press("Enter")
    expect(spent).to_contain_text("Nothing was spent or owed in these days.")
    page.get_by_label("Of the ProtoHIT").select_option(application.hit_type)
    page.get_by_role("button", name="Show", exact=True).press("Enter")
    expect(spent.locator("tbody").last).to_contain_text(application.hit_type)


def test_results__are_downloaded_by_pseudonym__and_a_workers_data_is_deleted(
    stack: Stack, application: Application, people: People, page: Page
) -> None:
    frame = people.take_part(_unique(application, "Hal"), colour=HOSTILE)
    people.take_part(_unique(application, "Ida"), size="=SUM(A1)")
    page.goto(f"{stack.desk}/admin/#/studies")
    page.get_by_label("ProtoHIT", exact=True).select_option(application.hit_type)

    with page.expect_download() as download:
        page.get_by_role("button", name="Download").press("Enter")
    text = _text(download.value.path())
    assert frame.worker_id not in text
    table = list(csv.DictReader(io.StringIO(text)))
    assert {row["answer.colour"] for row in table} == {"", HOSTILE}
    assert {row["answer.size"] for row in table} == {"", "'=SUM(A1)"}
    assert all(row["worker"].startswith("p-") and row["paid"] == "0.05" for row in table)
    page.get_by_label("As", exact=True).select_option("json")
    page.get_by_label("Workers’ own ids instead of pseudonyms").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").press("Enter")
    assert frame.worker_id in {row["worker"] for row in json.loads(_text(download.value.path()))}

    again = people.accept(_unique(application, "Hal"))
    page.get_by_label("Worker’s id").fill(frame.worker_id)
    page.get_by_role("button", name="Look …").press("Enter")
    expect(page.get_by_role("heading", name="cannot be deleted yet")).to_be_visible()
    expect(page.locator("main")).to_contain_text("on a page of ours now")
    expect(page.locator("main")).to_contain_text("still out or under review")
    people.hand_in(again, done="1")
    _end_hits(stack, application)
    page.get_by_role("button", name="Look …").press("Enter")
    panel = page.locator(".confirm")
    expect(panel).to_contain_text("2 assignments, the answers to 2")
    panel.get_by_role("button", name="Delete it for good").press("Enter")
    expect(panel).to_be_visible()  # the id is missing
    panel.get_by_label("Type the worker’s id").fill(frame.worker_id)
    panel.get_by_role("button", name="Delete it for good").press("Enter")
    expect(panel).to_have_count(0)
    stack.run_function("review")
    expect(page.get_by_text(f"The data of {frame.worker_id} is deleted.")).to_be_visible()
    assert not bootstrap.get().retainer.people.of_worker(frame.worker_id, None, 9)[0]


def test_sections__are_readable_in_every_look(
    stack: Stack, application: Application, people: People, page: Page
) -> None:
    application.open(review="ask", wait_pay=0.02)
    frame = people.take_part(_unique(application, "Jo"), colour="red", why=f"{HOSTILE} " * 9)
    people.hand_in(people.accept(_unique(application, "Kim")), done="1")
    for path, shown in (
        (f"assignments?hitType={application.hit_type}", "tr[data-row]"),
        (f"assignments/{frame.worker_id}/{frame.assignment_id}", ".timeline"),
        ("workers", "tr[data-row]"),
        (f"workers/{frame.worker_id}", "tr[data-row]"),
        (f"review?hitType={application.hit_type}", "tr[data-row]"),
        (f"costs?hitType={application.hit_type}", "tr[data-row]"),
        ("studies", "table"),
    ):
        page.goto(f"{stack.desk}/admin/#/{path}")
        page.locator(f"main {shown}").first.wait_for()
        if path.startswith("workers/"):
            page.get_by_role("button", name="Bonus …").click()
            page.locator(".confirm").wait_for()
        name = re.sub(r"[/?].*", "", path) + ("-one" if "/" in path else "")
        keep(page, f"admin/{name}")
        assert problems(page) == [], path


def _reviewed(stack: Stack, application: Application, held: int) -> None:
    """Review until so much is held: the run that the decision has started may be at it, too."""
    decisions = bootstrap.get().retainer.decisions

    def is_reviewed() -> bool:
        stack.run_function("review")
        return len(decisions.page(application.hit_type, None, 25, False)[0]) == held

    until(is_reviewed, f"{held} held")


def _end_hits(stack: Stack, application: Application) -> None:
    """End what is out, and review it for the last time."""
    application.close()
    application.pool()
    stack.run_function("review")


def _text(path: Path) -> str:
    text = path.read_bytes().decode("utf-8")
    # What Excel knows UTF-8 by, and once, however many pages a table is made of.
    assert text.count(BOM) == (not text.startswith("["))
    return text.removeprefix(BOM)
