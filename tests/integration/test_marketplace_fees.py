"""The fees that are configured are the fees that are held and taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.marketplace.domain import system_qualifications as system
from chalicelib.mturk.prices import Fees
from tests.integration.market import Market, post, running_market
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.market_identities import check_identities

INITIAL_CENTS = 1_000_000


@pytest.fixture(scope="module", params=["mturk", "own", "none"])
def rates(request: pytest.FixtureRequest) -> tuple[Fees, list[int]]:
    """Fees, and what is held in cents for the four cases below."""
    cases: dict[str, tuple[Fees, list[int]]] = {
        "mturk": (Fees(), [120, 1400, 125, 2]),
        "own": (Fees(10, 30, 1, 5), [110, 1300, 111, 6]),
        "none": (Fees(0, 0, 0, 0), [100, 1000, 100, 1]),
    }
    return cases[str(request.param)]


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str, rates: tuple[Fees, list[int]]) -> Iterator[Market]:
    with running_market(dynamo_endpoint, fees=rates[0]) as running:
        yield running


def held(market: Market, **values: Any) -> int:
    keys = market.credentials()
    post(market.client(keys), **values)
    return market.market.accounts.requester(keys.account_id).held_cents


def masters(comparator: str) -> list[dict[str, str]]:
    return [{"QualificationTypeId": system.MASTERS, "Comparator": comparator}]


def test_hold__is_reward_and_fee(market: Market, rates: tuple[Fees, list[int]]) -> None:
    one = {"Reward": "1.00", "MaxAssignments": 1}
    plain, many, master, tiny = rates[1]

    assert held(market, **one) == plain
    assert held(market, Reward="1.00", MaxAssignments=10) == many
    assert held(market, QualificationRequirements=masters("Exists"), **one) == master
    assert held(market, QualificationRequirements=masters("DoesNotExist"), **one) == plain
    assert held(market, Reward="0.01", MaxAssignments=1) == tiny


def test_approval_and_bonus__take_it(market: Market, rates: tuple[Fees, list[int]]) -> None:
    keys = market.credentials()
    client = market.client(keys)
    worker = sign_in(market, "Ada of the fees")
    done = submit(market, accept(market, worker, post(client, Reward="1.00", MaxAssignments=1)))
    client.approve_assignment(AssignmentId=done)
    client.send_bonus(
        WorkerId=worker.worker_id, AssignmentId=done, BonusAmount="1.00", Reason="good"
    )

    account = market.market.accounts.requester(keys.account_id)

    assert account.spent_cents == 2 * rates[1][0]
    assert market.market.sessions.sign_in("Ada of the fees")[1].rewards_cents == 100
    check_identities(INITIAL_CENTS, market.clock.now_ms())
