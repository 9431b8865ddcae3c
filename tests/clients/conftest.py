"""A marketplace whose requester is another process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clock import MovableClock
from tests.integration.destinations import Destinations, running_destinations
from tests.integration.market import Market, running_market


@pytest.fixture(scope="module")
def destinations() -> Iterator[Destinations]:
    with running_destinations() as running:
        yield running


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str, destinations: Destinations) -> Iterator[Market]:
    with running_market(dynamo_endpoint, MovableClock()) as running:
        yield running
