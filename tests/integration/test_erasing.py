"""A worker's data is deleted from every table of the deployment; what stays is declared."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib import bootstrap, cli
from chalicelib.erasing import erase_worker
from chalicelib.kit.config import Config
from chalicelib.marketplace import commands
from chalicelib.marketplace.container import Marketplace, assemble
from chalicelib.marketplace.domain.announced import Announcement, Answer
from chalicelib.marketplace.domain.errors import BadRequest, NotFound
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.store.calling_tables import RoundRow
from chalicelib.marketplace.store.erasure import RULES
from chalicelib.marketplace.store.tables import MODELS as MARKET_MODELS
from chalicelib.marketplace.store.tables import RequesterRow
from chalicelib.retainer.store.tables import MODELS as POOL_MODELS
from tests.integration.calling import FakeMail, FakePush, links_in, token_of
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.market import hit_values
from tests.integration.place import Place, open_hit, placed
from tests.integration.qualifications import FREE_TEXT, form, make_type

NAME = "Zebedee"
SAYS = "needle of the"
"""Begins every text that the worker has written, or that was written to or of them."""

ADDRESS = "zebedee.quill@example.org"
BROWSER = "https://push.example/zebedee"


@dataclass
class Life:
    """A worker who has left something in every table that can hold it."""

    place: Place
    market: Marketplace
    mail: FakeMail
    worker: Worker
    app: bootstrap.App

    @property
    def clock(self) -> Any:
        return self.place.market.clock

    def do(self, hit: str, text: str = "") -> str:
        me = self.market.workforce.show(self.worker.worker_id)
        taken = self.market.work.accept(me, hit, 1).assignment.assignment_id
        if text:
            fields = [("assignmentId", taken), ("a", f"{SAYS} {text}")]
            self.market.submissions.submit(fields)
        return taken

    def settle(self) -> None:
        """Let all come to its end."""
        for _ in range(4):
            self.clock.advance(3600)
            self.market.tick.run()
            self.place.world.room.sizing.run()
            self.place.world.room.review.run()

    def rows(self) -> dict[str, list[str]]:
        """All that is stored, as text, by table."""
        found: dict[str, list[str]] = {}
        endpoint = self.place.market.dynamo.client.meta.endpoint_url
        raw = boto3.client(
            "dynamodb", endpoint_url=endpoint, region_name="us-east-1",
            aws_access_key_id="tests", aws_secret_access_key="tests",
        )  # fmt: skip
        for dynamo, models in (
            (self.place.market.dynamo, MARKET_MODELS),
            (self.place.world.dynamo, POOL_MODELS),
        ):
            for model in models:
                name = _name(model)
                pages = raw.get_paginator("scan").paginate(
                    TableName=dynamo.table_prefix + name, ConsistentRead=True
                )
                found[name] = sorted(
                    json.dumps(item, sort_keys=True, default=str)
                    for page in pages
                    for item in page["Items"]
                )
        return found

    def found(self) -> dict[str, list[str]]:
        """By table the rows in which something of the worker's stands."""
        needles = (self.worker.worker_id, NAME, SAYS, ADDRESS, BROWSER)
        return {
            table: there
            for table, rows in self.rows().items()
            if (there := [row for row in rows if any(n in row for n in needles)])
        }


def _name(model: Any) -> str:
    return str(getattr(model.Meta, "base_name", model.Meta.table_name))


@pytest.fixture
def life(dynamo_endpoint: str) -> Iterator[Life]:
    with placed(dynamo_endpoint) as place:
        mail, dynamo = FakeMail(), place.market.dynamo
        config = place.market.market.config
        market = assemble(dynamo, config, place.market.clock, mail=mail, push=FakePush())
        app = bootstrap.App(
            Config.from_env({}),
            place.market.clock,
            retainer=place.world.room,
            marketplace=market,
        )
        lived = Life(place, market, mail, place.worker(NAME), app)
        live(lived)
        yield lived


def live(life: Life) -> None:
    market, worker, account = life.market, life.worker, life.place.account
    client = life.place.client
    reachable(life)
    market.consents.put_in_force(account, "Agree to this.")
    done = [post(client) for _ in range(4)]
    kept = life.do(done[0], "answer to a HIT that goes on")
    disposed = life.do(done[1], "answer to a HIT that is over")
    rejected = life.do(done[2], "answer that is refused")
    life.market.work.give_back(worker, life.do(done[3]))
    for assignment in (kept, disposed):
        client.approve_assignment(AssignmentId=assignment, RequesterFeedback=f"{SAYS} feedback")
    client.reject_assignment(AssignmentId=rejected, RequesterFeedback=f"{SAYS} rejection")
    client.send_bonus(
        WorkerId=worker.worker_id, AssignmentId=kept, BonusAmount="0.50", Reason=f"{SAYS} bonus"
    )
    client.update_expiration_for_hit(HITId=done[1], ExpireAt=0)
    client.delete_hit(HITId=done[1])
    client.notify_workers(
        Subject="Hello", MessageText=f"{SAYS} message", WorkerIds=[worker.worker_id]
    )
    qualified(life)
    market.hit_reports.report(worker, done[0], "other", f"{SAYS} report")
    in_the_pool(life)
    life.settle()
    client.create_worker_block(WorkerId=worker.worker_id, Reason=f"{SAYS} block")


def in_the_pool(life: Life) -> None:
    """Wait in the service's pool, hand in, and be paid for it."""
    seat = life.place.arrive(open_hit(life.place), NAME).seat
    assert seat is not None
    life.clock.advance(40)
    life.place.world.poll(seat)
    life.place.submit(seat.assignment)


