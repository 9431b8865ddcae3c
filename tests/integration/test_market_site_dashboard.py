"""A worker's own record: figures, what was submitted, bonuses, a page at a time."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest

from bench.market_rows import copy_of, write_all
from chalicelib.marketplace.store.tables import AssignmentRow
from tests.integration.market import Market, post
from tests.integration.worker_site import Site

DAY_MS = 86_400_000


@pytest.fixture
def client(market: Market) -> Any:
    return market.client(market.credentials("Lab of bonuses"))


def done(market: Market, client: Any, worker: Site, *, seconds: float = 1, **changes: Any) -> str:
    """Accept a HIT of one's own, work, submit; returns the assignment."""
    hit_id = post(client, **changes)
    job = str(worker.post("/market/accept", hitId=hit_id).json["assignmentId"])
    market.clock.advance(seconds)
    assert worker.submit({"assignmentId": job, "a": "1"}).status == 200
    return job


def pages(worker: Site, path: str, name: str, **query: str) -> list[list[dict[str, Any]]]:
    found = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {**query, "cursor": cursor} if cursor else query
        answer = worker.get(path, **asked).json
        found.append(answer[name])
        cursor = answer["cursor"]
    return found


def bonus(client: Any, worker: Site, job: str, amount: str, reason: str) -> None:
    client.send_bonus(
        WorkerId=worker.worker_id, AssignmentId=job, BonusAmount=amount, Reason=reason
    )


def test_figures__add_up(market: Market, client: Any, worker: Site) -> None:
    nothing = worker.get("/market/earnings").json
    assert (nothing["approvalPercent"], nothing["hourly"], nothing["unreviewed"]) == (None, None, 0)
    began_ms = market.clock.now_ms()
    jobs = [done(market, client, worker, seconds=60, Reward="0.10") for _ in range(4)]
    took_s = (market.clock.now_ms() - began_ms) / 1000
    for job in jobs[:2]:
        client.approve_assignment(AssignmentId=job)
    client.reject_assignment(AssignmentId=jobs[2], RequesterFeedback="no")
    bonus(client, worker, jobs[2], "0.06", "for trying")

    sums = worker.get("/market/earnings").json

    assert {k: sums[k] for k in ("submitted", "approved", "rejected", "unreviewed")} == {
        "submitted": 4,
        "approved": 2,
        "rejected": 1,
        "unreviewed": 1,
    }
    assert (sums["approvalPercent"], sums["pending"], sums["total"]) == (67, "0.10", "0.26")
    # 30 cents of rewards, one of them not yet approved, and 6 of a bonus, in four minutes
    assert sums["hourly"]["hits"] == 4
    assert 0.36 * 3600 / took_s - 0.1 <= float(sums["hourly"]["dollars"]) <= 5.4


def test_hourly__counts_time_once_where_hits_were_held_side_by_side(
    market: Market, client: Any, worker: Site
) -> None:
    began_ms = market.clock.now_ms()
    jobs = [
        worker.post("/market/accept", hitId=post(client, Reward="0.10")).json["assignmentId"]
        for _ in range(3)
    ]
    for job in jobs:
        market.clock.advance(60)
        worker.submit({"assignmentId": job, "a": "1"})
    took_s = (market.clock.now_ms() - began_ms) / 1000

    assert (
        0.3 * 3600 / took_s - 0.1
        <= float(worker.get("/market/earnings").json["hourly"]["dollars"])
        <= 6.0
    )


