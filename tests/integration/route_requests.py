"""One well-formed request for each route of the API, of things that are there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.marketplace.domain.calling import Calling
from chalicelib.marketplace.services.calling_links import Links
from tests.fakes import FakePosting
from tests.integration.market import Market, post
from tests.integration.worker_site import Site
from tests.integration.world import PROTO, World
from tests.question_documents import HTML

FORM = "application/x-www-form-urlencoded"
Route = tuple[str, str]


@dataclass(frozen=True)
class Request:
    """`path` without what stands in the way of it; a body is a form's fields or JSON."""

    path: str
    body: bytes = b""
    kind: str = ""
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        named = {"content-type": self.kind, "x-worker-session": self.token}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Things:
    """What there is: a ProtoHIT with a HIT, a worker who waits, one who is called; and at the
    marketplace a worker with a job."""

    hit_type: str
    hit: str
    assignment: str
    worker: str
    reservation: str
    session: str
    market_hit: str
    market_page: str
    group: str
    job: str
    type_id: str
    links: dict[str, str]
    secret: str


def things(world: World, market: Market, site: Site) -> Things:
    hit_type = world.put_proto()
    world.room.sizing.run()
    hit = world.post_hit()
    world.market.postings[hit] = FakePosting(hit, 9, hit_type)
    seat = world.seat("AWORKER", "3JOB")
    reservation = world.invoked(1)
    world.poll(seat)
    client = market.client()
    market_hit = post(client, Question=HTML)
    worker = site.sign_in("A worker of the routes")
    job = worker.post("/market/accept", hitId=market_hit).json
    group = client.get_hit(HITId=market_hit)["HIT"]["HITGroupId"]
    type_id = client.create_qualification_type(
        Name="A test", Description="d", QualificationTypeStatus="Active"
    )["QualificationType"]["QualificationTypeId"]
    links = Links(market.market.config)
    invitations = market.market.invitations
    invited = invitations.make(invitations.newcomer("Ada", "DE", "BE", True))
    me = market.market.workforce.show(worker.worker_id)
    calling = Calling(worker.worker_id, address="a@example.org", code_ms=1, feed=1)
    return Things(
        hit_type, hit, seat.assignment, seat.worker, reservation, worker.token, market_hit,
        _path(job["frameUrl"]), group, job["assignmentId"], type_id,
        {
            "stop": _path(links.stop(calling)),
            "never": _path(links.never(calling, links.addressee("a@example.org"))),
            "confirm": _path(links.confirm(calling, me)),
            "reply": _path(links.reply(me, "SESSION")),
            "feed": _path(links.feed(calling, me)),
            "push": links.push_token(me, "x"),
        },
        invited.url.rpartition("/")[2],
    )  # fmt: skip


def requests_of(there: Things) -> dict[Route, Request]:
    """By method and route, as the app's own table names them."""
    return {**_of_service(there), **_of_site(there)}


def _of_service(there: Things) -> dict[Route, Request]:
    seat = f"worker/{there.worker}/assignment/{there.assignment}/hit/{there.hit}"
    ping = "/retainer/ping/worker/{worker_id}/assignment/{assignment_id}/hit/{hit_id}/event/{event}"
    proto, one = {"hitType": there.hit_type}, {"id": there.reservation}
    work = {"assignment": there.assignment}
    people = {"worker": there.worker, "market": "sandbox"}
    made = {"hitType": there.hit_type, "foreignID": 1, "delay": 0, "numAssignments": 1}
    gets: dict[str, dict[str, Any]] = {
        "protohit/list": {}, "reservation/list": {}, "reservation/results": one, "pool": proto,
        "costs": {}, "review": {}, "worker/errand": {"id": "x"}, "admin": {}, "keys": {},
        "assignment/list": proto, "worker/list": {}, "worker": {"worker": there.worker},
        "worker/errand/list": {"worker": there.worker}, "payment/list": {},
        "status": proto | {"full": 1},
        "protohits": {}, "protohit": proto, "assignment/events": work, "export": proto,
        "worker/erasure": {"worker": there.worker}, "reservations": {}, "reservation": one,
        "hits": proto,
    }  # fmt: skip
    posts: dict[str, dict[str, Any]] = {
        "puttask": {"json": json.dumps({**PROTO, "title": "Another"})},
        "protohit/sandbox/get": proto, "protohit/sandbox/set": proto | {"sandbox": 1},
        "protohit/stop": proto, "protohit/start": proto, "protohit/archive": proto,
        "protohit/restore": proto, "protohit/check": {"json": json.dumps(PROTO)},
        "reservation/make": made, "reservation/invoke": one, "reservation/cancel": one,
        "reservation/finish": one, "reservation/unfinish": one, "reservation/finish/all": proto,
        "putwork": {"hitType": there.hit_type, "foreignID": 1}, "putwork/done": one,
        "review": work | {"decision": "approve"}, "worker/block": people | {"reason": "r"},
        "worker/unblock": people, "worker/message": people | {"subject": "s", "text": "t"},
        "worker/bonus": work | {
            "worker": there.worker, "amount": "0.10", "reason": "r", "key": "k", "market": "sandbox"
        },
        "keys": {"name": "a program"}, "keys/revoke": {"name": "a program"},
        "worker/erase": {"worker": there.worker, "confirm": there.worker},
        "hit/expire": {"hit": there.hit}, "hit/expire/all": proto,
    }  # fmt: skip
    pages = {
        ("GET", "/retainer/gettask/assignment/{assignment_id}"): Request(
            f"/retainer/gettask/assignment/{there.assignment}"
        ),
        ("POST", "/retainer/gettask/assignment/{assignment_id}"): Request(
            f"/retainer/gettask/assignment/{there.assignment}", b"did=", FORM
        ),
        ("GET", ping): Request(f"/retainer/ping/{seat}/event/working"),
        ("POST", ping): Request(f"/retainer/ping/{seat}/event/waiting", b"v=1", FORM),
        ("GET", "/retainer/page/hit/{hit_id}"): Request(f"/retainer/page/hit/{there.hit}"),
    }
    asked = {("GET", f"/retainer/{n}"): _get(f"/retainer/{n}", q) for n, q in gets.items()}
    done = {
        ("POST", f"/retainer/{name}"): Request(f"/retainer/{name}", urlencode(form).encode(), FORM)
        for name, form in posts.items()
    }
    return {**pages, **asked, **done}


