"""Our own app on the stack: its tables, its requester, and the Chalice object."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from types import ModuleType

from chalice.app import Chalice

from chalicelib import bootstrap, routes
from chalicelib.kit import parameters
from chalicelib.kit.clock import Clock, SystemClock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.marketplace.container import assemble
from local.environment import MarketKeys
from operate.backup.tables import Tables
from operate.migrate.run import migrate

log = logging.getLogger("local.retainer_app")

# The one requester of the local marketplace.
REQUESTER = "demo"


def set_up_tables() -> MarketKeys:
    """Create the tables that are missing, bring old ones up to date, and make the requester; the
    same keys on each call.

    No keys where configuration has no marketplace.
    """
    config = Config.from_env(os.environ)
    bootstrap.create_tables(config)
    migrate(Tables(config), log.info)
    if not config.marketplace.enabled:
        return MarketKeys("", "", "")
    dynamo = Dynamo(
        region=config.region, endpoint=config.dynamodb_endpoint, table_prefix=config.table_prefix
    )
    account = assemble(dynamo, config.marketplace, SystemClock()).accounts.ensure(REQUESTER)
    return MarketKeys(account.access_key, account.secret_key, account.arrival_key)


def load(clock: Clock) -> Chalice:
    """The app, declared again for this environment and with this clock."""
    bootstrap.reset(bootstrap.App(Config.from_env(os.environ, parameters.fetch), clock))
    # A blueprint is registered once; what a route says about CORS is fixed by that.
    for name in (*routes.modules(), "app"):
        module = _fresh(name)
    app: Chalice = module.app
    return app


def _fresh(name: str) -> ModuleType:
    there = sys.modules.get(name)
    return importlib.import_module(name) if there is None else importlib.reload(there)


def unload() -> None:
    bootstrap.reset()
