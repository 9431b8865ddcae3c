"""A marketplace on the real engine, its endpoint over HTTP, and boto3 clients for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import MarketplaceConfig
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.marketplace.api import protocol
from chalicelib.marketplace.container import Marketplace, assemble
from chalicelib.marketplace.domain.people import Credentials
from chalicelib.marketplace.store.tables import MODELS
from chalicelib.mturk import external_question
from tests.clock import HeldClock, MovableClock, signing_by
from tests.functions import in_function, market_in_functions
from tests.integration.function_url import serving
from tests.tables import lent

MASTER_KEY = "master-key-of-the-tests-0123456789"
INITIAL_CENTS = 1_000_000
QUESTION = external_question.build("https://example.org/wait?a=1&b=2", 600)


@dataclass
class Market:
    """What a test needs: the parts, the address, the clock."""

    market: Marketplace
    dynamo: Dynamo
    url: str
    clock: MovableClock | FakeClock

    def credentials(self, name: str = "") -> Credentials:
        return self.market.accounts.create(name or f"lab {uuid.uuid4().hex[:8]}")

    def client(self, credentials: Credentials | None = None, **options: Any) -> Any:
        """boto3's own client, with keys of a new account unless some are given."""
        keys = credentials or self.credentials()
        client = boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=options.pop("secret_key", keys.secret_key),
            config=BotoConfig(retries={"total_max_attempts": 1}, max_pool_connections=32).merge(
                options.pop("config", BotoConfig())
            ),
        )
        return client

    def worker(self, name: str = "") -> str:
        """Sign a worker in and return their id."""
        _, worker = self.market.sessions.sign_in(name or f"worker {uuid.uuid4().hex[:8]}")
        return worker.worker_id


@contextmanager
def running_market(
    dynamo_endpoint: str, clock: MovableClock | FakeClock | None = None, **changes: Any
) -> Iterator[Market]:
    """Bring one up; time moves by hand only, unless a clock is given that does otherwise, as it
    must for programs that sign with the machine's.

    `changes` are to its configuration.
    """
    with lent(dynamo_endpoint, MODELS, "m") as prefix:
        dynamo = Dynamo(region="us-east-1", endpoint=dynamo_endpoint, table_prefix=prefix)
        with _running(dynamo, clock or HeldClock(), changes) as market:
            yield market


@contextmanager
def _running(
    dynamo: Dynamo, clock: MovableClock | FakeClock, changes: dict[str, Any]
) -> Iterator[Market]:
    config = MarketplaceConfig(
        master_key=MASTER_KEY,
        site_url="http://127.0.0.1:8000/api",
        worker_origin="http://127.0.0.1:8001",
        open_sign_in=True,
        initial_balance_cents=INITIAL_CENTS,
    )
    config = replace(config, **changes)
    market = assemble(dynamo, config, clock)
    market_in_functions(market)
    handle = in_function("mturk", partial(protocol.handle, market=market), serves=True)
    with (
        serving(handle, clock) as url,
        signing_by(clock),
    ):
        yield Market(market, dynamo, url, clock)


def hit_values(**changes: Any) -> dict[str, Any]:
    """Arguments for `create_hit`."""
    values = {
        "Title": "Wait for a question",
        "Description": "Wait, then answer",
        "Reward": "0.05",
        "LifetimeInSeconds": 3600,
        "AssignmentDurationInSeconds": 600,
        "MaxAssignments": 3,
        "Question": QUESTION,
    }
    values.update(changes)
    return {name: value for name, value in values.items() if value is not None}


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    """Call an operation that must fail, and return the error's response."""
    try:
        call(**arguments)
    except ClientError as error:
        # botocore unpacks Message only for the errors of its model.
        response: dict[str, Any] = dict(error.response)
        response.setdefault("Message", response["Error"]["Message"])
        return response
    raise AssertionError("the call was not refused")


def post(client: Any, **changes: Any) -> str:
    title = changes.pop("Title", f"wait {uuid.uuid4().hex}")
    return str(client.create_hit(**hit_values(Title=title, **changes))["HIT"]["HITId"])


def counters(client: Any, hit_id: str) -> tuple[str, int, int, int]:
    """Status, pending, available, completed."""
    hit = client.get_hit(HITId=hit_id)["HIT"]
    return (
        hit["HITStatus"],
        hit["NumberOfAssignmentsPending"],
        hit["NumberOfAssignmentsAvailable"],
        hit["NumberOfAssignmentsCompleted"],
    )
