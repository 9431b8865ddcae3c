"""A thousand workers waiting, five hundred reservations: the dashboard shows a change.

How long that takes is a figure of `python -m bench.dashboard`, which this runs.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from bench import dashboard
from local.stack import Stack


def test_dashboard__shows_what_has_changed_among_a_thousand_workers(
    stack: Stack, browser: Browser
) -> None:
    lines: list[dict[str, Any]] = list(dashboard.measure(stack, browser, looks=2))

    assert [line["list"] for line in lines] == ["reservations", "workers", "money"]
    assert all((line["waiting"], line["reservations"]) == (1000, 500) for line in lines)
    assert all(line["looks"] == 2 and line["main_thread"]["p50_ms"] > 0 for line in lines)
