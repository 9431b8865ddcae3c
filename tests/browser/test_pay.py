"""Pay as a worker sees it: ticking, handed in by leaving, and a lost wait's HIT for them alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from chalicelib import bootstrap
from chalicelib.kit.clock import SystemClock
from chalicelib.retainer.domain.payments import Kind, Payment, pay_id
from chalicelib.retainer.store.payments import DynamoPayments
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker
from tests.patience import until

# Half a cent a second: a test need not wait for long, and twenty minutes of it, which a slow
# machine may need, fit the caps.
PAID = {"wait_pay": 0.3, "max_wait": 1200, "quick_bonus": 0.03, "quick_within": 600}


def earned(worker: Worker) -> float:
    text = worker.frame.locator(".rt-pay").inner_text()
    found = re.search(r"earned \$(\d+\.\d{3}) for waiting; at most \$6\.00", text)
    assert found, text
    return float(found[1])


def bonus_cents(worker: Worker) -> int:
    """All bonuses, as the worker's own page has them."""
    worker.page.goto(f"{worker.site}#/earnings")
    figure = worker.page.locator("dl.figures div", has_text="Bonus").locator("dd")

    def shown() -> str | None:
        expect(figure).to_have_text(re.compile(r"^\$"))
        if (text := figure.inner_text()) != "$0.00":
            return text
        with worker.page.expect_response("**/market/earnings"):
            worker.page.reload()
        return None

    return round(float(until(shown, "a bonus").removeprefix("$")) * 100)


def test_pay__ticks__and_leaving_is_paid_what_was_shown(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(**PAID)
    application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    expect(ada.frame.locator(".rt-quick")).to_contain_text("within 10 minutes of the call")
    first = earned(ada)
    ada.let_pass(3)
    began_ms = stack.clock.now_ms()
    then = earned(ada)
    assert then > first

    ada.leave()

    # What is on its way is the wait, too, and no more than is paid below.
    notice = ada.page.locator("#notice").inner_text()
    told = re.search(r"for the HIT, \$(\d+\.\d\d) for waiting", notice)
    assert told, notice
    most = then * 100 + 0.5 * (stack.clock.now_ms() - began_ms) / 1000
    paid = bonus_cents(ada)
    assert paid >= round(float(told[1]) * 100) >= round(then * 100 - 0.5)
    # Never less than was shown, but for the rounding to whole cents.
    assert paid >= round(then * 100 - 0.5)
    # A second more: what is shown may be as old as the page's clock is slow to tick.
    assert paid <= most + 0.5 + 1


def test_quick_answer__is_told_and_paid_with_the_wait(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(**{**PAID, "wait_pay": 0})
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.answer("Miso")
    application.answers(reservation)

    assert bonus_cents(ada) == 3


def test_surplus_worker__is_told_and_goes_on_earning(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(**PAID, ack_within=60)
    reservation = application.reserve()
    application.reserve()
    ada, ben = worker("Ada"), worker("Ben")
    ada.allow(r"409 \(Conflict\)")
    ada.wait_for(application.title)
    ben.sign_in()
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    ada.expect_state("called")
    application.wait_for(reservation, lambda slots: bool(slots and slots[0]["shown"]))
    application.put_forward(60)
    ben.accept(application.title)
    ben.expect_state("called")
    ben.answer("Miso")

    # Her page would ask by itself, half a minute after the call.
    ada.wake()
    ada.expect_waiting()
    expect(ada.frame.locator(".rt-notice")).to_contain_text("go on earning")
    before = earned(ada)
    ada.let_pass(2)
    assert earned(ada) > before


def test_slower_of_two_called__is_told_kindly__waits_on_and_is_paid_for_all_of_it(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(**PAID)
    reservation = application.reserve(policy="first")
    application.reserve()
    ada, ben = worker("Ada"), worker("Ben")
    for one in (ada, ben):
        one.allow(r"409 \(Conflict\)")
        one.wait_for(application.title)
    assert application.pool()["waiting"] == 2
    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    for one in (ada, ben):
        one.expect_state("called")
    before = ben.waited_ms()

    ada.answer("Miso")

    ben.frame.locator(".rt-here").click()
    ben.expect_waiting()
    expect(ben.frame.locator(".rt-notice")).to_contain_text("Enough others were quicker")
    expect(ben.frame.locator(".rt-notice")).to_contain_text("go on earning")
    ben.let_pass(2)
    ben.watch_polls(2)
    assert ben.waited_ms() >= before + 2_000
    assert application.pool()["waiting"] == 1
    shown = earned(ben)
    ben.leave()
    (slot,) = application.answers(reservation)
    assert slot["worker"] == ada.worker_id
    assert bonus_cents(ben) >= round(shown * 100 - 0.5)


def test_compensation__is_seen_by_its_worker_alone__and_taken_with_one_click(
    application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(**PAID)
    ada, ben = worker("Ada"), worker("Ben")
    for one in (ada, ben):
        one.sign_in()
    now = SystemClock().now_ms()
    room = bootstrap.get().retainer
    ada_id = worker_id(ada.name)
    DynamoPayments().owe(
        Payment(
            id=pay_id("3LOST", ada_id, 1), kind=Kind.COMPENSATION, proto=application.hit_type,
            market="sandbox", worker=ada_id, assignment="3LOST", hit="3HIT", owed_ms=now,
            wait_cents=8, fee_cents=2, waited_ms=250_000,
        )
    )  # fmt: skip
    room.review.pay()
    title = f"Payment for your wait: {application.title}"

    for one in (ada, ben):
        one.page.reload()
    expect(ben.listed(title)).to_have_count(0)
    ada.accept(title)
    expect(ada.frame.locator("main")).to_contain_text("You waited 4 min 10 s")
    ada.frame.get_by_role("button", name="Take $0.08").click()
    ada.expect_submitted()

    ada.expect_earned("$0.08")
    room.review.run()
    assert list(DynamoPayments().open(application.hit_type)) == []


def worker_id(name: str) -> str:
    """The marketplace's id of somebody who has signed in by this name."""
    return str(bootstrap.get().marketplace.sessions.sign_in(name)[1].worker_id)


def test_status_page__tells_what_was_paid_is_owed_and_held(
    stack: Stack, application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(**{**PAID, "review": "hold"})
    application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    ada.leave()
    for _ in range(3):
        stack.run_function("review")

    page = worker("Requester").page
    page.goto(f"{stack.desk}/status/")
    page.get_by_role("tab", name="Money").click()
    expect(page.locator("#list-money")).to_contain_text("1 held for review")
    row = page.locator("#list-money tr", has_text=application.title)
    expect(row.locator("[data-label=Owed]")).to_have_text("$0.06")
