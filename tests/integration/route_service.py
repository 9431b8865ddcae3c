"""Both halves behind the app's own routes, in this process, for tests that ask all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalice.config import Config as ChaliceConfig
from chalice.local import LocalGateway

import app
from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.kit.metrics import Metric
from chalicelib.marketplace.store.tables import MODELS as MARKET_MODELS
from chalicelib.retainer.store.tables import MODELS
from tests.fakes import FakeMarket
from tests.integration.market import Market, running_market
from tests.integration.route_requests import Request, Route, Things, things
from tests.integration.worker_site import Answer, Site
from tests.integration.world import World
from tests.tables import lent

MARKETS = json.dumps({"sandbox": {"endpoint": "https://market.example.org"}})


@dataclass
class Figures:
    """What functions count."""

    values: dict[Metric, float] = field(default_factory=dict)

    def put(self, values: Mapping[Metric, float], hit_type: str | None = None) -> None:
        self.values.update(values)

    def count(self, metric: Metric, times: float = 1) -> None:
        self.put({metric: times})


@dataclass
class Service:
    world: World
    market: Market
    site: Site
    there: Things
    clock: FakeClock
    figures: Figures

    def ask(self, method: str, request: Request) -> Answer:
        return self.site.call(method, request.path, request.headers, request.body)

    @property
    def places(self) -> list[tuple[Dynamo, Any]]:
        return [(self.world.dynamo, MODELS), (self.market.dynamo, MARKET_MODELS)]


@contextmanager
def running_service(endpoint: str, *, is_open: bool = True) -> Iterator[Service]:
    """Bring both up with some of everything in them; keys are in force unless it `is_open`."""
    clock = FakeClock()
    with (
        running_market(endpoint, clock, open_sign_up=True) as market,
        lent(endpoint, MODELS, "o") as prefix,
    ):
        world = World.on(endpoint, prefix, clock, RETAINER_MARKETS=MARKETS)
        world.markets["production"] = FakeMarket("production", "3OTHER")
        figures = Figures()
        _wire(world, market, clock, figures)
        site = Site(LocalGateway(app.app, ChaliceConfig.create(lambda_timeout=29)))
        service = Service(world, market, site, things(world, market, site), clock, figures)
        if not is_open:
            world.open = False
            world.restart()
            _wire(world, market, clock, figures)
        yield service
        bootstrap.reset()


def _wire(world: World, market: Market, clock: FakeClock, figures: Figures) -> None:
    bootstrap.reset(
        bootstrap.App(
            Config.from_env({}),
            clock,
            metrics=figures,
            retainer=world.room,
            marketplace=market.market,
        )
    )


def routes() -> list[Route]:
    """The app's own table, so that a new route is among those asked."""
    table = app.app.routes
    return [(method, path) for path, methods in table.items() for method in methods]
