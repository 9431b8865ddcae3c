"""Lists of more than a thousand, and that what a page costs does not grow with them."""

from __future__ import annotations

from chalicelib.marketplace.domain.qualifications import (
    QualificationType,
    TypeStatus,
)
from chalicelib.marketplace.store.qualification_types import DynamoQualificationTypes
from tests.integration.market import Market
from tests.integration.market_crowd import sign_in
from tests.integration.qualifications import FREE_TEXT, ask, form, make_type

COUNT = 1_010


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
