"""A stack for each module, one Chromium for all, a context for each worker."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from local.chromium import ARGUMENTS, find_chromium
from local.stack import Stack, StackOptions, running_stack
from tests.browser.application import Application
from tests.browser.lab import Lab
from tests.browser.people import People
from tests.browser.worker import Worker, context_options
from tests.clock import MovableClock, signing_by
from tests.patience import PATIENCE_MS

_HERE = Path(__file__).parent
# One name is one person, who keeps what they accepted: no two tests share one.
_NUMBERS = itertools.count(1)
_FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium_path() -> str:
    return _path_of(find_chromium())


@pytest.fixture(scope="session")
def whole_chromium_path() -> str:
    return _path_of(find_chromium(whole=True))


def _path_of(found: str | None) -> str:
    if found is None:
        pytest.fail("no Chromium or Chrome was found: `make chromium` installs one")
    return found


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=chromium_path, args=[*ARGUMENTS]) as launched:
        yield launched


@pytest.fixture(scope="session")
def whole_browser(playwright: Playwright, whole_chromium_path: str) -> Iterator[Browser]:
    """For what a browser without windows does not have, such as notifications; tests that use it
    have their workers in it, at three times the processor time."""
    path = whole_chromium_path
    with playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS]) as launched:
        yield launched


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """In memory, on free ports; tests run the schedules' functions themselves, and time's."""
    clock = MovableClock()
    # All files that a process runs share the hour's spending.
    variables = {f"RETAINER_MAX_SPEND_PER_{time}": "9000.00" for time in ("HOUR", "DAY")}
    options = StackOptions(speed=0, clock=clock, variables=variables)
    with signing_by(clock), running_stack(options) as running:
        yield running


@pytest.fixture
def application(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Application]:
    """A program with a pool of its own."""
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))
    running = Application(stack, name)
    running.open()
    yield running
    running.close()


@pytest.fixture
def people(stack: Stack, application: Application) -> Iterator[People]:
    """Its workers who need no browser to find it."""
    running = People(stack, application)
    yield running
    running.close()


@pytest.fixture
def lab(stack: Stack) -> Iterator[Lab]:
    """A requester with an account and HITs of their own."""
    running = Lab(stack, "Lab")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def worker(
    stack: Stack,
    browser: Browser,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[Callable[[str], Worker]]:
    """Make workers by name; what their pages log as an error fails the test."""
    workers: list[Worker] = []
    if "whole_browser" in request.fixturenames:
        browser = request.getfixturevalue("whole_browser")

    def make(name: str) -> Worker:
        context = browser.new_context(**context_options())
        context.set_default_timeout(PATIENCE_MS)
        workers.append(Worker(f"{name} {next(_NUMBERS)}", context, stack))
        return workers[-1]

    yield make
    errors = [f"{one.name}: {error}" for one in workers for error in one.errors]
    if errors or request.node.stash.get(_FAILED, False):
        for one in workers:
            print(*one.keep(tmp_path / "browser"), sep="\n")
    for one in workers:
        one.context.close()
    assert not errors, "\n".join(errors)
