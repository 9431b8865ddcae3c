"""What a worker learns and agrees to before accepting: paces, waits, guards, consent."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib import cli
from chalicelib.kit.spreadsheets import BOM
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.marketplace.store.site_tables import AgreementRow, WorkTimeRow
from chalicelib.marketplace.store.tables import MODELS
from tests.integration.faults import Faults, FaultySession, session_of
from tests.integration.market import MASTER_KEY, Market, counters, hit_values, post
from tests.integration.market_crowd import at_once
from tests.integration.qualifications import make_type, needing
from tests.integration.worker_site import Answer, Site


@pytest.fixture
def command(market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("DYNAMODB_ENDPOINT", str(market.dynamo.endpoint))
    monkeypatch.setenv("RETAINER_TABLE_PREFIX", market.dynamo.table_prefix)
    monkeypatch.setenv("MARKETPLACE_MASTER_KEY", MASTER_KEY)

    def run(*words: str) -> tuple[int, str]:
        out = io.StringIO()
        return cli.main(["market", *words], out), out.getvalue()

    yield run
    # The commands have a connection of their own, and the tables are bound to the last one.
    market.dynamo.bind(MODELS)


def listed(worker: Site, title: str) -> dict[str, Any]:
    (group,) = worker.get("/market/hits", q=title).json["groups"]
    return dict(group)


def previewed(worker: Site, group_id: str) -> Any:
    return worker.get(f"/market/hits/group/{group_id}").json


def do(market: Market, site: Site, hit_id: str, seconds: float) -> None:
    """Somebody new accepts a HIT, works for so long, and submits."""
    somebody = site.sign_in(uuid.uuid4().hex)
    job = somebody.post("/market/accept", hitId=hit_id).json["assignmentId"]
    market.clock.advance(seconds)
    assert site.submit({"assignmentId": job, "a": "1"}).status == 200


def test_pace__is_the_median_of_the_latest_submissions(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    title = uuid.uuid4().hex
    hit_id = post(client, Title=title, Reward="0.50", MaxAssignments=9)
    assert listed(worker, title)["pace"] is None
    for seconds in (60, 500):
        do(market, site, hit_id, seconds)
    # Two would say more of these two than of the work.
    assert listed(worker, title)["pace"] is None

    do(market, site, hit_id, 120)

    group = listed(worker, title)
    assert 120 <= group["pace"]["medianS"] <= 122
    assert group["pace"]["samples"] == 3
    # 50 cents for two minutes
    assert 14.7 <= float(group["pace"]["hourly"]) <= 15.0
    assert previewed(worker, group["groupId"])["pace"] == group["pace"]


def test_pace__keeps_a_bounded_sample_and_forgets_old_times(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    title = uuid.uuid4().hex
    hit_id = post(
        client,
        Title=title,
        MaxAssignments=100,
        LifetimeInSeconds=86_400,
        AssignmentDurationInSeconds=3600,
    )
    for _ in range(5):
        do(market, site, hit_id, 1000)
    for _ in range(25):
        do(market, site, hit_id, 20)

    pace = listed(worker, title)["pace"]

    assert (pace["samples"], 20 <= pace["medianS"] <= 22) == (25, True)
    row = WorkTimeRow.get(listed(worker, title)["hitTypeId"])
    assert len(row.seconds) == 25


def test_pace__of_waits__tells_an_hourly_rate_only_from_enough_of_them_over_enough_time(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    title = uuid.uuid4().hex
    terms = "max-wait=300 wait-pay=0.20 wait-most=1.00"
    day = {"LifetimeInSeconds": 86_400, "MaxAssignments": 100}
    hit_id = post(client, Title=title, Reward="0.05", RequesterAnnotation=terms, **day)
    for _ in range(10):
        do(market, site, hit_id, 20)
    group = listed(worker, title)
    # A burst would promise $21 to somebody who then waits for five minutes.
    assert (group["pace"]["samples"], group["pace"]["hourly"]) == (10, None)
    assert group["terms"]["hourly"] == "12.60"
    assert (group["terms"]["waitPay"], group["terms"]["waitMost"]) == ("0.20", "1.00")

    market.clock.advance(3600)
    do(market, site, hit_id, 20)

    assert float(listed(worker, title)["pace"]["hourly"]) > 19


def test_work_time__that_cannot_be_noted__is_not_in_the_way(
    market: Market, client: Any, site: Site
) -> None:
    """Its table out of service, the submission counts all the same."""
    hit_id = post(client)
    somebody = site.sign_in(uuid.uuid4().hex)
    job = somebody.post("/market/accept", hitId=hit_id).json["assignmentId"]

    class NoWorkTimes(FaultySession):
        def send(self, request: Any) -> Any:
            if b"market-work-times" in request.body:
                raise ConnectionError("gone")
            return self._real.send(request)

    with session_of(market.dynamo, lambda real: NoWorkTimes(real, Faults(), 1)):
        answer = site.submit({"assignmentId": job, "a": "1"})

    assert answer.status == 200
    assert counters(client, hit_id) == ("Assignable", 0, 2, 0)


def test_longest_wait__is_what_the_annotation_says(client: Any, worker: Site) -> None:
    told, untold = uuid.uuid4().hex, uuid.uuid4().hex
    post(client, Title=told, RequesterAnnotation="retainer:abc max-wait=300")
    post(client, Title=untold, RequesterAnnotation="nmax-wait=300 max-wait=soon")

    assert listed(worker, told)["maxWaitS"] == 300
    assert listed(worker, untold)["maxWaitS"] is None


def test_listing__says_what_is_missing_and_what_may_be_done(client: Any, worker: Site) -> None:
    french, german = make_type(client, Name="Français"), make_type(client, Name="Deutsch")
    word = uuid.uuid4().hex
    post(client, Title=f"{word} free")
    post(client, Title=f"{word} accept", **needing(french, ActionsGuarded="Accept"))
    post(client, Title=f"{word} preview", **needing(german, ActionsGuarded="PreviewAndAccept"))
    hidden = post(
        client, Title=f"{word} no", **needing(german, ActionsGuarded="DiscoverPreviewAndAccept")
    )

    found = {g["title"].split()[1]: g for g in worker.get("/market/hits", q=word).json["groups"]}
    fitting = worker.get("/market/hits", q=word, qualified="1").json["groups"]

    assert set(found) == {"free", "accept", "preview"}
    assert [g["title"] for g in fitting] == [f"{word} free"]
    said = {k: (g["qualified"], g["previewable"]) for k, g in found.items()}
    assert said == {"free": (True, True), "accept": (False, True), "preview": (False, False)}
    (unmet,) = found["accept"]["unmet"]
    assert (unmet["qualificationTypeId"], unmet["name"]) == (french, "Français")
    assert unmet["requestable"] is True
    barred = worker.get(f"/market/hits/group/{found['preview']['groupId']}")
    assert (barred.status, barred.code) == (403, "not_qualified")
    for hit_id in (found["accept"]["hitId"], found["preview"]["hitId"], hidden):
        assert worker.post("/market/accept", hitId=hit_id).code == "not_qualified"


def test_consent__must_be_given_once_and_is_on_record(
    market: Market, site: Site, worker: Site, command: Any, tmp_path: Path
) -> None:
    account = market.credentials("Careful lab")
    title = uuid.uuid4().hex
    client = market.client(account)
    hits = [post(client, Title=title) for _ in range(3)]
    text = "We keep your answers.\nYou may stop at any time – “really”."
    file = tmp_path / "consent.txt"
    file.write_bytes(text.encode())
    digest = hashlib.sha256(file.read_bytes()).hexdigest()

    # GIVEN a text in force
    status, out = command("accounts", "consent", "set", account.account_id, "--file", str(file))
    assert (status, json.loads(out)["version"], json.loads(out)["sha256"]) == (0, 1, digest)
    group = listed(worker, title)["groupId"]
    shown = previewed(worker, group)["consent"]
    assert shown == {"version": 1, "text": text, "sha256": digest, "agreedAt": None}

    # WHEN it is not agreed to, nothing is accepted, by HIT or by group
    for asked in ({"hitId": hits[0]}, {"groupId": group}, {"groupId": group, "consent": 2}):
        refused = worker.post("/market/accept", **asked)
        assert (refused.status, refused.code) == (409, "consent_needed")
        assert refused.json["error"]["version"] == 1
    assert worker.get("/market/assignments").json["queue"] == []
    assert list(AgreementRow.query(account.account_id)) == []

    # THEN it is accepted with the version, and after that without
    assert worker.post("/market/accept", hitId=hits[0], consent=1).status == 200
    assert worker.post("/market/accept", groupId=group).status == 200
    agreed_ms = previewed(worker, group)["consent"]["agreedAt"]
    assert abs(agreed_ms - market.clock.now_ms()) < 10_000
    # not in the name of others
    other = site.sign_in(uuid.uuid4().hex)
    assert other.post("/market/accept", hitId=hits[2]).code == "consent_needed"
    lines = list(
        csv.DictReader(io.StringIO(command_out(command, account.account_id).removeprefix(BOM)))
    )
    assert [(x["worker_id"], x["version"], x["sha256"]) for x in lines] == [
        (worker.worker_id, "1", digest)
    ]


def command_out(command: Any, account_id: str) -> str:
    status, out = command("accounts", "consent", "agreed", account_id)
    assert status == 0
    return str(out)


def test_consent__a_new_version_is_asked_for_anew_and_the_old_one_kept(
    market: Market, worker: Site, command: Any
) -> None:
    account = market.credentials()
    title = uuid.uuid4().hex
    hits = [post(market.client(account), Title=title) for _ in range(4)]
    ours = account.account_id
    consents = market.market.consents
    consents.put_in_force(ours, "first")
    assert consents.put_in_force(ours, "first").version == 1
    assert worker.post("/market/accept", hitId=hits[0], consent=1).status == 200

    command("accounts", "consent", "set", ours, "--text", "second")

    refused = worker.post("/market/accept", hitId=hits[1], consent=1)
    assert (refused.code, refused.json["error"]["version"]) == ("consent_needed", 2)
    assert worker.post("/market/accept", hitId=hits[1], consent=2).status == 200
    shown = json.loads(command("accounts", "consent", "show", ours)[1])
    assert [(v["version"], v["text"], v["inForce"]) for v in shown] == [
        (1, "first", False),
        (2, "second", True),
    ]
    # removed, it is not asked for; given again, it is a version of its own
    assert command("accounts", "consent", "remove", ours)[0] == 0
    assert worker.post("/market/accept", hitId=hits[2]).status == 200
    assert previewed(worker, listed(worker, title)["groupId"])["consent"] is None
    assert consents.put_in_force(ours, "first").version == 3
    assert worker.post("/market/accept", hitId=hits[3]).code == "consent_needed"
    assert [line.split(",")[1] for line in command_out(command, ours).splitlines()[1:]] == [
        "1",
        "2",
    ]


def test_consent__agreed_to_by_many_and_twice_at_once__is_once_on_record(
    market: Market, site: Site
) -> None:
    account = market.credentials()
    client = market.client(account)
    hits = [client.create_hit(**hit_values())["HIT"]["HITId"] for _ in range(8)]
    market.market.consents.put_in_force(account.account_id, "yes?")
    ann = market.market.sessions.sign_in(uuid.uuid4().hex)[1]

    at_once(8, lambda n: market.market.work.accept(ann, hits[n], 1).assignment.assignment_id)

    assert len(list(AgreementRow.query(account.account_id))) == 1


def test_consent__bad_values__are_refused_with_a_sentence(
    market: Market, worker: Site, client: Any, command: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    hit_id = post(client)
    for bad in (0, -1, "x", 1.5, True, [1]):
        assert worker.post("/market/accept", hitId=hit_id, consent=bad).code == "bad_request"
    account = market.credentials().account_id
    for words in (
        ("set", "ANOBODY", "--text", "x"),
        ("set", account, "--text", "  "),
        ("set", account, "--text", "x" * 50_001),
        ("set", account, "--text", "a\x00b"),
        ("set", account, "--file", "/nowhere/at/all"),
        ("show", "ANOBODY"),
        ("agreed", "ANOBODY"),
        ("remove", account),
    ):
        assert command("accounts", "consent", *words)[0] == 1, words
        assert capsys.readouterr().err.startswith("retainer: ")


def test_consent__costs_an_acceptance_one_small_read_where_there_is_no_text(
    market: Market, client: Any
) -> None:
    consents, dynamo = market.market.consents, market.dynamo
    ann = market.market.sessions.sign_in(uuid.uuid4().hex)[1]
    account = market.credentials().account_id

    def cost() -> tuple[int, int]:
        before = dict(dynamo.consumed)
        with contextlib.suppress(MarketplaceError):
            consents.require(ann, account, 1)
        spent = {k: n - before.get(k, 0) for k, n in dynamo.consumed.items()}
        return spent.get(("GetItem", "calls"), 0), spent.get(("PutItem", "calls"), 0)

    assert cost() == (1, 0)
    consents.put_in_force(account, "x" * 40_000)
    assert cost() == (2, 1)
    assert cost() == (2, 0)


def test_listing__says_what_the_worker_has_done_or_holds(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    title = uuid.uuid4().hex
    hits = [post(client, Title=title) for _ in range(2)]

    def said() -> tuple[bool, str | None]:
        group = listed(worker, title)
        shown = previewed(worker, group["groupId"])
        assert (shown["done"], shown["held"]) == (group["done"], group["held"])
        return group["done"], group["held"]

    assert said() == (False, None)
    first = worker.post("/market/accept", hitId=hits[0]).json["assignmentId"]
    assert said() == (False, None), "there is another one to accept"
    second = worker.post("/market/accept", hitId=hits[1]).json["assignmentId"]
    assert said()[1] in {first, second}
    worker.submit({"assignmentId": first, "a": "1"})
    assert said() == (False, second)
    worker.submit({"assignmentId": second, "a": "1"})
    assert said() == (True, None)
    assert listed(site.sign_in(uuid.uuid4().hex), title)["done"] is False
    # what was held and ran out can be accepted again
    hits.append(post(client, Title=title))
    worker.post("/market/accept", hitId=hits[2])
    market.clock.advance(601)
    assert said() == (False, None)


def test_accept__skips_what_the_worker_passes_over(client: Any, worker: Site) -> None:
    title = uuid.uuid4().hex
    hits = {post(client, Title=title, MaxAssignments=1) for _ in range(2)}
    group = listed(worker, title)["groupId"]
    first = worker.post("/market/accept", groupId=group).json
    worker.post("/market/return", assignmentId=first["assignmentId"])

    second = worker.post("/market/accept", groupId=group, skip=[first["hitId"]]).json

    assert {first["hitId"], second["hitId"]} == hits
    assert (second["groupId"], second["title"]) == (group, title)
    worker.post("/market/return", assignmentId=second["assignmentId"])
    none: Answer = worker.post("/market/accept", groupId=group, skip=list(hits))
    assert (none.status, none.code) == (409, "none_left")
    assert "no other work of this kind" in none.json["error"]["message"]
    for bad in ("x", [1], ["a/b"], ["3"] * 101):
        assert worker.post("/market/accept", groupId=group, skip=bad).code == "bad_request"
