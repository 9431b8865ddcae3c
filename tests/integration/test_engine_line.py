"""The tests' short way to the engine says what botocore's own does."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.dynamo.client import TransactionRefusal, WriteRefused
from tests.integration.faults import session_of
from tests.integration.world import World

KEY = {"id": {"S": "a"}}
ITEM: dict[str, Any] = {
    **KEY,
    "text": {"S": 'é "quoted"'},
    "list": {"L": [{"N": "1.5"}, {"NULL": True}, {"M": {"x": {"BOOL": False}}}]},
    "set": {"SS": ["one"]},
}
OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
BYTES = {**KEY, "bytes": {"B": b"\x00\xff"}, "more": {"BS": [b"1"]}}


class _Passing:
    """Another session than the short way's, so that botocore does all of each call."""

    def __init__(self, real: Any) -> None:
        self.send, self.close = real.send, real.close


def call(world: World, operation: str, **request: Any) -> Any:
    table = world.dynamo.table_prefix + "ledgers"
    if operation == "TransactWriteItems":
        put = {"Put": {"TableName": table, **request}}
        asked = {"TransactItems": [put], "ReturnConsumedCapacity": "TOTAL"}
    else:
        asked = {"TableName": table, "ReturnConsumedCapacity": "TOTAL", **request}
    answer = world.dynamo.calls._make_api_call(operation, asked)
    # Each answer has its own.
    assert answer["ResponseMetadata"].pop("RequestId")
    del answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    for one in ("date", "x-amz-crc32"):
        answer["ResponseMetadata"]["HTTPHeaders"].pop(one, None)
    return answer


def refusal(world: World, operation: str, **request: Any) -> Any:
    with pytest.raises((WriteRefused, TransactionRefusal)) as caught:
        call(world, operation, **request)
    return vars(caught.value)


def story(world: World) -> list[Any]:
    said: list[Any] = []
    for item in (ITEM, BYTES):
        put = {"Item": item, "ConditionExpression": "attribute_not_exists(id)"}
        said += [
            call(world, "GetItem", Key=KEY),
            call(world, "PutItem", **put),
            call(world, "GetItem", Key=KEY),
            call(world, "Scan"),
            refusal(world, "PutItem", **put),
            refusal(world, "TransactWriteItems", **put, **OLD),
            call(world, "DeleteItem", Key=KEY, ReturnValues="ALL_OLD"),
            call(world, "TransactWriteItems", **put),
            call(world, "DeleteItem", Key=KEY),
        ]
    return [*said, dict(world.dynamo.consumed)]


def test_short_way__says_what_botocore_does(world: World) -> None:
    short = story(world)
    world.dynamo.consumed.clear()

    with session_of(world.dynamo, _Passing):
        whole = story(world)

    assert short == whole
    assert short[2]["Item"] == ITEM
    assert short[11]["Item"] == BYTES
    assert short[4] == {"item": ITEM, "again": False}
