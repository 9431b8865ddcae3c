"""Whatever DynamoDB answers, or does not, is one of three things to all above: each operation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.client import Patience
from chalicelib.kit.dynamo.connection import Dynamo, StoreUnavailable
from chalicelib.kit.dynamo.writes import (
    Check,
    ConditionFailed,
    Delete,
    Put,
    TransactionRefused,
    Update,
)
from chalicelib.kit.invocation import invocation
from local.functions import LambdaContext
from tests.functions import without_a_role
from tests.integration.faults import answer_of, session_of

URL = "http://engine"
PATIENCE = Patience(tries=1, rounds=3)


class Thing(Model):
    class Meta:
        table_name = "things"

    key = UnicodeAttribute(hash_key=True)
    sort = UnicodeAttribute(range_key=True)
    number = NumberAttribute(null=True)


def thing(number: int = 1) -> Thing:
    return Thing("k", "s", number=number)


OPERATIONS: dict[str, Callable[[], Any]] = {
    "get": lambda: Thing.get("k", "s"),
    "query": lambda: list(Thing.query("k")),
    "scan": lambda: list(Thing.scan()),
    "batch get": lambda: list(Thing.batch_get([("k", "s")])),
    "put": lambda: writes.put(thing(), Thing.key.does_not_exist()),
    "update": lambda: writes.update(thing(), [Thing.number.set(2)], Thing.key.exists()),
    "delete": lambda: writes.delete(thing()),
    "commit": lambda: writes.commit(Put("a", thing()), Delete("b", Thing("k", "t"))),
}


@pytest.fixture(scope="module")
def dynamo(dynamo_endpoint: str) -> Iterator[Dynamo]:
    dynamo = Dynamo(
        region="us-east-1", endpoint=dynamo_endpoint, table_prefix="errors-", patience=PATIENCE
    )
    dynamo.bind([Thing])
    dynamo.create_tables([Thing])
    yield dynamo
    dynamo.client.delete_table(TableName="errors-things")  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def empty(dynamo: Dynamo) -> None:
    for row in Thing.scan():
        row.delete()


class Script:
    """Gives what it is told to, an answer or an exception, and then what the engine says."""

    def __init__(self, real: Any, *given: Any) -> None:
        self._real = real
        self._given = list(given)
        self.tokens: list[str] = []

    def send(self, request: Any) -> Any:
        asked = json.loads(request.body)
        if "ClientRequestToken" in asked:
            self.tokens.append(asked["ClientRequestToken"])
        given = self._given.pop(0) if self._given else None
        if given is LOST:
            self._real.send(request)
            raise ReadTimeoutError(endpoint_url=URL)
        if isinstance(given, Exception):
            raise given
        return given or self._real.send(request)


LOST = object()
"""The engine does it, and its answer is lost."""

NO_ANSWER = [
    ReadTimeoutError(endpoint_url=URL),
    ConnectTimeoutError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
    ConnectionClosedError(endpoint_url=URL),
]
CODES = [
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
    "InternalServerError", "TransactionConflictException", "TransactionInProgressException",
    "AccessDeniedException", "ResourceNotFoundException", "ValidationException",
    "UnrecognizedClientException", "ItemCollectionSizeLimitExceededException",
]  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda e: type(e).__name__)
def test_no_answer__is_unavailable(dynamo: Dynamo, operation: str, error: Exception) -> None:
    with (
        session_of(dynamo, lambda real: Script(real, *[error] * 9)),
        pytest.raises(StoreUnavailable),
    ):
        OPERATIONS[operation]()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code", CODES)
def test_refusal__is_unavailable(dynamo: Dynamo, operation: str, code: str) -> None:
    status = 500 if code == "InternalServerError" else 400
    answers = [answer_of(URL, code, status) for _ in range(9)]
    with (
        session_of(dynamo, lambda real: Script(real, *answers)),
        pytest.raises(StoreUnavailable, match=code),
    ):
        OPERATIONS[operation]()


def canceled(*codes: str) -> Any:
    reasons = [{"Code": code} for code in codes]
    return answer_of(URL, "TransactionCanceledException", 400, CancellationReasons=reasons)


PASSING = ["put", "update", "delete", "commit"]


@pytest.mark.parametrize("operation", PASSING)
@pytest.mark.parametrize(
    "code", ["TransactionConflictException", "ProvisionedThroughputExceededException"]
)
def test_what_passes__is_tried_again(dynamo: Dynamo, operation: str, code: str) -> None:
    if operation == "update":
        thing().save()
    with session_of(dynamo, lambda real: Script(real, *[answer_of(URL, code)] * 2)):
        OPERATIONS[operation]()

    there = [int(row.number) for row in Thing.scan()]
    assert there == {"update": [2], "delete": []}.get(operation, [1])


@pytest.mark.parametrize(
    "codes",
    [
        ("None", "TransactionConflict"),
        ("ThrottlingError", "TransactionConflict"),
        ("ProvisionedThroughputExceeded", "None"),
    ],
)
def test_transaction__that_met_another__is_a_new_attempt(
    dynamo: Dynamo, codes: tuple[str, ...]
) -> None:
    with session_of(dynamo, lambda real: Script(real, *[canceled(*codes)] * 2)) as session:
        OPERATIONS["commit"]()

    assert len(set(session.tokens)) == 3
    assert Thing.get("k", "s").number == 1


def test_transaction__that_is_under_way__is_asked_after_by_its_own_token(dynamo: Dynamo) -> None:
    under_way = answer_of(URL, "TransactionInProgressException")
    with session_of(dynamo, lambda real: Script(real, under_way, under_way)) as session:
        OPERATIONS["commit"]()

    assert len(session.tokens) == 3
    assert len(set(session.tokens)) == 1


def test_transaction__that_makes_no_sense__is_not_tried_again(dynamo: Dynamo) -> None:
    with (
        session_of(dynamo, lambda real: Script(real, canceled("ValidationError", "None"))),
        pytest.raises(StoreUnavailable),
    ):
        OPERATIONS["commit"]()

    assert not list(Thing.scan())


def test_transaction__tells_which_condition_failed__and_what_was_there(dynamo: Dynamo) -> None:
    thing(7).save()
    none, some = Thing.key.does_not_exist(), Thing.key.exists()

    with pytest.raises(TransactionRefused) as refused:
        writes.commit(
            Update("update", Thing("k", "u"), [Thing.number.set(1)], none),
            Put("put", thing(), none),
            Delete("delete", Thing("k", "d"), some),
            Check("check", Thing, ("k", "c"), none),
        )

    found = refused.value.failed
    assert set(found) == {"put", "delete"}
    assert found["put"] is not None
    assert found["put"]["number"] == {"N": "7"}


@pytest.fixture
def patient(dynamo: Dynamo, dynamo_endpoint: str) -> Iterator[Dynamo]:
    """One that asks a second time where there was no answer."""
    more = Dynamo(
        region="us-east-1", endpoint=dynamo_endpoint, table_prefix="errors-",
        patience=Patience(tries=2),
    )  # fmt: skip
    more.bind([Thing])
    yield more
    dynamo.bind([Thing])


def test_put__of_which_the_answer_was_lost__is_done(patient: Dynamo) -> None:
    with session_of(patient, lambda real: Script(real, LOST)):
        writes.put(thing(3), Thing.key.does_not_exist())

    assert Thing.get("k", "s").number == 3


def test_put__of_which_the_answer_was_lost__is_refused_if_another_is_there(
    patient: Dynamo,
) -> None:
    thing(4).save()

    with (
        session_of(patient, lambda real: Script(real, LOST)),
        pytest.raises(ConditionFailed) as refused,
    ):
        writes.put(thing(3), Thing.key.does_not_exist())

    assert refused.value.found.number == 4


def test_transaction__of_which_the_answer_was_lost__is_done_once(patient: Dynamo) -> None:
    with session_of(patient, lambda real: Script(real, LOST)):
        writes.commit(
            Update("a", thing(), [Thing.number.add(1)]), Put("b", Thing("k", "t", number=0))
        )

    assert Thing.get("k", "s").number == 1


def test_keys_left_unread__are_asked_for_again__and_not_for_ever(dynamo: Dynamo) -> None:
    thing().save()
    keys = {"errors-things": {"Keys": [{"key": {"S": "k"}, "sort": {"S": "s"}}]}}
    left = answer_of(URL, "", 200, Responses={}, UnprocessedKeys=keys)

    with session_of(dynamo, lambda real: Script(real, left, left)):
        assert [row.number for row in Thing.batch_get([("k", "s")])] == [1]
    with (
        session_of(dynamo, lambda real: Script(real, *[left] * 9)),
        pytest.raises(StoreUnavailable),
    ):
        list(Thing.batch_get([("k", "s")]))


def test_call__is_not_begun__that_the_function_might_not_live_to_see(dynamo: Dynamo) -> None:
    clock = FakeClock()
    context = LambdaContext("retainer-api", 29, clock)
    thing().save()

    with invocation(context, None, lambda _: None), without_a_role():
        clock.advance(29 - PATIENCE.longest_ms / 1000)
        assert Thing.get("k", "s").number == 1
        clock.advance(0.001)
        with pytest.raises(StoreUnavailable, match="time is up"):
            Thing.get("k", "s")


def test_call__of_a_function_with_a_short_limit__is_begun_in_its_first_half(
    dynamo: Dynamo,
) -> None:
    clock = FakeClock()
    thing().save()

    context = LambdaContext("retainer-api", 3, clock)
    with invocation(context, None, lambda _: None), without_a_role():
        assert Thing.get("k", "s").number == 1
        clock.advance(2)
        with pytest.raises(StoreUnavailable, match="time is up"):
            Thing.get("k", "s")


def test_patience__lets_a_request_be_answered_before_api_gateway_gives_up() -> None:
    assert Patience().longest_ms <= 7_000
