"""A thousand workers waiting, five hundred reservations: the dashboard shows a change at once."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from bench import dashboard
from local.stack import Stack


def test_dashboard__takes_under_100_ms_of_the_pages_thread_to_show_what_has_changed(
    stack: Stack, browser: Browser
) -> None:
    lines: list[dict[str, Any]] = list(dashboard.measure(stack, browser, looks=5))

    assert [line["list"] for line in lines] == ["reservations", "workers", "money"]
    for line in lines:
        # Processor time, so that a busy machine has no say in it.
        assert line["main_thread"]["p50_ms"] < 100, line
