"""Mail to somebody who never asked for it: once, bounded in all, and never again if they say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.marketplace.domain.errors import BadRequest
from chalicelib.marketplace.store.rate_tables import RateRow
from chalicelib.marketplace.store.tables import MODELS
from tests.integration.calling import Calls, links_in
from tests.integration.market import Market
from tests.integration.test_marketplace_calling_site import open_link, press
from tests.integration.worker_site import Answer, Site, worker_site
from tests.tables import lent

STRANGER = "stranger@example.org"
MONTH_S = 30 * 86_400


@pytest.fixture
def calls(dynamo_endpoint: str) -> Iterator[Calls]:
    with lent(dynamo_endpoint, MODELS, "m") as prefix:
        yield Calls.on(dynamo_endpoint, prefix, confirmations_per_day=4)


@pytest.fixture
def site(calls: Calls) -> Iterator[Site]:
    market = Market(calls.market, calls.dynamo, "", calls.clock)  # type: ignore[arg-type]
    with worker_site(market) as running:
        yield running


def give(calls: Calls, worker: Site, address: str) -> Answer:
    answer = worker.post("/market/calls/mail", address=address)
    calls.run(61)
    return answer


def test_stranger__gets_one_mail__whoever_gives_their_address(calls: Calls, site: Site) -> None:
    first = give(calls, site.sign_in("a"), STRANGER)
    spellings = (STRANGER, "Stranger@EXAMPLE.org", "stranger+tag@example.org")
    others = [give(calls, site.sign_in(f"b{n}"), one) for n, one in enumerate(spellings)]
    again = give(calls, site.sign_in("a"), STRANGER)

    assert first.status == 200
    assert {(one.status, one.code) for one in (*others, again)} == {(429, "too_often")}
    assert len(calls.mail.letters) == 1
    calls.clock.advance(MONTH_S - 600)
    assert give(calls, site.sign_in("c"), STRANGER).status == 429
    calls.clock.advance(600)
    assert give(calls, site.sign_in("d"), STRANGER).status == 200
    assert "stranger" not in repr([row.attribute_values for row in RateRow.scan()])


def test_never_again__shows_on_get_and_holds_on_post(calls: Calls, site: Site) -> None:
    me = site.sign_in("a")
    give(calls, me, STRANGER)
    (link,) = links_in(calls.mail.letters[0], "market/calls/never")
    (confirm,) = links_in(calls.mail.letters[0], "market/calls/confirm")

    page = open_link(site, link)
    assert (page.status, "Never write again" in page.body) == (200, True)
    assert STRANGER not in page.body
    assert me.get("/market/calls").json["mail"]["state"] == "unconfirmed"
    done = press(site, link)

    assert (done.status, "Never again" in done.body) == (200, True)
    assert me.get("/market/calls").json["mail"]["address"] is None
    assert press(site, confirm).status == 404
    assert press(site, link).status == 200
    assert press(site, link[:-2] + "AA").status == 404
    calls.clock.advance(13 * MONTH_S)
    refused = give(calls, site.sign_in("b"), STRANGER)
    assert refused.status == 429
    assert len(calls.mail.letters) == 1

    calls.market.callings.allow(STRANGER)
    assert give(calls, site.sign_in("c"), STRANGER).status == 200
    with pytest.raises(BadRequest):
        calls.market.callings.allow("nobody")


def test_refusals__do_not_tell_whether_an_address_is_known(calls: Calls, site: Site) -> None:
    give(calls, site.sign_in("a"), STRANGER)
    give(calls, site.sign_in("b"), "other@example.org")
    press(site, links_in(calls.mail.letters[1], "market/calls/never")[0])

    refusals = [
        give(calls, site.sign_in(f"c{n}"), address).json["error"]["message"]
        for n, address in enumerate((STRANGER, "other@example.org"))
    ]

    assert refusals[0] == refusals[1]


def test_mails_to_strangers__are_bounded_in_all(calls: Calls, site: Site) -> None:
    answers = [give(calls, site.sign_in(f"w{n}"), f"someone{n}@example.org") for n in range(5)]

    assert [one.status for one in answers] == [200] * 4 + [429]
    assert "until tomorrow" in answers[4].json["error"]["message"]
    assert len(calls.mail.letters) == 4
    calls.clock.advance(86_400)
    assert give(calls, site.sign_in("w5"), "someone4@example.org").status == 200


def test_owner_who_wants_mail__can_give_their_address_again(calls: Calls, site: Site) -> None:
    me = site.sign_in("a")
    give(calls, me, STRANGER)
    press(site, links_in(calls.mail.letters[0], "market/calls/confirm")[0])
    me.post("/market/calls/mail", address="")

    assert give(calls, me, STRANGER).status == 200
    assert len(calls.mail.letters) == 2
