"""Lists of more than a thousand, one for each operation that lists."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.market_rows import copy_of, write_all
from chalicelib.marketplace.domain.people import Credentials
from chalicelib.marketplace.store.contact_tables import BlockRow
from chalicelib.marketplace.store.ledger_tables import LedgerRow
from chalicelib.marketplace.store.policy_tables import ReportRow
from chalicelib.marketplace.store.qualification_tables import (
    QualificationRequestRow,
    QualificationRow,
    QualificationTypeRow,
    RequestIdRow,
    TypeNameRow,
)
from chalicelib.marketplace.store.tables import AssignmentIdRow, AssignmentRow, HitRow
from tests.integration.market import Market, post
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.market_policies import KNOWN, policy
from tests.integration.qualifications import ask, make_type, needing

COUNT = 1_010


@dataclass
class Long:
    """A requester's list: `keys` in the order in which they must come.

    `remove` takes one out of it, `add` makes another: what happens while somebody reads on.
    """

    operation: str
    account: Credentials
    client: Any
    options: dict[str, Any]
    keys: Sequence[str]
    read: Callable[[dict[str, Any]], list[str]]
    add: Callable[[], object]
    remove: Callable[[str], object] | None = None
    # One operation counts pages in another unit and has no paginator.
    paginated: bool = field(default=True)


def _by(items: str, name: str) -> Callable[[dict[str, Any]], list[str]]:
    return lambda answer: [item[name] for item in answer[items]]


def reviewable(market: Market, client: Any, **values: Any) -> HitRow:
    """A HIT that nobody did in its time, and of whose end everything was made."""
    hit_id = post(client, LifetimeInSeconds=30, MaxAssignments=1, **values)
    market.clock.advance(31)
    market.market.tick.run()
    return HitRow.get(hit_id, consistent_read=True)


def copies_of_hit(row: HitRow, letter: str, count: int) -> list[HitRow]:
    """Three at a time of the same millisecond."""
    return [
        copy_of(
            row,
            hit_id=f"3{letter}{n:028}",
            created_ms=row.created_ms - 1 - n // 3,
            over_ms=row.over_ms - 1 - n // 3,
        )
        for n in range(count)
    ]


def _newest_first(rows: Sequence[HitRow]) -> list[str]:
    order = sorted(rows, key=lambda row: (row.created_ms, row.hit_id), reverse=True)
    return [row.hit_id for row in order]


def hits(market: Market, operation: str = "list_hits") -> Long:
    account = market.credentials()
    client = market.client(account)
    rows = [row := reviewable(market, client), *copies_of_hit(row, "L", COUNT - 1)]
    write_all(rows)
    return Long(
        operation,
        account,
        client,
        {},
        _newest_first(rows),
        _by("HITs", "HITId"),
        lambda: reviewable(market, client),
        lambda hit_id: client.delete_hit(HITId=hit_id),
    )


def reviewable_hits(market: Market) -> Long:
    return hits(market, "list_reviewable_hits")


def hits_of_qualification(market: Market) -> Long:
    """Of three HIT types, in the order of their ids."""
    account = market.credentials()
    client = market.client(account)
    type_id = make_type(client)
    keys: list[str] = []
    first = [
        reviewable(market, client, Title=f"type {letter}", **needing(type_id)) for letter in "ABC"
    ]
    share = COUNT // 3 + 1
    for letter, row in zip("ABC", sorted(first, key=lambda r: r.hit_type_id), strict=True):
        rows = [row, *copies_of_hit(row, letter, min(share, COUNT - len(keys)) - 1)]
        write_all(rows)
        keys += _newest_first(rows)
    return Long(
        "list_hits_for_qualification_type",
        account,
        client,
        {"QualificationTypeId": type_id},
        keys,
        _by("HITs", "HITId"),
        lambda: reviewable(market, client, Title="type D", **needing(type_id)),
        lambda hit_id: client.delete_hit(HITId=hit_id),
    )


def assignments(market: Market) -> Long:
    account = market.credentials()
    client = market.client(account)
    hit_id = post(client, MaxAssignments=2 * COUNT)

    def add() -> str:
        return submit(market, accept(market, sign_in(market), hit_id))

    add()
    market.clock.advance(1)
    (row,) = AssignmentRow.query(hit_id, consistent_read=True)
    copies = [
        copy_of(
            row,
            worker_id=f"AW{n:012}",
            assignment_id=f"3S{n:028}",
            submit_ms=row.submit_ms + 1 + n // 3,
        )
        for n in range(COUNT - 1)
    ]
    write_all(copies)
    write_all(_ids_of(copies))
    return Long(
        "list_assignments_for_hit",
        account,
        client,
        {"HITId": hit_id, "AssignmentStatuses": ["Submitted"]},
        [row.assignment_id, *(copy.assignment_id for copy in copies)],
        _by("Assignments", "AssignmentId"),
        add,
        lambda key: client.approve_assignment(AssignmentId=key),
    )


def bonuses(market: Market) -> Long:
    account = market.credentials()
    client = market.client(account)
    hit_id = post(client)
    worker = sign_in(market)
    taken = submit(market, accept(market, worker, hit_id))

    def add() -> object:
        return client.send_bonus(
            WorkerId=worker.worker_id,
            AssignmentId=taken,
            BonusAmount="0.01",
            Reason=f"thanks {uuid.uuid4().hex}",
        )

    add()
    (row,) = LedgerRow.bonuses_by_hit.query(hit_id)
    copies = [
        copy_of(
            row,
            entry=f"{row.at_ms + 1 + n // 3:013d}#bonus#{n:024x}",
            at_ms=row.at_ms + 1 + n // 3,
            reason=f"{n}",
        )
        for n in range(COUNT - 1)
    ]
    write_all(copies)
    market.clock.advance(1)
    return Long(
        "list_bonus_payments",
        account,
        client,
        {"HITId": hit_id},
        [str(row.reason), *(str(copy.reason) for copy in copies)],
        _by("BonusPayments", "Reason"),
        add,
    )


def blocks(market: Market) -> Long:
    account = market.credentials()
    client = market.client(account)

    def add() -> str:
        worker_id = str(sign_in(market).worker_id)
        client.create_worker_block(WorkerId=worker_id, Reason="no")
        return worker_id

    first = add()
    row = BlockRow.get(account.account_id, first)
    copies = [copy_of(row, worker_id=f"AB{n:012}") for n in range(COUNT - 1)]
    write_all(copies)
    return Long(
        "list_worker_blocks",
        account,
        client,
        {},
        sorted([first, *(copy.worker_id for copy in copies)]),
        _by("WorkerBlocks", "WorkerId"),
        add,
        lambda worker_id: client.delete_worker_block(WorkerId=worker_id),
    )


def holders(market: Market) -> Long:
    account = market.credentials()
    client = market.client(account)
    named = {"QualificationTypeId": make_type(client)}

    def add() -> str:
        worker_id = str(sign_in(market).worker_id)
        client.associate_qualification_with_worker(**named, WorkerId=worker_id)
        return worker_id

    first = add()
    row = QualificationRow.get(named["QualificationTypeId"], first)
    copies = [
        copy_of(
            row,
            worker_id=f"AH{n:012}",
            grant_ms=row.grant_ms + 1 + n // 3,
            granted=f"Granted#{row.grant_ms + 1 + n // 3:013d}",
        )
        for n in range(COUNT - 1)
    ]
    write_all(copies)
    market.clock.advance(1)
    return Long(
        "list_workers_with_qualification_type",
        account,
        client,
        named,
        [first, *(copy.worker_id for copy in copies)],
        _by("Qualifications", "WorkerId"),
        add,
        lambda w: client.disassociate_qualification_from_worker(**named, WorkerId=w),
    )


def requests(market: Market, by_type: bool = False) -> Long:
    account = market.credentials()
    client = market.client(account)
    type_id = make_type(client)

    def add() -> object:
        return ask(market, sign_in(market), type_id)

    add()
    (row,) = QualificationRequestRow.query(type_id, consistent_read=True)
    copies = [
        copy_of(
            row,
            worker_id=f"AR{n:012}",
            request_id=f"3R{n:028}",
            submit_ms=row.submit_ms + 1 + n // 3,
            pending_ms=row.pending_ms + 1 + n // 3,
        )
        for n in range(COUNT - 1)
    ]
    write_all(copies)
    write_all(
        RequestIdRow(c.request_id, qualification_type_id=type_id, worker_id=c.worker_id)
        for c in copies
    )
    market.clock.advance(1)
    return Long(
        "list_qualification_requests",
        account,
        client,
        {"QualificationTypeId": type_id} if by_type else {},
        [row.request_id, *(copy.request_id for copy in copies)],
        _by("QualificationRequests", "QualificationRequestId"),
        add,
        lambda i: client.reject_qualification_request(QualificationRequestId=i),
    )


def requests_of_type(market: Market) -> Long:
    return requests(market, by_type=True)


def types(market: Market) -> Long:
    account = market.credentials()
    client = market.client(account)
    row = QualificationTypeRow.get(make_type(client, Name="name"))
    copies = [
        copy_of(row, qualification_type_id=f"3Q{COUNT - n:028}", name=f"name {n:04}")
        for n in range(COUNT - 1)
    ]
    write_all(copies)
    write_all(
        TypeNameRow(c.account_id, c.name, qualification_type_id=c.qualification_type_id)
        for c in copies
    )
    return Long(
        "list_qualification_types",
        account,
        client,
        {"MustBeRequestable": True, "MustBeOwnedByCaller": True},
        [row.qualification_type_id, *(copy.qualification_type_id for copy in copies)],
        _by("QualificationTypes", "QualificationTypeId"),
        lambda: make_type(client),
        lambda i: client.delete_qualification_type(QualificationTypeId=i),
    )


def policy_results(market: Market) -> Long:
    account = market.credentials()
    client = market.client(account)
    given = policy(KNOWN, AnswerKey={"a": ["yes"]})
    hit_id = post(client, MaxAssignments=50, AssignmentReviewPolicy=given)

    def add() -> str:
        return submit(market, accept(market, sign_in(market), hit_id))

    taken = add()
    (row,) = ReportRow.query(hit_id, consistent_read=True)
    copies = []
    for n in range(COUNT - 1):
        subject = f"3P{n:028}"
        results = [{**result, "subject_id": subject} for result in row.results]
        entry = f"{row.entry[:1]}{int(row.entry[1:14]) + 1 + n // 3:013d}{subject}"
        copies.append(copy_of(row, entry=entry, results=results))
    write_all(copies)
    market.clock.advance(1)

    def read(answer: dict[str, Any]) -> list[str]:
        report = answer["AssignmentReviewReport"]["ReviewResults"]
        return list(dict.fromkeys(result["SubjectId"] for result in report))

    return Long(
        "list_review_policy_results_for_hit",
        account,
        client,
        {"HITId": hit_id},
        [taken, *(f"3P{n:028}" for n in range(COUNT - 1))],
        read,
        add,
        paginated=False,
    )


def _ids_of(rows: Sequence[AssignmentRow]) -> list[Any]:
    return [
        AssignmentIdRow(row.assignment_id, hit_id=row.hit_id, worker_id=row.worker_id)
        for row in rows
    ]


LISTS: dict[str, Callable[[Market], Long]] = {
    made.__name__: made
    for made in (
        hits,
        reviewable_hits,
        hits_of_qualification,
        assignments,
        bonuses,
        blocks,
        holders,
        requests,
        requests_of_type,
        types,
        policy_results,
    )
}
