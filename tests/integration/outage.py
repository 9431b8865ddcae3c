"""Engines that are away: nobody listens, or somebody does and never answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import EndpointConnectionError

from chalicelib.kit.dynamo.client import Patience
from chalicelib.kit.dynamo.connection import Dynamo
from local.http_server import free_port
from tests.integration.faults import session_of

QUICK = Patience(connect_s=0.2, read_s=0.05, tries=1, rounds=2, rounds_s=0.1)
"""For what never answers anyway."""


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        yield server.getsockname()[1]


@contextmanager
def port_of(kind: str) -> Iterator[int]:
    """`stopped`: a port where nobody listens. `silent`: one that never answers."""
    if kind == "stopped":
        yield free_port()
    else:
        with silent_port() as port:
            yield port


@contextmanager
def away(kind: str, *places: tuple[Dynamo, Any]) -> Iterator[None]:
    """Have these models, each with the Dynamo that they are bound to, speak to such a port."""
    with port_of(kind) as port:
        for dynamo, models in places:
            Dynamo(
                region="us-east-1",
                endpoint=f"http://127.0.0.1:{port}",
                table_prefix=dynamo.table_prefix,
                patience=QUICK,
            ).bind(models)
        try:
            yield
        finally:
            for dynamo, models in places:
                dynamo.bind(models)


@contextmanager
def stopping_after(answers: int, *places: tuple[Dynamo, Any]) -> Iterator[Stop]:
    """Have the engine answer so many requests of these, taken together, and then be away."""
    stop = Stop(answers)
    with ExitStack() as stack:
        for dynamo, models in places:
            impatient = Dynamo(
                region="us-east-1",
                endpoint=dynamo.endpoint,
                table_prefix=dynamo.table_prefix,
                patience=Patience(tries=1),
            )
            impatient.bind(models)
            stack.callback(dynamo.bind, models)
            stack.enter_context(session_of(impatient, lambda real: _StoppedBy(stop, real)))
        yield stop


@dataclass
class Stop:
    answers: int
    refused: int = 0


class _StoppedBy:
    def __init__(self, stop: Stop, real: Any) -> None:
        self._stop = stop
        self._real = real

    def send(self, request: Any) -> Any:
        if self._stop.answers <= 0:
            self._stop.refused += 1
            raise EndpointConnectionError(endpoint_url=request.url)
        self._stop.answers -= 1
        return self._real.send(request)

    def close(self) -> None:
        self._real.close()
