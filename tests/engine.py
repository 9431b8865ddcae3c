"""Starts the real DynamoDB engine (Dynoxide) for tests and benches: in memory, a free port."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from local.engine import engine_on_free_port
from local.http_server import free_port

__all__ = ["free_port", "running_engine"]


@contextmanager
def running_engine() -> Iterator[str]:
    """Yield the endpoint of an engine; DYNAMODB_ENDPOINT names one that runs already."""
    if given := os.environ.get("DYNAMODB_ENDPOINT"):
        yield given
        return
    engine = engine_on_free_port()
    try:
        yield engine.endpoint
    finally:
        engine.stop()
