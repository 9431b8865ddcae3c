"""Notifications: settings, the outbox, and what arrives at queues and topics."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kit.invocation import invocation
from chalicelib.marketplace.container import assemble
from chalicelib.marketplace.domain.errors import RequestRefused
from chalicelib.marketplace.services.notifications import Notifications, Specification
from chalicelib.marketplace.store.event_tables import DestinationRow, OutboxRow
from chalicelib.marketplace.store.hits import DynamoHits
from chalicelib.marketplace.store.outbox import DynamoOutbox, DynamoSettings
from chalicelib.marketplace.store.rates import DynamoRates
from local.functions import LambdaContext
from tests.integration.destinations import Destinations, running_destinations
from tests.integration.market import Market, hit_values, refused, running_market
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.integration.market_identities import check_identities
from tests.integration.test_marketplace_crashes import WRITES, dies

ALL = [
    "AssignmentAccepted",
    "AssignmentAbandoned",
    "AssignmentReturned",
    "AssignmentSubmitted",
    "AssignmentRejected",
    "AssignmentApproved",
    "HITCreated",
    "HITExpired",
    "HITReviewable",
    "HITExtended",
    "HITDisposed",
]


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as running:
        yield running
        check_identities(1_000_000, running.clock.now_ms())


@pytest.fixture(scope="module")
def at() -> Iterator[Destinations]:
    with running_destinations() as running:
        yield running


def specification(address: str, transport: str = "SQS", **changes: Any) -> dict[str, Any]:
    return {
        "Destination": address,
        "Transport": transport,
        "Version": "2014-08-15",
        "EventTypes": ALL,
        **changes,
    }


def told_type(client: Any, address: str, transport: str = "SQS", **changes: Any) -> str:
    """A HIT type whose events are told."""
    values = hit_values(Title=uuid.uuid4().hex, **changes)
    for name in ("Question", "LifetimeInSeconds", "MaxAssignments"):
        values.pop(name)
    hit_type = str(client.create_hit_type(**values)["HITTypeId"])
    client.update_notification_settings(
        HITTypeId=hit_type, Notification=specification(address, transport), Active=True
    )
    return hit_type


def post_of(client: Any, hit_type: str, **changes: Any) -> str:
    values = {**hit_values(MaxAssignments=1), **changes}
    for name in ("Title", "Description", "Reward", "AssignmentDurationInSeconds"):
        values.pop(name)
    return str(client.create_hit_with_hit_type(HITTypeId=hit_type, **values)["HIT"]["HITId"])


def kinds(bodies: list[dict[str, Any]]) -> list[str]:
    return [event["EventType"] for body in bodies for event in body["Events"]]


def waiting() -> list[str]:
    """Event types of all that waits, sorted."""
    return sorted(row.event_type for row in OutboxRow.scan(consistent_read=True))


def test_story__is_told_in_order(market: Market, at: Destinations) -> None:
    account = market.credentials()
    client, queue = market.client(account), at.queue("story")
    hit_type = told_type(client, queue)
    hit_id = post_of(client, hit_type)
    first, second = sign_in(market), sign_in(market)
    returned = accept(market, first, hit_id)
    market.market.work.give_back(first, returned)
    accept(market, first, hit_id)
    market.clock.advance(601)
    market.market.tick.run()
    market.clock.advance(1)
    taken = submit(market, accept(market, second, hit_id))
    market.market.tick.run()
    market.clock.advance(1)
    client.reject_assignment(AssignmentId=taken, RequesterFeedback="no")
    client.approve_assignment(AssignmentId=taken, OverrideRejection=True)
    client.create_additional_assignments_for_hit(HITId=hit_id, NumberOfAdditionalAssignments=1)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    client.delete_hit(HITId=hit_id)
    market.market.tick.run()

    bodies = at.received(queue)

    told = kinds(bodies)
    assert sorted(told) == sorted(
        [*ALL, "AssignmentAccepted", "AssignmentAccepted", "HITReviewable"]
    )
    of_taken = [
        event["EventType"]
        for body in bodies
        for event in body["Events"]
        if event.get("AssignmentId") == taken
    ]
    assert of_taken[:2] == ["AssignmentAccepted", "AssignmentSubmitted"]
    assert sorted(of_taken[2:]) == ["AssignmentApproved", "AssignmentRejected"]
    assert told[0] == "HITCreated"
    assert waiting() == []
    submitted = next(b for b in bodies if kinds([b]) == ["AssignmentSubmitted"])
    assert submitted["EventDocVersion"] == "2014-08-15"
    assert submitted["CustomerId"] == submitted["SourceAccount"] == account.account_id
    assert len(submitted["EventDocId"]) == 40
    (event,) = submitted["Events"]
    assert event["EventTimestamp"].endswith("Z")
    assert len(event["EventTimestamp"]) == 20
    del event["EventTimestamp"]
    assert event == {
        "EventType": "AssignmentSubmitted",
        "HITId": hit_id,
        "HITTypeId": hit_type,
        "HITGroupId": client.get_hit(HITId=hit_id)["HIT"]["HITGroupId"],
        "AssignmentId": taken,
        "WorkerId": event["WorkerId"],
    }
    assert event["WorkerId"].startswith("A")
    assert len({body["EventDocId"] for body in bodies}) == len(bodies)


def test_topic__gets_the_same(market: Market, at: Destinations, client: Any) -> None:
    queue = at.queue("behind-a-topic")
    hit_type = told_type(client, at.topic("events", queue), "SNS")
    post_of(client, hit_type)

    market.market.tick.run()

    (envelope,) = at.received(queue)
    assert kinds([json.loads(envelope["Message"])]) == ["HITCreated"]


def test_settings__filter_and_can_be_switched(
    market: Market, at: Destinations, client: Any
) -> None:
    queue, other = at.queue("filtered"), at.queue("other")
    hit_type = told_type(client, queue)
    client.update_notification_settings(
        HITTypeId=hit_type, Notification=specification(other, EventTypes=["AssignmentSubmitted"])
    )
    submit(market, accept(market, sign_in(market), post_of(client, hit_type)))
    client.update_notification_settings(HITTypeId=hit_type, Active=False)
    submit(market, accept(market, sign_in(market), post_of(client, hit_type)))
    client.update_notification_settings(HITTypeId=hit_type, Active=True)
    submit(market, accept(market, sign_in(market), post_of(client, hit_type)))

    market.market.tick.run()

    assert kinds(at.received(other)) == ["AssignmentSubmitted"] * 2
    assert at.received(queue) == []


QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/q"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Version": "2020-01-01"}, "Version"),
        ({"Transport": "Email", "Destination": "a@b.org"}, "Email is not available"),
        ({"EventTypes": []}, "EventTypes"),
        ({"EventTypes": ["Ping"]}, "Ping"),
        ({"EventTypes": ["Nothing"]}, "EventTypes"),
        ({"Destination": "q"}, "Destination"),
        ({"Destination": "https://[queue/1/q"}, "Destination"),
        ({"Destination": "https://x/" + "y" * 1024}, "Destination"),
        ({"Transport": "SNS"}, "Destination"),
        ({"Transport": "SNS", "Destination": "arn:aws:sns:us-east-1:1:t"}, "Destination"),
    ],
)
def test_settings__are_checked(client: Any, changes: dict[str, Any], says: str) -> None:
    hit_type = told_type(client, QUEUE)

    error = refused(
        client.update_notification_settings,
        HITTypeId=hit_type,
        Notification=specification(QUEUE, **{"Transport": "SQS", **changes}),
    )

    assert says in error["Message"]


LISTED = ("queue/retainer-dev-events", "queue/lab", "topic/lab")
OWN_QUEUES = "https://sqs.eu-central-1.amazonaws.com/000000000000"
OWN_TOPICS = "arn:aws:sns:us-east-1:000000000000"


@pytest.fixture(scope="module")
def listing(market: Market) -> Notifications:
    """The marketplace where it is deployed by somebody who lists some destinations of theirs."""
    config = replace(market.market.config, own_destinations=LISTED)
    return assemble(market.dynamo, config, market.clock).notifications


@pytest.mark.parametrize(
    ("address", "transport", "taken"),
    [
        (f"{OWN_QUEUES}/payroll", "SQS", False),
        ("https://queue.amazonaws.com/000000000000/payroll", "SQS", False),
        (f"{OWN_QUEUES[:-1]}%30//payroll/", "SQS", False),
        (f"{OWN_QUEUES}/topic/lab/payroll", "SQS", False),
        (f"{OWN_TOPICS}:retainer-dev-alarms", "SNS", False),
        (f"{OWN_QUEUES}/retainer-dev-events", "SQS", True),
        (f"{OWN_QUEUES}/lab", "SQS", True),
        (f"{OWN_TOPICS}:lab", "SNS", True),
        ("https://sqs.us-east-1.amazonaws.com/123456789012/payroll", "SQS", True),
        ("arn:aws:sns:us-east-1:123456789012:payroll", "SNS", True),
    ],
)
def test_settings__name_none_of_the_operators_own_that_is_not_listed(
    market: Market, listing: Notifications, address: str, transport: str, taken: bool
) -> None:
    account = market.credentials()
    hit_type = told_type(market.client(account), QUEUE)
    given = Specification(address, transport, "2014-08-15", ["HITCreated"])
    before = DynamoSettings().find(hit_type)

    # What a requester reads whose request the deployed function gets.
    function = LambdaContext("retainer-dev-mturk", 50, market.clock)
    with invocation(function, None, lambda _: None):
        if taken:
            listing.update_settings(account.account_id, hit_type, given, None)
            return
        with pytest.raises(RequestRefused, match="belongs to the operator") as met:
            listing.update_settings(account.account_id, hit_type, given, None)
        with pytest.raises(RequestRefused, match="belongs to the operator"):
            listing.send_test(account.account_id, given, "Ping")
    assert met.value.turk_code == "AWS.MechanicalTurk.InvalidTransportEndpoint"
    assert DynamoSettings().find(hit_type) == before


def test_settings__need_a_type_of_ones_own_and_something_to_set(
    market: Market, client: Any
) -> None:
    hit_type, other = told_type(client, QUEUE), market.client()
    update = client.update_notification_settings

    nothing = refused(update, HITTypeId=hit_type)
    assert "Notification or Active" in nothing["Message"]
    for call, named in ((update, "3NONE"), (other.update_notification_settings, hit_type)):
        error = refused(call, HITTypeId=named, Active=True)
        assert error["TurkErrorCode"] == "AWS.MechanicalTurk.HITTypeDoesNotExist"
    values = hit_values(Title=uuid.uuid4().hex)
    plain = client.create_hit(**values)["HIT"]["HITTypeId"]
    alone = refused(update, HITTypeId=plain, Active=True)
    assert "has a notification already" in alone["Message"]


def test_test_message__is_sent_at_once_or_refused(at: Destinations, client: Any) -> None:
    queue = at.queue("tested")
    send = client.send_test_event_notification

    for kind in ("Ping", "AssignmentSubmitted"):
        send(Notification=specification(queue, EventTypes=["HITExpired"]), TestEventType=kind)

    bodies = at.received(queue)
    assert kinds(bodies) == ["Ping", "AssignmentSubmitted"]
    assert ["AssignmentId" in body["Events"][0] for body in bodies] == [False, True]
    gone = queue.replace("tested", "not-there")
    error = refused(send, Notification=specification(gone), TestEventType="Ping")
    assert error["TurkErrorCode"] == "AWS.MechanicalTurk.InvalidTransportEndpoint"


def test_test_message_to_a_topic__is_published_by_the_protocols_own_function(
    at: Destinations, client: Any
) -> None:
    queue = at.queue("behind-a-tested-topic")
    given = specification(at.topic("tested", queue), "SNS")

    client.send_test_event_notification(Notification=given, TestEventType="Ping")

    (envelope,) = at.received(queue)
    assert kinds([json.loads(envelope["Message"])]) == ["Ping"]


def test_dead_destination__blocks_no_other_and_gets_all_of_it_later(
    market: Market, at: Destinations, client: Any
) -> None:
    dead, alive = at.queue("dead"), at.queue("alive")
    to_dead, to_alive = told_type(client, dead), told_type(client, alive)
    at.sqs.delete_queue(QueueUrl=dead)
    made = []
    for _ in range(3):
        market.clock.advance(1)
        made.append(post_of(client, to_dead))
        post_of(client, to_alive)

    for _ in range(3):
        market.market.tick.run()

    assert kinds(at.received(alive)) == ["HITCreated"] * 3
    assert waiting() == ["HITCreated"] * 3
    (row,) = [row for row in DestinationRow.scan() if row.address == dead]
    # tried once: it is left alone for a minute
    assert row.failures == 1
    at.queue("dead")
    market.market.tick.run()
    assert at.received(dead) == []
    market.clock.advance(61)
    market.market.tick.run()
    told = [body["Events"][0]["HITId"] for body in at.received(dead)]
    assert told == made
    (row,) = [row for row in DestinationRow.scan() if row.address == dead]
    assert row.failures == 0


class Recorder:
    """A transport that takes everything, and counts."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def send(self, transport: str, address: str, body: str) -> None:
        self.bodies.append(json.loads(body))


