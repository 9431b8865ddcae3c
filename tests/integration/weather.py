"""Database, market and queue that are away now and then, and unlucky calls in between."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.marketplace.domain.notifications import Unreachable
from tests.integration.faults import WRITES

URL = "http://away"


@dataclass
class Weather:
    """`away`: what cannot be reached just now. `chance`: of each try to meet a throttle or another
    transaction, and of each call to have its answer lost, before it is done or after: beneath our
    own client, so that botocore's tries hide nothing."""

    chance_of: random.Random
    chance: float = 0
    away: set[str] = field(default_factory=set)
    met: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def over(self, *dynamos: Dynamo) -> Iterator[None]:
        with ExitStack() as stack:
            for dynamo in dynamos:
                real = dynamo.calls._client
                dynamo.calls._client = _UnderWeather(real, self)
                stack.callback(setattr, dynamo.calls, "_client", real)
            yield

    def is_unlucky(self) -> bool:
        return self.chance_of.random() < self.chance

    def note(self, what: str) -> None:
        self.met[what] += 1


class _UnderWeather:
    def __init__(self, real: Any, weather: Weather) -> None:
        self._real = real
        self._weather = weather

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def _make_api_call(self, operation: str, request: dict[str, Any]) -> Any:
        weather = self._weather
        if "database" in weather.away:
            weather.note("database away")
            raise EndpointConnectionError(endpoint_url=URL)
        if weather.is_unlucky():
            weather.note(f"throttled {operation}")
            raise _error(operation, "ThrottlingException")
        if operation in WRITES and weather.is_unlucky():
            weather.note(f"conflict {operation}")
            raise _conflict(operation, request)
        if weather.is_unlucky():
            weather.note(f"not done {operation}")
            raise ReadTimeoutError(endpoint_url=URL)
        answer = self._real._make_api_call(operation, request)
        if weather.is_unlucky():
            weather.note(f"answer lost {operation}")
            raise ReadTimeoutError(endpoint_url=URL)
        return answer


class MarketUnderWeather:
    """Stands in the place of the market's HTTP session."""

    def __init__(self, real: Any, weather: Weather) -> None:
        self._real = real
        self._weather = weather

    def send(self, request: Any) -> Any:
        if "market" in self._weather.away:
            self._weather.note("market away")
            raise EndpointConnectionError(endpoint_url=URL)
        return self._real.send(request)

    def close(self) -> None:
        self._real.close()


@dataclass
class QueueUnderWeather:
    """A transport that keeps what it is given, while it can be reached."""

    weather: Weather
    bodies: list[str] = field(default_factory=list)

    def send(self, transport: str, address: str, body: str) -> None:
        if "queue" in self.weather.away:
            self.weather.note("queue away")
            raise Unreachable("away")
        self.bodies.append(body)


def _error(operation: str, code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}, **more}, operation)  # type: ignore[typeddict-item]


def _conflict(operation: str, request: dict[str, Any]) -> ClientError:
    if operation != "TransactWriteItems":
        return _error(operation, "TransactionConflictException")
    reasons = [{"Code": "None"} for _ in request["TransactItems"]]
    reasons[-1] = {"Code": "TransactionConflict"}
    return _error(operation, "TransactionCanceledException", CancellationReasons=reasons)
