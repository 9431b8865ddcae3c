"""The door's MTurk adapter against the real marketplace, and what happens without any schedule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kit.config import MarketConfig
from chalicelib.retainer.domain.market import (
    Arrival,
    Decision,
    MarketError,
    MarketUnavailable,
    Offer,
    SeatState,
)
from chalicelib.retainer.domain.protohits import ProtoHit, parse
from chalicelib.retainer.market.mturk import MTurkMarket
from local.http_client import HttpClient
from local.stack import Ports, Stack, StackOptions, running_stack
from local.waiting_page import Frame
from tests.integration.world import PROTO
from tests.patience import until


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(StackOptions(ports=Ports(), speed=0)) as running:
        yield running


@pytest.fixture
def market(stack: Stack) -> MTurkMarket:
    keys = stack.keys
    config = MarketConfig(
        "sandbox", stack.mturk, keys.access_key, keys.secret_key, keys.arrival_key
    )
    return MTurkMarket(config, "us-east-1")


@pytest.fixture
def http() -> Iterator[HttpClient]:
    client = HttpClient()
    yield client
    client.close()


@pytest.fixture
def proto() -> ProtoHit:
    return replace(parse(PROTO), worker_locale="US", approval_rating=90)


def accept(stack: Stack, http: HttpClient, name: str, hit: str) -> Frame:
    session = http.post_json(f"{stack.api}/market/session", {"name": name}).json()["token"]
    answer = http.post_json(
        f"{stack.api}/market/accept", {"hitId": hit}, {"x-worker-session": session}
    )
    assert answer.status == 200, answer.body
    return Frame.from_url(answer.json()["frameUrl"])


def test_posting__is_made_once__however_often_it_is_asked_for(
    market: MTurkMarket, proto: ProtoHit
) -> None:
    hit = market.open(proto, 3, "TOKEN-1")

    assert market.open(proto, 3, "TOKEN-1") == hit
    assert market.find("TOKEN-1") == hit
    assert market.find("TOKEN-2") is None
    state = market.status(hit)
    assert state is not None
    assert (state.available, state.pending, state.open) == (3, 0, True)


def test_posting__tells_workers_the_longest_wait(
    stack: Stack, http: HttpClient, market: MTurkMarket, proto: ProtoHit
) -> None:
    hit = market.open(proto, 3, "TOKEN-WAIT")

    session = http.post_json(f"{stack.api}/market/session", {"name": "Ada"}).json()["token"]
    listed = http.get(f"{stack.api}/market/hits", headers={"x-worker-session": session}).json()

    (group,) = [g for g in listed["groups"] if g["hitTypeId"] == type_of(market, hit)]
    assert group["maxWaitS"] == proto.max_wait


def test_posting_that_excludes__is_not_shown_to_those_who_took_part(
    stack: Stack, http: HttpClient, market: MTurkMarket, proto: ProtoHit
) -> None:
    of = {}
    for name in ("Barbara", "Frances"):
        answer = http.post_json(f"{stack.api}/market/session", {"name": name}).json()
        of[name] = (answer["token"], accept(stack, http, name, market.open(
            replace(proto, title=f"First of {name}"), 1, f"FIRST-{name}")).worker_id)  # fmt: skip
    for _ in range(2):
        market.note_part(of["Barbara"][1], "Pilot")
    hit = market.open(replace(proto, title="Second", exclude=("Pilot", "Never")), 2, "SECOND")

    def sees_and_may_accept(name: str) -> tuple[bool, bool]:
        headers = {"x-worker-session": of[name][0]}
        listed = http.get(f"{stack.api}/market/hits", headers=headers).json()["groups"]
        answer = http.post_json(f"{stack.api}/market/accept", {"hitId": hit}, headers)
        return "Second" in [g["title"] for g in listed], answer.status == 200

    assert sees_and_may_accept("Barbara") == (False, False)
    assert sees_and_may_accept("Frances") == (True, True)
    again = MTurkMarket(market._config, "us-east-1")
    again.note_part(of["Frances"][1], "Pilot")


def offer_to(worker: str) -> Offer:
    return Offer(
        worker=worker, number=1, title="Payment for your wait", description="One click.",
        url="https://example.org/compensation.html", reward_cents=7, duration_s=600,
        lifetime_s=3_600,
    )  # fmt: skip


def test_our_own_types__cannot_be_asked_for__nor_found_by_others(
    stack: Stack, http: HttpClient, market: MTurkMarket, proto: ProtoHit
) -> None:
    """Nor does a value that a market gives by default open what is one worker's alone."""
    paid = accept(stack, http, "Grace", market.open(proto, 1, "WAITED")).worker_id
    hit = market.open_for(offer_to(paid), "PAYS-GRACE")
    market.note_part(paid, "Secret-Study")
    client = market._calls.client
    own = {"MustBeRequestable": False, "MustBeOwnedByCaller": True, "Query": "Retainer"}
    types = client.list_qualification_types(**own)["QualificationTypes"]
    session = http.post_json(f"{stack.api}/market/session", {"name": "Mallory"}).json()
    headers = {"x-worker-session": session["token"]}
    for kind in types:
        asked = http.post_json(
            f"{stack.api}/market/qualifications/request",
            {"qualificationTypeId": kind["QualificationTypeId"]}, headers,
        )  # fmt: skip
        assert (asked.status, asked.json()["error"]["code"]) == (409, "not_requestable")
    (need,) = client.get_hit(HITId=hit)["HIT"]["QualificationRequirements"]

    assert len(types) >= 2
    assert not any(kind["IsRequestable"] for kind in types)
    assert "Secret" not in str(types)
    assert client.list_qualification_requests()["NumResults"] == 0
    assert need["IntegerValues"] == [1_001]


