"""The scheduled run: what time does to HITs and assignments that nobody looks at."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.marketplace.store.tables import AssignmentRow, HitRow, RequesterRow
from tests.integration.market import INITIAL_CENTS, Market, post, refused
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.integration.market_identities import check_identities
from tests.integration.test_marketplace_crashes import dies

DAY_S = 86_400
NOTHING = {"assignments": 0, "hits": 0, "notifications": 0, "answers": 0}


@pytest.fixture
def market(checked_market: Market) -> Market:
    return checked_market


def row_of(hit_id: str) -> HitRow:
    return HitRow.get(hit_id, consistent_read=True)


def held_cents() -> int:
    return sum(int(row.held_cents) for row in RequesterRow.scan(consistent_read=True))


def test_tick__ends_a_lifetime_and_gives_the_money_back(market: Market, client: Any) -> None:
    hit_id = post(client, LifetimeInSeconds=60)
    assert market.market.tick.run() == NOTHING
    market.clock.advance(61)

    assert market.market.tick.run() == {**NOTHING, "hits": 1}

    row = row_of(hit_id)
    assert (row.expired_told, row.over_told, held_cents()) == (True, True, 0)
    assert market.market.tick.run() == NOTHING


def test_tick__frees_abandoned_slots(market: Market, client: Any) -> None:
    hit_id = post(client, AssignmentDurationInSeconds=60)
    worker = sign_in(market)
    accept(market, worker, hit_id)
    market.clock.advance(61)

    assert market.market.tick.run() == {**NOTHING, "assignments": 1}

    assert row_of(hit_id).pending.as_dict() == {}
    (record,) = AssignmentRow.query(hit_id, consistent_read=True)
    assert (record.status, record.timer) == ("Abandoned", None)
    assert market.market.sessions.sign_in(worker.name)[1].queue == {}
    assert market.market.tick.run() == NOTHING


def test_tick__approves_what_falls_due(market: Market, client: Any) -> None:
    hit_id = post(client, MaxAssignments=1, AutoApprovalDelayInSeconds=2000)
    submit(market, accept(market, sign_in(market), hit_id))
    for seconds in (601, 1400):
        market.clock.advance(seconds)
        market.market.tick.run()

    (record,) = AssignmentRow.query(hit_id, consistent_read=True)

    assert (record.status, record.timer) == ("Approved", None)
    assert record.reviewed_ms == record.auto_approval_ms
    assert (held_cents(), row_of(hit_id).completed) == (0, 1)


def test_hits_turn__approves_what_was_not_reached_at_its_own(market: Market, client: Any) -> None:
    """More may fall due in a minute than a run settles; the HIT's lifetime ends meanwhile."""
    hit_id = post(client, MaxAssignments=1, AutoApprovalDelayInSeconds=60, LifetimeInSeconds=100)
    submit(market, accept(market, sign_in(market), hit_id))
    (record,) = AssignmentRow.query(hit_id, consistent_read=True)
    record.update([AssignmentRow.timer_ms.set(market.clock.now_ms() + 3_600_000)])
    market.clock.advance(101)

    market.market.tick.run()

    (record,) = AssignmentRow.query(hit_id, consistent_read=True)
    assert record.status == "Approved"
    assert record.reviewed_ms == record.auto_approval_ms


def test_tick__waits_for_those_who_still_work_on_an_expired_hit(
    market: Market, client: Any
) -> None:
    hit_id = post(client, LifetimeInSeconds=60)
    taken = accept(market, sign_in(market), hit_id)
    market.clock.advance(61)
    market.market.tick.run()
    assert (row_of(hit_id).expired_told, row_of(hit_id).over_told) == (True, False)
    assert held_cents() == 6
    submit(market, taken)
    market.clock.advance(61)

    market.market.tick.run()

    assert row_of(hit_id).over_told
    # extended, it ends a second time
    later = market.clock.now_ms() / 1000 + 60
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
    assert not row_of(hit_id).over_told
    market.clock.advance(61)
    market.market.tick.run()
    assert (row_of(hit_id).expired_told, row_of(hit_id).over_told) == (True, True)


