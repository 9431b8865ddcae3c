"""The operator's door to the marketplace: whom it lets in, what it shows, what it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.marketplace.domain.announced import Announcement
from chalicelib.retainer.services.keys import Scope
from tests.integration.market import post
from tests.integration.route_service import Service, routes, running_service
from tests.integration.worker_site import Answer

ROUTES = [route for route in routes() if route[1].startswith("/market/admin/")]


@pytest.fixture(scope="module")
def service(dynamo_endpoint: str) -> Iterator[Service]:
    with running_service(dynamo_endpoint, is_open=False) as service:
        yield service


@pytest.fixture(scope="module")
def key(service: Service) -> str:
    return service.world.room.keys.make("operator", Scope.ADMIN)


class Door:
    """The routes as the console calls them."""

    def __init__(self, service: Service, key: str) -> None:
        self._site, self._key = service.site, key

    def get(self, path: str) -> Answer:
        return self._site.call("GET", f"/market/admin/{path}", {"x-api-key": self._key}, b"")

    def post(self, path: str, body: str) -> Answer:
        headers = {"x-api-key": self._key, "content-type": "application/json"}
        return self._site.call("POST", f"/market/admin/{path}", headers, body.encode())

    def every(self, path: str) -> list[Any]:
        """All rows, two at a time."""
        rows: list[Any] = []
        cursor = ""
        while True:
            answer = self.get(f"{path}{'&' if '?' in path else '?'}limit=2&cursor={cursor}")
            assert answer.status == 200, answer.body
            rows += answer.json
            cursor = answer.headers.get("x-next-cursor", "")
            if not cursor:
                return rows


@pytest.fixture
def door(service: Service, key: str) -> Door:
    return Door(service, key)


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_door__opens_to_admin_keys_alone(service: Service, route: tuple[str, str]) -> None:
    keys = service.world.room.keys
    narrow = keys.make(f"application {' '.join(route)}", Scope.APPLICATION)
    given: list[dict[str, str]] = [{}, {"x-api-key": "rk_none"}, {"x-api-key": narrow}]
    # A worker's session is no operator's key.
    given.append({"x-worker-session": service.there.session})
    kind = {"content-type": "application/json"}

    answers = [service.site.call(route[0], route[1], kind | one, b"{}") for one in given]

    assert [(a.status, a.code) for a in answers] == [
        (401, "key_needed"), (401, "bad_key"), (403, "wrong_scope"), (401, "key_needed"),
    ]  # fmt: skip
    assert service.there.worker not in "".join(a.body for a in answers)


def test_names__come_for_a_page_at_once__and_of_nobody_else(service: Service, door: Door) -> None:
    ids = [service.market.worker(name) for name in ("Grete", "Hedy")]

    names = door.get(f"names?workers={','.join([*ids, 'ASTRANGER'])}").json["names"]
    many = door.get(f"names?workers={','.join(['A1'] * 101)}")
    bad = door.get("names?workers=A1,..%2F..")

    assert names == dict(zip(ids, ("Grete", "Hedy"), strict=True))
    assert (many.status, bad.status) == (400, 400)


def test_workers_and_requesters__are_searched_and_paged_by_name__without_secrets(
    service: Service, door: Door
) -> None:
    for name in ("Zora paging", "Yves paging", "Xenia paging"):
        service.market.worker(name)
    lab = service.market.credentials("Paging lab")

    workers = door.every("workers?q=PAGING")
    labs = door.get("requesters?q=paging")

    assert [one["name"] for one in workers] == ["Xenia paging", "Yves paging", "Zora paging"]
    assert [one["account"] for one in labs.json] == [lab.account_id]
    assert not any(secret in labs.body for secret in (lab.access_key, lab.secret_key))


def test_invitation__made_here_lets_its_worker_in__and_the_list_has_no_link(
    service: Service, door: Door
) -> None:
    made = door.post("invitations", '{"name": "Ida Invited", "invitedBy": "The lab"}').json
    twice = door.post("invitations", '{"name": "Ida Invited"}')
    another = door.post("invitations", f'{{"worker": "{made["worker"]}"}}').json
    listed = door.every("invitations?q=ida+inv")

    secret = made["link"].rpartition("/")[2]
    joined = service.site.post("/market/join", secret=secret, nonce="n" * 32)

    assert joined.json["worker"] == {"id": made["worker"], "name": "Ida Invited"}
    assert (twice.status, twice.code) == (400, "bad_request")
    assert {one["invitation"] for one in listed} == {made["invitation"], another["invitation"]}
    assert all(one["state"] == "open" and "link" not in one for one in listed)
    used = door.get("invitations?q=ida+inv&state=used").json
    assert [one["invitation"] for one in used] == [made["invitation"]]


def test_sessions__show_who_said_yes__of_every_requester(service: Service, door: Door) -> None:
    market = service.market.market
    starts = datetime.fromtimestamp(service.clock.now_ms() / 1000, UTC) + timedelta(days=2)
    at = starts.strftime("%Y-%m-%dT%H:%M")
    for name in ("One lab", "Two labs"):
        account = service.market.credentials(name).account_id
        market.announcing.announce(account, Announcement(f"Of {name}", at, "UTC", 30, 5))
    worker = service.site.sign_in("Yes sayer")
    chosen = next(s for s in door.get("sessions").json if s["requester"] == "Two labs")
    said = worker.post(
        "/market/sessions/reply", sessionId=chosen["session"], answer="yes", revision=1
    )
    assert said.status == 200, said.body

    shown = {one["requester"]: one for one in door.get("sessions").json}

    assert shown["Two labs"]["replies"]["yes"] == [worker.worker_id]
    assert shown["One lab"]["replies"]["yes"] == []


def test_reports__are_paged_and_dismissed(service: Service, door: Door) -> None:
    client = service.market.client(service.market.credentials("Odd lab"))
    hits = [post(client) for _ in range(3)]
    worker = service.site.sign_in("Reporter")
    for hit in hits:
        worker.post("/market/report", hitId=hit, reason="broken", text="<b>no page</b>")

    listed = door.every("reports")
    done = door.post("reports/dismiss", f'{{"hit": "{hits[0]}"}}')

    assert {one["hit"] for one in listed} == set(hits)
    assert {(one["requester"], one["worker"]) for one in listed} == {("Odd lab", worker.worker_id)}
    assert door.post("reports/dismiss", '{"hit": "NOSUCH"}').code == "not_found"
    assert done.json == {"hit": hits[0], "dismissed": 1}
    assert {one["hit"] for one in door.every("reports")} == set(hits[1:])
    assert [one["hit"] for one in door.every("reports?state=dismissed")] == [hits[0]]


def test_mistyped_parameter_and_anothers_cursor__are_refused(door: Door) -> None:
    mistyped = door.get("workers?lmit=3")
    cursor = door.get("reports?cursor=WyJ4Il0")

    assert (mistyped.status, cursor.status) == (400, 400)
    assert "limit" in mistyped.json["error"]["message"]