@pytest.mark.race
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_sender__dying_at_any_write__sends_again_what_it_may_have_sent(
    market: Market, client: Any, after: bool
) -> None:
    hit_type = told_type(client, f"https://queue.example/{uuid.uuid4().hex}")
    for nth in range(1, 6):
        recorder = Recorder()
        sender = Notifications(
            DynamoSettings(), DynamoOutbox(), recorder, DynamoHits(), market.clock, DynamoRates()
        )
        made = []
        for _ in range(3):
            market.clock.advance(1)
            made.append(post_of(client, hit_type))

        died = dies(market, nth, after, sender.deliver)
        market.clock.advance(121)
        sender.deliver()

        ids = [body["EventDocId"] for body in recorder.bodies]
        told = [body["Events"][0]["HITId"] for body in recorder.bodies]
        assert set(told) == set(made)
        assert len(set(ids)) == 3
        assert len(ids) <= 4
        assert list(dict.fromkeys(told)) == made
        assert died
        assert waiting() == []


@pytest.mark.race
def test_senders__at_once_send_once_and_in_order(market: Market, client: Any) -> None:
    hit_type = told_type(client, f"https://queue.example/{uuid.uuid4().hex}")
    made = []
    for _ in range(4):
        market.clock.advance(1)
        made.append(post_of(client, hit_type))
    recorder = Recorder()
    sender = Notifications(
        DynamoSettings(), DynamoOutbox(), recorder, DynamoHits(), market.clock, DynamoRates()
    )

    at_once(6, lambda n: sender.deliver())

    assert [body["Events"][0]["HITId"] for body in recorder.bodies] == made


