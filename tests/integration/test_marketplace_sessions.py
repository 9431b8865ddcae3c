"""A session ends seven days after it was last used; accounts of one's own, where that is open."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.marketplace.domain.proof_of_work import is_done
from chalicelib.marketplace.store.invitation_tables import NewcomersRow, SessionRow
from chalicelib.marketplace.store.rate_tables import RateRow
from chalicelib.marketplace.store.tables import WorkerRow
from tests.integration.market import Market, running_market
from tests.integration.worker_site import Answer, Site, worker_site
from tests.work import find_work

DAY_S = 86_400
_NAMES = itertools.count()


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    bounds = {"sign_ups_per_day": 12, "sign_ups_per_address": 12}
    with running_market(dynamo_endpoint, open_sign_up=True, **bounds) as running:
        yield running


@pytest.fixture
def site(market: Market) -> Iterator[Site]:
    # Each test has a day of its own, since days have their bounds.
    market.clock.advance(DAY_S)
    with worker_site(market) as browser:
        yield browser


def sign_up(site: Site, **changes: Any) -> Answer:
    nonce = secrets.token_urlsafe(16)
    values = {"name": f"Grace {next(_NAMES)}", "nonce": nonce, **changes}
    if "work" not in changes and isinstance(values["nonce"], str):
        values["work"] = find_work(values["nonce"], bootstrap.get().clock.now_ms())
        answer = _post_sign_up(site, values)
        if answer.status != 409:
            return answer
        bits = answer.json["error"]["bits"]
        values["work"] = find_work(values["nonce"], bootstrap.get().clock.now_ms(), bits)
    return _post_sign_up(site, values)


def _post_sign_up(site: Site, values: dict[str, Any]) -> Answer:
    return site.post("/market/sign-up", **{k: v for k, v in values.items() if v is not None})


def signed_in(site: Site, answer: Answer) -> Site:
    return Site(site.gateway, answer.json["token"], answer.json["worker"]["id"])


def is_in(browser: Site) -> bool:
    return browser.get("/market/assignments").status == 200


def join(site: Site, url: str) -> Answer:
    secret = url.rpartition("/")[2]
    return site.post("/market/join", secret=secret, nonce=secrets.token_urlsafe(16))


def test_session__ends_after_seven_days_without_use(market: Market, site: Site) -> None:
    used, unused = site.sign_in("Ada of the sessions"), site.sign_in("Bob of the sessions")

    market.clock.advance(7 * DAY_S - 60)
    assert is_in(used)
    market.clock.advance(60)

    assert not is_in(unused)
    assert is_in(used)
    market.clock.advance(7 * DAY_S)
    refused = used.get("/market/assignments")
    assert (refused.status, refused.code) == (401, "not_signed_in")


def test_session__does_not_last_for_ever(market: Market, site: Site) -> None:
    browser = site.sign_in("Eve of the sessions")

    days = 0
    while days < 100 and is_in(browser):
        market.clock.advance(DAY_S)
        days += 1

    assert days in {89, 90}, "it is prolonged by whole days"


def test_session__is_prolonged_once_a_day(market: Market, site: Site) -> None:
    browser = site.sign_in("Dan of the sessions")
    consumed = market.dynamo.consumed

    def writes() -> int:
        return consumed["UpdateItem", "calls"]

    market.clock.advance(DAY_S)
    before = writes()
    for _ in range(5):
        assert is_in(browser)
    assert writes() == before + 1


def test_ended_session__stays_ended(market: Market, site: Site) -> None:
    browser = site.sign_in("Fay of the sessions")
    browser.post("/market/session/end")
    market.clock.advance(2 * DAY_S)

    assert not is_in(browser)
    assert all(
        int(row.expires_ms) == 0 for row in SessionRow.scan() if row.worker_id == browser.worker_id
    )
    for token in ("", "x", "A" * 43, "A" * 10_000, "é" * 43):
        assert not is_in(Site(site.gateway, token))


def test_ways_in__are_told(site: Site) -> None:
    assert site.get("/market/entry").json == {
        "market": "Retainer", "byName": True, "signUp": True, "workBits": 14,
    }  # fmt: skip


def test_sign_up__makes_a_worker_of_ones_own(site: Site) -> None:
    first = sign_up(site, name=" Grace  Hopper ", country="DE", adult=True)
    second = sign_up(site, name="Grace Hopper")

    assert first.json["worker"]["name"] == "Grace Hopper"
    assert first.json["worker"]["id"] != second.json["worker"]["id"], "names are nobody's"
    assert is_in(signed_in(site, first))
    row = WorkerRow.get(first.json["worker"]["id"])
    assert (row.country, row.adult) == ("DE", True)
    assert WorkerRow.get(second.json["worker"]["id"]).country is None


def test_personal_link__leads_back__until_a_new_one_is_made(market: Market, site: Site) -> None:
    made = sign_up(site)
    link = made.json["personalLink"]
    market.clock.advance(30 * DAY_S)

    first, second = signed_in(site, join(site, link)), signed_in(site, join(site, link))

    assert first.worker_id == second.worker_id == made.json["worker"]["id"]
    assert first.token != second.token
    new = first.post("/market/link/personal").json["link"]
    refused = join(site, link)
    assert refused.code == "invitation_revoked"
    assert "newer" in refused.json["error"]["message"]
    assert join(site, new).status == 200
    assert is_in(second)
    market.market.invitations.revoke(market.market.workforce.show(first.worker_id).personal_link)
    assert join(site, new).code == "invitation_revoked"


def test_lost_answer_of_a_sign_up__makes_no_second_account(market: Market, site: Site) -> None:
    values = {"name": f"Grace {next(_NAMES)}", "nonce": secrets.token_urlsafe(16)}
    first = sign_up(site, **values)
    workers = WorkerRow.count()

    again = sign_up(site, **values)

    assert again.json == first.json
    assert WorkerRow.count() == workers
    market.clock.advance(600)
    late = sign_up(site, **values)
    assert (late.status, late.code) == (400, "bad_request")
    assert "personalLink" not in late.body


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": "x" * 41},
        {"name": "a\u0000b"},
        {"country": "Germany"},
        {"country": 49},
        {"adult": "yes"},
        {"nonce": "1234"},
        {"nonce": None},
    ],
)
def test_bad_sign_up__is_refused_and_makes_nothing(site: Site, changes: dict[str, Any]) -> None:
    workers = WorkerRow.count()

    answer = sign_up(site, **changes)

    assert (answer.status, answer.code) == (400, "bad_request")
    assert WorkerRow.count() == workers


def test_newcomers__are_bounded_by_day(market: Market, site: Site) -> None:
    answers = [sign_up(site) for _ in range(11)]
    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert "in an hour" in answers[10].json["error"]["message"]
    market.clock.advance(3600)
    coming_from(site, "198.51.100.7")
    answers = [sign_up(site) for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 2 + [429]
    assert answers[2].code == "too_many_sign_ups"
    assert max(int(row.joined) for row in NewcomersRow.scan()) == 12
    market.clock.advance(DAY_S)
    assert sign_up(site).status == 200


def coming_from(site: Site, address: str) -> None:
    """Have the gateway say that requests come from there."""
    site.gateway.event_converter.LOCAL_SOURCE_IP = address


def test_one_network__cannot_use_up_the_day(dynamo_endpoint: str) -> None:
    bounds = {"sign_ups_per_day": 100, "sign_ups_per_address": 2}
    with (
        running_market(dynamo_endpoint, open_sign_up=True, **bounds) as market,
        worker_site(market) as site,
    ):
        coming_from(site, "2001:db8:1:2::1")
        statuses = [sign_up(site).status for _ in range(2)]
        coming_from(site, "2001:db8:1:2:ffff::9")
        refused = sign_up(site)
        coming_from(site, "2001:db8:1:3::1")

        assert [*statuses, refused.status] == [200, 200, 429]
        assert "your network" in refused.json["error"]["message"]
        assert sign_up(site).status == 200
        assert "2001" not in repr([row.attribute_values for row in RateRow.scan()])
        market.clock.advance(DAY_S)
        coming_from(site, "2001:db8:1:2::1")
        assert sign_up(site).status == 200


def test_who_comes_in_a_full_hour__costs_their_network_nothing(dynamo_endpoint: str) -> None:
    """Else a class behind one address, which tries again and again, had used up its day."""
    bounds = {"sign_ups_per_day": 12, "sign_ups_per_address": 1}
    with (
        running_market(dynamo_endpoint, open_sign_up=True, **bounds) as market,
        worker_site(market) as site,
    ):
        for number in range(10):
            coming_from(site, f"192.0.2.{number}")
            assert sign_up(site).status == 200
        coming_from(site, "198.51.100.7")
        refused = [sign_up(site) for _ in range(2)]
        market.clock.advance(3600)

        told = [answer.json["error"]["message"] for answer in refused]
        assert all("in an hour" in message for message in told)
        assert [sign_up(site).status for _ in range(2)] == [200, 429]


def test_account__costs_work__and_more_the_more_were_made(market: Market, site: Site) -> None:
    nonce = secrets.token_urlsafe(16)
    count = WorkerRow.count()
    for work in ("", "x", "-1", "9" * 21, "\u0663"):
        refused = sign_up(site, nonce=nonce, work=work)
        assert (refused.status, refused.code, refused.json["error"]["bits"]) == (
            409, "work_needed", 14,
        )  # fmt: skip
    done = find_work(nonce, market.clock.now_ms())
    assert sign_up(site, work=done).code == "work_needed", "it is for its own nonce only"
    market.clock.advance(2 * DAY_S)
    assert sign_up(site, nonce=nonce, work=done).code == "work_needed", "and for its own day"
    assert WorkerRow.count() == count
    assert sign_up(site, nonce=nonce).status == 200

    for _ in range(9):
        assert sign_up(site).status == 200

    now_ms, nonce = market.clock.now_ms(), secrets.token_urlsafe(16)
    while is_done(nonce, work := find_work(nonce, now_ms), 17, now_ms):
        nonce = secrets.token_urlsafe(16)  # by chance it is worth more
    cheap = sign_up(site, nonce=nonce, work=work)
    assert (cheap.code, cheap.json["error"]["bits"]) == ("work_needed", 18)
