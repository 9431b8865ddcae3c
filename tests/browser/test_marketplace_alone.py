"""`make marketplace`: the printed lines post a HIT, the printed link lets a worker in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.worker import context_options
from tests.integration.marketplace_process import Running, marketplace, paste
from tests.patience import PATIENCE_MS


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with marketplace(tmp_path) as started:
        yield started


def test_printed_link__leads_to_the_hit_of_the_printed_lines(
    running: Running, browser: Browser, tmp_path: Path
) -> None:
    shown = paste(tmp_path, *running.lines_for("boto3"))
    hit_id = re.findall(r"\b3[0-9A-Z]{29}\b", shown)[-1]
    context = browser.new_context(**context_options())
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)

    page.goto(running.value("invitation"))
    page.get_by_role("button", name="Sign in as First Worker").click()
    page.get_by_role("button", name=re.compile("^Accept .*Is this message friendly")).click()
    frame = page.frame_locator("section[data-assignment]:not([hidden]) iframe")
    frame.get_by_label("No").check()
    frame.get_by_role("button", name="Submit").click()

    expect(page.locator("#notice")).to_contain_text("Submitted")
    asked = (
        running.lines_for("boto3")[1].splitlines()[0]
        + f'\nfound = mturk.list_assignments_for_hit(HITId="{hit_id}")["Assignments"]'
        + '\nprint([one["Answer"] for one in found])\n'
    )
    assert "<FreeText>no</FreeText>" in paste(tmp_path, [".venv/bin/python"], asked)
    assert not errors
    context.close()