def test_types_of_earlier_versions__go_on_keeping_out_whom_they_kept_out(
    market: MTurkMarket, proto: ProtoHit
) -> None:
    made = market._calls.client.create_qualification_type(
        Name="Retainer: took part in Old-Study", Description="x", QualificationTypeStatus="Active"
    )["QualificationType"]["QualificationTypeId"]
    hit = market.open(replace(proto, title="New", exclude=("Old-Study",)), 1, "AFTER-UPGRADE")

    needed = market._calls.client.get_hit(HITId=hit)["HIT"]["QualificationRequirements"]
    assert made in [need["QualificationTypeId"] for need in needed]


def type_of(market: MTurkMarket, hit: str) -> str:
    return str(market._calls.client.get_hit(HITId=hit)["HIT"]["HITTypeId"])


def test_closed_posting__has_no_free_seats__and_closing_again_does_no_harm(
    market: MTurkMarket, proto: ProtoHit
) -> None:
    hit = market.open(proto, 3, "TOKEN-CLOSE")
    market.close(hit)
    market.close(hit)

    state = market.status(hit)
    assert state is not None
    assert (state.available, state.open) == (0, False)
    assert market.status("3NEVERPOSTED00000000000000000") is None


def test_work__is_read_with_its_answers_and_settled_once(
    stack: Stack, market: MTurkMarket, proto: ProtoHit, http: HttpClient
) -> None:
    hit = market.open(proto, 1, "TOKEN-WORK")
    frame = accept(stack, http, "Grace", hit)
    arrival = Arrival(hit, frame.assignment_id, frame.worker_id, verified=False)
    known = market.recognise(arrival, frame.arrival, stack.clock.now_ms())
    assert known is not None
    assert known.verified
    forged = replace(arrival, worker="AFORGED")
    assert market.recognise(forged, frame.arrival, stack.clock.now_ms()) is None

    form = {"assignmentId": frame.assignment_id, "choice": "<left> & right"}
    http.post_form(f"{frame.submit_to}/mturk/externalSubmit", form)
    work = list(market.work(hit))
    assert [(w.worker, w.state, w.answers) for w in work] == [
        (frame.worker_id, SeatState.DONE, {"choice": "<left> & right"})
    ]

    for _ in range(2):
        assert market.settle(frame.assignment_id, Decision.APPROVE, "Thanks.") is SeatState.PAID
    assert [w.state for w in market.work(hit)] == [SeatState.PAID]


def test_refusals__are_told_from_absence(stack: Stack, market: MTurkMarket) -> None:
    with pytest.raises(MarketError) as refused:
        market.settle("3UNKNOWN", Decision.APPROVE, "Thanks.")
    assert not isinstance(refused.value, MarketUnavailable)

    config = MarketConfig("sandbox", "http://127.0.0.1:9", "AK", "secret")
    with pytest.raises(MarketUnavailable):
        MTurkMarket(config, "us-east-1").balance_cents()
    assert (market.balance_cents() or 0) > 0


def test_make_and_submission__start_sizing_and_review_at_once__without_any_schedule(
    stack: Stack, http: HttpClient
) -> None:
    """The stack's schedules stand still: what happens, the service has started itself."""

    def call(path: str, **form: str) -> str:
        answer = http.post_form(f"{stack.api}/retainer/{path}", form)
        assert answer.status == 200, answer.body
        return answer.body.decode()

    call("puttask", json=json.dumps({**PROTO, "hit_type_id": "AtOnce", "title": "At once"}))
    reservation = call(
        "reservation/make", hitType="AtOnce", foreignID="7", delay="0", numAssignments="1"
    )

    def listed() -> Any:
        session = http.post_json(f"{stack.api}/market/session", {"name": "Edsger"}).json()
        found = http.get(f"{stack.api}/market/hits", None, {"x-worker-session": session["token"]})
        return next((g for g in found.json()["groups"] if g["title"] == "At once"), None)

    hit = until(listed, "the HIT")["hitId"]
    frame = accept(stack, http, "Edsger", hit)
    page = f"{stack.api}/retainer/ping/worker/{frame.worker_id}/assignment/{frame.assignment_id}"
    ping = f"{page}/hit/{frame.hit_id}/event"
    assert http.post_form(f"{ping}/waiting", {"arrival": frame.arrival}).status == 200
    call("reservation/invoke", id=reservation)
    poll = f"{stack.api}/retainer/gettask/assignment/{frame.assignment_id}"
    mine = {"arrival": frame.arrival}
    stranger = http.get(poll).json()
    assert (set(stranger), stranger["known"]) == ({"start", "now", "known", "poll"}, True)
    for step in ("waiting", "working"):
        refused = http.post_form(f"{ping}/{step}", {"ack": "1", "acks": "1", "load": "other"})
        assert (refused.status, refused.error_code) == (403, "proof_needed")
    until(lambda: http.get(poll, mine).json()["start"], "the call")
    http.post_form(f"{ping}/working", {"submitting": "1", **mine})
    form = {"assignmentId": frame.assignment_id, "answer": "yes"}
    http.post_form(f"{frame.submit_to}/mturk/externalSubmit", form)

    def answered() -> Any:
        url = f"{stack.api}/retainer/reservation/results?id={reservation}"
        slots = http.get(url).json()["slots"]
        return slots[0]["answers"] if slots and slots[0]["paid"] else None

    assert until(answered, "the answer") == {"answer": "yes"}
