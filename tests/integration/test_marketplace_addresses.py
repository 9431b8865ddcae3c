"""Addresses that the service had for a group of HITs: they lead to ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.market import Market, post
from tests.integration.worker_site import Site

WORK = "http://127.0.0.1:8001/work/#/hits/"


def test_address__leads_to_the_group__by_either_id(market: Market, site: Site) -> None:
    client: Any = market.client()
    hit = client.get_hit(HITId=post(client))["HIT"]
    worker = site.sign_in("Ada")
    for group in (hit["HITGroupId"], hit["HITTypeId"]):
        for address in (
            f"/mturk/preview?groupId={group}",
            f"/mturk/previewandaccept?groupId={group}",
            f"/projects/{group}/tasks",
        ):
            answer = site.call("GET", address, {}, b"")
            assert (answer.status, answer.headers["location"]) == (302, WORK + group)
        # What the page there asks for.
        assert worker.get(f"/market/hits/group/{group}").json["title"] == hit["Title"]
    views = (Path("static/desk/work") / "site.js").read_text()
    assert re.search(r"^  hits: \{ show: showPreview", views, re.MULTILINE)


@pytest.mark.parametrize("given", ["", "?groupId=", "?groupId=//evil.example", "?groupId=a%0d%0ab"])
def test_address__leads_nowhere_else(site: Site, given: str) -> None:
    answer = site.call("GET", f"/mturk/preview{given}", {}, b"")

    assert answer.status == 404
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
