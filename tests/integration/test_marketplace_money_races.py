"""Requesters' calls at once, on the real engine: money is held, paid and given back once."""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib.marketplace.store.tables import LedgerRow
from tests.integration.market import Market, counters, hit_values, post
from tests.integration.market_crowd import accept, at_once, sign_in, submit

pytestmark = pytest.mark.race


@pytest.fixture
def market(checked_market: Market) -> Market:
    return checked_market


def test_approve_and_reject__at_once_decide_once(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(AutoApprovalDelayInSeconds=3600))["HIT"]["HITId"]
    taken = submit(market, accept(market, sign_in(market), hit_id))

    results = at_once(
        8,
        lambda n: (
            (
                client.approve_assignment(AssignmentId=taken)
                if n % 2
                else client.reject_assignment(AssignmentId=taken, RequesterFeedback="no")
            )
            and "done"
        ),
    )

    assert Counter(results) == {"done": 1, "InvalidAssignmentState": 7}


@pytest.mark.parametrize("early_ms", [0, 30], ids=["due", "falling due"])
def test_review__against_automatic_approval(market: Market, early_ms: int) -> None:
    client = market.client()
    made = [post(client, MaxAssignments=1, AutoApprovalDelayInSeconds=60) for _ in range(6)]
    taken = [submit(market, accept(market, sign_in(market), hit_id)) for hit_id in made]
    last = client.get_assignment(AssignmentId=taken[-1])["Assignment"]["AutoApprovalTime"]
    market.clock.advance(last.timestamp() - market.clock.now_ms() / 1000 - early_ms / 1000)

    def race(number: int) -> object:
        which, what = divmod(number, 4)
        if what == 0:
            return client.approve_assignment(AssignmentId=taken[which]) and "approved"
        if what == 1:
            rejected = client.reject_assignment(AssignmentId=taken[which], RequesterFeedback="no")
            return rejected and "rejected"
        if what == 2:
            return client.get_hit(HITId=made[which]) and "seen"
        return market.market.tick.run() and "ticked"

    results = at_once(24, race)

    market.clock.advance(1)
    for which, hit_id in enumerate(made):
        found = client.get_assignment(AssignmentId=taken[which])["Assignment"]
        mine = set(results[4 * which : 4 * which + 2])
        assert (found["AssignmentStatus"] == "Rejected") == ("rejected" in mine)
        assert not mine >= {"approved", "rejected"}
        if not mine & {"approved", "rejected"}:
            assert found["ApprovalTime"] == found["AutoApprovalTime"]
        assert counters(client, hit_id) == ("Reviewable", 0, 0, 1)


def test_delete__against_opening_again(market: Market) -> None:
    client = market.client()
    made = [post(client, MaxAssignments=1, LifetimeInSeconds=30) for _ in range(8)]
    market.clock.advance(31)
    later = market.clock.now_ms() / 1000 + 600

    def race(number: int) -> object:
        hit_id = made[number // 2]
        if number % 2:
            return client.delete_hit(HITId=hit_id) and "deleted"
        return client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later) and "opened"

    results = at_once(16, race)

    for which, hit_id in enumerate(made):
        outcome = set(results[2 * which : 2 * which + 2])
        assert outcome in ({"deleted", "InvalidHITState"}, {"opened", "InvalidHITState"})
        status = client.get_hit(HITId=hit_id)["HIT"]["HITStatus"]
        assert status == ("Disposed" if "deleted" in outcome else "Assignable")


def test_expire__against_acceptance(market: Market) -> None:
    client = market.client()
    made = [post(client, MaxAssignments=1) for _ in range(8)]
    workers = [sign_in(market) for _ in made]

    def race(number: int) -> object:
        hit_id = made[number // 2]
        if number % 2:
            return accept(market, workers[number // 2], hit_id)
        return client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0) and "expired"

    results = at_once(16, race)

    for which, hit_id in enumerate(made):
        assert results[2 * which] == "expired"
        accepted = results[2 * which + 1]
        held = isinstance(accepted, str)
        assert counters(client, hit_id)[:2] == (("Unassignable", 1) if held else ("Reviewable", 0))
        if held:  # whoever began in time may finish
            assert submit(market, str(accepted)) == accepted


def test_bonus__with_one_token_is_paid_once(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values())["HIT"]["HITId"]
    worker = sign_in(market)
    taken = submit(market, accept(market, worker, hit_id))

    results = at_once(
        8,
        lambda n: (
            client.send_bonus(
                WorkerId=worker.worker_id,
                AssignmentId=taken,
                BonusAmount="1.00",
                Reason="thanks",
                UniqueRequestToken="one",
            )
            and "paid"
        ),
    )

    assert Counter(results) == {"paid": 1, "IdempotencyTokenAlreadyProcessed": 7}
    kinds = Counter(row.kind for row in LedgerRow.scan())
    assert kinds == {"deposit": 1, "bonus": 1}


def test_create_hit__with_one_token_is_one_hit(market: Market) -> None:
    client = market.client()

    results = at_once(
        8, lambda n: client.create_hit(**hit_values(UniqueRequestToken="one"))["HIT"]["HITId"]
    )

    assert results.count("HitAlreadyExists") == 7
    assert client.list_hits()["NumResults"] == 1


def test_add_assignments__with_one_token_adds_once(market: Market) -> None:
    client = market.client()
    hit_id = post(client, MaxAssignments=2)

    results = at_once(
        8,
        lambda n: (
            client.create_additional_assignments_for_hit(
                HITId=hit_id, NumberOfAdditionalAssignments=1, UniqueRequestToken="one"
            )
            and "added"
        ),
    )

    assert Counter(results) == {"added": 1, "IdempotencyTokenAlreadyProcessed": 7}
    assert counters(client, hit_id) == ("Assignable", 0, 3, 0)


def test_create_hit__never_holds_more_than_there_is(market: Market) -> None:
    client = market.client()

    results = at_once(
        8,
        lambda n: client.create_hit(**hit_values(Title=f"t{n}", Reward="1000.00"))["HIT"]["HITId"],
    )

    # each holds 3 x 1,200 of 10,000
    assert results.count("InsufficientFunds") == 6