def reachable(life: Life) -> None:
    market, worker, clock = life.market, life.worker, life.clock
    market.callings.set_address(worker, ADDRESS, "UTC")
    market.calling_run.run()
    confirm = links_in(life.mail.letters[-1], "market/calls/confirm", market.config.site_url)
    market.callings.confirm(token_of(confirm[0]))
    market.callings.subscribe(worker, BROWSER, "UTC")
    market.callings.choose(worker, ["sessions:mail", "work:mail"], "UTC", None, 6)
    market.callings.set_feed(worker, True, "UTC")
    market.invitations.make(worker)
    market.invitations.make_personal(worker)
    starts = clock.now_ms() // 1000 + 30 * 86_400
    text = datetime.fromtimestamp(starts, UTC).strftime("%Y-%m-%dT%H:%M")
    session = market.announcing.announce(
        life.place.account, Announcement("A session", text, "UTC", 30, 5)
    )
    clock.advance(3600)
    market.calling_run.run()
    market.attending.reply(worker, session.session_id, Answer.YES, 1)
    # A round that stopped with them, as one does that has many to call.
    (goes_on,) = [row for row in RoundRow.scan() if row.subject == session.session_id]
    goes_on.update([RoundRow.after.set([clock.now_ms(), worker.worker_id])])


def qualified(life: Life) -> None:
    client, market, worker = life.place.client, life.market, life.worker
    held = make_type(client)
    client.associate_qualification_with_worker(
        QualificationTypeId=held, WorkerId=worker.worker_id, IntegerValue=3
    )
    tested = make_type(client, Test=form(FREE_TEXT), TestDurationInSeconds=600)
    market.qualification_requests.request(worker, tested)
    market.qualification_requests.hand_in(worker, tested, [("q1", f"{SAYS} test")])


def commands_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    commands.add_to(parser.add_subparsers())
    return parser


def post(client: Any) -> str:
    values = hit_values(LifetimeInSeconds=30 * 86_400, AutoApprovalDelayInSeconds=86_400)
    return str(client.create_hit(**values)["HIT"]["HITId"])


def test_rules__speak_of_every_table() -> None:
    assert set(RULES) == set(MARKET_MODELS)


def test_erased__nothing_of_them_is_in_any_table_but_what_is_declared(life: Life) -> None:
    before = life.found()
    steps = {_name(model) for model, rule in RULES.items() if rule.step}
    assert steps - before.keys() == set(), "the life has left nothing to clear there"
    assert {"people", "payments", "submissions"} <= before.keys()
    books = {r.account_id: r.spent_cents for r in RequesterRow.scan()}

    words = ["workers", "erase", life.worker.worker_id]
    args = commands_parser().parse_args(["market", *words])
    done = cli.run_market(life.app, args, io.StringIO())

    left = life.found()
    assert left.keys() == {"market-answers"}
    answers = " ".join(left["market-answers"])
    assert (len(left["market-answers"]), "a HIT that is over" in answers) == (2, False)
    assert "market-answers" in done["stays"]
    assert {r.account_id: r.spent_cents for r in RequesterRow.scan()} == books
    with pytest.raises(NotFound):
        erase_worker(life.app, life.worker.worker_id)


def test_erased__the_requester_keeps_what_they_paid_for__and_can_pay_no_more(life: Life) -> None:
    client = life.place.client
    erase_worker(life.app, life.worker.worker_id)

    hits = [hit["HITId"] for hit in life.place.hits()]
    kept = [
        one
        for hit in hits
        for one in client.list_assignments_for_hit(HITId=hit)["Assignments"]
        if SAYS in one["Answer"]
    ]
    kept.sort(key=lambda one: str(one["AssignmentStatus"]))
    assert [one["AssignmentStatus"] for one in kept] == ["Approved", "Rejected"]
    assert {one["WorkerId"][:7] for one in kept} == {"AERASED"}
    paid = {
        "WorkerId": kept[0]["WorkerId"], "AssignmentId": kept[0]["AssignmentId"],
        "BonusAmount": "0.50", "Reason": "More",
    }  # fmt: skip
    with pytest.raises(ClientError, match="left this marketplace for good"):
        client.send_bonus(**paid)
    with pytest.raises(ClientError, match="left this marketplace for good"):
        client.approve_assignment(AssignmentId=kept[1]["AssignmentId"], OverrideRejection=True)
    assert client.list_worker_blocks()["WorkerBlocks"] == []
    life.market.workforce.list_all()


def test_something_open__is_refused_with_nothing_changed(life: Life) -> None:
    hit = post(life.place.client)
    life.place.client.delete_worker_block(WorkerId=life.worker.worker_id)
    life.do(hit, "answer that nobody has looked at")
    before = life.rows()

    with pytest.raises(BadRequest, match="one HIT of theirs not decided on"):
        erase_worker(life.app, life.worker.worker_id)

    assert life.rows() == before
    life.clock.advance(86_401)
    life.place.world.room.review.run()
    erase_worker(life.app, life.worker.worker_id)
    assert life.found().keys() == {"market-answers"}


def test_dying_at_any_write__is_taken_up_by_doing_it_again(life: Life) -> None:
    """Each try does some writes more than the one before, and what it has done stays done."""
    tries = 0
    while True:
        tries += 1
        try:
            kill = partial(KillAt, nth=12, after=tries % 2 == 0)
            with session_of(life.place.market.dynamo, kill):
                life.market.worker_erasure.erase(life.worker.worker_id)
            break
        except Killed:
            continue
        except NotFound:
            break  # the last write was done, and its answer lost

    assert tries > 4
    left = {table for table in life.found() if table.startswith("market-")}
    assert left == {"market-answers"}