@pytest.mark.race
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_events__dying_at_any_write__are_noted_exactly_with_what_happened(
    market: Market, after: bool
) -> None:
    account = market.credentials()
    client, review = market.client(account), market.market.review
    hit_type = told_type(client, f"https://queue.example/{uuid.uuid4().hex}")
    sender = Notifications(
        DynamoSettings(), DynamoOutbox(), Recorder(), DynamoHits(), market.clock, DynamoRates()
    )

    def repeated(nth: int, call: Callable[[], object]) -> None:
        dies(market, nth, after, call)
        at_once(1, lambda n: call())

    for nth in WRITES:
        worker, hit_id = sign_in(market), post_of(client, hit_type, MaxAssignments=1)
        sender.deliver()

        repeated(nth, lambda w=worker, h=hit_id: accept(market, w, h))
        worker = market.market.sessions.sign_in(worker.name)[1]
        taken = accept(market, worker, hit_id)
        assert waiting() == ["AssignmentAccepted"]
        repeated(nth, lambda t=taken: submit(market, t))
        client.get_hit(HITId=hit_id)
        client.list_assignments_for_hit(HITId=hit_id)
        client.get_hit(HITId=hit_id)
        assert waiting() == ["AssignmentAccepted", "AssignmentSubmitted", "HITReviewable"]
        repeated(nth, lambda t=taken: review.reject(account.account_id, t, "no"))
        repeated(nth, lambda t=taken: review.approve(account.account_id, t, None, True))
        repeated(nth, lambda h=hit_id: market.market.postings.delete(account.account_id, h))
        assert waiting() == [
            "AssignmentAccepted",
            "AssignmentApproved",
            "AssignmentRejected",
            "AssignmentSubmitted",
            "HITDisposed",
            "HITReviewable",
        ]
        market.clock.advance(1)
        sender.deliver()
        assert waiting() == []