def test_tick__disposes_after_120_days(market: Market, client: Any) -> None:
    old, reviewed = post(client, LifetimeInSeconds=60), post(client, MaxAssignments=1)
    submit(market, accept(market, sign_in(market), reviewed))
    market.clock.advance(61)
    market.market.tick.run()
    market.clock.advance(120 * DAY_S - 61)
    fresh = post(client)
    market.market.tick.run()
    assert not row_of(old).deleted
    market.clock.advance(61)

    market.market.tick.run()

    assert (row_of(old).deleted, row_of(reviewed).deleted) == (True, True)
    assert client.get_hit(HITId=old)["HIT"]["HITStatus"] == "Disposed"
    assert [hit["HITId"] for hit in client.list_hits()["HITs"]] == [fresh]


def test_answers__do_not_show_that_the_run_is_late(market: Market, client: Any) -> None:
    hit_id = post(client, LifetimeInSeconds=60)
    market.clock.advance(120 * DAY_S + 61)

    assert client.list_hits()["HITs"] == []
    assert client.list_reviewable_hits()["HITs"] == []
    assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
    error = refused(client.delete_hit, HITId=hit_id)
    assert "'Disposed'" in error["Message"]


def test_tick__puts_off_what_it_cannot_settle_and_goes_on(market: Market, client: Any) -> None:
    broken, whole = post(client, LifetimeInSeconds=60), post(client, LifetimeInSeconds=60)
    HitRow(broken).update(actions=[HitRow.account_id.remove()])
    market.clock.advance(61)

    assert market.market.tick.run()["hits"] == 1

    assert row_of(whole).over_told
    assert market.market.tick.run() == NOTHING
    HitRow(broken).delete()
    RequesterRow(client_account(client)).update(
        actions=[RequesterRow.held_cents.add(-18), RequesterRow.available_cents.add(18)]
    )


def client_account(client: Any) -> str:
    (row,) = list(RequesterRow.scan())
    return str(row.account_id)


@pytest.mark.race
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_tick__dying_at_any_write__is_completed_by_the_next(market: Market, after: bool) -> None:
    client = market.client()
    deaths = 0
    for nth in range(1, 12):
        due = post(client, MaxAssignments=1, AutoApprovalDelayInSeconds=300)
        left = post(client, LifetimeInSeconds=60, AssignmentDurationInSeconds=90)
        submit(market, accept(market, sign_in(market), due))
        accept(market, sign_in(market), left)
        market.clock.advance(301)

        deaths += dies(market, nth, after, market.market.tick.run)
        market.market.tick.run()

        (approved,) = AssignmentRow.query(due, consistent_read=True)
        (abandoned,) = AssignmentRow.query(left, consistent_read=True)
        assert (approved.status, abandoned.status) == ("Approved", "Abandoned")
        assert (row_of(due).over_told, row_of(left).over_told) == (True, True)
        assert held_cents() == 0
        check_identities(INITIAL_CENTS, market.clock.now_ms())
        assert market.market.tick.run() == NOTHING
    assert deaths >= 6


@pytest.mark.race
def test_tick__beside_itself_and_beside_requesters(market: Market, client: Any) -> None:
    made = [post(client, MaxAssignments=1, AutoApprovalDelayInSeconds=60) for _ in range(6)]
    taken = [submit(market, accept(market, sign_in(market), hit_id)) for hit_id in made]
    market.clock.advance(61)

    def run(number: int) -> object:
        if number < 4:
            return market.market.tick.run() and "ran"
        return client.get_assignment(AssignmentId=taken[number - 4]) and "read"

    assert set(at_once(8, run)) == {"ran", "read"}
    assert {row.status for row in AssignmentRow.scan(consistent_read=True)} == {"Approved"}
