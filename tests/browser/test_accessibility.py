"""Every page, in light and dark and at a phone's width: the axe checker finds nothing grave.

A new page is a line of `PAGES`: how to bring it up, and what is there once it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from chalicelib import bootstrap
from chalicelib.marketplace.domain.messages import message
from chalicelib.marketplace.store.contact import DynamoMessages
from local.stack import Stack
from tests.browser import screenshots
from tests.browser.accessibility import problems
from tests.browser.application import Application
from tests.browser.lab import Lab
from tests.browser.requester import TESTED, Requester, at_least
from tests.browser.worker import Worker, context_options
from tests.integration.qualifications import FREE_TEXT, SCHEMAS, choice, form
from tests.patience import PATIENCE_MS

FORM = form(choice("Colour", "red", "blue", "green"), FREE_TEXT)
# What is begun by one page is still open at the last, however slow the machine.
LONG_S = 3600
HTML = """<!DOCTYPE html>
<html lang="en"><head><title>Say</title></head><body><main><h1>Say</h1>
<form name="mturk_form" method="post" id="mturk_form" action="/mturk/externalSubmit">
<input type="hidden" value="" name="assignmentId" id="assignmentId">
<label for="say">Say it</label> <input id="say" name="say"><button>Submit</button></form>
</main></body></html>"""
HTML_QUESTION = (
    f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent>'
    f"<![CDATA[{HTML}]]></HTMLContent><FrameHeight>300</FrameHeight></HTMLQuestion>"
)


class Scene:
    """A marketplace with something of everything, and one worker who looks at all of it."""

    def __init__(self, stack: Stack, worker: Worker, application: Application, lab: Lab) -> None:
        self.stack, self.worker, self.application = stack, worker, application
        self.page: Page = worker.page
        self.reservation = application.reserve()
        requester = Requester(stack)
        worker.sign_in()
        me = worker.worker_id
        once = {"RetryDelayInSeconds": 86_400}
        tested = {**TESTED, "TestDurationInSeconds": LONG_S}
        self.tested, _ = requester.make_type("tests", **tested, **once, Keywords="a, b")
        self.running, _ = requester.make_type("more tests", **tested)
        self.asked, _ = requester.make_type("requests")
        self.refused, _ = requester.make_type("refusals")
        self.held, _ = requester.make_type("grants")
        requester.give(self.held, me, 80)
        ask = bootstrap.get().marketplace.qualification_requests.request
        found = bootstrap.get().marketplace.sessions.worker_of(self.token)
        for one in (self.running, self.asked, self.refused):
            ask(found, one)
        (request,) = requester.pending(self.refused)
        requester.client.reject_qualification_request(
            QualificationRequestId=request["QualificationRequestId"], Reason="Not this time."
        )
        _, self.page_title = requester.post("A page")
        _, self.barred_title = requester.post("Barred", at_least(self.tested, 90))
        _, self.form_title = requester.post("A form", Question=FORM)
        _, self.html_title = requester.post("Some HTML", Question=HTML_QUESTION)
        self.study_title = self._work_that_is_done(lab)
        text = "See https://example.org/ for more.\n\nThank you."
        now_ms = bootstrap.get().marketplace.clock.now_ms()
        DynamoMessages().send(message(me, "AX", "The lab", "Hello", text, now_ms + 1))

    def _work_that_is_done(self, lab: Lab) -> str:
        """Something on the dashboard, and a HIT that asks for consent."""
        market = bootstrap.get().marketplace
        found = market.sessions.worker_of(self.token)
        for name in ("First", "Second"):
            job = market.work.accept(found, lab.post(name)).assignment.assignment_id
            market.submissions.submit([("assignmentId", job), ("a", "1")])
        lab.client.reject_assignment(AssignmentId=job, RequesterFeedback="Not what we asked.")
        lab.client.send_bonus(
            WorkerId=found.worker_id, AssignmentId=job, BonusAmount="0.10", Reason="For trying"
        )
        market.consents.put_in_force(lab.account_id, "We keep your answers.\n" * 40)
        lab.post("Study")
        return lab.title("Study")

    @property
    def token(self) -> str:
        session = "JSON.parse(localStorage.getItem('retainer-worker'))"
        return str(self.page.evaluate(f"{session}.token"))

    def work(self, address: str) -> None:
        """A page of the worker site, loaded anew if it is there already or has HITs open."""
        address = f"{self.worker.site}#/{address}"
        if self.page.url == address or self.page.locator("[data-assignment]").count():
            self.page.goto("about:blank")
        self.page.goto(address)

    def desk(self, path: str) -> None:
        self.page.goto(f"{self.stack.desk}/{path}")

    def wait(self, path: str) -> None:
        self.page.goto(f"{self.stack.wait}/{path}")

    def see(self, what: str) -> Locator:
        return self.page.locator(what).first

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def preview(self, title: str) -> None:
        self.work("")
        self.worker.listed(title).locator("[data-key^=preview-]").click()

    def accept(self, title: str) -> None:
        self.work("")
        self.worker.listed(title).locator("[data-key^=accept-]").click()


@dataclass(frozen=True, slots=True)
class Shown:
    """How a page is brought up, and the selector of what is there then."""

    bring_up: Callable[[Scene], object]
    there: str


def _open_message(scene: Scene) -> None:
    scene.work("messages")
    scene.see("[data-message] summary").click()


def _with_errors(scene: Scene) -> None:
    scene.work(f"qualifications/{scene.running}")
    scene.press("Hand in the test")


def _reporting(scene: Scene) -> None:
    scene.preview(scene.page_title)
    scene.press("Report this HIT")


def _called(scene: Scene) -> None:
    """The waiting page in its frame, as it calls."""
    scene.work("")
    mine = scene.page.locator(".queue li", has_text=scene.application.title)
    mine.locator("[data-key^=work-]").click()
    scene.worker.expect_waiting()
    scene.application.ask(scene.reservation, "Which soup?", "Tomato", "Miso")
    scene.worker.expect_state("called")


def _at_work(scene: Scene) -> None:
    scene.worker.frame.locator(".rt-here").click()
    scene.worker.expect_state("working")


def _signed_out(scene: Scene) -> None:
    scene.work("")
    scene.press("Sign out")


def _account(scene: Scene) -> None:
    scene.work("account")
    scene.press("Make a link")
    scene.press("Make a new personal link")


def _protohit(scene: Scene, what: str = "") -> None:
    scene.desk(f"admin/#/protohits/{scene.application.hit_type}{what}")


def _stopping(scene: Scene) -> None:
    _protohit(scene)
    scene.press("Stop")


def _wrong_protohit(scene: Scene) -> None:
    scene.desk("admin/#/protohits?new")
    scene.press("Make the ProtoHIT")


def _reservation(scene: Scene) -> None:
    scene.desk(f"admin/#/reservations/{scene.reservation}")


def _invoking(scene: Scene) -> None:
    _reservation(scene)
    scene.press("Invoke")


def _expiring(scene: Scene) -> None:
    scene.desk("admin/#/hits?state=out")
    scene.see("[data-key^=expire-]").click()


def _new_key(scene: Scene) -> None:
    scene.desk("admin/#/keys")
    scene.page.get_by_label("Name", exact=True).fill(f"Program {next(_NUMBERS)}")
    scene.press("Make a key")


def _revoking(scene: Scene) -> None:
    scene.desk("admin/#/keys")
    scene.see("[data-key^=revoke-]").click()


def _invited(scene: Scene) -> None:
    invitations = bootstrap.get().marketplace.invitations
    made = invitations.make(invitations.newcomer(f"Guest {next(_NUMBERS)}", None, None, False))
    scene.work(f"join/{made.url.rpartition('/')[2]}")


# The frame of the HIT that the worker looks at.
OPEN = "[data-assignment]:not([hidden])"
PAGES = {
    "front": Shown(lambda s: s.desk(""), "h1"),
    "status": Shown(lambda s: s.desk("status/"), "[data-pool]"),
    "admin: ProtoHITs": Shown(lambda s: s.desk("admin/#/protohits"), "main tr[data-row]"),
    "admin: a ProtoHIT": Shown(lambda s: _protohit(s), "main .figures.cost"),
    "admin: stopping it": Shown(_stopping, ".confirm button.danger"),
    "admin: changing it": Shown(lambda s: _protohit(s, "/edit"), "form.form"),
    "admin: a new one with errors": Shown(_wrong_protohit, "form [aria-invalid=true]"),
    "admin: reservations": Shown(lambda s: s.desk("admin/#/reservations"), "main tr[data-row]"),
    "admin: a reservation": Shown(_reservation, ".timeline li"),
    "admin: invoking it": Shown(_invoking, ".confirm textarea"),
    "admin: a new reservation": Shown(lambda s: s.desk("admin/#/reservations?new"), "form.form"),
    "admin: HITs": Shown(lambda s: s.desk("admin/#/hits"), "main tr[data-row]"),
    "admin: expiring one": Shown(_expiring, ".confirm button.danger"),
    "admin: marketplace": Shown(lambda s: s.desk("admin/#/market"), "main details"),
    "admin: keys": Shown(lambda s: s.desk("admin/#/keys"), "main .empty, main tr[data-row]"),
    "admin: a new key": Shown(_new_key, "#new-key"),
    "admin: revoking": Shown(_revoking, ".confirm button.danger"),
    "listing": Shown(lambda s: s.work(""), "li.hit"),
    "preview of a page": Shown(lambda s: s.preview(s.page_title), "iframe"),
    "preview of a form": Shown(lambda s: s.preview(s.form_title), "#view form"),
    "work on a page": Shown(lambda s: s.accept(s.application.title), f"{OPEN} iframe"),
    "work on a form": Shown(lambda s: s.accept(s.form_title), f"{OPEN} form"),
    "work on HTML": Shown(lambda s: s.accept(s.html_title), f"{OPEN} iframe"),
    "listing with a queue": Shown(lambda s: s.work(""), ".queue"),
    "queue": Shown(lambda s: s.work("queue"), ".queue li"),
    "dashboard": Shown(lambda s: s.work("dashboard"), "tr[data-assignment] + tr"),
    "consent": Shown(lambda s: s.preview(s.study_title), ".consent-text"),
    "a report": Shown(_reporting, "dialog"),
    "qualifications": Shown(lambda s: s.work("qualifications"), ".known"),
    "a qualification": Shown(lambda s: s.work(f"qualifications/{s.tested}"), "[data-key=ask]"),
    "one held": Shown(lambda s: s.work(f"qualifications/{s.held}"), ".standing.good"),
    "one asked for": Shown(lambda s: s.work(f"qualifications/{s.asked}"), ".standing"),
    "one refused": Shown(lambda s: s.work(f"qualifications/{s.refused}"), ".standing.bad"),
    "a test": Shown(lambda s: s.work(f"qualifications/{s.running}"), ".question"),
    "a test with errors": Shown(_with_errors, ".question.wrong"),
    "one of the marketplace's": Shown(
        lambda s: s.work("qualifications/00000000000000000060"), "[data-key=adult]"
    ),
    "the account": Shown(_account, ".kept"),
    "messages": Shown(lambda s: s.work("messages"), "[data-message]"),
    "an open message": Shown(_open_message, "[data-message] .body a"),
    "the waiting page alone": Shown(lambda s: s.wait("index.html"), "[data-state]"),
    # The last: a call takes the worker away from other pages, and signing out ends the session.
    "a call": Shown(_called, f"{OPEN} iframe"),
    "work after a call": Shown(_at_work, f"{OPEN} iframe"),
    "sign-in": Shown(_signed_out, "#worker-name"),
    "an invitation": Shown(_invited, "#view button.main"),
    "a link that is of no use": Shown(lambda s: s.work("join/nothing"), "#view a.button"),
}
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def scene(stack: Stack, browser: Browser) -> Iterator[Scene]:
    context = browser.new_context(**context_options())
    context.set_default_timeout(PATIENCE_MS)
    application = Application(stack, "accessibility")
    application.open(assignment_duration=2 * LONG_S, max_wait=LONG_S)
    lab = Lab(stack, "Lab")
    lab.start()
    yield Scene(stack, Worker(f"Axe {next(_NUMBERS)}", context, stack), application, lab)
    lab.stop()
    application.close()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_page__has_nothing_grave(scene: Scene, name: str) -> None:
    shown = PAGES[name]
    shown.bring_up(scene)
    expect(scene.see(shown.there)).to_be_visible()

    if name.startswith("admin: "):
        screenshots.keep(scene.page, f"admin/{name.removeprefix('admin: ').replace(' ', '-')}")
    assert problems(scene.page) == []
