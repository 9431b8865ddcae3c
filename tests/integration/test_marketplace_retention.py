"""What people wrote is not kept for ever: each table of it says when an item goes."""

from __future__ import annotations

from typing import Any

from chalicelib.config import Config
from chalicelib.marketplace.store.contact_tables import MessageRow
from chalicelib.marketplace.store.site_tables import HitReportRow
from chalicelib.marketplace.store.tables import AnswerRow
from chalicelib.tables import definition_of
from operate.backup.tables import Tables
from operate.migrate.migrations import end_texts
from operate.migrate.rows import Rows
from tests.integration.market import MASTER_KEY, Market, post
from tests.integration.market_crowd import accept, sign_in, submit

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
