"""Finding work: searched, sorted, filtered, and why some of it is not for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.screenshots import keep
from tests.browser.worker import Worker

Make = Callable[[str], Worker]


def qualification(lab: Lab, name: str) -> str:
    made = lab.client.create_qualification_type(
        Name=lab.title(name), Description="d", QualificationTypeStatus="Active"
    )
    return str(made["QualificationType"]["QualificationTypeId"])


def needing(type_id: str, guarded: str) -> dict[str, Any]:
    required = {
        "QualificationTypeId": type_id,
        "Comparator": "GreaterThan",
        "IntegerValues": [70],
        "ActionsGuarded": guarded,
    }
    return {"QualificationRequirements": [required]}


def titles(ada: Worker) -> Locator:
    return ada.page.locator("li.hit h2")


def test_listing__is_searched_and_sorted(lab: Lab, worker: Make) -> None:
    for name, reward in (("Cheap", "0.01"), ("Dear", "0.90"), ("Middling", "0.20")):
        lab.post(name, Reward=reward)
    ada = worker("Ada")
    ada.sign_in()

    ada.page.get_by_role("searchbox", name="Search").fill(lab.word)
    expect(ada.page.locator("#found")).to_have_text("3 kinds of work")
    ada.page.get_by_label("Order").select_option("Highest reward first")
    expect(titles(ada)).to_have_text([lab.title(n) for n in ("Dear", "Middling", "Cheap")])
    item = ada.listed(lab.title("Dear"))
    expect(item).to_contain_text(lab.name)
    expect(item).to_contain_text("$0.90")
    expect(item).to_contain_text("9 left")
    expect(item).to_contain_text("10 min to finish")
    expect(item).to_contain_text("hourly rate not known yet")
    facts = item.get_by_text("10 min to finish")
    expect(facts).to_be_visible()
    keep(ada.page, "work/listing")

    # On a phone one scans: what one chooses by is in sight, and the rest is folded.
    wide = ada.page.viewport_size
    ada.page.set_viewport_size({"width": 390, "height": 844})
    ada.page.get_by_label("Order").select_option("Newest first")
    ada.page.get_by_label("Order").select_option("Highest reward first")
    expect(facts).to_be_hidden()
    expect(item.get_by_text("9 left").first).to_be_visible()
    assert all(li.bounding_box()["height"] < 170 for li in ada.page.locator("li.hit").all())
    keep(ada.page, "work/listing-folded")
    item.locator("summary").click()
    expect(facts).to_be_visible()
    ada.page.set_viewport_size(wide)

    # what was looked for outlives a look elsewhere, and a reload
    item.get_by_role("link", name="Preview").click()
    expect(ada.page.locator("iframe")).to_be_visible()
    ada.page.reload()
    ada.page.get_by_role("link", name="Back").click()
    expect(ada.page.get_by_role("searchbox", name="Search")).to_have_value(lab.word)
    expect(titles(ada)).to_have_text([lab.title(n) for n in ("Dear", "Middling", "Cheap")])
    ada.page.get_by_role("searchbox", name="Search").fill(f"{lab.word} nothing of the kind")
    expect(ada.page.locator("ul.hits")).to_have_text("Nothing fits what you look for.")


def test_listing__says_who_qualifies_and_what_to_do(lab: Lab, worker: Make) -> None:
    french = qualification(lab, "French")
    secret = qualification(lab, "Secret")
    lab.post("For all")
    lab.post("For French", **needing(french, "Accept"))
    lab.post("Shown to some", **needing(secret, "PreviewAndAccept"))
    lab.post("Hidden", **needing(secret, "DiscoverPreviewAndAccept"))
    ada = worker("Ada")
    ada.sign_in()
    ada.page.get_by_role("searchbox", name="Search").fill(lab.word)
    expect(titles(ada)).to_have_count(3)

    for_all, for_french, guarded = (
        ada.listed(lab.title(name)) for name in ("For all", "For French", "Shown to some")
    )
    expect(for_all).to_contain_text("You qualify")
    expect(for_french).to_contain_text("You do not qualify for this.")
    expect(for_french).to_contain_text("of above 70; you do not hold it.")
    expect(for_french.get_by_role("link", name="See how to get it")).to_have_attribute(
        "href", f"#/qualifications/{french}"
    )
    expect(for_french.get_by_role("button", name="Accept")).to_have_count(0)
    expect(for_french.get_by_role("link", name="Preview")).to_be_visible()
    expect(guarded.get_by_role("link", name="Preview")).to_have_count(0)
    expect(guarded).to_contain_text("Only those who qualify can look at it.")

    ada.page.get_by_label("Only what I qualify for").check()
    expect(titles(ada)).to_have_text([lab.title("For all")])

    # a preview that is allowed says it too, and offers no acceptance
    ada.page.get_by_label("Only what I qualify for").uncheck()
    for_french.get_by_role("link", name="Preview").click()
    expect(ada.page.locator("#view")).to_contain_text("You do not qualify for this.")
    expect(ada.page.get_by_role("button", name="Accept")).to_have_count(0)

    # granted, it opens
    lab.client.associate_qualification_with_worker(
        QualificationTypeId=french, WorkerId=ada.worker_id, IntegerValue=80
    )
    ada.page.get_by_role("link", name="Back").click()
    expect(for_french).to_contain_text("You qualify")
    ada.accept(lab.title("For French"))


def test_pages__are_shown_one_after_another(lab: Lab, worker: Make) -> None:
    for n in range(23):
        lab.post(f"Page {n}", MaxAssignments=1)
    ada = worker("Ada")
    ada.sign_in()

    with ada.page.expect_response(re.compile(f"q={lab.word}")):
        ada.page.get_by_role("searchbox", name="Search").fill(lab.word)
    expect(ada.page.locator("#found")).to_have_text("20 kinds of work so far")
    ada.page.get_by_role("button", name="Show more").click()

    expect(ada.page.locator("#found")).to_have_text("23 kinds of work")
    expect(titles(ada)).to_have_count(23)
    expect(ada.page.get_by_role("button", name="Show more")).to_be_hidden()
