"""Starts the real DynamoDB engine (Dynoxide) for tests and benches: in memory, a free port."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from local.engine import engine_on_free_port
from local.http_server import free_port
from tests import engine_line

__all__ = ["free_port", "running_engine"]

# As it was at the start: a stack that is up tells its own engine's address there, and ends it.
_GIVEN = os.environ.get("DYNAMODB_ENDPOINT")


@contextmanager
def running_engine() -> Iterator[str]:
    """Yield the endpoint of an engine; DYNAMODB_ENDPOINT names one that runs already."""
    if _GIVEN:
        yield _GIVEN
        return
    engine = engine_on_free_port()
    engine_line.engines.add(engine.endpoint)
    try:
        yield engine.endpoint
    finally:
        engine.stop()
