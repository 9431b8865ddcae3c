"""Our own app on the stack: its tables, its requester, and the Chalice object."""

from __future__ import annotations

import importlib
import os

from chalice.app import Chalice

from chalicelib import bootstrap
from chalicelib.clock import SystemClock
from chalicelib.config import Config
from chalicelib.dynamo import Dynamo
from chalicelib.marketplace.assembly import assemble
from local.environment import MarketKeys

# The one requester of the local marketplace.
REQUESTER = "demo"


def set_up_tables() -> MarketKeys:
    """Create the tables that are missing and the requester; the same keys on each call."""
    config = Config.from_env(os.environ)
    bootstrap.create_tables(config)
    dynamo = Dynamo(
        region=config.region, endpoint=config.dynamodb_endpoint, table_prefix=config.table_prefix
    )
    account = assemble(dynamo, config.marketplace, SystemClock()).accounts.ensure(REQUESTER)
    return MarketKeys(account.access_key, account.secret_key, account.arrival_key)


def load() -> Chalice:
    """The app, which reads the environment anew on its first event."""
    bootstrap.reset()
    app: Chalice = importlib.import_module("app").app
    return app


def unload() -> None:
    bootstrap.reset()
