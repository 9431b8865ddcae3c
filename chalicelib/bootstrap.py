"""Builds what the handlers use, once per process and only when it is first needed."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from functools import cached_property

from chalicelib.clock import Clock, SystemClock
from chalicelib.config import Config
from chalicelib.dynamo import Dynamo
from chalicelib.marketplace.assembly import Marketplace
from chalicelib.marketplace.assembly import assemble as assemble_marketplace
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.assembly import Retainer
from chalicelib.retainer.assembly import assemble as assemble_retainer
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS


@dataclass
class App:
    """Both rooms, each built on first use: a function that needs one does not pay for the other."""

    config: Config
    clock: Clock = field(default_factory=SystemClock)

    @cached_property
    def dynamo(self) -> Dynamo:
        return Dynamo(
            region=self.config.region,
            endpoint=self.config.dynamodb_endpoint,
            table_prefix=self.config.table_prefix,
        )

    @cached_property
    def retainer(self) -> Retainer:
        return assemble_retainer(self.dynamo, self.config.retainer, self.clock)

    @cached_property
    def marketplace(self) -> Marketplace:
        return assemble_marketplace(self.dynamo, self.config.marketplace, self.clock)


_lock = threading.Lock()
_app: App | None = None


def get() -> App:
    """Return this process's application, configured by its environment."""
    global _app
    if _app is None:
        with _lock:
            if _app is None:
                _app = App(Config.from_env(os.environ))
    return _app


def reset(app: App | None = None) -> None:
    """Take another application from now on; None: read the environment again on next use."""
    global _app
    _app = app


def create_tables(config: Config) -> None:
    """Create the tables that are missing."""
    dynamo = Dynamo(
        region=config.region,
        endpoint=config.dynamodb_endpoint,
        table_prefix=config.table_prefix,
    )
    for models in (RETAINER_MODELS, MARKETPLACE_MODELS):
        dynamo.bind(models)
        dynamo.create_tables(models)
