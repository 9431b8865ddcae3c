"""`retainer doctor` on the local stack: well, and with something wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock, SystemClock
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain.ports import ApiKey
from chalicelib.retainer.services.keys import LENT, LENT_MOST_MS, Keys, Scope, digest_of
from chalicelib.retainer.services.reservations import Asked
from chalicelib.retainer.store.keys import DynamoKeys
from local.stack import Ports, Stack, StackOptions, running_stack
from operate.doctor.service import keyed_routes
from tests.integration.operating import Ran, asked, retainer
from tests.integration.test_api_keys import ADMIN_ROUTES, APPLICATION_ROUTES
from tests.integration.world import PROTO
from tests.patience import until

DENIED = "An error occurred (AccessDeniedException) when calling the GetItem operation"


class UnreadableKeys(DynamoKeys):
    def find(self, digest: str) -> ApiKey | None:
        raise StoreUnavailable(DENIED)


@pytest.fixture(scope="module")
def closed() -> Iterator[Stack]:
    with running_stack(StackOptions(ports=Ports(), speed=0, variables={"RETAINER_OPEN": "0"})) as s:
        yield s


def wrong(ran: Ran) -> list[dict[str, Any]]:
    return [finding for finding in ran.json["findings"] if not finding["ok"]]


def test_routes__are_all_those_that_take_a_key() -> None:
    found = set(keyed_routes())

    for method, path in (*APPLICATION_ROUTES, *ADMIN_ROUTES):
        assert (f"/retainer/{path}", method) in found
    assert not [path for path, _ in found if "gettask" in path or "waiting" in path]


def test_service__is_well(closed: Stack) -> None:
    ran = retainer("--json", "doctor")

    assert wrong(ran) == []
    assert (ran.code, ran.json["well"]) == (0, True)
    said = retainer("doctor").out
    assert "All is well." in said
    assert f"{len(keyed_routes())} routes asked without a key" in said


def test_functions__are_each_started_once__and_their_keys_are_gone(closed: Stack) -> None:
    before = state()

    found = retainer("--json", "doctor").json["findings"]

    started = [f["what"].partition(" ")[0] for f in found if f["check"] == "starts"]
    assert started == [
        f"retainer-local-{name}"
        for name in (
            "size_pools", "review", "market_events", "mturk", "market_tick", "market_calls",
        )
    ]  # fmt: skip
    calls = [f["what"] for f in found if f["check"] == "calls"]
    assert "protohit/list asked with a key: answered" in calls
    assert f"the worker site's routes are open to pages of {closed.desk}" in calls
    assert "7 functions have logged no error meanwhile" in [f["what"] for f in found]
    assert state() == before


def test_key_that_a_crash_left__is_taken_away_by_the_next_visit__not_one_in_use(
    closed: Stack,
) -> None:
    clock = FakeClock(SystemClock().now_ms() - LENT_MOST_MS - 1)
    keys = Keys(DynamoKeys(), clock)
    left, used = keys.lent(Scope.APPLICATION), keys.lent(Scope.APPLICATION)
    left.__enter__()
    clock.advance(LENT_MOST_MS / 1000)
    key = used.__enter__()

    retainer("doctor")

    (there,) = [k for k in keys.list() if k.name.startswith(LENT)]
    assert there.digest == digest_of(key)
    used.__exit__(None, None, None)
    assert not [k for k in keys.list() if k.name.startswith(LENT)]
    assert retainer("keys", "make", f"{LENT}mine").code == 1


def test_keyed_call_that_fails__is_found_out__with_what_the_log_says(closed: Stack) -> None:
    """As where the role of the API may not read the keys."""
    bootstrap.reset()
    bootstrap.get().retainer.keys = Keys(UnreadableKeys(), SystemClock())
    try:
        found = wrong(retainer("--json", "doctor"))
    finally:
        bootstrap.reset()

    told = {f["check"]: f for f in found}
    assert set(told) == {"calls", "log"}
    assert "list?limit=1&v=1 asked with a key answers 503: " in told["calls"]["what"]
    assert told["log"]["what"] == f"retainer-local: unavailable: {DENIED} (2 times)"


def test_open_service__is_found_out__and_nothing_in_it_is_changed(closed: Stack) -> None:
    """The variable says closed, but what answers is open."""
    asked("keys", "make", "application")
    room = bootstrap.get().retainer
    room.reservations.put_proto(PROTO)
    room.reservations.make(Asked("Dashboard", 1, 3600, 1))
    before = state()
    config = bootstrap.get().config
    is_open = replace(config, retainer=replace(config.retainer, open=True))
    bootstrap.reset(bootstrap.App(is_open))
    try:
        found = [f["what"] for f in wrong(retainer("--json", "doctor")) if f["check"] == "routes"]
    finally:
        bootstrap.reset()

    assert len(found) == len(keyed_routes())
    assert any("GET /retainer/protohit/list answers 200" in what for what in found)
    assert not [what for what in found if what.startswith("POST") and "answers 20" in what]
    assert state() == before


def test_hit_that_was_deleted_at_the_market__is_named__until_it_is_noted(closed: Stack) -> None:
    room = bootstrap.get().retainer
    room.reservations.put_proto({**PROTO, "hit_type_id": "Deleted"})
    room.reservations.make(Asked("Deleted", 1, 0, 1))
    # `make` has started a run of the sizing, which may hold the lease still.
    (hit,) = until(
        lambda: [p.hit for p in room.hits.page("Deleted", "out", None, 9)[0] if p.hit], "a HIT"
    )
    room.reservations.finish_all("Deleted")
    requester = boto3.client(
        "mturk", region_name="us-east-1", endpoint_url=closed.mturk,
        aws_access_key_id=closed.keys.access_key, aws_secret_access_key=closed.keys.secret_key,
    )  # fmt: skip
    assert wrong(retainer("--json", "doctor")) == []
    requester.update_expiration_for_hit(HITId=hit, ExpireAt=1)
    requester.delete_hit(HITId=hit)

    (told,) = wrong(retainer("--json", "doctor"))
    assert told["what"] == f"Deleted: the market sandbox knows the HIT {hit} no more"
    room.sizing.run("Deleted")
    until(lambda: not room.hits.page("Deleted", "out", None, 9)[0], "none is out")
    assert wrong(retainer("--json", "doctor")) == []


def test_check_that_breaks_off__is_told_of__and_the_others_go_on(closed: Stack) -> None:
    client = boto3.client("dynamodb", endpoint_url=closed.dynamodb, region_name="us-east-1")
    row = {"hit_type_id": {"S": "Torn"}, "spec": {"S": "{"}}
    client.put_item(TableName="retainer-protohits", Item=row)
    try:
        found = retainer("--json", "doctor")
    finally:
        client.delete_item(TableName="retainer-protohits", Key={"hit_type_id": row["hit_type_id"]})

    broken = {one["check"]: one["what"] for one in wrong(found)}
    assert "broke off" in broken["hits"]
    assert {one["check"] for one in found.json["findings"]} > set(broken)


def test_what_is_wrong__is_told_with_what_to_do(
    closed: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("dynamodb", endpoint_url=closed.dynamodb, region_name="us-east-1")
    client.delete_table(TableName="retainer-errands")
    monkeypatch.setenv("RETAINER_MARKETS", '{"sandbox": {"endpoint": "http://127.0.0.1:9"}}')

    ran = retainer("--json", "doctor")

    assert ran.code == 1
    told = {finding["check"]: finding for finding in wrong(ran)}
    assert set(told) == {"tables", "market", "starts", "log"}
    for check in ("tables", "starts", "log"):
        assert "errands" in told[check]["what"] or "retainer-local-review" in told[check]["what"]
    assert all(finding["mend"] for finding in told.values())
    assert "mend:" in retainer("doctor").out


def state() -> list[Any]:
    return [asked("protohit", "list"), asked("reservations", "list"), asked("keys", "list")]
