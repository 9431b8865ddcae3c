"""The local stack's queue: what is sent to it by boto3 starts the function that it belongs to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.http_server import HttpServer
from local.queue_api import QUEUE, TRIES, QueueApi
from tests.patience import until


class Taking:
    """Stands for the functions: takes a message at the given try, or never."""

    def __init__(self, takes_at: int) -> None:
        self.takes_at = takes_at
        self.got: list[str] = []

    def full_name(self, name: str) -> str:
        return name

    def call(self, full_name: str, event: Any) -> Any:
        assert full_name == "market_events"
        self.got += [record["body"] for record in event["Records"]]
        refused = [] if len(self.got) >= self.takes_at else event["Records"]
        return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in refused]}


@contextmanager
def queue_of(functions: Taking) -> Iterator[Any]:
    held: list[QueueApi] = []
    server = HttpServer("sqs", lambda asked: held[0].handle(asked))
    held.append(QueueApi(functions, server.origin, again_s=0.01))  # type: ignore[arg-type]
    server.start()
    held[0].start()
    try:
        yield boto3.client(
            "sqs", region_name="us-east-1", endpoint_url=server.origin,
            aws_access_key_id="local", aws_secret_access_key="local",
        )  # fmt: skip
    finally:
        held[0].stop()
        server.stop()


@pytest.mark.parametrize(("takes_at", "tries"), [(1, 1), (3, 3), (99, TRIES)])
def test_message__starts_the_function__again_until_it_is_taken_or_was_tried_often(
    takes_at: int, tries: int
) -> None:
    functions = Taking(takes_at)
    body = json.dumps({"Grüße": "…"})
    with queue_of(functions) as client:
        address = client.get_queue_url(QueueName=QUEUE)["QueueUrl"]
        client.send_message(QueueUrl=address, MessageBody=body)
        until(lambda: len(functions.got) >= tries, "the message")
        client.send_message(QueueUrl=address, MessageBody="last")
        until(lambda: "last" in functions.got, "the next message")

    assert functions.got.count(body) == tries


def test_queue_that_is_not_there__is_refused_as_sqs_does() -> None:
    with queue_of(Taking(1)) as client, pytest.raises(ClientError) as refused:
        client.get_queue_url(QueueName="other")
    assert refused.value.response["Error"]["Code"].endswith("QueueDoesNotExist")
