"""The shared connection: one client for all models, tables with their clearing-away switched on."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.dynamo import Dynamo
from chalicelib.retainer.store.tables import MODELS, Seats
from tests.integration.world import World


def test_all_models__share_one_client(world: World) -> None:
    # PynamoDB's private attribute; this fails when a new version keeps its client elsewhere.
    clients = {id(m._get_connection().connection.client) for m in MODELS}

    assert clients == {id(world.dynamo.client)}


def test_tables__clear_away_what_is_long_gone(world: World) -> None:
    client = cast(Any, world.dynamo.client)
    table = cast(Any, Seats.Meta).table_name

    answer = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]

    assert (answer["TimeToLiveStatus"], answer["AttributeName"]) == ("ENABLED", "ttl")


def test_tables__are_made_again_without_harm(world: World) -> None:
    world.put_proto()

    world.dynamo.create_tables(MODELS)

    assert [p.hit_type_id for p in world.room.reservations.protos()] == ["Dashboard"]


def test_refused_writes__are_counted(world: World) -> None:
    world.put_proto()
    world.invoked(1)
    before = world.dynamo.consumed["PutItem", "refused"]
    world.seat("A1")
    world.seat("A1")

    assert world.dynamo.consumed["PutItem", "refused"] - before == 2
    assert isinstance(world.dynamo, Dynamo)
