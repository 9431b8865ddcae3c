"""Before accepting, and ways out: figures, consent, the next one, return, report."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from chalicelib.marketplace.domain.hit_reports import ReportState
from chalicelib.marketplace.domain.work_times import Times
from chalicelib.marketplace.store.work_times import DynamoWorkTimes
from tests.browser.lab import Lab
from tests.browser.worker import Worker

Make = Callable[[str], Worker]


def look_at(ada: Worker, title: str) -> None:
    ada.listed(title).get_by_role("link", name="Preview").click()
    expect(ada.page.locator("iframe")).to_be_visible()


def figure(ada: Worker, name: str) -> str:
    return ada.page.locator(f"dl.before div:has(dt:text-is('{name}')) dd").inner_text()


def answer(ada: Worker, text: str = "1") -> None:
    ada.frame.get_by_label("Your answer").fill(text)
    ada.frame.get_by_role("button", name="Submit").click()


def test_preview__tells_what_it_pays_and_takes(lab: Lab, worker: Make) -> None:
    hit_id = lab.post("Waiting", Reward="0.50", RequesterAnnotation="x max-wait=300")
    lab.post("Unknown")
    hit = lab.client.get_hit(HITId=hit_id)["HIT"]
    DynamoWorkTimes().save(hit["HITTypeId"], Times((60, 120, 600), 3, 0), None)
    ada = worker("Ada")
    ada.sign_in()

    look_at(ada, lab.title("Waiting"))
    assert figure(ada, "Reward").startswith("$0.50")
    # The terms, not what three have come to: the next wait may last.
    assert figure(ada, "Per hour") == "$6.00\nif you wait the longest: the reward over 5 min"
    assert figure(ada, "Usual time").startswith("2 min")
    assert figure(ada, "Longest wait").startswith("5 min")
    assert figure(ada, "Longest time").startswith("10 min")

    ada.page.get_by_role("link", name="Back").click()
    look_at(ada, lab.title("Unknown"))
    assert figure(ada, "Per hour").startswith("not known yet")
    assert figure(ada, "Usual time") == "not known yet"
    expect(ada.page.locator("dl.before")).not_to_contain_text("Longest wait")


def test_consent__is_read_agreed_to_and_on_record(lab: Lab, worker: Make) -> None:
    lab.post("Study")
    lab.market.consents.put_in_force(lab.account_id, "We keep <b>your</b> answers.")
    ada = worker("Ada")
    # Refused acceptances, each seen by the console.
    ada.allow("status of 409")
    ada.sign_in()

    # Accepted right away, it asks for the consent first.
    ada.listed(lab.title("Study")).get_by_role("button", name="Accept").click()
    expect(ada.page.locator("#notice")).to_contain_text("read the consent text")
    expect(ada.page.get_by_role("region", name="Consent text")).to_have_text(
        "We keep <b>your</b> answers."
    )
    ada.page.get_by_role("button", name="Accept").click()
    expect(ada.page.get_by_role("alert").filter(has_text="tick that you agree")).to_be_visible()
    expect(ada.page.get_by_label("I have read this and agree")).to_be_focused()
    assert list(lab.market.consents.agreements(lab.account_id)) == []

    # A text that changes while it is read is asked for anew.
    lab.market.consents.put_in_force(lab.account_id, "We keep nothing.")
    ada.page.keyboard.press("Space")
    ada.page.get_by_role("button", name="Accept").click()
    expect(ada.page.get_by_role("region", name="Consent text")).to_have_text("We keep nothing.")
    ada.page.get_by_label("I have read this and agree").check()
    ada.page.get_by_role("button", name="Accept").click()
    expect(ada.page.locator("section[data-assignment]")).to_be_visible()

    (agreed,) = lab.market.consents.agreements(lab.account_id)
    assert (agreed.worker_id, agreed.version) == (ada.worker_id, 2)
    answer(ada)
    ada.expect_submitted()
    expect(ada.listed(lab.title("Study"))).to_contain_text("You have done this.")
    lab.post("Study")
    look_at(ada, lab.title("Study"))
    expect(ada.page.locator("details summary")).to_contain_text("You agreed to")
    expect(ada.page.get_by_label("I have read this and agree")).to_have_count(0)


def test_accept_next__brings_one_after_the_other_until_none_is_left(lab: Lab, worker: Make) -> None:
    hits = {lab.post("Series", MaxAssignments=1) for _ in range(3)}
    ada = worker("Ada")
    ada.allow("status of 409")
    ada.sign_in()
    ada.accept(lab.title("Series"))
    ada.page.get_by_label("Accept the next of this kind automatically").check()
    done: list[str] = []

    for _ in range(3):
        before = ada.assignment
        done.append(ada.frame.locator("#which").inner_text())
        answer(ada)
        expect(ada.page.locator(f"[data-assignment='{before}']")).to_have_count(0)
        if len(done) < 3:
            expect(ada.page.locator("#notice")).to_contain_text("Here is the next one.")
            expect(ada.page.get_by_label("Accept the next of this kind")).to_be_checked()

    assert set(done) == hits
    expect(ada.page.locator("#notice")).to_contain_text("There is no more work of this kind")
    expect(ada.page.get_by_role("heading", name="Find work")).to_be_visible()
    assert [len(lab.submitted(hit_id)) for hit_id in hits] == [1, 1, 1]


def test_return__asks_first_and_gives_back(lab: Lab, worker: Make) -> None:
    hit_id = lab.post("One", MaxAssignments=1)
    ada = worker("Ada")
    ada.sign_in()
    ada.accept(lab.title("One"))

    ada.page.get_by_role("button", name="Return", exact=True).click()
    expect(ada.page.get_by_role("button", name="Keep it")).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("button", name="Return", exact=True)).to_be_focused()
    ada.page.get_by_role("button", name="Return", exact=True).click()
    ada.page.get_by_role("button", name="Return it").click()

    expect(ada.page.locator("#notice")).to_contain_text("Somebody else can take it now")
    expect(ada.listed(lab.title("One"))).to_be_visible()
    hit = lab.client.get_hit(HITId=hit_id)["HIT"]
    assert (hit["NumberOfAssignmentsAvailable"], hit["NumberOfAssignmentsPending"]) == (1, 0)


def test_return_and_skip__takes_another_until_there_is_none(lab: Lab, worker: Make) -> None:
    hits = {lab.post("Two", MaxAssignments=1) for _ in range(2)}
    ada = worker("Ada")
    ada.allow("status of 409")
    ada.sign_in()
    ada.accept(lab.title("Two"))
    seen = [ada.frame.locator("#which").inner_text()]

    def skip() -> None:
        before = ada.assignment
        ada.page.get_by_role("button", name="Return and skip").click()
        ada.page.get_by_role("button", name="Return and take another").click()
        expect(ada.page.locator(f"[data-assignment='{before}']")).to_have_count(0)

    skip()
    expect(ada.page.locator("#notice")).to_contain_text("Here is the next one")
    seen.append(ada.frame.locator("#which").inner_text())
    skip()

    assert set(seen) == hits
    expect(ada.page.locator("#notice")).to_contain_text("There is no more work of this kind")


def test_report__from_the_preview_and_from_the_work(lab: Lab, worker: Make) -> None:
    hit_id = lab.post("Odd")
    ada, ben = worker("Ada"), worker("Ben")

    def reports() -> list[tuple[str, str, str]]:
        found = lab.market.hit_reports.in_state(ReportState.OPEN)
        return [(r.worker_id, r.reason.value, r.text) for r in found if r.hit_id == hit_id]

    # By keyboard alone; escape changes the mind.
    ada.sign_in()
    look_at(ada, lab.title("Odd"))
    button = ada.page.get_by_role("button", name="Report this HIT")
    button.focus()
    ada.page.keyboard.press("Enter")
    dialog = ada.page.get_by_role("dialog", name="Report this HIT")
    expect(dialog).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    assert reports() == []
    ada.allow("status of 400")
    ada.page.keyboard.press("Enter")
    dialog.get_by_label("Something else").check()
    dialog.get_by_role("button", name="Send the report").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Say in a few words")
    dialog.get_by_label("In your own words").fill("Asks for my bank's name.")
    dialog.get_by_role("button", name="Send the report").click()
    expect(ada.page.locator("#notice")).to_contain_text("Thank you.")
    assert reports() == [(ada.worker_id, "other", "Asks for my bank's name.")]

    ben.sign_in()
    ben.accept(lab.title("Odd"))
    ben.page.get_by_role("button", name="Report this HIT").click()
    ben.page.get_by_label("It is broken").check()
    ben.page.get_by_role("button", name="Send the report").click()
    expect(ben.page.locator("#notice")).to_contain_text("Thank you.")
    # the work goes on
    expect(ben.frame.locator("#which")).to_have_text(hit_id)
    assert (ben.worker_id, "broken", "") in reports()
    assert re.match("A[A-Z0-9]+", ben.worker_id)