def _of_site(there: Things) -> dict[Route, Request]:
    answer = {"assignmentId": there.job}
    plain = [
        "hits", "assignments", "earnings", "qualifications", "submitted",
        "earned?day=0&week=0&month=0", "bonuses", "entry", "calls", "sessions", "messages",
        "messages/unread", "externalHIT_v1.js", "admin/workers", "admin/invitations",
        "admin/requesters", "admin/sessions", "admin/qualifications", "admin/reports",
    ]  # fmt: skip
    gets = {f"/market/{path}": f"/market/{path}" for path in plain}
    gets |= {
        "/market/admin/names": "/market/admin/names?workers=A1,A2",
        "/market/hits/group/{group_id}": f"/market/hits/group/{there.group}",
        "/market/qualifications/type/{type_id}": f"/market/qualifications/type/{there.type_id}",
        "/market/qualifications/test/{type_id}": f"/market/qualifications/test/{there.type_id}",
        "/market/form/{assignment_id}": f"/market/form/{there.job}",
        "/market/assignments/{assignment_id}": f"/market/assignments/{there.job}",
        "/mturk/preview": f"/mturk/preview?groupId={there.group}",
        "/mturk/previewandaccept": f"/mturk/previewandaccept?groupId={there.group}",
        "/projects/{group_id}/tasks": f"/projects/{there.group}/tasks",
        "/market/page/{token}": there.market_page,
        "/market/calls/confirm/{token}": there.links["confirm"],
        "/market/calls/stop/{token}": there.links["stop"],
        "/market/calls/never/{token}": there.links["never"],
        "/market/sessions/reply/{token}": there.links["reply"],
        "/market/calendar/{token}": there.links["feed"],
        "/mturk/externalSubmit": f"/mturk/externalSubmit?{urlencode({**answer, 'a': 1})}",
    }
    posts: dict[str, dict[str, Any]] = {
        "session": {"name": "Another worker"}, "session/end": {}, "session/end-all": {},
        "accept": {"hitId": there.market_hit}, "return": answer,
        "form/submit": answer | {"fields": [["a", "1"]]},
        "qualifications/request": {"qualificationTypeId": there.type_id},
        "qualifications/test": {"qualificationTypeId": there.type_id, "fields": [["a", "1"]]},
        "qualifications/adult": {"agreed": True},
        "report": {"hitId": there.market_hit, "reason": "broken"},
        "join/look": {"secret": there.secret}, "join": {"secret": there.secret, "nonce": "n" * 32},
        "sign-up": {"name": "Yet another", "nonce": "n" * 32},
        "link/device": {}, "link/personal": {},
        "calls": {"choices": [], "mostADay": 3, "quiet": None, "zone": "UTC"},
        "calls/mail": {"address": "a@example.org", "zone": "UTC"},
        "calls/push": {"endpoint": "https://fcm.googleapis.com/x", "zone": "UTC"},
        "calls/push/stop": {"endpoint": "https://fcm.googleapis.com/x"},
        "calls/feed": {"on": True, "zone": "UTC"}, "calls/news": {"token": there.links["push"]},
        "sessions/reply": {"sessionId": "SESSION", "answer": "yes", "revision": 1},
        "messages/read": {"messageIds": []}, "admin/invitations": {"name": "Someone new"},
        "admin/reports/dismiss": {"hit": there.market_hit},
    }  # fmt: skip
    links = {
        ("POST", f"/market/{path}/{{token}}"): Request(there.links[name], b"do=yes", FORM)
        for path, name in (
            ("calls/confirm", "confirm"), ("calls/stop", "stop"), ("calls/never", "never"),
            ("sessions/reply", "reply"),
        )
    }  # fmt: skip
    return {
        **{("GET", r.partition("?")[0]): Request(p, token=there.session) for r, p in gets.items()},
        **{
            ("POST", f"/market/{name}"): Request(
                f"/market/{name}", json.dumps(body).encode(), "application/json", there.session
            )
            for name, body in posts.items()
        },
        **links,
        ("POST", "/mturk/externalSubmit"): Request(
            "/mturk/externalSubmit", urlencode({**answer, "a": 1}).encode(), FORM
        ),
    }


def _get(path: str, query: dict[str, Any]) -> Request:
    return Request(f"{path}?{urlencode(query)}" if query else path)


def _path(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path.removeprefix("/api")
    return f"{path}?{parts.query}" if parts.query else path
