"""What one script can do in a short time is bounded where it costs others something."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.marketplace.domain.rates import ACCEPTANCES, TEST_EVENTS, Rate
from chalicelib.marketplace.store.rate_tables import RateRow
from chalicelib.marketplace.store.rates import DynamoRates
from chalicelib.marketplace.store.tables import AssignmentIdRow
from tests.integration.market import Market, post
from tests.integration.worker_site import Site

TEST = {
    "Notification": {
        "Destination": "arn:aws:sns:us-east-1:123456789012:nobody",
        "Transport": "SNS",
        "Version": "2014-08-15",
        "EventTypes": ["AssignmentSubmitted"],
    },
    "TestEventType": "AssignmentSubmitted",
}


def spend(market: Market, rate: Rate, who: str, left: int) -> None:
    """Leave so many of a rate that nobody has used yet, at the beginning of its window."""
    now_ms = market.clock.now_ms()
    # To the millisecond: each look at the clock moves it, and none may reach the next second.
    market.clock.advance(rate.left_s(now_ms) - now_ms % 1000 / 1000)
    for _ in range(rate.most - left):
        assert DynamoRates().spend(rate, who, market.clock.now_ms())


def accept(worker: Site, hit_id: str) -> Any:
    return worker.post("/market/accept", hitId=hit_id)


def test_accepting_and_returning__is_bounded_by_worker(
    market: Market, client: Any, worker: Site, site: Site
) -> None:
    spend(market, ACCEPTANCES, worker.worker_id, left=2)
    hit_id, other = post(client), post(client)
    first = accept(worker, hit_id).json["assignmentId"]
    assert accept(worker, hit_id).json["assignmentId"] == first, "held already, it is not counted"
    assert worker.post("/market/return", assignmentId=first).status == 200
    second = accept(worker, hit_id).json["assignmentId"]

    refused = accept(worker, other)

    assert (refused.status, refused.code) == (429, "too_fast")
    assert "accept again in 10 minutes" in refused.json["error"]["message"]
    assert worker.post("/market/return", assignmentId=second).status == 200, "never refused"
    assert accept(site.sign_in("Somebody else"), other).status == 200
    market.clock.advance(ACCEPTANCES.left_s(market.clock.now_ms()) - 1)
    assert accept(worker, other).code == "too_fast"
    market.clock.advance(1)
    assert accept(worker, other).status == 200


def test_ids_of_what_was_returned__go_after_a_while(
    market: Market, client: Any, worker: Site
) -> None:
    hit_id = post(client)
    returned = accept(worker, hit_id).json["assignmentId"]
    worker.post("/market/return", assignmentId=returned)
    returned_ms = market.clock.now_ms()
    abandoned = accept(worker, hit_id).json["assignmentId"]
    market.clock.advance(601)
    client.get_hit(HITId=hit_id)
    held = accept(worker, hit_id).json["assignmentId"]

    times = [AssignmentIdRow.get(one).ttl for one in (returned, abandoned, held)]

    assert times[0] == returned_ms // 1000 + 30 * 86_400
    assert times[1] is not None
    assert times[2] is None


def test_test_events__are_bounded_by_requester(market: Market) -> None:
    keys = market.credentials()
    client, other = market.client(keys), market.client()
    spend(market, TEST_EVENTS, keys.account_id, left=1)

    for words in ("cannot be reached", "asked for too often; it can be asked for again in 600"):
        with pytest.raises(ClientError, match=words):
            client.send_test_event_notification(**TEST)

    with pytest.raises(ClientError, match="cannot be reached"):
        other.send_test_event_notification(**TEST)
    market.clock.advance(600)
    with pytest.raises(ClientError, match="cannot be reached"):
        client.send_test_event_notification(**TEST)


def test_counters__go_by_themselves(market: Market, worker: Site, client: Any) -> None:
    accept(worker, post(client))

    (row,) = RateRow.query(worker.worker_id)
    now_s = market.clock.now_ms() // 1000
    assert now_s < row.ttl <= now_s + ACCEPTANCES.seconds + 86_400
