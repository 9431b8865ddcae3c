"""Hands notifications to SQS and SNS; `AWS_ENDPOINT_URL_SQS` and `_SNS` point elsewhere."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kit import sdk
from chalicelib.marketplace.domain.notifications import Unreachable

_SQS_HOST = re.compile(r"https?://(?:sqs\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.")

MOST_CLIENTS = 4
"""Each holds a third of a megabyte."""


class BotoTransport:
    """Implements `Transport`. Short time limits and no retries: the outbox tries again itself."""

    def __init__(self, region: str) -> None:
        self._region = region
        # Requesters name the regions, and may make up as many as they like.
        self._client = lru_cache(MOST_CLIENTS)(self._make_client)

    def send(self, transport: str, address: str, body: str) -> None:
        try:
            if transport == "SQS":
                found = _SQS_HOST.match(address)
                client = self._client("sqs", found[1] if found else self._region)
                client.send_message(QueueUrl=address, MessageBody=body)
            else:
                client = self._client("sns", address.split(":")[3])
                client.publish(TopicArn=address, Message=body)
        except (BotoCoreError, ClientError) as error:
            raise Unreachable(type(error).__name__) from error

    def _make_client(self, service: str, region: str) -> Any:
        return sdk.client(
            service,
            region,
            config=BotoConfig(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}),
        )
