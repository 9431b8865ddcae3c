"""A thousand workers waiting, five hundred reservations: the dashboard shows a change at once."""

from __future__ import annotations

import json

from bench import dashboard


def test_dashboard__takes_under_100_ms_of_the_pages_thread_to_show_what_has_changed() -> None:
    said: list[str] = []

    dashboard.main(said.append, looks=5)

    lines = [json.loads(line) for line in said]
    assert [line["list"] for line in lines] == ["reservations", "workers", "money"]
    for line in lines:
        # Processor time, so that a busy machine has no say in it.
        assert line["main_thread"]["p50_ms"] < 100, line
