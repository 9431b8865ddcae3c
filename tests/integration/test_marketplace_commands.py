"""The operator's commands: accounts made, listed and revoked, and pay records as CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import cli
from chalicelib.kit.spreadsheets import BOM
from chalicelib.marketplace.domain.people import Credentials
from tests.integration.market import MASTER_KEY, Market, post, refused
from tests.integration.market_crowd import accept, sign_in, submit


@pytest.fixture(autouse=True)
def _environment(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMODB_ENDPOINT", str(market.dynamo.endpoint))
    monkeypatch.setenv("RETAINER_TABLE_PREFIX", market.dynamo.table_prefix)
    monkeypatch.setenv("MARKETPLACE_MASTER_KEY", MASTER_KEY)
    monkeypatch.setenv("MARKETPLACE_INITIAL_BALANCE", "10000.00")


def run(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    return cli.main(["market", *words], out), out.getvalue()


def test_accounts__are_made_listed_and_revoked(market: Market) -> None:
    status, text = run("accounts", "make", "Lab of the tests")
    made = json.loads(text)
    keys = Credentials(made["account"], made["accessKey"], made["secretKey"], made["arrivalKey"])
    client = market.client(keys)

    assert status == 0
    assert client.get_account_balance()["AvailableBalance"] == "10000.00"
    listed = {row["account"]: row for row in json.loads(run("accounts", "list")[1])}
    assert listed[made["account"]] == {
        "account": made["account"],
        "name": "Lab of the tests",
        "available": "10000.00",
        "held": "0.00",
        "spent": "0.00",
        "keys": [{"accessKey": made["accessKey"], "revoked": False}],
    }
    assert run("accounts", "revoke", made["accessKey"])[0] == 0
    error = refused(client.get_account_balance)
    assert error["Error"]["Code"] == "UnrecognizedClientException"


def test_commands__are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("accounts", "revoke", "RKNONE") == (1, "")
    assert run("accounts", "make", "") == (1, "")
    assert run("earnings", "--from", "2026-02-01", "--to", "2026-01-01") == (1, "")
    assert "--to is before --from" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("earnings", "--from", "yesterday", "--to", "2026-01-01")


def earnings(first: Any, last: Any) -> dict[tuple[str, str], dict[str, str]]:
    status, text = run("earnings", "--from", f"{first}", "--to", f"{last}")
    assert status == 0
    return {
        (r["worker_id"], r["requester_id"]): r
        for r in csv.DictReader(io.StringIO(text.removeprefix(BOM)))
    }


def test_earnings__add_up_by_worker_and_requester(market: Market) -> None:
    today = datetime.fromtimestamp(market.clock.now_ms() / 1000, UTC).date()
    account, other = market.credentials("=lab"), market.credentials("other lab")
    client = market.client(account)
    worker, rejected = sign_in(market, "Ada"), sign_in(market, "Grace")
    hit_id = post(client)
    taken = submit(market, accept(market, worker, hit_id))
    no = submit(market, accept(market, rejected, hit_id))
    client.approve_assignment(AssignmentId=taken)
    client.reject_assignment(AssignmentId=no, RequesterFeedback="no")
    for who, assignment_id in ((worker, taken), (worker, taken), (rejected, no)):
        client.send_bonus(
            WorkerId=who.worker_id, AssignmentId=assignment_id, BonusAmount="0.10", Reason="r"
        )
    # approved by time, before anybody looked
    due = post(market.client(other), AutoApprovalDelayInSeconds=60)
    submit(market, accept(market, worker, due))
    market.clock.advance(61)

    # the command goes by the machine's time, which has not come so far
    found = earnings(today, today + timedelta(days=1))

    line = found[worker.worker_id, account.account_id]
    assert (line["worker"], line["requester"]) == ("Ada", "'=lab")
    assert (line["rewards"], line["reward_dollars"]) == ("1", "0.05")
    assert (line["bonuses"], line["bonus_dollars"]) == ("2", "0.20")
    assert line["total_dollars"] == "0.25"
    assert found[rejected.worker_id, account.account_id]["total_dollars"] == "0.10"
    assert (worker.worker_id, other.account_id) not in found
    out = io.StringIO()
    market.market.pay.write(today, today + timedelta(days=1), out)
    assert f"{worker.worker_id},Ada,{other.account_id},other lab,1,0.05,0,0.00,0.05\r\n" in (
        out.getvalue()
    )
    before = today - timedelta(days=1)
    assert earnings(before - timedelta(days=30), before) == {}
