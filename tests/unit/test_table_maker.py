"""Making tables waits for what DynamoDB is still about, and not for ever."""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib.kit.config import ConfigError
from chalicelib.kit.dynamo.tables import TableMaker, definition_of
from chalicelib.retainer.store.tables import MODELS

MODEL = next(m for m in MODELS if len(definition_of(m).global_indexes) == 1)
INDEX = definition_of(MODEL).global_indexes[0]["IndexName"]


class SlowDynamo:
    """Answers DescribeTable with one state after another: (table, index), or None for not found."""

    def __init__(self, *states: tuple[str, str] | None) -> None:
        self.states = list(states)
        self.calls: list[str] = []

    def describe_table(self, TableName: str) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self.calls.append("look")
        if state is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeTable")
        local = [{"IndexName": i["IndexName"]} for i in definition_of(MODEL).local_indexes]
        indexes = [{"IndexName": INDEX, "IndexStatus": state[1]}] if state[1] else []
        return {"Table": {"TableStatus": state[0], "GlobalSecondaryIndexes": indexes,
                          "LocalSecondaryIndexes": local}}  # fmt: skip

    def create_table(self, **_: Any) -> None:
        self.calls.append("create")

    def update_table(self, **_: Any) -> None:
        self.calls.append("index")

    def describe_time_to_live(self, TableName: str) -> dict[str, Any]:
        self.calls.append("use")
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED"}}


def made(dynamo: SlowDynamo) -> list[str]:
    slept: list[float] = []
    TableMaker(cast(BaseClient, dynamo), "any-", slept.append).create([MODEL])
    assert sum(slept) < 60
    return dynamo.calls


def test_table__is_waited_for_though_it_is_not_known_yet() -> None:
    """AWS: a table that was asked for may not be found for some moments."""
    calls = made(SlowDynamo(None, None, None, ("CREATING", ""), ("ACTIVE", "ACTIVE")))

    assert calls[:6] == ["look", "create", "look", "look", "look", "look"]


def test_index__is_waited_for_until_its_table_takes_the_next_change() -> None:
    calls = made(
        SlowDynamo(("ACTIVE", ""), ("UPDATING", "CREATING"), ("UPDATING", "ACTIVE"),
                   ("ACTIVE", "ACTIVE"))
    )  # fmt: skip

    assert calls == ["look", "use", "index", "look", "look", "look"]


def test_table_that_never_comes__is_told_of() -> None:
    slept: list[float] = []
    dynamo = SlowDynamo(None)

    with pytest.raises(ConfigError, match="not ready after 300 s: it is not there"):
        TableMaker(cast(BaseClient, dynamo), "any-", slept.append).create([MODEL])
    assert sum(slept) == 300
