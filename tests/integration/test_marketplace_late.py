"""What an answer says must not depend on whether the scheduled run was there before it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.marketplace.domain.errors import Ended
from tests.integration.market import Market, post
from tests.integration.market_crowd import accept, sign_in


@pytest.fixture
def market(checked_market: Market) -> Market:
    return checked_market


@pytest.mark.parametrize("ticked", [False, True])
def test_return__after_the_deadline__is_an_abandonment(
    market: Market, client: Any, ticked: bool
) -> None:
    hit_id = post(client, AssignmentDurationInSeconds=30)
    worker = sign_in(market, "late")
    taken = accept(market, worker, hit_id)
    market.clock.advance(30.1)
    if ticked:
        market.market.tick.run()

    with pytest.raises(Ended):
        market.market.work.give_back(worker, taken)

    worker = sign_in(market, "late")
    assert (worker.returned, worker.abandoned, len(worker.queue)) == (0, 1, 0)
    assert accept(market, worker, hit_id) != taken


def test_extending__can_use_money_of_hits_that_have_ended(market: Market, client: Any) -> None:
    # GIVEN 10,000 dollars, of which 7,200 are held for a HIT that ends
    ended = post(client, Reward="3000", MaxAssignments=1, LifetimeInSeconds=30)
    market.clock.advance(31)
    market.market.tick.run()
    post(client, Reward="3000", MaxAssignments=2, LifetimeInSeconds=30)
    market.clock.advance(31)

    # WHEN another is opened again for 3,600
    client.update_expiration_for_hit(HITId=ended, ExpireAt=market.clock.now_ms() / 1000 + 600)

    assert client.get_hit(HITId=ended)["HIT"]["HITStatus"] == "Assignable"
    assert client.get_account_balance()["AvailableBalance"] == "6400.00"


def test_balance__counts_all_of_many_hits_that_ended_at_once(market: Market, client: Any) -> None:
    for _ in range(103):
        post(client, Reward="8.00", MaxAssignments=9, LifetimeInSeconds=30)
    market.clock.advance(31)

    assert client.get_account_balance()["AvailableBalance"] == "10000.00"
