"""Personal links: exchanged once, for one worker, whatever gets lost on the way."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import bearer
from chalicelib.marketplace.domain.errors import BadRequest, NotFound
from chalicelib.marketplace.domain.invitations import InvitationUsed
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.services.invitations import Made
from chalicelib.marketplace.store.invitation_tables import InvitationRow, SessionRow
from tests.integration.market import Market, running_market
from tests.integration.worker_site import Answer, Site

DAY_S = 86_400
_NAMES = itertools.count()


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint, name="Lab of the tests") as running:
        yield running


def newcomer(market: Market) -> Worker:
    return market.market.invitations.newcomer(f"Ada {next(_NAMES)}", "DE", "BE", True)


def invite(market: Market, worker: Worker | None = None) -> Made:
    return market.market.invitations.make(worker or newcomer(market))


def secret_of(url: str) -> str:
    return url.rpartition("/")[2]


def nonce() -> str:
    return secrets.token_urlsafe(16)


def join(site: Site, url: str, page: str = "") -> Answer:
    return site.post("/market/join", secret=secret_of(url), nonce=page or nonce())


def signed_in(site: Site, answer: Answer) -> Site:
    return Site(site.gateway, answer.json["token"], answer.json["worker"]["id"])


def is_in(browser: Site) -> bool:
    return browser.get("/market/assignments").status == 200


def test_link__shows_who_invites__and_is_exchanged_for_a_session(
    market: Market, site: Site
) -> None:
    made = invite(market)
    assert made.url.startswith("http://127.0.0.1:8001/work/#/join/")

    looks = [site.post("/market/join/look", secret=secret_of(made.url)) for _ in range(3)]
    answer = join(site, made.url)

    assert looks[0].json == looks[2].json
    assert looks[0].json["invitedBy"] == "Lab of the tests"
    assert looks[0].json["worker"]["name"] == made.invitation.name
    assert looks[0].json["expires"] == made.invitation.made_ms + 7 * DAY_S * 1000
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert is_in(signed_in(site, answer))
    assert answer.json["worker"] == {
        "id": made.invitation.worker_id,
        "name": made.invitation.name,
    }


def test_link__works_once__and_each_refusal_has_its_own_sentence(
    market: Market, site: Site
) -> None:
    used, revoked, expired = invite(market), invite(market), invite(market)
    assert join(site, used.url).status == 200
    market.market.invitations.revoke(revoked.invitation.invitation_id)
    market.clock.advance(7 * DAY_S)
    urls = {
        "invitation_used": (used.url, 409),
        "invitation_revoked": (revoked.url, 410),
        "invitation_expired": (expired.url, 410),
        "invitation_unknown": ("https://x/#/join/" + "A" * 43, 404),
    }

    sentences = set()
    for code, (url, status) in urls.items():
        looked = site.post("/market/join/look", secret=secret_of(url))
        tried = join(site, url)
        assert (looked.status, looked.code) == (tried.status, tried.code) == (status, code)
        sentences.add(tried.json["error"]["message"])

    assert len(sentences) == 4
    for short in ("", "x", "A" * 42, "A" * 44, "Ä" * 43, "A" * 60_000):
        refused = join(site, short)
        assert refused.code in {"invitation_unknown", "bad_request"}, short
    assert site.post("/market/join", secret=secret_of(used.url)).code == "bad_request"
    assert join(site, invite(market).url, "too-short").code == "bad_request"


def test_seven_days__to_the_millisecond(market: Market, site: Site) -> None:
    early, late = invite(market), invite(market)
    # Made a moment later, so this is the later end of the two.
    left_ms = (late.invitation.expires_ms or 0) - market.clock.now_ms()
    market.clock.advance(left_ms / 1000 - 60)
    assert join(site, early.url).status == 200
    market.clock.advance(60)
    assert join(site, late.url).code == "invitation_expired"


def test_lost_answer__is_asked_for_again__by_the_same_page_for_ten_minutes(
    market: Market, site: Site
) -> None:
    made, page = invite(market), nonce()
    first = join(site, made.url, page)
    market.clock.advance(590)

    look = site.post("/market/join/look", secret=secret_of(made.url), nonce=page)
    again = join(site, made.url, page)

    assert look.status == 200
    assert again.json == first.json
    assert join(site, made.url).code == "invitation_used"
    other = site.post("/market/join/look", secret=secret_of(made.url), nonce=nonce())
    assert other.code == "invitation_used"
    market.clock.advance(20)
    assert join(site, made.url, page).code == "invitation_used"
    assert is_in(signed_in(site, first))


def test_repetition__does_not_bring_back_a_session_that_was_ended(
    market: Market, site: Site
) -> None:
    made, page = invite(market), nonce()
    browser = signed_in(site, join(site, made.url, page))
    browser.post("/market/session/end")

    again = join(site, made.url, page)

    assert again.code == "invitation_used"
    assert not is_in(browser)


def test_many_at_once__one_page_gets_in(market: Market) -> None:
    made = invite(market)
    start = threading.Barrier(8)

    def page(own: str) -> str | None:
        start.wait()
        try:
            return market.market.invitations.join(secret_of(made.url), own)[0]
        except InvitationUsed:
            return None

    shared = nonce()
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(page, [shared] * 3 + [nonce() for _ in range(5)]))

    let_in = {token for token in tokens if token}
    assert len(let_in) == 1, "one page, however often it asks"


def test_crash_of_the_exchange__leaves_the_link_as_it_was(
    market: Market, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, page = invite(market), nonce()

    def dies(*_: object) -> None:
        raise StoreUnavailable("down")

    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.marketplace.store.invitations.commit", dies)
        assert join(site, made.url, page).status == 503

    assert join(site, made.url, page).status == 200


def test_table__holds_no_secret_and_no_token(market: Market, site: Site) -> None:
    made, page = invite(market), nonce()
    token = join(site, made.url, page).json["token"]

    rows = repr([row.attribute_values for row in (*InvitationRow.scan(), *SessionRow.scan())])

    for hidden in (secret_of(made.url), token, page):
        assert hidden not in rows
    assert bearer.hashed(token) in rows


def test_who_is_there_already__gets_in_on_another_device(market: Market, site: Site) -> None:
    worker = newcomer(market)
    first = signed_in(site, join(site, invite(market, worker).url))

    second = signed_in(site, join(site, invite(market, worker).url))

    assert first.worker_id == second.worker_id == worker.worker_id
    assert is_in(first)
    assert is_in(second)
    with pytest.raises(BadRequest, match=worker.worker_id):
        market.market.invitations.newcomer(worker.name.upper(), None, None, False)


def test_link_for_another_device__by_the_worker__works_once_for_an_hour(
    market: Market, site: Site
) -> None:
    phone = signed_in(site, join(site, invite(market).url))
    link, late = (phone.post("/market/link/device").json["link"] for _ in range(2))

    laptop = signed_in(site, join(site, link))

    assert laptop.worker_id == phone.worker_id
    assert join(site, link).code == "invitation_used"
    market.clock.advance(3600)
    assert join(site, late).code == "invitation_expired"
    assert site.post("/market/link/device").code == "not_signed_in"


def test_signing_out_everywhere__ends_sessions_and_links_on_all_devices(
    market: Market, site: Site
) -> None:
    worker = newcomer(market)
    phone = signed_in(site, join(site, invite(market, worker).url))
    laptop = signed_in(site, join(site, invite(market, worker).url))
    device = phone.post("/market/link/device").json["link"]
    invited = invite(market, worker)

    assert phone.post("/market/session/end-all").json == {}

    assert not is_in(phone)
    assert not is_in(laptop)
    assert join(site, device).code == "invitation_revoked"
    assert join(site, invited.url).code == "invitation_revoked"
    known = market.market.workforce.show(worker.worker_id)
    assert is_in(signed_in(site, join(site, invite(market, known).url)))


def test_page_of_a_link__knows_whether_it_is_the_same_worker(market: Market, site: Site) -> None:
    worker = newcomer(market)
    own = signed_in(site, join(site, invite(market, worker).url))
    other = signed_in(site, join(site, invite(market).url))
    secret = secret_of(invite(market, worker).url)

    assert own.post("/market/join/look", secret=secret).json["signedIn"] is True
    assert other.post("/market/join/look", secret=secret).json["signedIn"] is False


def test_revoking__refuses_what_is_not_there_or_used(market: Market, site: Site) -> None:
    made = invite(market)
    join(site, made.url)

    with pytest.raises(BadRequest, match=made.invitation.worker_id):
        market.market.invitations.revoke(made.invitation.invitation_id)
    with pytest.raises(NotFound):
        market.market.invitations.revoke("nothing")


def test_closed_account__is_out_at_once__and_in_again_when_reopened(
    market: Market, site: Site
) -> None:
    worker = newcomer(market)
    waiting = invite(market, worker)
    browser = signed_in(site, join(site, invite(market, worker).url))

    market.market.workforce.close(worker.worker_id)

    refused = browser.get("/market/assignments")
    assert (refused.status, refused.code) == (401, "not_signed_in")
    assert "closed" in refused.json["error"]["message"]
    assert join(site, waiting.url).code == "account_closed"
    market.market.workforce.reopen(worker.worker_id)
    assert is_in(browser)
    assert join(site, waiting.url).status == 200
