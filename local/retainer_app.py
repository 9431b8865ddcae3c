"""Our own app on the stack: its tables, its requester, and the Chalice object."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from types import ModuleType

from chalice.app import Chalice

from chalicelib import bootstrap
from chalicelib.clock import SystemClock
from chalicelib.config import Config
from chalicelib.dynamo import Dynamo
from chalicelib.marketplace.assembly import assemble
from local.environment import MarketKeys
from operate.backup.tables import Tables
from operate.migrate.run import migrate

log = logging.getLogger("local.retainer_app")

# The one requester of the local marketplace.
REQUESTER = "demo"

# What routes say about CORS is fixed when they are declared, from the environment of that moment.
_DECLARED_AT_IMPORT = (
    "chalicelib.marketplace.api.worker_views",
    "chalicelib.retainer.api.app_routes",
    "chalicelib.retainer.api.pay_routes",
    "chalicelib.retainer.api.admin_routes",
    "chalicelib.retainer.api.proto_routes",
    "chalicelib.retainer.api.people_routes",
    "chalicelib.retainer.api.history_routes",
    "chalicelib.retainer.api.status_routes",
    "chalicelib.retainer.api.study_routes",
    "chalicelib.retainer.api.record_routes",
    "chalicelib.retainer.api.worker_routes",
    "chalicelib.marketplace.api.worker_routes",
    "chalicelib.marketplace.api.qualification_routes",
    "chalicelib.marketplace.api.site_routes",
    "chalicelib.marketplace.api.entry_routes",
    "chalicelib.marketplace.api.calling_routes",
    "chalicelib.marketplace.api.link_routes",
    "chalicelib.marketplace.api.address_routes",
    "chalicelib.marketplace.api.message_routes",
    "chalicelib.marketplace.api.question_routes",
    "app",
)


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


def load() -> Chalice:
    """The app, declared anew for this environment, which it reads again on its first event."""
    bootstrap.reset()
    for name in _DECLARED_AT_IMPORT:
        module = _fresh(name)
    app: Chalice = module.app
    return app


def _fresh(name: str) -> ModuleType:
    there = sys.modules.get(name)
    return importlib.import_module(name) if there is None else importlib.reload(there)


def unload() -> None:
    bootstrap.reset()
