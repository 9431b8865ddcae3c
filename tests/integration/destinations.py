"""Queues and topics for notifications: moto's, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

REGION = "us-east-1"


@dataclass
class Destinations:
    sqs: Any
    sns: Any

    def queue(self, name: str) -> str:
        return str(self.sqs.create_queue(QueueName=name)["QueueUrl"])

    def topic(self, name: str, queue_url: str) -> str:
        """A topic that hands everything to a queue."""
        arn = str(self.sns.create_topic(Name=name)["TopicArn"])
        found = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        endpoint = found["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint)
        return arn

    def received(self, queue_url: str) -> list[dict[str, Any]]:
        """Take all that is in a queue, in its order."""
        bodies = []
        while True:
            answer = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
            for found in answer.get("Messages", []):
                bodies.append(json.loads(found["Body"]))
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=found["ReceiptHandle"])
            if not answer.get("Messages"):
                return bodies


@contextmanager
def running_destinations() -> Iterator[Destinations]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for service in ("SQS", "SNS"):
            patch.setenv(f"AWS_ENDPOINT_URL_{service}", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        try:
            yield Destinations(
                boto3.client("sqs", region_name=REGION), boto3.client("sns", region_name=REGION)
            )
        finally:
            server.stop()
