"""Groups of many HITs of which many are in work at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.integration.market import Market, post, running_market
from tests.integration.market_crowd import accept, sign_in


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as running:
        yield running


def test_listing__shows_a_group_whose_first_hits_are_all_in_work(market: Market) -> None:
    client, title = market.client(), f"wait {uuid.uuid4().hex}"
    made = [post(client, Title=title, MaxAssignments=1) for _ in range(26)]
    busy, idle = sign_in(market), sign_in(market)
    for hit_id in made[:25]:
        accept(market, busy, hit_id)

    groups, _ = market.market.listing.browse(idle, title, "newest", None)

    assert [(group.hit.hit_id, group.available) for group in groups] == [(made[25], 1)]
    group = groups[0]
    preview = market.market.listing.preview(idle, group.hit_type.hit_type_id)
    assert preview.group.hit.hit_id == made[25]
    assert accept(market, idle, made[25])
    assert market.market.listing.browse(idle, title, "newest", None)[0] == []
