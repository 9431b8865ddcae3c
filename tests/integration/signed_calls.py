"""Calls of the marketplace's endpoint that no SDK would make, under a requester's own signature."""

from __future__ import annotations

import json
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials

from chalicelib.marketplace.api import protocol
from chalicelib.marketplace.domain.people import Credentials
from tests.functions import in_function
from tests.integration.function_url import event_of
from tests.integration.market import Market


class Caller:
    """A requester's program that sends what it likes."""

    def __init__(self, market: Market, credentials: Credentials) -> None:
        self._market = market
        keys = SigningCredentials(credentials.access_key, credentials.secret_key)
        self._signer = SigV4Auth(keys, "mturk-requester", "us-east-1")
        self._handle = in_function("mturk", protocol.handle, serves=True)

    def call(self, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
        return self.send(self.headers(target, body), body)

    def headers(self, target: str, body: bytes) -> dict[str, str]:
        """What goes with a call, its signature too."""
        headers = {"content-type": protocol.JSON_1_1, "x-amz-target": target, "host": "127.0.0.1"}
        request = AWSRequest("POST", "http://127.0.0.1/", headers=headers, data=body)
        self._signer.add_auth(request)
        return {name.lower(): str(value) for name, value in request.headers.items()}

    def send(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        now_ms = self._market.clock.now_ms()
        event = event_of("POST", "/", list(headers.items()), body, now_ms)
        answer = self._handle(event, None, self._market.market)
        return answer["statusCode"], json.loads(answer["body"] or "{}")
