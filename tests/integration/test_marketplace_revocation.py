"""Closing an account and signing out everywhere end all that lets the worker in, of every kind."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest

from chalicelib.marketplace.domain import signed_tokens
from chalicelib.marketplace.domain.announced import Answer as Says
from chalicelib.marketplace.domain.invitations import Kind
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.services.admission import TokenPurpose
from chalicelib.marketplace.store.tables import MODELS
from tests.integration.calling import SITE, Calls, links_in, token_of
from tests.integration.market import MASTER_KEY, Market
from tests.integration.test_marketplace_calling_site import open_link, press, with_mail
from tests.integration.test_marketplace_invitations import is_in, join, nonce, secret_of
from tests.integration.worker_site import Answer, Site, worker_site
from tests.tables import lent

Probe = Callable[[], bool]

FEED = "/market/calls/feed"
BROWSER = "https://push.example/a"


@pytest.fixture
def calls(dynamo_endpoint: str) -> Iterator[Calls]:
    with lent(dynamo_endpoint, MODELS, "m") as prefix:
        yield Calls.on(dynamo_endpoint, prefix)


@pytest.fixture
def site(calls: Calls) -> Iterator[Site]:
    market = Market(calls.market, calls.dynamo, "", calls.clock)  # type: ignore[arg-type]
    with worker_site(market) as running:
        yield running


class Everything:
    """All that a worker can be given; each kind with a look at whether it still lets them in."""

    def __init__(self, calls: Calls, site: Site) -> None:
        self.calls, self.site, self.market = calls, site, calls.market
        self.me = with_mail(calls, site, f"Ada{secrets.token_hex(4)}")
        self.lab = calls.account()
        self.session = calls.announce(self.lab)
        calls.run()
        self.reply_link = links_in(calls.mail.letters[-1], "market/sessions/reply")[0]

    @property
    def worker(self) -> Worker:
        return self.market.workforce.show(self.me.worker_id)

    def give(self) -> dict[str, Probe]:
        personal = self.me.post("/market/link/personal").json["link"]
        device = self.me.post("/market/link/device").json["link"]
        invited = self.market.invitations.make(self.worker).url
        feed = self.me.post(FEED, on=True).json["feed"]
        token = self.me.post("/market/calls/push", endpoint=BROWSER).json["token"]
        self.calls.clock.advance(61)
        self.me.post("/market/calls/mail", address=f"new.{secrets.token_hex(4)}@example.org")
        self.calls.run()
        confirm = links_in(self.calls.mail.letters[-1], "market/calls/confirm")[0]
        return {
            "session": lambda: is_in(self.me),
            Kind.PERSONAL.value: lambda: self._look(personal).status == 200,
            Kind.DEVICE.value: lambda: self._look(device).status == 200,
            Kind.INVITATION.value: lambda: self._look(invited).status == 200,
            TokenPurpose.FEED: lambda: open_link(self.site, feed).status == 200,
            TokenPurpose.NEWS: lambda: (
                self.site.post("/market/calls/news", token=token).status == 200
            ),
            TokenPurpose.CONFIRM: lambda: open_link(self.site, confirm).status == 200,
            TokenPurpose.REPLY: lambda: open_link(self.site, self.reply_link).status == 200,
        }

    def _look(self, url: str) -> Answer:
        return self.site.post("/market/join/look", secret=secret_of(url))

    def close(self) -> None:
        self.market.workforce.close(self.me.worker_id)

    def sign_out_everywhere(self) -> str:
        answer = self.me.post("/market/session/end-all", nonce=nonce())
        return str(answer.json["personalLink"])


@pytest.fixture
def everything(calls: Calls, site: Site) -> Everything:
    return Everything(calls, site)


def still_in(probes: dict[str, Probe]) -> set[str]:
    return {kind for kind, lets_in in probes.items() if lets_in()}


def test_all_kinds_are_tried(everything: Everything) -> None:
    kinds = {"session", *(kind.value for kind in Kind), *TokenPurpose}

    assert still_in(everything.give()) == kinds


def test_closed__nothing_lets_in__and_reopened__what_the_worker_had_does(
    everything: Everything,
) -> None:
    probes = everything.give()

    everything.close()

    assert still_in(probes) == set()
    everything.market.workforce.reopen(everything.me.worker_id)
    reachable = {TokenPurpose.FEED, TokenPurpose.NEWS, TokenPurpose.CONFIRM}
    assert still_in(probes) == probes.keys() - reachable, "how they are reached they say again"


def test_signed_out_everywhere__nothing_of_before_lets_in(everything: Everything) -> None:
    probes = everything.give()

    link = everything.sign_out_everywhere()

    assert still_in(probes) == set()
    assert join(everything.site, link).status == 200


def test_after_it__everything_can_be_had_again__and_ends_again(everything: Everything) -> None:
    for _ in range(2):
        answer = join(everything.site, everything.sign_out_everywhere())
        everything.me = Site(everything.site.gateway, answer.json["token"], everything.me.worker_id)
    everything.calls.market.announcing.move(
        everything.lab, everything.session.session_id, "2026-11-24T16:00"
    )
    probes = everything.give()

    assert still_in(probes) == probes.keys() - {TokenPurpose.REPLY}, "that mail is an old one"
    everything.sign_out_everywhere()
    assert still_in(probes) == set()


def test_reply_by_mail__of_a_closed_account__counts_for_nothing(everything: Everything) -> None:
    def coming() -> int:
        seen = everything.market.announcing.get(everything.lab, everything.session.session_id)
        return sum(reply.answer is Says.YES for reply in seen.replies)

    press(everything.site, everything.reply_link, do="yes", revision="1")
    assert coming() == 1

    everything.close()

    refused = press(everything.site, everything.reply_link, do="yes", revision="1")
    assert (refused.status, "is closed" in refused.body) == (404, True)
    assert coming() == 0


def test_closed__they_are_called_no_more__and_no_address_is_kept(everything: Everything) -> None:
    everything.give()
    press(everything.site, everything.reply_link, do="yes", revision="1")
    letters, woken = len(everything.calls.mail.letters), len(everything.calls.push.sent)

    everything.close()
    everything.calls.announce(everything.lab, title="Another")
    everything.calls.run(4 * 3600 - 1800)

    assert len(everything.calls.mail.letters) == letters
    assert len(everything.calls.push.sent) == woken
    kept = everything.market.callings.of(everything.me.worker_id)
    assert (kept.address, dict(kept.subscriptions), kept.feed_on) == (None, {}, False)


def test_stop_link__is_the_addressees__and_outlives_both(everything: Everything) -> None:
    calling = everything.market.callings.of(everything.me.worker_id)
    stop = everything.market.links.stop(calling)

    everything.sign_out_everywhere()

    assert "sessions:mail" in everything.market.callings.of(everything.me.worker_id).choices
    assert press(everything.site, stop).status == 200
    assert everything.market.callings.of(everything.me.worker_id).choices == frozenset()
    everything.close()
    assert press(everything.site, stop).status == 200


def test_browser_of_a_device_that_was_lost__is_woken_no_more(everything: Everything) -> None:
    shown = everything.me.post("/market/calls/push", endpoint=BROWSER, zone="UTC").json
    everything.me.post(
        "/market/calls", choices=["sessions:push"], zone="UTC", quiet=None, mostADay=6
    )
    answer = join(everything.site, everything.sign_out_everywhere())
    me = Site(everything.site.gateway, answer.json["token"], everything.me.worker_id)

    everything.calls.announce(everything.lab, title="Another")
    everything.calls.run(1800)

    assert everything.calls.push.sent == []
    assert me.get("/market/calls").json["push"]["browsers"] == []
    again = me.post("/market/calls/push", endpoint=BROWSER, zone="UTC").json
    assert len(again["push"]["browsers"]) == 1
    assert again["token"] != shown["token"]
    everything.calls.announce(everything.lab, title="A third")
    everything.calls.run(1800)
    assert BROWSER in everything.calls.push.sent


def test_tokens_of_an_earlier_version__are_of_the_first_generation(everything: Everything) -> None:
    feed = everything.me.post(FEED, on=True).json["feed"]
    number = str(everything.market.callings.of(everything.me.worker_id).feed)
    earlier = signed_tokens.sign(MASTER_KEY, "feed", everything.me.worker_id, number)

    assert token_of(feed) == earlier, "a calendar's address stays what it is"

    everything.sign_out_everywhere()
    assert open_link(everything.site, f"{SITE}/market/calendar/{earlier}.ics").status == 404


def test_lost_answer_of_signing_out__is_asked_for_again_by_the_same_page(
    everything: Everything,
) -> None:
    page = nonce()
    first = everything.me.post("/market/session/end-all", nonce=page)
    again = everything.me.post("/market/session/end-all", nonce=page)

    assert first.json == again.json
    assert everything.me.post("/market/session/end-all", nonce=nonce()).status == 401
    assert join(everything.site, first.json["personalLink"]).status == 200
    assert everything.me.post("/market/session/end-all", nonce="short").status == 400
    everything.calls.clock.advance(601)
    assert everything.me.post("/market/session/end-all", nonce=page).status == 401


def test_page_of_an_earlier_version__signs_out_all_the_same(everything: Everything) -> None:
    probes = everything.give()

    assert everything.me.post("/market/session/end-all").json == {}
    assert still_in(probes) == set()


def test_ended_session__is_not_brought_back_by_the_personal_link(everything: Everything) -> None:
    link, page = everything.me.post("/market/link/personal").json["link"], nonce()
    answer = join(everything.site, link, page)
    lost = Site(everything.site.gateway, answer.json["token"], everything.me.worker_id)
    assert join(everything.site, link, page).json == answer.json, "while its answer may be lost"
    lost.post("/market/session/end")

    again = join(everything.site, link, page)

    assert (again.status, again.code) == (409, "invitation_used")
    assert not is_in(lost)
    assert join(everything.site, link).status == 200


def test_refusals__say_why_and_how_to_go_on(everything: Everything) -> None:
    link = everything.me.post("/market/link/personal").json["link"]
    everything.me.post("/market/session/end-all")

    refused = join(everything.site, link)
    page = open_link(everything.site, everything.reply_link)

    assert refused.code == "invitation_revoked"
    assert "signed out everywhere" in refused.json["error"]["message"]
    assert "invitation" in refused.json["error"]["message"]
    assert "signed out everywhere" in page.body
