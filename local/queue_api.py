"""SQS's part, for boto3 through AWS_ENDPOINT_URL_SQS: one queue, whose messages start a function.

So a market on this machine tells of a return or a submission at once, as one on AWS does. What the
function gives back is delivered again, a few times.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.events import sqs_event
from local.functions import ACCOUNT_ID, Functions
from local.http_server import Reply, Request

log = logging.getLogger("local.queue")

QUEUE = "retainer-local-events"
FUNCTION = "market_events"
TRIES = 5
_TARGET = "AmazonSQS."
_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Message:
    id: str
    body: str
    tries: int = 0


class QueueApi:
    """Serves `GetQueueUrl` and `SendMessage`; nobody receives by hand what a function gets."""

    def __init__(self, functions: Functions, origin: str, again_s: float = 2.0) -> None:
        self._functions = functions
        self._address = f"{origin}/{ACCOUNT_ID}/{QUEUE}"
        self._again_s = again_s
        self._waiting: list[_Message] = []
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 10) -> None:
        """Let the running delivery end; what still waits is dropped."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def takes(self, request: Request) -> bool:
        return (request.header("x-amz-target") or "").startswith(_TARGET)

    def handle(self, request: Request) -> Reply:
        operation = (request.header("x-amz-target") or "").removeprefix(_TARGET)
        try:
            asked = json.loads(request.body or b"{}")
        except ValueError:
            return _error("InvalidParameterValue", "The body is not JSON.")
        if operation not in {"GetQueueUrl", "SendMessage"}:
            return _error("UnsupportedOperation", "Only GetQueueUrl and SendMessage are served.")
        named = asked.get("QueueName" if operation == "GetQueueUrl" else "QueueUrl", "")
        if str(named).rpartition("/")[2] != QUEUE:
            return _error("QueueDoesNotExist", "The specified queue does not exist.")
        if operation == "GetQueueUrl":
            return _reply(200, {"QueueUrl": self._address})
        body = str(asked.get("MessageBody", ""))
        if not body or len(body.encode()) > _LARGEST:
            return _error("InvalidParameterValue", "MessageBody must have 1 byte to 1 MiB.")
        message = _Message(str(uuid.uuid4()), body)
        with self._changed:
            self._waiting.append(message)
            self._changed.notify_all()
        digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        return _reply(200, {"MessageId": message.id, "MD5OfMessageBody": digest})

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                batch, self._waiting = self._waiting[:10], self._waiting[10:]
            failed = self._deliver(batch)
            if not failed:
                continue
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, self._again_s)
                self._waiting += failed

    def _deliver(self, batch: list[_Message]) -> list[_Message]:
        """Start the function with a batch; return what is to be delivered again."""
        event = sqs_event([(message.id, message.body) for message in batch], QUEUE)
        try:
            answer = self._functions.call(self._functions.full_name(FUNCTION), event)
            again = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        except Exception:
            log.exception("%s failed", FUNCTION)
            again = {message.id for message in batch}
        tried = [_Message(m.id, m.body, m.tries + 1) for m in batch if m.id in again]
        for message in tried:
            if message.tries >= TRIES:
                log.error("a message was tried %d times and is dropped: %s", TRIES, message.body)
        return [message for message in tried if message.tries < TRIES]


def _error(code: str, message: str) -> Reply:
    return _reply(400, {"__type": f"com.amazonaws.sqs#{code}", "message": message})


def _reply(status: int, body: Mapping[str, Any]) -> Reply:
    headers = [("Content-Type", "application/x-amz-json-1.0")]
    return Reply(status, headers, json.dumps(body).encode())
