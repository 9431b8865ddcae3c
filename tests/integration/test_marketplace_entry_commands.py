"""The operator's commands for invitations, workers and requesters' money."""

from __future__ import annotations

import io
import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from chalicelib import cli
from chalicelib.marketplace.store.tables import LedgerRow
from tests.integration.market import MASTER_KEY, Market, post
from tests.integration.worker_site import Answer, Site

SITE = "https://work.example.org"


@pytest.fixture(autouse=True)
def _environment(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMODB_ENDPOINT", str(market.dynamo.endpoint))
    monkeypatch.setenv("RETAINER_TABLE_PREFIX", market.dynamo.table_prefix)
    monkeypatch.setenv("MARKETPLACE_MASTER_KEY", MASTER_KEY)
    monkeypatch.setenv("MARKETPLACE_WORKER_ORIGIN", SITE)


def run(*words: str) -> Any:
    out = io.StringIO()
    status = cli.main(["market", *words], out)
    return json.loads(out.getvalue()) if status == 0 else status


def join(site: Site, link: str) -> Answer:
    secret = link.rpartition("/")[2]
    return site.post("/market/join", secret=secret, nonce=secrets.token_urlsafe(16))


def test_invitation__is_made_listed_and_revoked(site: Site) -> None:
    made = run("invitations", "make", "Ada", "--country", "us-NY", "--adult", "--from", "Jo's lab")
    other = run("invitations", "make", "Bob")

    assert made["link"].startswith(f"{SITE}/work/#/join/")
    assert (made["name"], made["invitedBy"], made["state"]) == ("Ada", "Jo's lab", "open")
    assert run("workers", "show", made["worker"])["country"] == "US-NY"
    assert run("workers", "show", made["worker"])["adult"] is True
    assert run("invitations", "revoke", other["invitation"])["revoked"] is True
    assert join(site, made["link"]).status == 200
    assert join(site, other["link"]).code == "invitation_revoked"
    listed = run("invitations", "list")
    states = {row["invitation"]: row["state"] for row in listed}
    assert states[made["invitation"]] == "used"
    assert states[other["invitation"]] == "revoked"
    assert made["link"].rpartition("/")[2] not in json.dumps(listed)


def test_list_of_names__gets_a_link_each__and_keeps_who_is_there(
    site: Site, tmp_path: Path
) -> None:
    there = run("invitations", "make", "Nora")
    names = tmp_path / "names.txt"
    names.write_text("Noel\n\nNora\nNina\n", encoding="utf-8-sig")

    rows = run("invitations", "make", "--file", str(names), "--country", "DE")

    assert [row["name"] for row in rows] == ["Noel", "Nora", "Nina"]
    assert join(site, rows[0]["link"]).json["worker"]["id"] == rows[0]["worker"]
    assert rows[1]["link"] is None
    assert f"--worker {there['worker']}" in rows[1]["note"]
    assert run("workers", "show", rows[2]["worker"])["country"] == "DE"


def test_existing_worker__is_let_in_again_by_id_only(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run("invitations", "make", "Carla")

    assert run("invitations", "make", "carla") == 1
    assert f"--worker {first['worker']}" in capsys.readouterr().err
    again = run("invitations", "make", "--worker", first["worker"])
    assert join(site, again["link"]).json["worker"]["id"] == first["worker"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("invitations", "make"), "give the name"),
        (("invitations", "make", "Ada", "--worker", "A1"), "give the name"),
        (("invitations", "make", "--worker", "ANOBODY"), "no worker 'ANOBODY'"),
        (("invitations", "make", "--worker", "A1", "--adult"), "workers describe"),
        (("invitations", "make", "x" * 41), "1 to 40"),
        (("invitations", "make", "Zoe", "--country", "Germany"), "two capital letters"),
        (("invitations", "revoke", "nothing"), "no invitation"),
        (("workers", "show", "ANOBODY"), "no worker"),
        (("workers", "close", "ANOBODY"), "no worker"),
        (("workers", "describe", "ANOBODY", "--adult", "yes"), "no worker"),
        (("accounts", "show", "ANOBODY"), "no account"),
        (("accounts", "deposit", "ANOBODY", "5"), "no account"),
    ],
)
def test_what_makes_no_sense__is_refused_with_a_sentence(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 1
    assert said in capsys.readouterr().err


def test_refused_invitation__makes_no_worker(market: Market) -> None:
    before = len(run("workers", "list"))
    assert run("invitations", "make", "Yann", "--country", "Germany") == 1
    assert len(run("workers", "list")) == before


def test_link_without_a_site_to_lead_to__is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MARKETPLACE_WORKER_ORIGIN", "*")
    before = len(run("workers", "list"))

    assert run("invitations", "make", "Xenia") == 1

    assert "MARKETPLACE_WORKER_ORIGIN" in capsys.readouterr().err
    assert len(run("workers", "list")) == before


def test_worker__is_described_and_closed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    made = run("invitations", "make", "Dora")
    worker = made["worker"]

    changed = run("workers", "describe", worker, "--country", "DE", "--master", "yes")
    assert (changed["country"], changed["master"], changed["adult"]) == ("DE", True, False)
    changed = run("workers", "describe", worker, "--adult", "yes", "--master", "no")
    assert (changed["country"], changed["master"], changed["adult"]) == ("DE", False, True)
    assert run("workers", "describe", worker) == 1
    assert "nothing to change" in capsys.readouterr().err

    assert run("workers", "close", worker)["closed"] is True
    assert join(site, made["link"]).code == "account_closed"
    assert run("invitations", "make", "--worker", worker) == 1
    assert run("workers", "reopen", worker)["closed"] is False
    assert join(site, made["link"]).status == 200
    names = [row["name"] for row in run("workers", "list")]
    assert names == sorted(names, key=str.casefold)
    with pytest.raises(SystemExit):
        run("workers", "describe", worker, "--adult", "maybe")


def test_deposit__counts_once_per_token(market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    keys = market.credentials("Paying lab")
    client = market.client(keys)

    first = run("accounts", "deposit", keys.account_id, "250.00", "--token", "invoice 7")
    again = run("accounts", "deposit", keys.account_id, "250.00", "--token", "invoice 7")

    assert (first["deposited"], first["available"]) == ("250.00", "10250.00")
    assert (again["deposited"], again["available"]) == ("0.00", "10250.00")
    assert again["at"] == first["at"]
    assert client.get_account_balance()["AvailableBalance"] == "10250.00"
    assert run("accounts", "deposit", keys.account_id, "1.00", "--token", "invoice 7") == 1
    assert "stands for a deposit of 250.00" in capsys.readouterr().err
    run("accounts", "deposit", keys.account_id, "0.50")
    run("accounts", "deposit", keys.account_id, "0.50")
    rows = [r for r in LedgerRow.query(keys.account_id) if r.kind == "deposit"]
    assert [int(r.amount_cents) for r in rows] == [1_000_000, 25_000, 50, 50]
    for wrong in ("0", "-5", "1.234", "much"):
        with pytest.raises(SystemExit):
            run("accounts", "deposit", keys.account_id, wrong)


def test_account__is_shown_with_what_its_hits_hold(market: Market) -> None:
    keys = market.credentials("Shown lab")
    post(market.client(keys), MaxAssignments=2, Reward="1.00")
    run("accounts", "deposit", keys.account_id, "5.00", "--token", "first")

    shown = run("accounts", "show", keys.account_id)

    assert (shown["name"], shown["available"]) == ("Shown lab", "10002.60")
    assert (shown["held"], shown["spent"]) == ("2.40", "0.00")
    assert [(d["amount"], d["token"]) for d in shown["deposits"]] == [("5.00", "first")]
    assert shown["fees"]["percent"] == 20
    assert keys.secret_key not in json.dumps(shown)
