"""A service that goes on from the tables of an earlier version: nobody lost, nobody unpaid."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
import pytest

from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from chalicelib.marketplace.store.tables import LedgerRow
from chalicelib.mturk.prices import parse_dollars
from local.environment import environ
from local.stack import Stack
from operate.backup.load import load
from operate.backup.tables import Tables
from operate.migrate import schema
from operate.migrate.migrations import WANTED
from tests.frozen.archive import HERE, unpack
from tests.frozen.life import LAB
from tests.frozen.place import PREFIX, SECRETS, Person, Site, stack_at
from tests.integration.market_identities import check_identities

VERSIONS = sorted(path.name for path in HERE.iterdir() if (path / "tables.tar.gz").is_file())

INITIAL_CENTS = 1_000_000


@dataclass
class Successor:
    """The service of this version, on the tables of that one, at the moment they were kept."""

    stack: Stack
    clock: FakeClock
    facts: dict[str, Any]
    prefix: str

    def __post_init__(self) -> None:
        self.site = Site(self.stack, self.facts["page"])
        self.people = {name: Person(**known) for name, known in self.facts["people"].items()}
        self.reservations: dict[str, str] = self.facts["reservations"]

    def results(self, name: str) -> Any:
        return self.site.get("reservation/results", id=self.reservations[name])

    def claimants(self, name: str) -> list[str]:
        return [slot["worker"] for slot in self.results(name)["slots"]]

    def earned_cents(self, name: str) -> int:
        told = self.site.ask(self.people[name], "earnings")
        return parse_dollars(told["rewards"]) + parse_dollars(told["bonuses"])

    def review(self, times: int = 1) -> None:
        for _ in range(times):
            self.stack.run_function("market_tick")
            self.stack.run_function("review")
            self.clock.advance(60)

    @cached_property
    def lab(self) -> Any:
        keys = bootstrap.get().marketplace.accounts.ensure(LAB)
        return boto3.client(
            "mturk", region_name="us-east-1", endpoint_url=self.stack.mturk,
            aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key,
        )  # fmt: skip


@pytest.fixture(scope="module", params=VERSIONS)
def later(
    request: pytest.FixtureRequest, dynamo_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Successor]:
    """The tests of this module are one story; each of them can be told alone as well."""
    folder = unpack(request.param, "tables", tmp_path_factory.mktemp("frozen"))
    facts = json.loads((folder / "facts.json").read_text())
    (folder / "facts.json").unlink()
    prefix = f"{PREFIX}{request.param}-"
    clock = FakeClock(facts["now_ms"])
    with environ({"DYNAMODB_ENDPOINT": dynamo_endpoint, **SECRETS}):
        load(Config.from_env(os.environ), folder, lambda _: None, prefix=prefix)
        with stack_at(clock, prefix) as stack:
            successor = Successor(stack, clock, facts, prefix)
            yield successor
            successor.site.close()
            successor.lab.close()


def as_said(now: Any, before: Any) -> Any:
    """What is said now, without what a later version says beside it."""
    if isinstance(before, dict) and isinstance(now, dict):
        return {key: as_said(now[key], value) for key, value in before.items() if key in now}
    if isinstance(before, list) and isinstance(now, list) and len(now) == len(before):
        return [as_said(one, was) for one, was in zip(now, before, strict=True)]
    return now


def test_tables__are_of_this_version_and_say_what_they_said(later: Successor) -> None:
    config = Config.from_env(os.environ)
    assert config.table_prefix == later.prefix
    assert schema.read(Tables(config)).number == WANTED

    for name in later.reservations:
        before = {k: v for k, v in later.facts["results"][name].items() if k != "version"}
        assert as_said(later.results(name), before) == before
    assert later.site.get("costs") == later.facts["costs"]
    for name, person in later.people.items():
        assert later.site.ask(person, "earnings") == later.facts["earned"][name]
    balance = later.lab.get_account_balance()["AvailableBalance"]
    assert balance == later.facts["lab"]["balance"]


def test_who_is_called_or_at_work__keeps_the_call(later: Successor) -> None:
    hana, ivo = later.people["Hana"], later.people["Ivo"]

    called = later.site.poll(hana)
    assert (called["start"], called["payload"]) == (True, "called")
    later.site.work(hana)
    assert later.site.ping(ivo, "working").json()["reservation"] == later.reservations["called"]
    for person in (hana, ivo):
        later.site.submit(person, answer="left")

    assert sorted(later.claimants("called")) == sorted([hana.worker_id, ivo.worker_id])
    assert all(slot["acknowledged"] for slot in later.results("called")["slots"])


def test_who_waits__polls_on_and_is_called(later: Successor) -> None:
    jun, kim, lea, tess, max_ = (
        later.people[name] for name in ("Jun", "Kim", "Lea", "Tess", "Max")
    )
    later.clock.advance(1)

    # Two slots were free; one worker is left over, whose wait has gone on without a break.
    for person in (jun, kim):
        assert later.site.poll(person)["payload"] == "open"
    for person in (lea, tess, max_):
        state = later.site.poll(person)
        assert (state["start"], state["known"], "waitOver" in state) == (False, True, False)
        assert state["waited"] >= 60_000
    later.site.post("reservation/invoke", id=later.reservations["idle"])
    assert later.site.poll(lea)["payload"] == "idle"
    # Whoever shares a pool is called for the work of either.
    for name in ("doors", "signs"):
        later.site.post("reservation/invoke", id=later.reservations[name])
    assert later.site.poll(max_)["reservation"] in (
        later.reservations["doors"], later.reservations["signs"],
    )  # fmt: skip

    for person in (jun, kim, lea, max_):
        later.site.work(person)
        later.site.submit(person, answer="right")
    later.site.submit(tess, retainer="left")
    assert sorted(later.claimants("open")) == sorted([jun.worker_id, kim.worker_id])


def test_who_is_owed__is_paid_once(later: Successor) -> None:
    assert later.earned_cents("Eva") == 5
    later.site.post("review", assignment=later.people["Gil"].assignment, decision="approve")

    later.review(2)

    # What had been tried when the market failed, the work that was held, and what was handed in.
    assert later.earned_cents("Eva") == 5 + 48
    assert later.earned_cents("Gil") >= 5
    (slot,) = later.results("held")["slots"]
    assert (slot["status"], slot["answers"]) == ("Approved", {"answer": "a sign"})
    (slot,) = later.results("handed in")["slots"]
    assert (slot["status"], slot["answers"]) == ("Approved", {"answer": "right"})
    assert later.site.get("costs")["owed"]["total"] == "0.00"
    later.review()
    paid = Counter(
        (row.kind, row.assignment_id)
        for row in LedgerRow.scan(consistent_read=True)
        if row.kind != "deposit" and row.worker_id != later.people["Ada"].worker_id
    )
    assert max(paid.values()) == 1, "nobody is paid twice"


def test_whose_page_was_lost__is_offered_what_they_waited(later: Successor) -> None:
    dan = later.people["Dan"]
    later.clock.advance(900)
    later.review(2)

    titles = [group["title"] for group in later.site.ask(dan, "hits")["groups"]]
    (owed,) = [title for title in titles if title not in {"Lost", "Photos"} and "ait" in title]
    later.site.accept(dan, owed)
    later.site.hand_in(dan, got="it")
    later.review(2)

    # Two minutes at six cents.
    assert later.earned_cents("Dan") >= 12
    stranger = later.site.sign_in("Zoe")
    assert owed not in [group["title"] for group in later.site.ask(stranger, "hits")["groups"]]


def test_marketplace__goes_on(later: Successor) -> None:
    lab, facts = later.lab, later.facts["lab"]
    oma, pia = later.people["Oma"], later.people["Pia"]

    later.site.hand_in(oma, sign="EXIT")
    for person in (oma, pia):
        lab.approve_assignment(AssignmentId=person.assignment)
        assert later.earned_cents(person.name) == 10
    (asked,) = lab.list_qualification_requests(QualificationTypeId=facts["qualification"])[
        "QualificationRequests"
    ]
    lab.accept_qualification_request(QualificationRequestId=asked["QualificationRequestId"])
    listed = lab.list_assignments_for_hit(HITId=facts["hit"])["Assignments"]
    assert Counter(one["AssignmentStatus"] for one in listed) == {"Approved": 3}
    messages = later.site.ask(later.people["Quin"], "messages")["messages"]
    assert "More signs" in json.dumps(messages)
    market = bootstrap.get().marketplace
    account = market.accounts.ensure(LAB).account_id
    assert market.accounts.deposit(account, 2_500, "frozen")[1] is False, "paid in before"


def test_books__agree_in_the_end(later: Successor) -> None:
    later.review()

    check_identities(INITIAL_CENTS, later.clock.now_ms())
    lab = bootstrap.get().marketplace.accounts.ensure(LAB).account_id
    rows = [row for row in LedgerRow.scan(consistent_read=True) if row.kind != "deposit"]
    theirs = sum(int(r.amount_cents + r.fee_cents) for r in rows if r.account_id != lab)
    assert parse_dollars(later.site.get("costs")["spent"]["total"]) == theirs
