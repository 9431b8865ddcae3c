"""The same application without a marketplace: nothing answers, nothing is made, Retainer works."""

from __future__ import annotations

import io
import json
import re
import secrets
from collections.abc import Iterator

import pytest
from chalice.config import Config as ChaliceConfig
from chalice.local import LocalGateway

import app
from chalicelib import bootstrap, cli
from chalicelib.kit.config import Config
from local.events import schedule_event
from local.functions import LambdaContext
from tests.integration.function_url import serving
from tests.integration.market import Market, refused, running_market
from tests.integration.worker_site import Site, worker_site

SENTENCE = "There is no marketplace here; it is switched off."


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint, open_sign_in=False) as running:
        yield running


@pytest.fixture
def off(dynamo_endpoint: str, table_prefix: str, market: Market) -> Iterator[Config]:
    """An application that has no marketplace and uses another one."""
    keys = market.credentials()
    other = {
        "endpoint": market.url,
        "access_key": keys.access_key,
        "secret_key": keys.secret_key,
        "arrival_key": keys.arrival_key,
    }
    config = Config.from_env(
        {
            "DYNAMODB_ENDPOINT": dynamo_endpoint,
            "RETAINER_TABLE_PREFIX": table_prefix,
            "RETAINER_OPEN": "1",
            "RETAINER_SEAT_SECRET": "s" * 32,
            "RETAINER_MARKETS": json.dumps({"sandbox": other}),
            "MARKETPLACE_ENABLED": "0",
        }
    )
    bootstrap.create_tables(config)
    bootstrap.reset(bootstrap.App(config))
    yield config
    bootstrap.reset()


@pytest.fixture
def site(off: Config) -> Site:
    return Site(LocalGateway(app.app, ChaliceConfig.create(lambda_timeout=10)))


def test_every_route_of_the_worker_site__says_so(site: Site) -> None:
    routes = [
        (method, re.sub(r"\{\w+\}", "x", path))
        for path, methods in app.app.routes.items()
        if path.startswith(("/market/", "/mturk/", "/projects/"))
        for method in methods
    ]
    assert len(routes) > 15
    for method, path in routes:
        body = b"" if method == "GET" else b"{}"
        answer = site.call(method, path, {"content-type": "application/json"}, body)
        assert answer.status == 404, (method, path)
        assert SENTENCE in answer.body, (method, path)
        # A page of the site must be able to read the sentence; a form's answer is a page itself.
        assert (
            path.startswith(("/mturk/", "/projects/"))
            or "access-control-allow-origin" in answer.headers
        )


def test_protocol_and_tick__do_nothing(off: Config) -> None:
    answer = app.mturk({"requestContext": {"http": {"method": "POST"}}, "body": "{}"}, None)

    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["__type"] == "MarketplaceSwitchedOff"
    assert json.loads(answer["body"])["Message"] == SENTENCE
    app.market_tick(schedule_event("market_tick", 0), None)


def test_no_table_is_made(off: Config) -> None:
    client = bootstrap.get().dynamo.client
    names = [
        name
        for page in client.get_paginator("list_tables").paginate()
        for name in page["TableNames"]
        if name.startswith(off.table_prefix)
    ]

    assert names
    assert not [name for name in names if name.startswith(f"{off.table_prefix}market-")]


def test_commands__say_so(
    off: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MARKETPLACE_ENABLED", "0")

    assert cli.main(["market", "accounts", "list"], io.StringIO()) == 1

    assert SENTENCE in capsys.readouterr().err


def test_retainer__posts_to_another_market(off: Config, site: Site, market: Market) -> None:
    proto = {
        "hit_type_id": "Photos",
        "title": f"Which photo? {secrets.token_hex(4)}",
        "description": "Wait, then choose.",
        "url": "https://example.org/wait",
        "reward": 0.05,
    }
    asked = {"hitType": "Photos", "foreignID": "1", "delay": 0, "numAssignments": 2}
    assert site.post("/retainer/puttask", **proto).status == 200
    assert site.post("/retainer/reservation/make", **asked).status == 200

    context = LambdaContext("retainer-local-size_pools", 60, market.clock)
    app.size_pools(schedule_event("size_pools", 0), context)

    groups, _ = market.market.listing.browse(
        market.market.invitations.newcomer("Ada", None, None, False),
        str(proto["title"]).casefold(),
        "newest",
        None,
        False,
    )
    assert [group.hit_type.title for group in groups] == [proto["title"]]


def test_market_that_is_on__but_closed__lets_nobody_in_without_an_invitation(
    market: Market,
) -> None:
    with worker_site(market) as browser:
        ways = browser.get("/market/entry").json
        assert (ways["byName"], ways["signUp"]) == (False, False)
        nonce = secrets.token_urlsafe(16)
        assert browser.post("/market/sign-up", name="A", nonce=nonce).code == "sign_in_closed"
        assert browser.post("/market/session", name="Ada").code == "sign_in_closed"


def test_switched_off_protocol__is_an_error_that_boto3_shows(off: Config, market: Market) -> None:
    with serving(app.mturk, market.clock) as url:
        market_there, market.url = market.url, url
        try:
            error = refused(market.client().get_account_balance)
        finally:
            market.url = market_there
    assert error["Error"] == {"Code": "MarketplaceSwitchedOff", "Message": SENTENCE}
