"""What people wrote is not kept for ever: each table of it says when an item goes."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.tables import definition_of
from chalicelib.marketplace.domain.hits import DISPOSAL_MS
from chalicelib.marketplace.store.contact_tables import MessageRow
from chalicelib.marketplace.store.site_tables import HitReportRow
from chalicelib.marketplace.store.tables import AnswerRow, HitRow
from operate.backup.tables import Tables
from operate.migrate.migrations import end_texts
from operate.migrate.rows import Rows
from tests.integration.market import MASTER_KEY, Market, post
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.test_marketplace_crashes import dies

DAY_S = 86_400


def test_what_people_wrote__goes_in_its_time(market: Market, client: Any) -> None:
    worker, hit_id = sign_in(market), post(client)
    taken = accept(market, worker, hit_id)
    submit(market, taken, "an answer of the retention")
    client.approve_assignment(AssignmentId=taken)
    client.notify_workers(Subject="Hi", MessageText="Hello", WorkerIds=[worker.worker_id])
    for one in (hit_id, post(client)):
        market.market.hit_reports.report(worker, one, "other", "It is odd.")
    market.market.hit_reports.dismiss(hit_id)
    now_s = market.clock.now_ms() // 1000

    (answer,) = [row for row in AnswerRow.scan() if "of the retention" in row.text]
    (message,) = MessageRow.query(worker.worker_id)
    reports = {row.hit_id: row.ttl for row in HitReportRow.scan()}

    assert answer.ttl == now_s + (365 + 30 + 120) * DAY_S
    assert message.ttl == now_s + 120 * DAY_S
    assert reports.pop(hit_id) == now_s + 120 * DAY_S
    assert list(reports.values()) == [None], "nobody has looked at it yet"


def answered(market: Market, client: Any, hit_id: str, text: str) -> list[str]:
    """Three workers' approved assignments."""
    workers = [sign_in(market) for _ in range(3)]
    taken = [submit(market, accept(market, worker, hit_id), text) for worker in workers]
    for one in taken:
        client.approve_assignment(AssignmentId=one)
    return taken


def kept(text: str) -> int:
    return sum(f"{text}<" in row.text for row in AnswerRow.scan(consistent_read=True))


@pytest.mark.parametrize("disposed_by", ["requester", "service"])
def test_answers__go_with_their_hit(market: Market, client: Any, disposed_by: str) -> None:
    hit_id, goes_on = post(client), post(client, LifetimeInSeconds=300 * DAY_S)
    (taken, *_) = answered(market, client, hit_id, f"over by {disposed_by}")
    worker = sign_in(market)
    submit(market, accept(market, worker, goes_on), f"open, {disposed_by}")
    if disposed_by == "requester":
        client.delete_hit(HITId=hit_id)
        assert "Answer" not in client.get_assignment(AssignmentId=taken)["Assignment"]
    else:
        market.clock.advance(DISPOSAL_MS // 1000 + 1)

    for _ in range(2):
        market.market.tick.run()

    assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
    assert (kept(f"over by {disposed_by}"), kept(f"open, {disposed_by}")) == (0, 1)
    paid = client.get_assignment(AssignmentId=taken)["Assignment"]
    assert (paid["AssignmentStatus"], "Answer" in paid) == ("Approved", False)
    assert market.market.tick.run()["answers"] == 0, "nothing is left to look for"
    assert HitRow.get(hit_id).timer is None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_answers__are_cleared__though_a_run_dies_at_any_write(
    market: Market, client: Any, after: bool
) -> None:
    hit_id, text = post(client), f"cut short {after}"
    answered(market, client, hit_id, text)
    market.market.tick.run()
    client.delete_hit(HITId=hit_id)

    deaths = [dies(market, nth, after, market.market.tick.run) for nth in range(1, 9)]

    assert sum(deaths) >= 3
    assert not deaths[-1]
    assert kept(text) == 0
    assert HitRow.get(hit_id).timer is None


def test_tables_of_it__are_cleared_by_their_time() -> None:
    for model in (AnswerRow, MessageRow, HitReportRow):
        assert definition_of(model).ttl_attribute == "ttl"


def test_what_was_written_before__is_given_its_time__and_what_is_open_is_not(
    market: Market, client: Any
) -> None:
    worker, hit_id = sign_in(market), post(client)
    taken = accept(market, worker, hit_id)
    submit(market, taken, "an answer of before")
    client.approve_assignment(AssignmentId=taken)
    client.notify_workers(Subject="Hi", MessageText="Hello", WorkerIds=[worker.worker_id])
    market.market.hit_reports.report(worker, hit_id, "other", "It is odd.")
    for model in (AnswerRow, MessageRow):
        for row in model.scan():
            row.update([model.ttl.remove()])
    variables = {
        "DYNAMODB_ENDPOINT": str(market.dynamo.endpoint),
        "RETAINER_TABLE_PREFIX": market.dynamo.table_prefix,
        "MARKETPLACE_MASTER_KEY": MASTER_KEY,
    }

    for expected in (AnswerRow.count() + MessageRow.count(), 0):
        rows = Rows(Tables(Config.from_env(variables)))
        end_texts(rows)
        assert rows.changed == expected

    (message,) = MessageRow.query(worker.worker_id)
    assert message.ttl == message.at_ms // 1000 + 120 * DAY_S
    assert all(row.ttl for row in AnswerRow.scan())
    assert HitReportRow.get(hit_id, worker.worker_id).ttl is None
