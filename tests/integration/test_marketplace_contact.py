"""Blocks and messages: over the protocol, and as the worker's site shows them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.marketplace.domain.errors import Blocked, NotFound
from chalicelib.marketplace.domain.messages import message
from chalicelib.marketplace.store.contact import DynamoMessages
from chalicelib.marketplace.store.contact_tables import BlockRow
from chalicelib.marketplace.store.tables import RequesterRow
from tests.integration.market import Market, post, refused
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.integration.test_marketplace_crashes import WRITES, dies
from tests.integration.worker_site import Site


def titles(market: Market, worker: Any, query: str) -> list[str]:
    groups, _ = market.market.listing.browse(worker, query, "newest", None)
    return [group.hit_type.title for group in groups]


def test_blocked_worker__sees_and_accepts_nothing_of_that_requester(
    market: Market, client: Any
) -> None:
    worker, title = sign_in(market), f"only {uuid.uuid4().hex}"
    hit_id = post(client, Title=title)
    held = accept(market, worker, post(client))
    hit_type = market.market.listing.type_of(client.get_hit(HITId=hit_id)["HIT"]["HITTypeId"])
    work = market.market.work
    assert titles(market, worker, title) == [title]

    client.create_worker_block(WorkerId=worker.worker_id, Reason="spam")

    assert titles(market, worker, title) == []
    with pytest.raises(Blocked):
        work.accept(worker, hit_id)
    with pytest.raises(Blocked):
        work.accept_any(worker, hit_type)
    with pytest.raises(NotFound):
        market.market.listing.preview(worker, hit_type.hit_type_id)
    # what they hold already, and other requesters' work, is theirs to do
    assert submit(market, held)
    assert accept(market, worker, post(market.client()))
    client.delete_worker_block(WorkerId=worker.worker_id, Reason="forgiven")
    assert titles(market, worker, title) == [title]
    assert accept(market, worker, hit_id)


def test_blocks__can_be_repeated_and_are_told_once(market: Market, client: Any, site: Site) -> None:
    browser = site.sign_in("told once")
    for reason in ("spam", "more spam"):
        client.create_worker_block(WorkerId=browser.worker_id, Reason=reason)

    assert client.list_worker_blocks()["WorkerBlocks"] == [
        {"WorkerId": browser.worker_id, "Reason": "more spam"}
    ]
    (message,) = browser.get("/market/messages").json["messages"]
    assert message["subject"] == "You have been blocked"
    assert "spam" not in message["text"]
    for _ in range(2):
        client.delete_worker_block(WorkerId=browser.worker_id)
    assert client.list_worker_blocks()["NumResults"] == 0


def test_blocks__are_refused(market: Market, client: Any) -> None:
    unknown = refused(client.create_worker_block, WorkerId="ANOBODY", Reason="x")
    assert unknown["Error"]["Code"] == "ParameterValidationError"
    assert 'The value "ANOBODY" is not valid for the parameter WorkerId. (' in unknown["Message"]
    worker = sign_in(market).worker_id
    empty = refused(client.create_worker_block, WorkerId=worker, Reason="")
    assert empty["Error"]["Code"] == "ParameterValidationError"
    full = market.credentials("full")
    RequesterRow(full.account_id).update(actions=[RequesterRow.blocks.set(100_000)])
    error = refused(market.client(full).create_worker_block, WorkerId=worker, Reason="x")
    assert "at most 100000" in error["Message"]


def test_blocks__page_and_are_each_requesters_own(market: Market, client: Any) -> None:
    workers = sorted(sign_in(market).worker_id for _ in range(7))
    for worker_id in workers:
        client.create_worker_block(WorkerId=worker_id, Reason="x")

    pages = client.get_paginator("list_worker_blocks").paginate(PaginationConfig={"PageSize": 3})

    listed = [[b["WorkerId"] for b in page["WorkerBlocks"]] for page in pages]
    assert listed == [workers[:3], workers[3:6], workers[6:], []]
    assert market.client().list_worker_blocks()["WorkerBlocks"] == []


@pytest.mark.race
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_blocks__dying_or_many_at_once__count_and_tell_once(market: Market, after: bool) -> None:
    account = market.credentials()
    contact = market.market.contact

    def count() -> tuple[int, int]:
        row = RequesterRow.get(account.account_id, consistent_read=True)
        return int(row.blocks), len(list(BlockRow.query(account.account_id, consistent_read=True)))

    for nth in WRITES[:3]:
        worker = sign_in(market)
        dies(
            market,
            nth,
            after,
            lambda w=worker: contact.block(account.account_id, w.worker_id, "x"),
        )
        at_once(4, lambda n, w=worker: contact.block(account.account_id, w.worker_id, "x"))
        assert count() == (1, 1)
        assert len(contact.inbox(worker, None, 10)) == 1
        dies(market, nth, after, lambda w=worker: contact.unblock(account.account_id, w.worker_id))
        at_once(4, lambda n, w=worker: contact.unblock(account.account_id, w.worker_id))
        assert count() == (0, 0)


def test_notify__reaches_those_whose_work_was_reviewed(
    market: Market, client: Any, site: Site
) -> None:
    browser = site.sign_in("reviewed")
    reviewed = market.market.sessions.worker_of(browser.token)
    submitted, stranger = sign_in(market), sign_in(market)
    hit_id = post(client)
    client.approve_assignment(AssignmentId=submit(market, accept(market, reviewed, hit_id)))
    submit(market, accept(market, submitted, hit_id))
    ids = [reviewed.worker_id, submitted.worker_id, stranger.worker_id, reviewed.worker_id]

    answer = client.notify_workers(Subject="Hello", MessageText="Come <b>back</b>", WorkerIds=ids)

    assert answer["NotifyWorkersFailureStatuses"] == [
        {
            "NotifyWorkersFailureCode": "HardFailure",
            "NotifyWorkersFailureMessage": (
                "Cannot send a notification to a worker who has not done any work for you"
            ),
            "WorkerId": who.worker_id,
        }
        for who in (submitted, stranger)
    ]
    (message,) = browser.get("/market/messages").json["messages"]
    assert (message["subject"], message["text"]) == ("Hello", "Come <b>back</b>")
    assert message["read"] is False
    assert message["from"].startswith("lab ")
    other = market.client().notify_workers(
        Subject="Hello", MessageText="x", WorkerIds=[reviewed.worker_id]
    )
    assert len(other["NotifyWorkersFailureStatuses"]) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"Subject": "x" * 201},
        {"Subject": ""},
        {"MessageText": "x" * 4097},
        {"WorkerIds": [f"A{n}" for n in range(101)]},
        {"WorkerIds": []},
        {"WorkerIds": ["lower"]},
    ],
)
def test_notify__has_limits(client: Any, changes: dict[str, Any]) -> None:
    values = {"Subject": "s", "MessageText": "t", "WorkerIds": ["A1"], **changes}

    error = refused(client.notify_workers, **values)

    assert error["Error"]["Code"] == "ParameterValidationError"


def test_messages__page_and_are_read(market: Market, client: Any, site: Site) -> None:
    browser, other = site.sign_in("reader"), site.sign_in("somebody else")
    worker = market.market.sessions.worker_of(browser.token)
    client.approve_assignment(AssignmentId=submit(market, accept(market, worker, post(client))))
    for number in range(27):
        market.clock.advance(1)
        client.notify_workers(Subject=f"s{number}", MessageText="t", WorkerIds=[worker.worker_id])

    first = browser.get("/market/messages").json
    second = browser.get("/market/messages", cursor=first["cursor"]).json

    subjects = [m["subject"] for page in (first, second) for m in page["messages"]]
    assert subjects == [f"s{number}" for number in reversed(range(27))]
    assert second["cursor"] is None
    newest = first["messages"][0]["id"]
    # a message of somebody else's is not touched
    assert other.post("/market/messages/read", messageIds=[newest]).json["unread"] == 0
    assert not browser.get("/market/messages").json["messages"][0]["read"]
    assert browser.post("/market/messages/read", messageIds=[newest, "x"]).json["unread"] == 26
    assert browser.get("/market/messages").json["messages"][0]["read"]
    assert browser.get("/market/messages/unread").json == {"unread": 26}
    empty = other.get("/market/messages").json
    assert (empty["messages"], empty["cursor"], empty["unread"]) == ([], None, 0)
    for wrong in ("x", [1], ["x"] * 101, None):
        assert browser.post("/market/messages/read", messageIds=wrong).status == 400
    for unknown in ("", 7, None, "x" * 65):
        assert browser.post("/market/messages/read", upTo=unknown).status == 400
    assert site.get("/market/messages").status == 401
    assert browser.get("/market/messages", cursor="???").status == 400


def test_messages__are_all_marked_read_up_to_one(market: Market, site: Site) -> None:
    browser = site.sign_in("many messages")
    store = DynamoMessages()
    sent = [
        message(browser.worker_id, "AX", "Lab", f"s{n}", "t", 1_700_000_000_000 + n)
        for n in range(130)
    ]
    for one in sent:
        store.send(one)
    assert browser.get("/market/messages").json["unread"] == 100, "counted no further"

    # the newest ten came after the worker looked
    seen = sent[119].message_id
    first = browser.post("/market/messages/read", upTo=seen).json
    second = browser.post("/market/messages/read", upTo=seen).json

    assert (first, second) == ({"unread": 30, "more": True}, {"unread": 10, "more": False})
    listed = browser.get("/market/messages").json["messages"]
    assert [m["read"] for m in listed] == [False] * 10 + [True] * 15
    assert [m["subject"] for m in listed[:10]] == [f"s{n}" for n in range(129, 119, -1)]


def test_unread__costs_the_same_however_many_were_read(market: Market, site: Site) -> None:
    browser = site.sign_in("old hand")
    store = DynamoMessages()
    for n in range(60):
        store.send(message(browser.worker_id, "AX", "Lab", "s", "t" * 4_096, 1_700_000_000_000 + n))
    market.market.contact.mark_all_read(sign_in(market), "9")
    worker = market.market.sessions.worker_of(browser.token)
    market.market.contact.mark_all_read(worker, "9")
    store.send(message(browser.worker_id, "AX", "Lab", "s", "t", 1_800_000_000_000))
    before = units(market)

    assert market.market.contact.unread(worker) == 1

    assert units(market) - before <= 1


def units(market: Market) -> float:
    return sum(n for (name, what), n in market.dynamo.consumed.items() if what == "units")


def test_blocked__is_said_by_the_site(market: Market, client: Any, site: Site) -> None:
    browser, hit_id = site.sign_in("unwanted"), post(client)
    client.create_worker_block(WorkerId=browser.worker_id, Reason="x")

    answer = browser.post("/market/accept", hitId=hit_id)

    assert (answer.status, answer.code) == (403, "blocked")