def test_earned_today_and_this_week__by_the_workers_own_clock(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    def approved(reward: str) -> None:
        client.approve_assignment(AssignmentId=done(market, client, worker, Reward=reward))

    approved("1.00")
    market.clock.advance(5 * 86_400)
    approved("0.20")
    market.clock.advance(3600)
    midnight = market.clock.now_ms()
    approved("0.03")
    week = str(midnight - 3 * DAY_MS)

    sums = worker.get("/market/earned", today=str(midnight), week=week).json

    assert sums == {"today": "0.03", "week": "0.23"}
    assert worker.get("/market/earnings").json["total"] == "1.23"
    other = site.sign_in(uuid.uuid4().hex)
    nothing = other.get("/market/earned", today=str(midnight), week=week).json
    assert nothing == {"today": "0.00", "week": "0.00"}
    assert site.get("/market/earned", today=str(midnight), week=week).status == 401
    for bad in ({"today": "x", "week": week}, {"week": week}, {"today": "0", "week": "0"}):
        assert worker.get("/market/earned", **bad).code == "bad_request"


def test_submitted__pages_and_filters(market: Market, client: Any, worker: Site) -> None:
    began_ms = market.clock.now_ms()
    jobs = [done(market, client, worker, Title=f"{n} {uuid.uuid4().hex}") for n in range(45)]
    took_s = (market.clock.now_ms() - began_ms) / 1000
    for job in jobs[:3]:
        client.reject_assignment(AssignmentId=job, RequesterFeedback=f"Sorry about {job}")
    client.approve_assignment(AssignmentId=jobs[10], RequesterFeedback="Fine")
    bonus(client, worker, jobs[10], "0.10", "quick")
    bonus(client, worker, jobs[10], "0.20", "and good")

    everything = pages(worker, "/market/submitted", "submitted")
    rejected = pages(worker, "/market/submitted", "submitted", status="Rejected")
    approved = pages(worker, "/market/submitted", "submitted", status="Approved")

    assert [len(page) for page in everything] == [20, 20, 5]
    assert [row["assignmentId"] for page in everything for row in page] == jobs[::-1]
    found = [row for page in rejected for row in page]
    assert [row["feedback"] for row in found] == [f"Sorry about {job}" for job in jobs[2::-1]]
    (row,) = [row for page in approved for row in page]
    assert (row["assignmentId"], row["feedback"], row["requester"]) == (
        jobs[10],
        "Fine",
        "Lab of bonuses",
    )
    assert [(b["amount"], b["reason"]) for b in row["bonuses"]] == [
        ("0.10", "quick"),
        ("0.20", "and good"),
    ]
    assert 1 <= row["tookS"] <= took_s


def test_submitted__a_filter_that_finds_little_goes_on_by_its_cursor(
    market: Market, client: Any, worker: Site
) -> None:
    first = done(market, client, worker)
    client.approve_assignment(AssignmentId=first)
    later = done(market, client, worker)
    (row,) = (row for row in AssignmentRow.scan() if row.assignment_id == later)
    write_all(
        copy_of(
            row, hit_id=f"3H{n:028}", assignment_id=f"3S{n:028}", submit_ms=row.submit_ms + 1 + n
        )
        for n in range(210)
    )

    before = dict(market.dynamo.consumed)
    answer = worker.get("/market/submitted", status="Approved").json

    assert answer["submitted"] == []
    assert market.dynamo.consumed["Query", "calls"] - before["Query", "calls"] <= 10
    more = worker.get("/market/submitted", status="Approved", cursor=answer["cursor"]).json
    assert [row["assignmentId"] for row in more["submitted"]] == [first]
    assert more["cursor"] is None


def test_submitted__what_fell_due_is_shown_approved(
    market: Market, client: Any, worker: Site
) -> None:
    done(market, client, worker, AutoApprovalDelayInSeconds=60)
    market.clock.advance(61)

    ((row,),) = pages(worker, "/market/submitted", "submitted")

    assert row["status"] == "Approved"


def test_bonuses__are_listed_with_their_reasons(market: Market, client: Any, worker: Site) -> None:
    title = uuid.uuid4().hex
    job = done(market, client, worker, Title=title)
    client.approve_assignment(AssignmentId=job)
    for n in range(25):
        market.clock.advance(0.01)
        bonus(client, worker, job, "0.01", f"no. {n}")

    found = pages(worker, "/market/bonuses", "bonuses")

    assert [len(page) for page in found] == [20, 5]
    assert [b["reason"] for page in found for b in page] == [f"no. {n}" for n in range(24, -1, -1)]
    assert {(b["title"], b["requester"], b["amount"]) for b in found[0]} == {
        (title, "Lab of bonuses", "0.01")
    }


def test_records__are_ones_own_whatever_the_address_says(
    market: Market, client: Any, site: Site, worker: Site
) -> None:
    job = done(market, client, worker)
    client.approve_assignment(AssignmentId=job)
    bonus(client, worker, job, "0.05", "for Ann alone")
    other = site.sign_in(uuid.uuid4().hex)
    position = [market.clock.now_ms() + 1, "Z"]

    for path, name in (("submitted", "submitted "), ("bonuses", "bonuses")):
        forged = base64.urlsafe_b64encode(json.dumps([name, *position]).encode()).decode()
        asked: dict[str, str]
        for asked in ({}, {"worker": worker.worker_id}, {"cursor": forged.rstrip("=")}):
            answer = other.get(f"/market/{path}", **asked)
            assert (answer.status, answer.json[path]) == (200, []), asked
        # another list's cursor, and no cursor at all
        wrong = base64.urlsafe_b64encode(json.dumps(["newest", *position]).encode()).decode()
        for cursor in (wrong.rstrip("="), "x", "W10"):
            assert other.get(f"/market/{path}", cursor=cursor).code == "bad_request"
        assert site.get(f"/market/{path}").status == 401
    assert other.get("/market/submitted", status="Accepted").code == "bad_request"
    # a cursor of Ann's leads Bob to nothing of hers
    for _ in range(20):
        done(market, client, worker)
    cursor = worker.get("/market/submitted").json["cursor"]
    assert other.get("/market/submitted", cursor=cursor).json["submitted"] == []
