"""The requester protocol without a network: boto3's client calls the handler in this process.

Everything but the socket is real: botocore's serializer and signature, the event as AWS sends it,
the handler, and botocore's parser.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse

from chalicelib.marketplace.api import protocol
from chalicelib.marketplace.domain.people import Credentials
from tests.functions import in_function
from tests.integration.function_url import event_of
from tests.integration.market import Market


class InProcess:
    """Stands in the place of a client's HTTP session."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def send(self, request: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        headers = [(name, _text(value)) for name, value in request.headers.items()]
        event = event_of(
            request.method,
            parts.path or "/",
            [*headers, ("host", parts.netloc)],
            request.body or b"",
            self._market.clock.now_ms(),
        )
        handle = in_function("mturk", protocol.handle, serves=True)
        result = handle(event, None, self._market.market)
        raw: Any = _Raw(result["body"].encode())
        return AWSResponse(request.url, result["statusCode"], result["headers"], raw)

    def close(self) -> None:
        pass


def client_of(market: Market, credentials: Credentials | None = None) -> Any:
    """boto3's client of an account, a new one unless it is given, on this process."""
    client = market.client(credentials)
    client._endpoint.http_session = InProcess(market)
    return client


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body
