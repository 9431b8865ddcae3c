"""What all tests share: the engine's endpoint and a table prefix of one's own."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.remote import Producer

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.store.tables import MODELS
from tests import engine_line
from tests.engine import running_engine
from tests.integration.world import World
from tests.order import ByGroup, group, order
from tests.permissions_plugin import PermissionsPlugin
from tests.size import FULL
from tests.tables import lent, watch

# These machines are shared: a slow example is no finding. The small run draws the same examples
# each time, so that what it says is about the change; new ones are looked for at full length.
settings.register_profile("ours", deadline=None, derandomize=not FULL)
settings.load_profile("ours")


# What goes by the machine's time, and so is for one that has nothing else to do.
collect_ignore = [] if FULL else ["integration/test_outage_day.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    groups = {item.path: group(item.path) for item in items}
    places = order(groups.values())
    items.sort(key=lambda item: places[groups[item.path]])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByGroup:
    return ByGroup(config, log)


def pytest_configure(config: pytest.Config) -> None:
    # Tests make many short-lived objects among the many that modules and clients keep.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    config.pluginmanager.register(PermissionsPlugin(config), "permissions")
    watch()
    if not FULL:
        engine_line.lay()


@pytest.fixture(scope="session")
def dynamo_endpoint() -> Iterator[str]:
    with running_engine() as endpoint:
        yield endpoint


@pytest.fixture
def table_prefix() -> str:
    return f"t{uuid.uuid4().hex[:8]}-"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def world(dynamo_endpoint: str, clock: FakeClock) -> Iterator[World]:
    with lent(dynamo_endpoint, MODELS, "t") as prefix:
        yield World.on(dynamo_endpoint, prefix, clock)
