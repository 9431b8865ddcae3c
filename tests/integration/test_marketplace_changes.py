"""What a requester changes on posted HITs: slots, review, type; and the bonuses on record."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.market import (
    INITIAL_CENTS,
    Market,
    counters,
    hit_values,
    post,
    refused,
    running_market,
)
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.integration.market_identities import check_identities
from tests.integration.qualifications import make_type, needing
from tests.integration.test_marketplace_crashes import WRITES, dies


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as running:
        yield running
        check_identities(INITIAL_CENTS, running.clock.now_ms())


def code(error: dict[str, Any]) -> str:
    return str(error["TurkErrorCode"]).removeprefix("AWS.MechanicalTurk.")


def add(client: Any, hit_id: str, count: int, token: str | None = None) -> None:
    extra = {"UniqueRequestToken": token} if token else {}
    client.create_additional_assignments_for_hit(
        HITId=hit_id, NumberOfAdditionalAssignments=count, **extra
    )


def test_more_assignments__are_held_and_can_be_accepted(market: Market, client: Any) -> None:
    hit_id = post(client, MaxAssignments=1)
    submit(market, accept(market, sign_in(market), hit_id))
    client.update_hit_review_status(HITId=hit_id)
    assert counters(client, hit_id) == ("Reviewing", 0, 0, 0)

    add(client, hit_id, 2)

    assert counters(client, hit_id) == ("Assignable", 0, 2, 0)
    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 3
    assert client.get_account_balance()["OnHoldBalance"] == "0.18"
    for _ in range(2):
        submit(market, accept(market, sign_in(market), hit_id))
    assert counters(client, hit_id) == ("Reviewable", 0, 0, 0)


def test_more_assignments__on_an_expired_hit__wait_for_a_longer_life(
    market: Market, client: Any
) -> None:
    hit_id = post(client, MaxAssignments=1)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)

    add(client, hit_id, 1)

    assert counters(client, hit_id) == ("Reviewable", 0, 0, 0)
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"
    later = market.clock.now_ms() / 1000 + 600
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
    assert counters(client, hit_id) == ("Assignable", 0, 2, 0)
    assert client.get_account_balance()["OnHoldBalance"] == "0.12"


def test_more_assignments__are_refused(market: Market, client: Any) -> None:
    small, large = post(client, MaxAssignments=9), post(client, MaxAssignments=10)
    deleted = post(client)
    client.update_expiration_for_hit(HITId=deleted, ExpireAt=0)
    client.delete_hit(HITId=deleted)

    def error(hit_id: str, count: int, token: str | None = None) -> dict[str, Any]:
        return refused(add, client=client, hit_id=hit_id, count=count, token=token)

    assert code(error(small, 1)) == "InvalidMaximumAssignmentsIncrease"
    add(client, large, 1, "once")
    again = error(large, 1, "once")
    assert 'The idempotency token "once" has already been processed. (' in again["Message"]
    assert code(error(large, 1_000_000)) == "InsufficientFunds"
    assert error(large, 0)["Error"]["Code"] == "ParameterValidationError"
    assert error(large, 999_999_995)["Error"]["Code"] == "ParameterValidationError"
    assert code(error("3NONE", 1)) == "HITDoesNotExist"
    gone = error(deleted, 1)
    assert code(gone) == "InvalidHITState"
    assert "'Disposed'" in gone["Message"]
    foreign = refused(add, client=market.client(), hit_id=large, count=1)
    assert code(foreign) == "HITDoesNotExist"
    assert client.get_hit(HITId=large)["HIT"]["MaxAssignments"] == 11


def test_review_status__is_no_toggle(market: Market, client: Any) -> None:
    hit_id = post(client)
    early = refused(client.update_hit_review_status, HITId=hit_id)
    assert "currently in the state 'Assignable'." in early["Message"]
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)

    client.update_hit_review_status(HITId=hit_id)
    assert counters(client, hit_id)[0] == "Reviewing"
    assert code(refused(client.update_hit_review_status, HITId=hit_id)) == "InvalidHITState"
    listed = client.list_reviewable_hits(Status="Reviewing")["HITs"]
    assert [hit["HITId"] for hit in listed] == [hit_id]
    client.update_hit_review_status(HITId=hit_id, Revert=True)

    assert counters(client, hit_id)[0] == "Reviewable"
    back = refused(client.update_hit_review_status, HITId=hit_id, Revert=True)
    assert code(back) == "InvalidHITState"
    foreign = refused(market.client().update_hit_review_status, HITId=hit_id)
    assert code(foreign) == "HITDoesNotExist"


def other_type(client: Any, **changes: Any) -> str:
    values = {
        "Title": f"another {uuid.uuid4().hex}",
        "Description": "Another thing",
        "Reward": "0.50",
        "AssignmentDurationInSeconds": 90,
        **changes,
    }
    return str(client.create_hit_type(**values)["HITTypeId"])


def test_another_type__brings_its_price_and_its_group(market: Market, client: Any) -> None:
    hit_id, new = post(client, MaxAssignments=2), other_type(client)

    client.update_hit_type_of_hit(HITId=hit_id, HITTypeId=new)

    hit = client.get_hit(HITId=hit_id)["HIT"]
    assert (hit["HITTypeId"], hit["Reward"]) == (new, "0.50")
    assert hit["AssignmentDurationInSeconds"] == 90
    assert client.get_account_balance()["OnHoldBalance"] == "1.20"
    worker = sign_in(market)
    job = market.market.work.accept_any(worker, market.market.listing.type_of(new))
    assert (job.assignment.hit_id, job.assignment.reward_cents) == (hit_id, 50)
    error = refused(
        client.update_hit_type_of_hit, HITId=hit_id, HITTypeId=other_type(client, Reward="0.01")
    )
    assert code(error) == "InvalidHITState"
    submit(market, job.assignment.assignment_id)
    client.approve_assignment(AssignmentId=job.assignment.assignment_id)
    check_identities(INITIAL_CENTS, market.clock.now_ms())


def test_another_type__is_refused(market: Market, client: Any) -> None:
    hit_id, other = post(client, MaxAssignments=9), market.client()
    change = client.update_hit_type_of_hit

    unknown = refused(change, HITId=hit_id, HITTypeId="3NONE")
    assert code(unknown) == "HITTypeDoesNotExist"
    foreign = refused(change, HITId=hit_id, HITTypeId=other_type(other))
    assert code(foreign) == "HITTypeDoesNotExist"
    not_mine = refused(other.update_hit_type_of_hit, HITId=hit_id, HITTypeId=other_type(other))
    assert code(not_mine) == "HITDoesNotExist"
    dear = refused(change, HITId=hit_id, HITTypeId=other_type(client, Reward="2000"))
    assert code(dear) == "InsufficientFunds"
    cheap = other_type(client, Reward="0.00")
    change(HITId=hit_id, HITTypeId=cheap)
    assert client.get_account_balance()["OnHoldBalance"] == "0.09"


def test_another_type__must_be_one_that_new_hits_may_have(client: Any) -> None:
    hit_id, idle, gone = post(client), make_type(client), make_type(client)
    of_idle = other_type(client, **needing(idle))
    of_gone = other_type(client, **needing(gone))
    client.update_qualification_type(QualificationTypeId=idle, QualificationTypeStatus="Inactive")
    client.delete_qualification_type(QualificationTypeId=gone)
    change = client.update_hit_type_of_hit

    error = refused(change, HITId=hit_id, HITTypeId=of_idle)
    assert code(error) == "InvalidQualificationTypeState"
    assert code(refused(change, HITId=hit_id, HITTypeId=of_gone)) == "HITTypeDoesNotExist"
    client.update_qualification_type(QualificationTypeId=idle, QualificationTypeStatus="Active")
    change(HITId=hit_id, HITTypeId=of_idle)
    assert client.get_hit(HITId=hit_id)["HIT"]["HITTypeId"] == of_idle


def test_bonuses__are_listed_by_hit_and_by_assignment(market: Market, client: Any) -> None:
    hit_id = post(client)
    worker, second = sign_in(market), sign_in(market)
    taken = submit(market, accept(market, worker, hit_id))
    other = submit(market, accept(market, second, hit_id))

    def pay(who: Any, assignment_id: str, amount: str) -> None:
        market.clock.advance(1)
        client.send_bonus(
            WorkerId=who.worker_id, AssignmentId=assignment_id, BonusAmount=amount, Reason=amount
        )

    for cents in range(1, 13):
        pay(worker, taken, f"0.{cents:02d}")
    pay(second, other, "0.50")

    pages = client.get_paginator("list_bonus_payments").paginate(
        HITId=hit_id, PaginationConfig={"PageSize": 5}
    )
    listed = [[b["BonusAmount"] for b in page["BonusPayments"]] for page in pages]
    assert [len(page) for page in listed] == [5, 5, 3, 0]
    assert [b for page in listed for b in page] == [f"0.{c:02d}" for c in range(1, 13)] + ["0.50"]
    (only,) = client.list_bonus_payments(AssignmentId=other)["BonusPayments"]
    assert (only["WorkerId"], only["AssignmentId"]) == (second.worker_id, other)
    assert (only["BonusAmount"], only["Reason"]) == ("0.50", "0.50")
    assert "GrantTime" in only
    both = client.list_bonus_payments(HITId=hit_id, AssignmentId=other)
    assert both["NumResults"] == 1


def test_bonuses__of_what_is_not_there(market: Market, client: Any) -> None:
    hit_id = post(client)
    taken = submit(market, accept(market, sign_in(market), hit_id))
    listing, other = client.list_bonus_payments, market.client().list_bonus_payments

    assert listing(HITId=hit_id)["BonusPayments"] == []
    assert refused(listing)["Error"]["Code"] == "ParameterValidationError"
    assert code(refused(listing, HITId="3NONE")) == "HITDoesNotExist"
    assert code(refused(listing, AssignmentId="3NONE")) == "AssignmentDoesNotExist"
    assert code(refused(other, HITId=hit_id)) == "HITDoesNotExist"
    assert code(refused(other, AssignmentId=taken)) == "AssignmentDoesNotExist"


def test_file_upload__is_refused(market: Market, client: Any) -> None:
    taken = submit(market, accept(market, sign_in(market), post(client)))

    error = refused(client.get_file_upload_url, AssignmentId=taken, QuestionIdentifier="q")
    assert "FileUploadAnswer" in error["Message"]
    assert code(error) == "OperationNotSupported"
    unknown = refused(client.get_file_upload_url, AssignmentId="3NONE", QuestionIdentifier="q")
    assert code(unknown) == "AssignmentDoesNotExist"


def test_layouts__are_refused_with_the_way_out(client: Any) -> None:
    parameters = [{"Name": "a", "Value": "b"}]
    error = refused(client.create_hit, **hit_values(HITLayoutParameters=parameters))

    assert "give Question" in error["Message"]


@pytest.mark.race
def test_changes__at_once__keep_the_books(market: Market, client: Any) -> None:
    hit_id, new = post(client, MaxAssignments=10), other_type(client)
    workers = [sign_in(market) for _ in range(4)]

    def change(number: int) -> object:
        if number < 4:
            return accept(market, workers[number], hit_id)
        if number < 8:
            return add(client, hit_id, 1, "same" if number < 6 else None)
        return client.update_hit_type_of_hit(HITId=hit_id, HITTypeId=new) and "changed"

    results = at_once(9, change)

    assert results.count("IdempotencyTokenAlreadyProcessed") == 1
    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 13
    check_identities(INITIAL_CENTS, market.clock.now_ms())


@pytest.mark.race
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_changes__dying_at_any_write__happen_once(market: Market, after: bool) -> None:
    account = market.credentials()
    client, changes = market.client(account), market.market.changes
    for nth in WRITES:
        hit_id, new = post(client, MaxAssignments=1), other_type(client)

        def extend(hit: str = hit_id, token: str = f"t{nth}") -> None:
            changes.add_assignments(account.account_id, hit, 2, token)

        def change(hit: str = hit_id, hit_type: str = new) -> None:
            changes.change_type(account.account_id, hit, hit_type)

        for call in (extend, change):
            dies(market, nth, after, call)
            at_once(1, lambda n, c=call: c())
            check_identities(INITIAL_CENTS, market.clock.now_ms())
        hit = client.get_hit(HITId=hit_id)["HIT"]
        assert (hit["MaxAssignments"], hit["HITTypeId"]) == (3, new)
