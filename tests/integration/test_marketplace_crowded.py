"""Groups of many HITs of which many are in work at once."""

from __future__ import annotations

import uuid

import pytest

from chalicelib.marketplace.domain.errors import AlreadyDone
from tests.integration.market import Market, post
from tests.integration.market_crowd import accept, sign_in, submit


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


def test_accept_any__goes_on_where_the_worker_was_and_misses_nothing(market: Market) -> None:
    client, title = market.client(), f"wait {uuid.uuid4().hex}"
    made = []
    for _ in range(45):
        made.append(post(client, Title=title, MaxAssignments=2))
        market.clock.advance(0.002)
    hit_type = market.market.listing.type_of(client.get_hit(HITId=made[0])["HIT"]["HITTypeId"])
    worker = sign_in(market, "diligent")
    for hit_id in [*made[:12], *made[14:40]]:
        submit(market, accept(market, sign_in(market, "diligent"), hit_id))
        market.clock.advance(0.002)

    def accept_any() -> str:
        worker = sign_in(market, "diligent")
        return market.market.work.accept_any(worker, hit_type).assignment.hit_id

    before = market.dynamo.consumed["BatchGetItem", "calls"]
    assert accept_any() == made[40]
    # The first HITs with what the worker did of them, the latest ones, then the one to accept.
    assert market.dynamo.consumed["BatchGetItem", "calls"] - before <= 5
    assert [accept_any() for _ in range(6)] == [*made[41:], *made[12:14]]
    with pytest.raises(AlreadyDone):
        market.market.work.accept_any(worker, hit_type)
