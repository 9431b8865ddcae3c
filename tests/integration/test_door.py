"""The door's first adapter against the marketplace's own endpoint, over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.kit.config import MarketConfig
from chalicelib.retainer.domain import protohits
from chalicelib.retainer.domain.market import Decision, MarketError, SeatState
from chalicelib.retainer.market.mturk import MTurkMarket
from tests.integration.market import Market
from tests.integration.world import PROTO

TOKEN = "01KAJ7H3V2" + "0123456789ABCDEFGHJK"


@pytest.fixture
def door(market: Market) -> MTurkMarket:
    keys = market.credentials()
    config = MarketConfig("sandbox", market.url, keys.access_key, keys.secret_key)
    return MTurkMarket(config, "us-east-1")


def test_posting_asked_for_again__is_the_same_hit__not_the_token(door: MTurkMarket) -> None:
    proto = protohits.parse(PROTO)

    first = door.open(proto, 2, TOKEN)

    assert first != TOKEN
    assert door.open(proto, 2, TOKEN) == first
    assert door.find(TOKEN) == first


def test_question_that_cannot_be_written__is_a_refusal__not_a_crash(door: MTurkMarket) -> None:
    proto = replace(protohits.parse(PROTO), url="http://example.org:99999/")

    with pytest.raises(MarketError):
        door.open(proto, 2, TOKEN)


def test_posting__is_opened_closed_and_settled__over_the_protocol(
    door: MTurkMarket, market: Market
) -> None:
    hit = door.open(protohits.parse(PROTO), 2, TOKEN)
    worker = market.market.sessions.sign_in("Ann")[1]
    assignment = market.market.work.accept(worker, hit).assignment.assignment_id
    market.market.submissions.submit([("assignmentId", assignment), ("q", "1")])

    door.close(hit)

    state = door.status(hit)
    assert state is not None
    assert (state.available, state.pending, state.completed, state.open) == (0, 0, 0, False)
    assert [dict(w.answers) for w in door.work(hit)] == [{"q": "1"}]
    for _ in range(2):
        assert door.settle(assignment, Decision.APPROVE, "thanks") is SeatState.PAID
    settled = door.status(hit)
    assert settled is not None
    assert settled.completed == 1
