"""Builds what the handlers use, once per process and only when it is first needed.

Each room is imported when it is built: a scheduled function needs one of them, and a cold start
loads no more than that.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from chalicelib.kit import loading, parameters
from chalicelib.kit.clock import Clock, SystemClock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.kit.metrics import Metric, Metrics, metrics_of

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace
    from chalicelib.retainer.container import Retainer


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
        metrics: Metrics | None = None,
        retainer: Retainer | None = None,
        marketplace: Marketplace | None = None,
    ) -> None:
        self.config = config
        self.clock: Clock = clock or SystemClock()
        self.metrics: Metrics = metrics or metrics_of(config.metrics, self.clock)
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
                    with loading.for_good():
                        from chalicelib.retainer.container import assemble

                        self._retainer = assemble(
                            self.dynamo, self.config.retainer, self.clock, metrics=self.metrics
                        )
        return self._retainer

    @property
    def marketplace(self) -> Marketplace:
        """Raises `SwitchedOff` where configuration has none."""
        if not self.config.marketplace.enabled:
            from chalicelib.marketplace.domain.errors import SwitchedOff

            raise SwitchedOff
        if self._marketplace is None:
            with self._lock:
                if self._marketplace is None:
                    with loading.for_good():
                        from chalicelib.marketplace.container import assemble

                        self._marketplace = assemble(
                            self.dynamo, self.config.marketplace, self.clock
                        )
        return self._marketplace

    def admit_operator(self, key: str) -> str | None:
        """Return the name of an admin key of the service; None without a key where it is open.

        The marketplace has no keys of its own for operators, and asks here instead of the other
        half. Raises the service's `NotAllowed`, a `Refusal` like any other.
        """
        from chalicelib.retainer.domain.errors import NotAuthenticated
        from chalicelib.retainer.services.keys import Scope

        room = self.retainer
        if not key:
            if room.config.open:
                return None
            raise NotAuthenticated("This route needs an API key.", "key_needed")
        return room.keys.check(key[:200], Scope.ADMIN).name


_lock = threading.Lock()
_app: App | None = None


def get() -> App:
    """Return this process's application, configured by its environment."""
    global _app
    if _app is None:
        with _lock:
            if _app is None:
                _app = App(Config.from_env(os.environ, parameters.fetch))
    return _app


def errors_met(count: int) -> None:
    """Count the error lines of an invocation, unless it could not even read its configuration:
    AWS counts that."""
    if _app is not None:
        _app.metrics.count(Metric.ERRORS, count)


def reset(app: App | None = None) -> None:
    """Take another application from now on; None: read the environment again on next use."""
    global _app
    _app = app


def create_tables(config: Config) -> None:
    """Create the tables that are missing."""
    from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
    from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS

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
