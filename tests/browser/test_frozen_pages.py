"""Waiting pages of earlier versions, as they were published, against the API of this one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route

from local.stack import Stack, StackOptions, running_stack
from tests.browser.application import Application
from tests.browser.worker import Worker
from tests.frozen.archive import HERE, unpack

VERSIONS = sorted(path.name for path in HERE.iterdir() if (path / "pages.tar.gz").is_file())


@pytest.fixture(scope="module", params=VERSIONS)
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(request.param, "pages", tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def stack(pages: Path) -> Iterator[Stack]:
    """Everything is of this version but the waiting pages."""
    with running_stack(StackOptions(speed=0, waiting_pages=pages / "wait")) as running:
        yield running


def test_page_of_before__waits_is_called_submits_and_is_paid(
    application: Application, worker: Callable[[str], Worker], stack: Stack, pages: Path
) -> None:
    application.open(url=f"{stack.wait}/index.html", wait_pay=0.06)
    reservation = application.reserve(2)
    ada, ben = worker("Ada"), worker("Ben")
    # Ben's page has a script that is one protocol older still, where one is kept.
    (script,) = [*pages.glob("retainer-*.js"), pages / "wait" / "retainer.js"][:1]
    older: list[str] = []

    def serve_older(route: Route) -> None:
        older.append(route.request.url)
        route.fulfill(path=script)

    ben.context.route("**/retainer.js", serve_older)
    for one in (ada, ben):
        one.wait_for(application.title)
    assert older
    assert application.pool()["waiting"] == 2

    application.ask(reservation, "Left or right?")
    for one in (ada, ben):
        one.expect_state("called")
        one.frame.locator(".rt-here").click()
        one.expect_state("working")
    application.wait_for(
        reservation, lambda slots: all(s["acknowledged"] for s in slots) and len(slots) == 2
    )
    for one in (ada, ben):
        one.frame.locator("body").evaluate("() => Retainer.submit({ answer: 'left' })")
        one.expect_submitted()

    stack.run_function("review")
    slots = application.answers(reservation, people=2)
    assert {slot["answers"]["answer"] for slot in slots} == {"left"}
    assert all(float(slot["paid"]) >= 0.05 for slot in slots)
