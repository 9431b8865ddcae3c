"""Builds what the handlers use, once per process and only when it is first needed."""

from __future__ import annotations

import os
import threading

from chalicelib.clock import Clock, SystemClock
from chalicelib.config import Config
from chalicelib.dynamo import Dynamo
from chalicelib.marketplace.assembly import Marketplace
from chalicelib.marketplace.assembly import assemble as assemble_marketplace
from chalicelib.marketplace.domain.errors import SwitchedOff
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.assembly import Retainer
from chalicelib.retainer.assembly import assemble as assemble_retainer
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS


class App:
    """Both rooms, each built on first use: a function that needs one does not pay for the other.

    Lambda runs one request at a time, but `local/` runs many: each room is built under a lock,
    since two that were built at once would bind the same models twice. A room that is given is
    not built.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock | None = None,
        *,
        retainer: Retainer | None = None,
        marketplace: Marketplace | None = None,
    ) -> None:
        self.config = config
        self.clock: Clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._dynamo: Dynamo | None = None
        self._retainer = retainer
        self._marketplace = marketplace

    @property
    def dynamo(self) -> Dynamo:
        with self._lock:
            if self._dynamo is None:
                self._dynamo = _connect(self.config)
            return self._dynamo

    @property
    def retainer(self) -> Retainer:
        if self._retainer is None:
            with self._lock:
                if self._retainer is None:
                    config = self.config.retainer
                    self._retainer = assemble_retainer(self.dynamo, config, self.clock)
        return self._retainer

    @property
    def marketplace(self) -> Marketplace:
        """Raises `SwitchedOff` where configuration has none."""
        if not self.config.marketplace.enabled:
            raise SwitchedOff
        if self._marketplace is None:
            with self._lock:
                if self._marketplace is None:
                    config = self.config.marketplace
                    self._marketplace = assemble_marketplace(self.dynamo, config, self.clock)
        return self._marketplace


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
    dynamo = _connect(config)
    marketplace = MARKETPLACE_MODELS if config.marketplace.enabled else []
    for models in (RETAINER_MODELS, marketplace):
        dynamo.bind(models)
        dynamo.create_tables(models)


def _connect(config: Config) -> Dynamo:
    return Dynamo(
        region=config.region,
        endpoint=config.dynamodb_endpoint,
        table_prefix=config.table_prefix,
    )
