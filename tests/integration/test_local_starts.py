"""Functions that start functions, each under its own role: nothing here runs by a schedule."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from chalicelib import bootstrap
from chalicelib.retainer.services.keys import Scope
from chalicelib.retainer.store.postings import DynamoPostings
from examples.poll.retainer_client import Retainer as Client
from local.stack import StackOptions, running_stack
from tests.integration.destinations import running_destinations
from tests.patience import until

QUEUE = "events"


def hits_out() -> set[str]:
    return {p.hit for p in DynamoPostings().live("Poll") if p.hit}


def sqs_event(bodies: list[str]) -> dict[str, Any]:
    records = [
        {"messageId": str(n), "receiptHandle": "r", "body": body, "eventSource": "aws:sqs"}
        for n, body in enumerate(bodies)
    ]
    return {"Records": records}


@dataclass
class Worker:
    api: str
    token: str

    def post(self, path: str, **body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.api}/market/{path}",
            json.dumps(body).encode(),
            {"content-type": "application/json", "x-worker-session": self.token},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)


def test_event_of_a_hit_that_ended__has_another_posted__by_starts_alone() -> None:
    with running_destinations() as at:
        queue = at.queue(QUEUE)
        options = StackOptions(
            speed=0, variables={"RETAINER_EVENTS_QUEUE": QUEUE, "RETAINER_OPEN": "0"}
        )
        with running_stack(options) as stack:
            key = bootstrap.get().retainer.keys.make("poll", Scope.APPLICATION)
            retainer = Client(stack.api, key)
            retainer.puttask(
                hit_type_id="Poll", title="T", description="D", url=f"{stack.wait}/", reward=0.05
            )
            retainer.make("Poll", people=1)
            # The API has started the sizing run, under its role.
            (first,) = until(hits_out, "a HIT")
            requester = boto3.client(
                "mturk",
                region_name="us-east-1",
                endpoint_url=stack.mturk,
                aws_access_key_id=stack.keys.access_key,
                aws_secret_access_key=stack.keys.secret_key,
            )
            requester.update_expiration_for_hit(
                HITId=first, ExpireAt=datetime(2020, 1, 1, tzinfo=UTC)
            )
            stack.run_function("market_tick")
            told = at.received(queue)
            assert told

            stack.run_function("market_events", sqs_event([json.dumps(one) for one in told]))

            assert until(lambda: hits_out() - {first}, "another HIT")
            assert stack.refused == []


def test_return_of_a_worker__has_its_notification_sent_at_once__by_a_start() -> None:
    with running_destinations() as at:
        queue = at.queue(QUEUE)
        variables = {"RETAINER_EVENTS_QUEUE": QUEUE}
        with running_stack(StackOptions(speed=0, variables=variables)) as stack:
            retainer = Client(stack.api)
            retainer.puttask(
                hit_type_id="Poll", title="T", description="D", url=f"{stack.wait}/", reward=0.05
            )
            retainer.make("Poll", people=1)
            (hit,) = until(hits_out, "a HIT")
            ann = Worker(stack.api, "")
            ann.token = ann.post("session", name="Ann")["token"]
            job = ann.post("accept", hitId=hit)

            ann.post("return", assignmentId=job["assignmentId"])

            told = until(lambda: at.received(queue), "a notification")
            assert "AssignmentReturned" in {e["EventType"] for one in told for e in one["Events"]}
            assert stack.refused == []
