"""Notifications: what is read, and what is refused and why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.marketplace.domain.notifications import Event, message
from chalicelib.mturk.notification import NotificationError, Told, parse

RETURNED: dict[str, Any] = {
    "EventType": "AssignmentReturned",
    "EventTimestamp": "2025-01-13T22:30:50Z",
    "HITId": "3HIT",
    "HITTypeId": "3TYPE",
    "HITGroupId": "3GROUP",
    "AssignmentId": "3ASSIGNMENT",
}


def document(*events: Any, **changes: Any) -> str:
    values = {"Events": list(events), "EventDocId": "1", "EventDocVersion": "2014-08-15", **changes}
    return json.dumps(values)


def by_sns(text: str) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn:…", "Message": text})


def test_event__is_read__directly_and_by_way_of_sns() -> None:
    told = Told("AssignmentReturned", 1_736_807_450_000, "3HIT", "3ASSIGNMENT")

    assert list(parse(document(RETURNED))) == [told]
    assert list(parse(by_sns(document(RETURNED)))) == [told]


def test_several_events__are_read_in_their_order__with_the_worker_where_one_is_named() -> None:
    expired = {**RETURNED, "EventType": "HITExpired"}
    found = parse(document({**RETURNED, "WorkerId": "A1"}, expired))

    assert [(told.kind, told.assignment, told.worker) for told in found] == [
        ("AssignmentReturned", "3ASSIGNMENT", "A1"),
        ("HITExpired", None, None),
    ]


def test_kinds_of_later__and_test_messages__are_no_error() -> None:
    (later,) = parse(document({**RETURNED, "EventType": "HITMoved"}))
    (ping,) = parse(document({"EventType": "Ping", "EventTimestamp": "2025-01-13T22:30:50Z"}))

    assert (later.kind, ping.kind) == ("HITMoved", "Ping")


def test_what_our_marketplace_sends__is_read() -> None:
    event = Event("AssignmentSubmitted", 1_736_807_450_987, "A", "T1", "H1", "S1")

    (told,) = parse(message(event, "doc"))

    assert told == Told("AssignmentSubmitted", 1_736_807_450_000, "H1", "S1")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "The message is not JSON."),
        ("[" * 100_000, "The message is not JSON."),
        ("[]", "The message is not a JSON object."),
        ("{}", "EventDocVersion is not 2014-08-15."),
        (by_sns("no"), "The message within SNS's is not JSON."),
        (document(EventDocVersion="2006-05-05"), "EventDocVersion is not 2014-08-15."),
        (document(Events={}), "Events is not a list of events."),
        (document(Events=[RETURNED] * 1_001), "Events is not a list of events."),
        (document(1), "An event is not a JSON object."),
        (document({**RETURNED, "EventType": None}), "EventType is missing or malformed."),
        (document({**RETURNED, "HITId": "a/b"}), "HITId is missing or malformed."),
        (document({**RETURNED, "HITId": "A" * 65}), "HITId is missing or malformed."),
        (document({**RETURNED, "AssignmentId": 7}), "AssignmentId is missing or malformed."),
        (document({**RETURNED, "WorkerId": ""}), "WorkerId is missing or malformed."),
        (document({**RETURNED, "EventTimestamp": "now"}), "EventTimestamp is no time."),
        (document({**RETURNED, "EventTimestamp": 17}), "EventTimestamp is no time."),
    ],
)
def test_what_is_no_notification__is_refused_with_a_reason(body: str, why: str) -> None:
    with pytest.raises(NotificationError) as refused:
        parse(body)

    assert str(refused.value) == why


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["2014-08-15"]),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(["Events", "EventDocVersion", "Type", "Message", *RETURNED]), inner
        ),
    )
)  # fmt: skip
def test_whatever_comes__it_is_read_or_refused(value: Any) -> None:
    for body in (
        json.dumps(value),
        document(value),
        document({**RETURNED, "EventTimestamp": value}),
    ):
        try:
            parse(body)
        except NotificationError:
            continue
