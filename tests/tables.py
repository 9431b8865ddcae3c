"""Tables that tests use one after another: to make a set takes longer than most tests do."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore import handlers
from botocore.model import OperationModel
from pynamodb.models import Model

from chalicelib.kit.dynamo.connection import Dynamo

MOST_ROWS = 500
"""Of a test that wrote more, the tables are left as they are, and not used again."""

_free: dict[tuple[str, str], list[str]] = {}
_made: set[str] = set()

# To look into every table takes longer than many tests do: only those are looked into that a
# client of this process may have written to, or all where another process was started.
_written: set[str] = set()
_started: list[str] = []


def watch() -> None:
    """Note what this process starts, and what it writes to by clients made from now on."""
    # Of all sessions: there is no other way to reach those that are made by and by.
    handlers.BUILTIN_HANDLERS.append(("provide-client-params.dynamodb.*", _note_written))
    sys.addaudithook(_note_started)


@contextmanager
def lent(endpoint: str, models: Sequence[type[Model]], initial: str) -> Iterator[str]:
    """Yield the prefix of tables that are there, all of them and empty.

    They go to the next test if this one has neither failed nor made or dropped a table.
    """
    free = _free.setdefault((endpoint, initial), [])
    prefix = free.pop() if free else _make(endpoint, models, initial)
    started = len(_started)
    yield prefix
    names = {_name(model) for model in models}
    mine = {name for name in names if len(_started) > started or prefix + name in _written}
    _written.difference_update(prefix + name for name in names)
    if _is_cleared(_client(endpoint), prefix, names, mine):
        free.append(prefix)
    else:
        _made.discard(prefix)


def are_made(prefix: str) -> bool:
    """Whether the tables of this prefix are lent, so that nobody need make them."""
    return prefix in _made


def _make(endpoint: str, models: Sequence[type[Model]], initial: str) -> str:
    prefix = f"{initial}{uuid.uuid4().hex[:8]}-"
    dynamo = Dynamo(region="us-east-1", endpoint=endpoint, table_prefix=prefix)
    dynamo.bind(models)
    dynamo.create_tables(models)
    _made.add(prefix)
    return prefix


def _note_written(params: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
    if model.name == "BatchWriteItem":
        _written.update(params["RequestItems"])
    elif model.name == "TransactWriteItems":
        _written.update(
            one["TableName"] for item in params["TransactItems"] for one in item.values()
        )
    elif model.name in ("PutItem", "UpdateItem"):
        _written.add(params["TableName"])


def _note_started(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
        _started.append(event)


def _is_cleared(client: Any, prefix: str, names: set[str], written: Iterable[str]) -> bool:
    listed = client.list_tables(ExclusiveStartTableName=prefix[:-1], Limit=100)["TableNames"]
    there = [name for name in listed if name.startswith(prefix)]
    if {name.removeprefix(prefix) for name in there} != names:
        return False
    deleted = 0
    for name in written:
        table = prefix + name
        key = _key(client, table, name)
        projected = {f"#{n}": name for n, name in enumerate(key)}
        scan = {"TableName": table, "ConsistentRead": True, "Limit": MOST_ROWS}
        rows = client.scan(
            **scan, ProjectionExpression=",".join(projected), ExpressionAttributeNames=projected
        )
        deleted += len(rows["Items"])
        if "LastEvaluatedKey" in rows or deleted > MOST_ROWS:
            return False
        for first in range(0, len(rows["Items"]), 25):
            some = rows["Items"][first : first + 25]
            requests = [{"DeleteRequest": {"Key": row}} for row in some]
            if client.batch_write_item(RequestItems={table: requests})["UnprocessedItems"]:
                return False
    return True


def _name(model: type[Model]) -> str:
    meta: Any = model.Meta
    return str(getattr(meta, "base_name", meta.table_name))


_keys: dict[str, list[str]] = {}


def _key(client: Any, table: str, name: str) -> list[str]:
    if name not in _keys:
        schema = client.describe_table(TableName=table)["Table"]["KeySchema"]
        _keys[name] = [part["AttributeName"] for part in schema]
    return _keys[name]


@cache
def _client(endpoint: str) -> Any:
    return Dynamo(region="us-east-1", endpoint=endpoint, table_prefix="").client
