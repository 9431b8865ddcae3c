"""Somebody who waits does something else meanwhile: their tab is hidden, and its timers crawl."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from local.chromium import ARGUMENTS
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker

# A tab hidden for five minutes may wake once a minute; here, after a second.
_THROTTLED = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1"
_COUNT = "() => { window.ticks = 0; setInterval(() => { window.ticks += 1; }, 200); }"


@pytest.fixture
def real_tabs(
    playwright: Playwright, whole_chromium_path: str, tmp_path: Path
) -> Iterator[Browser]:
    """A browser that hides tabs and slows them down, as Playwright's own does not."""
    command = [
        whole_chromium_path,
        *ARGUMENTS,
        _THROTTLED,
        "--headless",
        "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path / 'profile'}",
        "about:blank",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = next(line for line in process.stderr if "DevTools listening on" in line)
            connected = playwright.chromium.connect_over_cdp(said.split()[-1], no_defaults=True)
            yield connected
            connected.close()
        finally:
            process.kill()


def test_hidden_tab__goes_on_polling__and_is_called(
    stack: Stack, application: Application, real_tabs: Browser
) -> None:
    reservation = application.reserve()
    ada = Worker("Ada of the hidden tab", real_tabs.contexts[0], stack)
    ada.wait_for(application.title)

    other = ada.context.new_page()
    other.bring_to_front()
    ada.page.wait_for_function("() => document.visibilityState === 'hidden'", polling=100)
    frame = ada.page.frames[-1]
    assert frame.evaluate("document.visibilityState") == "hidden"
    frame.evaluate(_COUNT)
    # Twelve polls at the pool's pace of half a second, while the tab's own timers are held back.
    ada.watch_polls(12)
    assert frame.evaluate("ticks") < 12

    application.ask(reservation, "Which soup?", "Tomato", "Miso")
    application.wait_for(reservation, lambda slots: bool(slots and slots[0]["shown"]))
    # The site's title is what a person sees of a tab in the background.
    expect(ada.page).to_have_title("● You are needed now")
    ada.page.bring_to_front()
    ada.answer("Miso")
    application.answers(reservation)
    assert ada.errors == []
