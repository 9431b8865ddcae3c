"""Reports of HITs: taken once, bounded, seen by nobody but who runs the marketplace."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import cli
from chalicelib.marketplace.store.site_tables import HitReportRow
from chalicelib.marketplace.store.tables import MODELS
from tests.clock import MovableClock
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.market import MASTER_KEY, Market, counters, post, refused, running_market
from tests.integration.worker_site import Site


@pytest.fixture
def market(dynamo_endpoint: str) -> Iterator[Market]:
    # The commands go by the machine's time.
    with running_market(dynamo_endpoint, MovableClock()) as running:
        yield running


@pytest.fixture
def command(market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("DYNAMODB_ENDPOINT", str(market.dynamo.endpoint))
    monkeypatch.setenv("RETAINER_TABLE_PREFIX", market.dynamo.table_prefix)
    monkeypatch.setenv("MARKETPLACE_MASTER_KEY", MASTER_KEY)

    def run(*words: str) -> tuple[int, Any]:
        out = io.StringIO()
        status = cli.main(["market", "reports", *words], out)
        return status, json.loads(out.getvalue() or "null")

    yield run
    # The commands have a connection of their own, and the tables are bound to the last one.
    market.dynamo.bind(MODELS)


def report(worker: Site, hit_id: str, reason: str = "unfair", text: str = "") -> Any:
    return worker.post("/market/report", hitId=hit_id, reason=reason, text=text)


def test_report__is_thanked_for_and_kept_once(market: Market, site: Site, command: Any) -> None:
    account = market.credentials("Odd lab")
    hit_id = post(market.client(account))
    ann, bob = site.sign_in("Ann"), site.sign_in("Bob")

    first = report(ann, hit_id, "personal_data", "  Asks for my password.\n")
    again = report(ann, hit_id, "other", "another story")
    market.clock.advance(60)
    report(bob, hit_id, "broken")

    assert (first.status, first.json) == (again.status, again.json)
    assert first.json["message"].startswith("Thank you.")
    _, listed = command("list")
    assert [(r["worker"], r["reason"], r["text"]) for r in listed] == [
        (ann.worker_id, "personal_data", "Asks for my password."),
        (bob.worker_id, "broken", ""),
    ]
    assert {(r["hit"], r["requester"], r["account"]) for r in listed} == {
        (hit_id, "Odd lab", account.account_id)
    }


def test_report__is_nothing_the_requester_can_see(market: Market, worker: Site) -> None:
    client = market.client()
    hit_id = post(client)
    job = worker.post("/market/accept", hitId=hit_id).json["assignmentId"]
    before = client.get_hit(HITId=hit_id)["HIT"]

    report(worker, hit_id, "harmful", "my secret words")

    assert client.get_hit(HITId=hit_id)["HIT"] == before
    worker.submit({"assignmentId": job, "a": "1"})
    found = client.list_assignments_for_hit(HITId=hit_id)
    assert "my secret words" not in str(found)


def test_report__bad_values__are_refused(market: Market, worker: Site, site: Site) -> None:
    hit_id = post(market.client())

    assert report(worker, hit_id, "").code == "bad_request"
    assert report(worker, hit_id, "because").code == "bad_request"
    assert report(worker, hit_id, "other", " ").code == "bad_request"
    assert report(worker, hit_id, "other", "x" * 2001).code == "bad_request"
    assert report(worker, "a/b").code == "bad_request"
    assert worker.post("/market/report", hitId=hit_id, reason="other", text=3).code == "bad_request"
    assert report(worker, "3NONE").code == "not_found"
    assert report(site, hit_id).status == 401
    assert list(HitReportRow.scan()) == []


def test_report__at_most_so_many_a_day(market: Market, site: Site, worker: Site) -> None:
    client = market.client()
    hits = [post(client, MaxAssignments=1, LifetimeInSeconds=90_000) for _ in range(21)]
    for hit_id in hits[:20]:
        assert report(worker, hit_id).status == 200

    answer = report(worker, hits[20])

    assert (answer.status, answer.code) == (429, "too_many_reports")
    assert report(worker, hits[0]).status == 200, "what is reported already"
    assert report(site.sign_in("somebody else"), hits[20]).status == 200
    market.clock.advance(86_401)
    assert report(worker, hits[20]).status == 200


def test_dismiss__closes_the_reports_and_leaves_the_hit(
    market: Market, worker: Site, command: Any
) -> None:
    client = market.client()
    hit_id = post(client)
    report(worker, hit_id)

    assert command("dismiss", hit_id) == (0, {"hit": hit_id, "dismissed": 1})

    assert command("list")[1] == []
    assert [r["hit"] for r in command("list", "--state", "Dismissed")[1]] == [hit_id]
    assert counters(client, hit_id)[0] == "Assignable"
    assert command("dismiss", "3NONE")[0] == 1


def test_take_down__ends_the_hit_for_good(market: Market, site: Site, command: Any) -> None:
    client = market.client()
    title = uuid.uuid4().hex
    hit_id, other = post(client, Title=title), post(client, Title=title)
    ann, bob = site.sign_in("Ann"), site.sign_in("Bob")
    job = ann.post("/market/accept", hitId=hit_id).json["assignmentId"]
    report(ann, hit_id)

    assert command("take-down", hit_id) == (0, {"takenDown": [hit_id]})

    assert bob.post("/market/accept", hitId=hit_id).code == "none_left"
    assert [g["hitId"] for g in bob.get("/market/hits", q=title).json["groups"]] == [other]
    later = market.clock.now_ms() // 1000 + 600
    error = refused(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=later)
    assert "taken down by the marketplace" in error["Message"]
    client.create_additional_assignments_for_hit(HITId=hit_id, NumberOfAdditionalAssignments=1)
    assert bob.post("/market/accept", hitId=hit_id).code == "none_left"
    # who was at it is paid as ever
    assert ann.submit({"assignmentId": job, "a": "1"}).status == 200
    client.approve_assignment(AssignmentId=job)
    assert [r["state"] for r in command("list", "--state", "TakenDown")[1]] == ["TakenDown"]
    # ending it once more is no harm, nor is the requester's own ending of it
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert command("take-down", hit_id)[0] == 0
    assert command("take-down", hit_id, "--group")[1]["takenDown"] == [hit_id, other]
    assert bob.get("/market/hits", q=title).json["groups"] == []


def test_take_down_requester__ends_all_they_have(market: Market, site: Site, command: Any) -> None:
    account, neighbour = market.credentials("Odd"), market.credentials("Good")
    client = market.client(account)
    hits = [post(client) for _ in range(3)]
    gone = post(client)
    client.update_expiration_for_hit(HITId=gone, ExpireAt=0)
    theirs = post(market.client(neighbour))
    ann = site.sign_in("Ann")
    for hit_id in (gone, hits[0], theirs):
        report(ann, hit_id)

    status, done = command("take-down-requester", account.account_id)

    assert (status, done["hitsEnded"]) == (0, 3)
    assert refused(client.list_hits)["Error"]["Code"] == "UnrecognizedClientException"
    assert {ann.post("/market/accept", hitId=h).code for h in hits} == {"none_left"}
    assert ann.post("/market/accept", hitId=theirs).status == 200
    assert [r["hit"] for r in command("list")[1]] == [theirs]
    assert command("take-down-requester", "ANOBODY")[0] == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_take_down__dying_at_any_write__is_completed_by_the_next(
    market: Market, site: Site, after: bool
) -> None:
    client = market.client()
    ann = site.sign_in("Ann")
    deaths = 0
    for nth in range(1, 8):
        hit_id = post(client)
        report(ann, hit_id)
        try:
            with session_of(market.dynamo, lambda real, n=nth: KillAt(real, n, after)):
                market.market.hit_reports.take_down(hit_id, False)
        except Killed:
            deaths += 1

        market.market.hit_reports.take_down(hit_id, False)

        assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"
        assert [r.state for r in HitReportRow.query(hit_id)] == ["TakenDown"]
        later = market.clock.now_ms() // 1000 + 600
        refused(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=later)
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"
    assert deaths >= 4
