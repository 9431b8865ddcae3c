"""The shared connection: one client for all models, tables with their clearing-away switched on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, cast

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    KeysOnlyProjection,
    LocalSecondaryIndex,
)
from pynamodb.models import Model

from chalicelib.kit.config import ConfigError
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.retainer.store.tables import MODELS, Seats
from tests.integration.faults import OneTableAtATime, session_of
from tests.integration.world import World


def test_all_models__share_one_client(world: World) -> None:
    # PynamoDB's private attribute; this fails when a new version keeps its client elsewhere.
    clients = {id(m._get_connection().connection.client) for m in MODELS}

    assert clients == {id(world.dynamo.calls)}


def test_tables__clear_away_what_is_long_gone(world: World) -> None:
    client = cast(Any, world.dynamo.client)
    table = cast(Any, Seats.Meta).table_name

    answer = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]

    assert (answer["TimeToLiveStatus"], answer["AttributeName"]) == ("ENABLED", "ttl")


def test_tables__are_made_again_without_harm(world: World) -> None:
    world.put_proto()

    world.dynamo.create_tables(MODELS)

    assert [p.hit_type_id for p in world.room.reservations.protos()] == ["Dashboard"]


class Old(Model):
    """A table as an earlier version made it."""

    class Meta:
        table_name = "grown"

    key = UnicodeAttribute(hash_key=True)
    group = UnicodeAttribute(null=True)
    number = NumberAttribute(null=True)


class ByGroup(GlobalSecondaryIndex["New"]):
    class Meta:
        index_name = "by_group"
        projection = KeysOnlyProjection()

    group = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)


class ByNumber(GlobalSecondaryIndex["New"]):
    class Meta:
        index_name = "by_number"
        projection = AllProjection()

    number = NumberAttribute(hash_key=True)


class New(Old):
    class Meta:
        table_name = "grown"

    by_group = ByGroup()
    by_number = ByNumber()


class Within(LocalSecondaryIndex["Other"]):
    class Meta:
        index_name = "within"
        projection = AllProjection()

    key = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)


class Other(Old):
    class Meta:
        table_name = "grown"

    within = Within()


def test_tables__of_an_earlier_version_get_the_indexes_they_lack(world: World) -> None:
    world.dynamo.bind([Old])
    world.dynamo.create_tables([Old])
    for n in range(3):
        Old(f"k{n}", group="g", number=n).save()
    world.dynamo.bind([New])

    world.dynamo.create_tables([New])

    assert [row.key for row in New.by_group.query("g", scan_index_forward=False)] == [
        "k2",
        "k1",
        "k0",
    ]
    assert [row.group for row in New.by_number.query(1)] == ["g"]
    world.dynamo.create_tables([New])


@pytest.mark.race
def test_tables__made_by_several_at_once__are_there_for_all(world: World) -> None:
    world.dynamo.bind([Old])
    together = Barrier(8)

    def make(n: int) -> str:
        together.wait()
        world.dynamo.create_tables([Old])
        Old(f"k{n}", group="g", number=n).save()
        return Old.get(f"k{n}").key

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(make, range(8))) == [f"k{n}" for n in range(8)]


class Second(Old):
    class Meta:
        table_name = "second"


def test_tables__of_which_fewer_can_be_made_at_once__are_all_made(world: World) -> None:
    world.dynamo.bind([Old, Second])

    with session_of(world.dynamo, OneTableAtATime) as limited:
        world.dynamo.create_tables([Old, Second])

    assert limited.refused >= 1
    Old("k").save()
    Second("k").save()


def test_tables__that_cannot_be_brought_up_to_date__are_named(world: World) -> None:
    world.dynamo.bind([Old])
    world.dynamo.create_tables([Old])
    world.dynamo.bind([Other])

    with pytest.raises(ConfigError, match=r"grown is of an earlier version: it lacks .* within"):
        world.dynamo.create_tables([Other])


def test_refused_writes__are_counted(world: World) -> None:
    world.put_proto()
    world.invoked(1)
    before = world.dynamo.consumed["PutItem", "refused"]
    world.seat("A1")
    world.seat("A1")

    assert world.dynamo.consumed["PutItem", "refused"] - before == 2
    assert isinstance(world.dynamo, Dynamo)
