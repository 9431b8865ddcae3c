"""How workers choose to be called: the site's API, the links in mails, the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.integration.calling import SITE, Calls, links_in
from tests.integration.market import Market
from tests.integration.worker_site import Answer, Site, worker_site

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def calls(dynamo_endpoint: str) -> Calls:
    return Calls.on(dynamo_endpoint)


@pytest.fixture
def site(calls: Calls) -> Iterator[Site]:
    market = Market(calls.market, calls.dynamo, "", calls.clock)  # type: ignore[arg-type]
    with worker_site(market) as running:
        yield running


def path_of(link: str) -> str:
    return link.removeprefix(SITE)


def press(site: Site, link: str, **fields: str) -> Answer:
    return Site(site.gateway).call("POST", path_of(link), FORM, urlencode(fields).encode())


def open_link(site: Site, link: str) -> Answer:
    return Site(site.gateway).call("GET", path_of(link), {}, b"")


def with_mail(calls: Calls, site: Site, name: str = "Ada", *choices: str) -> Site:
    """Sign in, give an address, follow the link, choose."""
    me = site.sign_in(name)
    me.post("/market/calls/mail", address=f"{name.lower()}@example.org", zone="UTC")
    calls.run()
    press(site, links_in(calls.mail.letters[-1], "market/calls/confirm")[0])
    me.post(
        "/market/calls",
        choices=list(choices or ("sessions:mail",)),
        zone="UTC",
        quiet=None,
        mostADay=6,
    )
    return me


def test_new_worker__is_not_called_and_sees_what_there_is(site: Site) -> None:
    found = site.sign_in("Ada").get("/market/calls").json

    assert found == {
        "new": True,
        "choices": [],
        "mail": {"offered": True, "address": None, "state": None, "askedAt": None},
        "push": {"key": "a-key", "browsers": []},
        "feed": None,
        "zone": "UTC",
        "quiet": {"from": "21:00", "to": "08:00"},
        "mostADay": 3,
        "bound": 6,
        "today": 0,
    }
    assert site.get("/market/calls").status == 401


def test_address__gets_nothing_but_the_link_before_its_button_is_pressed(
    calls: Calls, site: Site
) -> None:
    me = site.sign_in("Ada")
    shown = me.post("/market/calls/mail", address="ada@Example.org", zone="Europe/Berlin").json
    assert calls.mail.letters == []  # not in the way of the request
    calls.announce(calls.account())
    calls.run()

    (letter,) = calls.mail.letters
    assert (letter.to, letter.subject) == ("ada@example.org", "Please confirm your address")
    assert letter.headers == {}
    assert (shown["mail"]["state"], shown["zone"]) == ("unconfirmed", "Europe/Berlin")
    (link,) = links_in(letter, "market/calls/confirm")
    page = open_link(site, link)  # a program that looks into mail does as much
    assert (page.status, "Confirm" in page.body) == (200, True)
    assert "ada@" not in page.body
    assert me.get("/market/calls").json["mail"]["state"] == "unconfirmed"

    done = press(site, link)
    calls.run(1800)

    assert "confirmed" in done.body
    assert me.get("/market/calls").json["mail"]["state"] == "confirmed"
    assert calls.mail.to("ada@example.org")[1:] == ["Listening to sounds"]
    assert "confirmed" in press(site, link).body


def test_changed_address__is_confirmed_anew(calls: Calls, site: Site) -> None:
    me = with_mail(calls, site)
    (old_link,) = links_in(calls.mail.letters[-1], "market/calls/confirm")
    calls.clock.advance(60)
    me.post("/market/calls/mail", address="new@example.org")
    calls.announce(calls.account())
    calls.run()

    assert [letter.to for letter in calls.mail.letters] == ["ada@example.org", "new@example.org"]
    assert me.get("/market/calls").json["mail"]["state"] == "unconfirmed"
    dead = press(site, old_link)
    assert (dead.status, "leads nowhere" in dead.body) == (404, True)
    assert me.get("/market/calls").json["mail"]["state"] == "unconfirmed"


def test_link_to_confirm__is_good_for_seven_days(calls: Calls, site: Site) -> None:
    me = site.sign_in("Ada")
    me.post("/market/calls/mail", address="ada@example.org")
    calls.run()
    calls.clock.advance(7 * 86_400 + 1)

    dead = press(site, links_in(calls.mail.letters[0], "market/calls/confirm")[0])

    assert (dead.status, "for seven days" in dead.body) == (404, True)


def test_confirmations__are_few(calls: Calls, site: Site) -> None:
    me = site.sign_in("Ada")
    statuses = []
    for number in range(5):
        answer = me.post("/market/calls/mail", address=f"a{number}@example.org")
        statuses.append(answer.status)
        calls.run(61)

    assert statuses == [200, 200, 200, 429, 429]
    assert len(calls.mail.letters) == 3


@pytest.mark.parametrize("address", ["ada", "a@b", "a@example.org\nBcc: x@example.org", 5, None])
def test_bad_address__is_refused(site: Site, address: object) -> None:
    assert site.sign_in("Ada").post("/market/calls/mail", address=address).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"choices": ["sessions:pigeon"]},
        {"choices": "sessions:mail"},
        {"zone": "Mars/Base"},
        {"zone": 5},
        {"quiet": {"from": "25:00", "to": "08:00"}},
        {"quiet": {"from": "08:00", "to": "08:00"}},
        {"quiet": []},
        {"mostADay": 0},
        {"mostADay": 7},
        {"mostADay": True},
    ],
)
def test_bad_choice__is_refused(site: Site, change: dict[str, object]) -> None:
    body = {"choices": [], "zone": "UTC", "quiet": None, "mostADay": 3, **change}

    assert site.sign_in("Ada").post("/market/calls", **body).status == 400


def test_one_click__stops_mail_at_once_and_opening_the_link_does_not(
    calls: Calls, site: Site
) -> None:
    me = with_mail(calls, site, "Ada", "sessions:mail", "work:mail", "work:push")
    lab = calls.account()
    calls.announce(lab)
    calls.run()
    letter = calls.mail.letters[-1]
    link = letter.headers["List-Unsubscribe"].strip("<>")
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in letter.text

    page = open_link(site, link)
    assert (page.status, "<button" in page.body) == (200, True)
    assert "sessions:mail" in me.get("/market/calls").json["choices"]
    stopped = press(site, link, **{"List-Unsubscribe": "One-Click"})
    calls.announce(lab, title="Another")
    calls.run()

    assert (stopped.status, "Stopped" in stopped.body) == (200, True)
    assert me.get("/market/calls").json["choices"] == ["work:push"]
    assert calls.mail.letters[-1] is letter
    assert press(site, link).status == 200  # again, it is as well
    assert press(site, link[:-2] + "AA").status == 404


def test_stop__by_a_multipart_form_as_some_mail_programs_send_it(calls: Calls, site: Site) -> None:
    me = with_mail(calls, site)
    link = calls.market.links.stop(calls.market.callings.of(me.worker_id))
    body = (
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--'
    )
    kind = {"content-type": "multipart/form-data; boundary=x"}

    answer = Site(site.gateway).call("POST", path_of(link), kind, body)

    assert answer.status == 200
    assert me.get("/market/calls").json["choices"] == []


def test_stop__of_an_address_that_was_changed__leaves_the_new_one(calls: Calls, site: Site) -> None:
    me = with_mail(calls, site)
    link = calls.market.links.stop(calls.market.callings.of(me.worker_id))
    calls.clock.advance(60)
    me.post("/market/calls/mail", address="new@example.org")

    assert press(site, link).status == 200
    assert me.get("/market/calls").json["choices"] == ["sessions:mail"]


def test_removed_address__is_gone(calls: Calls, site: Site) -> None:
    me = with_mail(calls, site)
    shown = me.post("/market/calls/mail", address="").json

    assert shown["mail"]["address"] is None
    assert shown["choices"] == []
    assert calls.market.callings.of(me.worker_id).address is None


def test_reply__by_the_link_in_a_mail(calls: Calls, site: Site) -> None:
    me = with_mail(calls, site)
    lab = calls.account()
    session = calls.announce(lab, description="<b>Bring</b> headphones")
    calls.run()
    (link,) = links_in(calls.mail.letters[-1], "market/sessions/reply")

    page = open_link(site, link)
    assert "Tuesday 24 November 2026, 14:00" in page.body
    assert "&lt;b&gt;Bring" in page.body
    assert "script" not in page.body
    assert me.get("/market/sessions").json["sessions"][0]["answer"] is None
    said = press(site, link, do="yes", revision="1")

    assert "You said yes" in said.body
    assert me.get("/market/sessions").json["sessions"][0]["answer"] == "yes"
    calls.market.announcing.move(lab, session.session_id, "2026-11-24T16:00")
    late = press(site, link, do="yes", revision="1")
    assert (late.status, "has changed" in late.body) == (409, True)
    assert "time has changed since" in open_link(site, link).body
    assert press(site, link, do="perhaps", revision="2").status == 409
    assert press(site, link, do="yes", revision="2" * 5_000).status == 409
    calls.market.announcing.cancel(lab, session.session_id)
    assert "was cancelled" in open_link(site, link).body


def test_sessions__are_listed_and_answered_on_the_site(calls: Calls, site: Site) -> None:
    me = site.sign_in("Ada")
    lab = calls.account("Sound lab")
    session = calls.announce(lab, zone_name="Europe/Berlin", starts="2026-11-24T15:00")

    (shown,) = me.get("/market/sessions").json["sessions"]
    assert shown["when"] == "Tuesday 24 November 2026, 15:00 (Europe/Berlin, UTC+01:00)"
    assert (shown["requester"], shown["answer"], shown["moved"]) == ("Sound lab", None, False)
    reply = {"sessionId": session.session_id, "revision": 1, "answer": "maybe"}
    assert me.post("/market/sessions/reply", **reply).json["answer"] == "maybe"
    assert me.post("/market/sessions/reply", **{**reply, "answer": "?"}).status == 400
    assert me.post("/market/sessions/reply", **{**reply, "revision": 2}).code == "session_changed"
    assert me.post("/market/sessions/reply", **{**reply, "sessionId": "3NO"}).status == 404
    assert site.post("/market/sessions/reply", **reply).status == 401


def test_calendar__is_made_renewed_and_switched_off(calls: Calls, site: Site) -> None:
    me = site.sign_in("Ada")
    lab = calls.account()
    for title in ("Open", "Coming", "Not for me"):
        calls.announce(lab, title=title)
    listed = {s["title"]: s for s in me.get("/market/sessions").json["sessions"]}
    for title, answer in (("Coming", "yes"), ("Not for me", "no")):
        me.post(
            "/market/sessions/reply",
            sessionId=listed[title]["sessionId"],
            revision=1,
            answer=answer,
        )

    first = me.post("/market/calls/feed", on=True).json["feed"]
    feed = open_link(site, first)
    assert feed.headers["content-type"].startswith("text/calendar")
    assert {"SUMMARY:Open (open)", "SUMMARY:Coming", "STATUS:CONFIRMED"} <= set(
        feed.body.split("\r\n")
    )
    assert "Not for me" not in feed.body
    second = me.post("/market/calls/feed", on=True).json["feed"]

    assert second != first
    assert (open_link(site, first).status, open_link(site, second).status) == (404, 200)
    assert me.post("/market/calls/feed", on=False).json["feed"] is None
    assert open_link(site, second).status == 404
    assert me.post("/market/calls/feed", on="yes").status == 400


def test_browser__is_subscribed_told_what_for_and_forgotten(calls: Calls, site: Site) -> None:
    me = site.sign_in("Ada")
    endpoint = "https://push.example/a"
    shown = me.post("/market/calls/push", endpoint=endpoint, zone="UTC").json
    me.post("/market/calls", choices=shown["choices"], zone="UTC", quiet=None, mostADay=6)
    token = shown["token"]
    assert shown["choices"] == ["sessions:push", "work:push"]
    assert site.post("/market/calls/news", token=token).json == {"news": []}
    lab = calls.account()
    cancelled = calls.announce(lab, title="Cancelled before anybody looked")
    calls.announce(lab)
    calls.run()
    calls.market.announcing.cancel(lab, cancelled.session_id)

    assert calls.push.sent == [endpoint, endpoint]
    (news,) = site.post("/market/calls/news", token=token).json["news"]
    assert news["title"] == "Listening to sounds"
    assert news["text"] == "Tuesday 24 November 2026, 14:00 (UTC, UTC+00:00)"
    assert news["page"] == "sessions"
    assert me.post("/market/calls/push/stop", endpoint=endpoint).json["push"]["browsers"] == []
    assert site.post("/market/calls/news", token=token).status == 404
    assert site.post("/market/calls/news", token="x").status == 404


def test_endpoint__of_a_stranger__is_refused(site: Site) -> None:
    me = site.sign_in("Ada")

    assert me.post("/market/calls/push", endpoint="http://169.254.169.254/").status == 400
    for number in range(5):
        me.post("/market/calls/push", endpoint=f"https://push.example/{number}")
    assert me.post("/market/calls/push", endpoint="https://push.example/6").status == 400


def test_without_mail_and_push__they_are_not_offered(dynamo_endpoint: str) -> None:
    from chalicelib.marketplace.container import assemble

    calls = Calls.on(dynamo_endpoint)
    bare = assemble(calls.dynamo, calls.market.config, calls.clock)
    with worker_site(Market(bare, calls.dynamo, "", calls.clock)) as site:  # type: ignore[arg-type]
        me = site.sign_in("Ada")
        found = me.get("/market/calls").json

        assert found["mail"]["offered"] is False
        assert found["push"]["key"] is None
        assert me.post("/market/calls/mail", address="ada@example.org").status == 400
        assert me.post("/market/calls/push", endpoint="https://push.example/a").status == 400


def test_link_pages__cannot_be_framed_and_load_nothing(calls: Calls, site: Site) -> None:
    me = with_mail(calls, site)
    page = open_link(site, calls.market.links.stop(calls.market.callings.of(me.worker_id)))

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
