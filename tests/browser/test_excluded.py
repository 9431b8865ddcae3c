"""Whoever took part elsewhere is told so, need not wait, and is paid what was promised."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from chalicelib import bootstrap
from local.stack import Stack
from tests.browser.accessibility import problems
from tests.browser.application import Application
from tests.browser.people import People
from tests.browser.screenshots import keep
from tests.browser.worker import Worker


def test_page_of_somebody_who_accepted_before_they_took_part__says_so_and_can_be_submitted(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    second = Application(stack, "second-study")
    second.open(exclude=[application.hit_type], url=f"{stack.wait}/index.html")
    first_people, second_people = People(stack, application), People(stack, second)
    frame = second_people.accept("Zoe", arrive=False)
    first_people.take_part("Zoe", colour="red")
    page = worker("Zoe").page

    page.goto(second_people.frame_url)

    told = page.get_by_role("heading", name="You have taken part before")
    expect(told).to_be_visible()
    expect(page.locator("body")).to_contain_text("or return the HIT")
    keep(page, "waiting/excluded")
    assert problems(page) == []
    page.get_by_role("button", name="Submit and be paid").press("Enter")
    page.wait_for_url("**/externalSubmit*")
    stack.run_function("review")
    states = {
        r.stay.proto: (r.state.value, r.paid_cents)
        for r in bootstrap.get().retainer.people.of_worker(frame.worker_id, None, 9)[0]
    }
    assert states["second-study"] == ("approved", 5)
    second.close()
    first_people.close()
    second_people.close()
