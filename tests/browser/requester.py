"""A requester of a browser test: boto3's own client, with keys of the stack's marketplace."""

from __future__ import annotations

import uuid
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.mturk import external_question
from local.stack import Stack
from tests.integration.qualifications import KEYED, choice, form, key

# The first two answers are the right ones.
TEST = form(choice("Capital of Peru", "Lima", "Quito"), choice("Capital of Fiji", "Suva", "Apia"))
KEY = key(**{"Capital of Peru": ("Lima", 40), "Capital of Fiji": ("Suva", 60)})
TESTED = {**KEYED, "Test": TEST, "AnswerKey": KEY, "TestDurationInSeconds": 600}


class Requester:
    """Posts HITs and qualification types whose names no other test has."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.client = boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=stack.mturk,
            aws_access_key_id=stack.keys.access_key,
            aws_secret_access_key=stack.keys.secret_key,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def make_type(self, name: str, **changes: Any) -> tuple[str, str]:
        """A qualification type: its id and its whole name."""
        whole = f"{name} {uuid.uuid4().hex[:6]}"
        values = {
            "Name": whole,
            "Description": f"For work that needs {name}.",
            "QualificationTypeStatus": "Active",
            **changes,
        }
        made = self.client.create_qualification_type(**values)["QualificationType"]
        return str(made["QualificationTypeId"]), whole

    def post(self, title: str, *requirements: dict[str, Any], **changes: Any) -> tuple[str, str]:
        """A HIT with a page of our own site of frames: its id and its whole title."""
        whole = f"{title} {uuid.uuid4().hex[:6]}"
        page = f"{self._stack.wait}/examples/poll/worker/index.html"
        values = {
            "Title": whole,
            "Description": "A short piece of work.",
            "Reward": "0.10",
            "LifetimeInSeconds": 3600,
            "AssignmentDurationInSeconds": 600,
            "MaxAssignments": 5,
            "Question": external_question.build(page, 400),
            "QualificationRequirements": list(requirements),
            **changes,
        }
        return str(self.client.create_hit(**values)["HIT"]["HITId"]), whole

    def pending(self, type_id: str) -> list[dict[str, Any]]:
        found = self.client.list_qualification_requests(QualificationTypeId=type_id)
        requests: list[dict[str, Any]] = found["QualificationRequests"]
        return requests

    def give(self, type_id: str, worker_id: str, value: int = 1, **more: Any) -> None:
        self.client.associate_qualification_with_worker(
            QualificationTypeId=type_id, WorkerId=worker_id, IntegerValue=value, **more
        )


def at_least(type_id: str, value: int) -> dict[str, Any]:
    return {
        "QualificationTypeId": type_id,
        "Comparator": "GreaterThanOrEqualTo",
        "IntegerValues": [value],
    }
