"""Lists of more than a thousand, and that what a page costs does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.marketplace.domain.qualifications import (
    HeldStatus,
    Qualification,
    QualificationRequest,
    QualificationType,
    RequestState,
    TypeStatus,
)
from chalicelib.marketplace.store.qualification_requests import DynamoQualificationRequests
from chalicelib.marketplace.store.qualification_types import DynamoQualificationTypes
from chalicelib.marketplace.store.qualifications import DynamoQualifications
from tests.integration.market import Market, running_market
from tests.integration.market_crowd import sign_in
from tests.integration.qualifications import FREE_TEXT, ask, form, make_type

COUNT = 1_010


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as running:
        yield running


def pages(client: Any, operation: str, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = list(
        client.get_paginator(operation).paginate(**options, PaginationConfig={"PageSize": 100})
    )
    assert [page["NumResults"] for page in found] == [100] * 10 + [COUNT - 1_000, 0]
    return found


def units(market: Market) -> float:
    consumed = market.dynamo.consumed
    return sum(n for (name, what), n in consumed.items() if what == "units" and name == "Query")


def test_holders__beyond_a_thousand(market: Market) -> None:
    account = market.credentials()
    client = market.client(account)
    type_id = make_type(client)
    store = DynamoQualifications()
    for n in range(COUNT):
        worker_id = f"A{n:04}"
        store.grant(
            Qualification(type_id, worker_id, account.account_id, HeldStatus.GRANTED, n, 1_000 + n)
        )

    named = {"QualificationTypeId": type_id}
    found = pages(client, "list_workers_with_qualification_type", **named)

    listed = [held["IntegerValue"] for page in found for held in page["Qualifications"]]
    assert listed == list(range(COUNT))
    before = units(market)
    client.list_workers_with_qualification_type(**named, MaxResults=10)
    assert units(market) - before <= 1, "ten small items, read consistently"


def test_requests__beyond_a_thousand(market: Market) -> None:
    account = market.credentials()
    client = market.client(account)
    type_id = make_type(client)
    store = DynamoQualificationRequests()
    for n in range(COUNT):
        store.start(
            QualificationRequest(
                request_id=f"3R{n:04}",
                qualification_type_id=type_id,
                worker_id=f"A{n:04}",
                account_id=account.account_id,
                state=RequestState.PENDING,
                requested_ms=1_000 + n // 3,
                submit_ms=1_000 + n // 3,
            ),
            None,
            None,
        )

    for options in ({}, {"QualificationTypeId": type_id}):
        found = pages(client, "list_qualification_requests", **options)
        listed = [r["QualificationRequestId"] for p in found for r in p["QualificationRequests"]]
        assert sorted(listed) == [f"3R{n:04}" for n in range(COUNT)]
        times = [r["SubmitTime"] for p in found for r in p["QualificationRequests"]]
        assert times == sorted(times)


def test_types__beyond_a_thousand(market: Market) -> None:
    account = market.credentials()
    client = market.client(account)
    store = DynamoQualificationTypes()
    for n in range(COUNT):
        kind = QualificationType(
            qualification_type_id=f"3Q{COUNT - n:04}",
            account_id=account.account_id,
            requester="Lab",
            name=f"name {n:04}",
            description="d",
            keywords=None,
            status=TypeStatus.ACTIVE,
            created_ms=1_000,
        )
        assert store.create(kind)

    owned = {"MustBeRequestable": True, "MustBeOwnedByCaller": True}
    found = pages(client, "list_qualification_types", **owned)

    listed = [kind["Name"] for page in found for kind in page["QualificationTypes"]]
    assert listed == [f"name {n:04}" for n in range(COUNT)]
    before = units(market)
    client.list_qualification_types(**owned, MaxResults=10)
    assert units(market) - before <= 1


def test_search__looks_at_a_bounded_number_and_still_finds_all(market: Market) -> None:
    account = market.credentials()
    client = market.client(account)
    store = DynamoQualificationTypes()
    # three fit among many, one of them behind all that one call looks at
    fitting = {5, 700, COUNT - 1}
    for n in range(COUNT):
        kind = QualificationType(
            qualification_type_id=f"3S{n:04}",
            account_id=account.account_id,
            requester="Lab",
            name=f"seek {n:04}",
            description="rare" if n in fitting else "common",
            keywords=None,
            status=TypeStatus.ACTIVE,
            created_ms=1_000,
        )
        assert store.create(kind)
    owned = {"MustBeRequestable": True, "MustBeOwnedByCaller": True, "Query": "Rare"}

    found = list(client.get_paginator("list_qualification_types").paginate(**owned))

    names = [[kind["Name"] for kind in page["QualificationTypes"]] for page in found]
    assert names == [["seek 0005", "seek 0700"], ["seek 1009"], []]
    nothing = {**owned, "Query": "nowhere"}
    empty = client.list_qualification_types(**nothing)
    assert empty["NumResults"] == 0
    assert "NextToken" in empty, "there is more to look at"
    last = client.list_qualification_types(**nothing, NextToken=empty["NextToken"])
    assert (last["NumResults"], "NextToken" in last) == (0, False)


def test_requests__with_long_tests_come_in_shorter_pages(market: Market) -> None:
    client = market.client()
    long_text = FREE_TEXT.replace("Why?", "Why? " * 12_000)
    type_id = make_type(client, Test=form(long_text), TestDurationInSeconds=60)
    workers = [sign_in(market) for _ in range(50)]
    for worker in workers:
        ask(market, worker, type_id)
        market.market.qualification_requests.hand_in(worker, type_id, [("q1", "because")])

    found = [
        page["QualificationRequests"]
        for page in client.get_paginator("list_qualification_requests").paginate(
            PaginationConfig={"PageSize": 100}
        )
    ]

    assert [len(page) for page in found] == [41, 9, 0]
    listed = {request["WorkerId"] for page in found for request in page}
    assert listed == {worker.worker_id for worker in workers}
