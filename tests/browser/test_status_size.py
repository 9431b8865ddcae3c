"""Many workers waiting and many reservations: the dashboard shows a change.

At full length a thousand and five hundred. How long it takes is a figure of
`python -m bench.dashboard`, which this runs.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from bench import dashboard
from local.stack import Stack
from tests.size import sized

WAITING, RESERVATIONS = sized(300, 1000), sized(150, 500)


def test_dashboard__shows_what_has_changed_among_many_workers(
    stack: Stack, browser: Browser
) -> None:
    lines: list[dict[str, Any]] = list(
        dashboard.measure(stack, browser, looks=2, waiting=WAITING, reservations=RESERVATIONS)
    )

    assert [line["list"] for line in lines] == ["reservations", "workers", "money"]
    assert all((line["waiting"], line["reservations"]) == (WAITING, RESERVATIONS) for line in lines)
    assert all(line["looks"] == 2 and line["main_thread"]["p50_ms"] > 0 for line in lines)
