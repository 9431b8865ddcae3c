"""Tables that one test leaves to the next are empty, whichever way it wrote to them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.kit import sdk
from chalicelib.retainer.store.tables import MODELS
from tests.tables import lent

ELSEWHERE = """
import json, sys
from chalicelib.kit import sdk
endpoint, table, item = sys.argv[1:]
client = sdk.client("dynamodb", "us-east-1", endpoint_url=endpoint,
                    aws_access_key_id="tests", aws_secret_access_key="tests")
client.put_item(TableName=table, Item=json.loads(item))
"""


def by_another_process(client: Any, table: str, item: dict[str, Any]) -> None:
    told = [client.meta.endpoint_url, table, json.dumps(item)]
    subprocess.run([sys.executable, "-c", ELSEWHERE, *told], check=True)


@pytest.mark.parametrize(
    "write",
    [
        lambda client, table, item: client.put_item(TableName=table, Item=item),
        lambda client, table, item: client.update_item(TableName=table, Key=item),
        lambda client, table, item: client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": item}}]}
        ),
        lambda client, table, item: client.transact_write_items(
            TransactItems=[{"Put": {"TableName": table, "Item": item}}]
        ),
        by_another_process,
    ],
    ids=["put", "update", "batch", "transaction", "process"],
)
def test_tables__are_empty_again(
    dynamo_endpoint: str, write: Callable[[Any, str, dict[str, Any]], object]
) -> None:
    keys = {"aws_access_key_id": "tests", "aws_secret_access_key": "tests"}
    client = sdk.client("dynamodb", "us-east-1", endpoint_url=dynamo_endpoint, **keys)
    with lent(dynamo_endpoint, MODELS, "t") as prefix:
        tables = tables_of(client, prefix)
        for table in tables:
            write(client, table, item_of(client, table))
        assert count(client, prefix) == len(tables)
    with lent(dynamo_endpoint, MODELS, "t") as again:
        assert again == prefix
        assert count(client, prefix) == 0


def tables_of(client: Any, prefix: str) -> list[str]:
    listed = client.list_tables(ExclusiveStartTableName=prefix[:-1], Limit=100)["TableNames"]
    return [table for table in listed if table.startswith(prefix)][:3]


def count(client: Any, prefix: str) -> int:
    return sum(client.scan(TableName=table)["Count"] for table in tables_of(client, prefix))


def item_of(client: Any, table: str) -> dict[str, Any]:
    described = client.describe_table(TableName=table)["Table"]
    kinds = {
        one["AttributeName"]: one["AttributeType"] for one in described["AttributeDefinitions"]
    }
    return {
        part["AttributeName"]: {kinds[part["AttributeName"]]: "1"}
        for part in described["KeySchema"]
    }
