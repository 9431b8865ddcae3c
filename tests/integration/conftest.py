"""What the tests of the marketplace share: one of it, a requester's client, a worker's browser."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.market import INITIAL_CENTS, Market, running_market
from tests.integration.market_identities import check_identities
from tests.integration.worker_site import Site, worker_site


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    """One for all tests of a module: each makes a requester and workers of its own."""
    with running_market(dynamo_endpoint) as running:
        yield running


@pytest.fixture
def checked_market(dynamo_endpoint: str) -> Iterator[Market]:
    """One for a single test, after which slots, states, money and ledger must agree."""
    with running_market(dynamo_endpoint) as running:
        yield running
        check_identities(INITIAL_CENTS, running.clock.now_ms())


@pytest.fixture
def client(market: Market) -> Any:
    """A new requester's."""
    return market.client()


@pytest.fixture
def site(market: Market) -> Iterator[Site]:
    """A browser that is not signed in."""
    with worker_site(market) as browser:
        yield browser


@pytest.fixture
def worker(site: Site) -> Site:
    """A new worker's browser, signed in."""
    return site.sign_in(f"worker {uuid.uuid4().hex[:8]}")
