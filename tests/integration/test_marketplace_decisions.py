"""What was decided where the service's documents are silent, and limits too dear for the table."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.marketplace.api import forms
from chalicelib.marketplace.domain import hits
from chalicelib.marketplace.domain.errors import NoneLeft
from chalicelib.marketplace.store.tables import HitRow
from chalicelib.mturk import external_question
from tests.integration.market import Market, hit_values, post, refused
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.qualifications import FREE_TEXT, form
from tests.integration.worker_site import worker_site


def test_expiry__may_be_moved_nearer_and_not_set_twice(market: Market, client: Any) -> None:
    hit_id = post(client, LifetimeInSeconds=3600)
    sooner = market.clock.now_ms() // 1000 + 120

    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=sooner)

    assert client.get_hit(HITId=hit_id)["HIT"]["Expiration"].timestamp() == sooner
    again = refused(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=sooner)
    assert f'The idempotency token "{hit_id}' in again["Message"]
    for _ in range(2):
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)


def test_reward_of_nothing__costs_the_least_fee(market: Market, client: Any) -> None:
    hit_id = post(client, Reward="0.00", MaxAssignments=2)
    assert client.get_account_balance()["OnHoldBalance"] == "0.02"

    done = submit(market, accept(market, sign_in(market), hit_id))
    client.approve_assignment(AssignmentId=done)

    balance = client.get_account_balance()
    assert balance == {**balance, "AvailableBalance": "9999.98", "OnHoldBalance": "0.01"}


def test_bonus__may_precede_the_decision(market: Market, client: Any) -> None:
    worker = sign_in(market)
    done = submit(market, accept(market, worker, post(client)))
    bonus = {"WorkerId": worker.worker_id, "AssignmentId": done, "BonusAmount": "0.10"}

    client.send_bonus(**bonus, Reason="early")
    client.reject_assignment(AssignmentId=done, RequesterFeedback="and yet")
    client.send_bonus(**bonus, Reason="late")

    paid = client.list_bonus_payments(AssignmentId=done)["BonusPayments"]
    assert [p["Reason"] for p in paid] == ["early", "late"]


def test_question__takes_http_and_no_ftp(client: Any) -> None:
    page = external_question.build("http://127.0.0.1/wait", 600)
    post(client, Question=page)
    for question in (
        page.replace("http://127", "ftp://127"),
        form(FREE_TEXT.replace("<Text>Why?</Text>", _linked("ftp://example.org/"))),
    ):
        error = refused(client.create_hit, **hit_values(Question=question))
        assert error["Error"]["Code"] == "ParameterValidationError"
    post(client, Question=form(FREE_TEXT.replace("<Text>Why?</Text>", _linked("http://e.org/"))))


def _linked(address: str) -> str:
    return f'<FormattedContent><![CDATA[<a href="{address}">x</a>]]></FormattedContent>'


def test_listing__counts_25_hits_of_a_group(market: Market, client: Any) -> None:
    title = uuid.uuid4().hex
    for _ in range(27):
        post(client, Title=title, MaxAssignments=2)
    with worker_site(market) as browser:
        found = browser.sign_in("Ada").get("/market/hits", q=title).json["groups"]

    assert [group["available"] for group in found] == [50]


def test_hit__is_held_by_a_thousand_at_most(market: Market, client: Any) -> None:
    hit_id = post(client, Reward="0.00", MaxAssignments=hits.MAX_PENDING + 10)
    row = HitRow.get(hit_id)
    deadline_ms = market.clock.now_ms() + 3_600_000
    held = {f"A{n}": {"a": f"3{n}", "d": deadline_ms} for n in range(hits.MAX_PENDING - 1)}
    row.update(actions=[HitRow.pending.set(held)])

    last, too_late = sign_in(market), sign_in(market)
    accept(market, last, hit_id)
    with pytest.raises(NoneLeft):
        accept(market, too_late, hit_id)

    hit = client.get_hit(HITId=hit_id)["HIT"]
    assert (hit["NumberOfAssignmentsPending"], hit["NumberOfAssignmentsAvailable"]) == (1000, 10)


def test_form_body__has_a_greatest_length(market: Market, client: Any) -> None:
    kind = {"content-type": forms.URLENCODED}
    with worker_site(market) as browser:
        worker = browser.sign_in("Ada")
        job = worker.post("/market/accept", hitId=post(client)).json["assignmentId"]
        body = f"assignmentId={job}&a=1&b=".encode()
        long = worker.call("POST", "/mturk/externalSubmit", kind, body.ljust(forms.MAX_BYTES + 1))
        fits = worker.call("POST", "/mturk/externalSubmit", kind, body)

    assert (long.status, "more than 1 MB" in long.body, fits.status) == (400, True, 200)
