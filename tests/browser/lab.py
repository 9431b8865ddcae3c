"""A requester with an account and ordinary HITs, whose pages stand on an origin of their own."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import boto3

from chalicelib import bootstrap
from chalicelib.marketplace.container import Marketplace
from chalicelib.mturk import external_question
from local.http_server import HttpServer
from local.sites import Site
from local.stack import Stack

_WEB = Path(__file__).parent / "web"


class Lab:
    def __init__(self, stack: Stack, name: str) -> None:
        self._server = HttpServer("lab", Site({"/": _WEB}).handle)
        stack.allow(self._server.origin)
        self.start, self.stop = self._server.start, self._server.stop
        self.name = f"{name} {uuid.uuid4().hex[:6]}"
        # A word that finds this requester's work and nobody else's.
        self.word = uuid.uuid4().hex[:10]
        keys = self.market.accounts.create(self.name)
        self.account_id = keys.account_id
        self.client: Any = boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=stack.mturk,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
        )

    @property
    def market(self) -> Marketplace:
        """The marketplace itself, for what operators' commands do."""
        return bootstrap.get().marketplace

    def title(self, name: str) -> str:
        return f"{name} {self.word}"

    def post(self, name: str, **changes: Any) -> str:
        values = {
            "Title": self.title(name),
            "Description": "A task of the tests",
            "Reward": "0.05",
            "LifetimeInSeconds": 3600,
            "AssignmentDurationInSeconds": 600,
            "MaxAssignments": 9,
            "Question": external_question.build(f"{self._server.origin}/task.html", 300),
            **changes,
        }
        return str(self.client.create_hit(**values)["HIT"]["HITId"])

    def submitted(self, hit_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.list_assignments_for_hit(HITId=hit_id)[
            "Assignments"
        ]
        return found
