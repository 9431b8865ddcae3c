"""Costs, held work, and the requester's tools, as the application meets them over HTTP."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock, SystemClock
from chalicelib.kit.spreadsheets import BOM
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.payments import PaymentState
from chalicelib.retainer.domain.ports import Submission
from chalicelib.retainer.store.payments import DynamoPayments
from chalicelib.retainer.store.submissions import DynamoSubmissions
from local.engine import ROOT
from local.stack import Ports, Stack, StackOptions, running_stack
from tests.integration.doc_page import page, parts
from tests.integration.paying import all_totals, deaths, open_pool, waiter
from tests.integration.test_api import PROTO, Api
from tests.integration.world import World


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(StackOptions(ports=Ports(), speed=0)) as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack.api)


def reviewed(world: World, hit: str, *workers: str) -> None:
    for worker in workers:
        seat = waiter(world, hit, worker)
        world.market.hand_in(worker, seat.assignment, hit, world.clock.now_ms(), a=worker)
    world.room.review.run()


# ---- Over HTTP ----------------------------------------------------------------


def test_costs__are_nothing_where_nothing_was_spent__as_json_and_csv(api: Api) -> None:
    api.form("puttask", json=json.dumps(PROTO))

    answer = api.get("retainer/costs?hitType=Dashboard&from=2026-01-01&to=2026-01-31")
    assert answer.status == 200
    assert answer.json["rows"] == []
    assert answer.json["spent"] == {
        "waiting": "0.00", "work": "0.00", "bonus": "0.00", "fee": "0.00", "total": "0.00",
    }  # fmt: skip
    table = api.get("retainer/costs?format=csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    assert table.text.startswith(f"{BOM}hitType,day,waiting,work,bonus,fee,total,owed waiting,")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("retainer/costs?from=yesterday", 400, "out_of_range"),
        ("retainer/costs?from=2026-02-01&to=2026-01-01", 400, "out_of_range"),
        ("retainer/costs?from=2020-01-01&to=2026-01-01", 400, "out_of_range"),
        ("retainer/costs?format=xml", 400, "out_of_range"),
        ("retainer/costs?hitType=Nobody", 404, "unknown_hit_type"),
        ("retainer/review?hitType=Nobody", 404, "unknown_hit_type"),
        ("retainer/worker/errand?id=nothing", 404, "unknown_errand"),
    ],
)
def test_bad_questions__get_a_clear_answer(api: Api, path: str, status: int, code: str) -> None:
    answer = api.get(path)

    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    ("path", "fields", "status", "code"),
    [
        ("review", {"assignment": "3X", "decision": "maybe"}, 400, "out_of_range"),
        ("review", {"assignment": "3X", "decision": "reject"}, 400, "missing_field"),
        ("review", {"assignment": "3X", "decision": "approve"}, 404, "not_held"),
        ("review", {"assignments": "3X,3 Y!", "decision": "approve"}, 400, "malformed_id"),
        ("review", {"assignments": "3X", "decision": "reject"}, 400, "missing_field"),
        ("worker/block", {"worker": "A1", "reason": "x"}, 400, "missing_field"),
        ("worker/block", {"worker": "A 1!", "reason": "x", "market": "sandbox"}, 400, None),
        ("worker/block", {"worker": "A1", "reason": "x", "market": "mars"}, 400, "unknown_market"),
        ("worker/bonus", {"worker": "A1", "assignment": "3X", "amount": "0", "reason": "x",
                          "key": "k", "market": "sandbox"}, 400, "out_of_range"),
        ("worker/bonus", {"worker": "A1", "assignment": "3X", "amount": "0.005", "reason": "x",
                          "key": "k", "market": "sandbox"}, 400, "out_of_range"),
    ],
)  # fmt: skip
def test_bad_requests__are_refused_with_a_sentence(
    api: Api, path: str, fields: dict[str, Any], status: int, code: str | None
) -> None:
    answer = api.form(path, **fields)

    assert answer.status == status
    assert code is None or answer.code == code
    assert answer.json["error"]["message"].endswith(".")


def test_block_and_message__are_recorded_and_carried_out_by_themselves(
    api: Api, stack: Stack
) -> None:
    asked = api.form("worker/block", worker="A1,A2", reason="Spam.", market="sandbox")
    assert asked.status == 202

    stack.run_function("review")

    done = api.get(f"retainer/worker/errand?id={asked.json['id']}").json
    # Nobody of that name is known at this market.
    assert done["state"] in {"done", "refused"}
    assert done["workers"] == ["A1", "A2"]


@pytest.fixture
def documented(stack: Stack) -> dict[str, Any]:
    """The README's function, and the rule that docs/pay.md shows."""
    names: dict[str, Any] = {}
    readme = next(p.text for p in parts((ROOT / "README.md").read_text()) if p.kind == "python")
    exec(
        readme.partition("\n\n\nphotos = ")[0].replace("http://127.0.0.1:8000/api", stack.api),
        names,
    )
    exec(next(p.text for p in page("pay.md") if p.kind == "python"), names)
    return names


def test_rule_of_an_applications_own__decides_on_all_that_is_held(
    api: Api, documented: dict[str, Any]
) -> None:
    api.form("puttask", json=json.dumps({**PROTO, "hit_type_id": "Photos", "review": "ask"}))
    store, now = DynamoSubmissions(), SystemClock().now_ms()
    for name, answer in (("3LEFT", "left"), ("3RIGHT", "right"), ("3BOTH", "both")):
        work = Submission(
            "reservation", name, "A1", "3HIT", "Photos", {"answer": answer}, now, SeatState.DONE
        )
        store.hold(store.keep(work), now + 3_600_000)

    documented["decide"]()

    held = {w["assignment"]: w for w in api.get("retainer/review?hitType=Photos").json}
    assert {name: w["decision"] for name, w in held.items()} == {
        "3LEFT": "approve", "3RIGHT": "approve", "3BOTH": "reject",
    }  # fmt: skip
    documented["decide"]()
    again = api.form("review", assignments="3LEFT,3GONE,3BOTH", decision="approve")
    assert again.json["decided"] == ["3LEFT"]
    assert [(r["assignment"], r["code"]) for r in again.json["refused"]] == [
        ("3GONE", "not_held"), ("3BOTH", "decided"),
    ]  # fmt: skip


# ---- What they do -------------------------------------------------------------


def test_costs__are_by_day_and_kind__owed_and_spent(world: World, clock: FakeClock) -> None:
    hit = open_pool(world)
    world.market.is_broke = True
    reviewed(world, hit, "A1")
    report = world.room.costs.report("Dashboard", "", "")
    assert (report.spent.work, report.owed.waiting, report.owed.fee) == (5, 25, 5)
    assert [p.why.partition(":")[0] for p in report.troubles] == ["out of funds"]

    world.market.is_broke = False
    clock.advance(86_400)
    world.room.review.run()
    today = world.room.costs.report(None, "", "")

    assert (today.spent.waiting, today.spent.work, today.owed.total) == (25, 0, 0)
    both = world.room.costs.report(None, report.first, today.last)
    assert [(r.day, r.spent.total) for r in both.rows] == [(report.first, 6), (today.first, 30)]


def test_csv__adds_up_to_what_the_json_says(world: World) -> None:
    from chalicelib.retainer.api import pay_wire

    reviewed(world, open_pool(world), "A1", "A2")
    report = world.room.costs.report(None, "", "")
    (line,) = csv.DictReader(io.StringIO(pay_wire.costs_csv(report).removeprefix(BOM)))

    assert (line["waiting"], line["work"], line["fee"], line["total"]) == (
        "0.50", "0.10", "0.12", "0.72",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", " =1+1"])
def test_name_that_a_spreadsheet_would_run__does_not_get_into_the_csv(api: Api, name: str) -> None:
    refused = api.form("puttask", json=json.dumps({**PROTO, "hit_type_id": name}))

    assert (refused.status, refused.code) == (400, "malformed_id")
    assert name not in api.get("retainer/costs?format=csv").text


@pytest.mark.parametrize(("decision", "state"), [("approve", "PAID"), ("reject", "REFUSED")])
def test_held_work__waits_for_a_decision__and_its_wait_is_paid_either_way(
    world: World, clock: FakeClock, decision: str, state: str
) -> None:
    hit = open_pool(world, review="hold")
    reviewed(world, hit, "A1")
    world.room.review.run()
    (held,), _ = world.room.decisions.page("Dashboard", None, 25)

    assert held.submission.answers == {"a": "A1"}
    assert held.approves_ms == clock.now_ms() + 5_000_000
    assert world.market.settled == {}
    assert world.market.bonuses == []
    assert world.room.costs.report(None, "", "").owed.work == 5

    world.room.decisions.decide("3A1", decision, "Because.")
    world.room.decisions.decide("3A1", decision, "Because.")
    world.room.review.run()

    assert world.market.settled == {"3A1": SeatState[state]}
    assert [b.cents for b in world.market.bonuses] == [25]
    assert world.room.decisions.page(None, None, 25) == ([], None)
    report = world.room.costs.report(None, "", "")
    assert (report.spent.work, report.owed.total) == (5 if decision == "approve" else 0, 0)


def test_work_decided_at_the_market__needs_no_decision_here(world: World) -> None:
    hit = open_pool(world, review="hold")
    reviewed(world, hit, "A1")
    world.market.settled["3A1"] = SeatState.PAID
    world.room.review.run()

    assert world.room.decisions.page(None, None, 25) == ([], None)
    assert [b.cents for b in world.market.bonuses] == [25]


def test_ask__approves_who_waited_in_vain__and_asks_about_answers(world: World) -> None:
    hit = open_pool(world, review="ask")
    called = waiter(world, hit, "A1")
    reservation = world.invoked(1)
    assert world.poll(called).task is not None
    world.working(called, ack=True)
    world.market.hand_in("A1", "3A1", hit, world.clock.now_ms(), a="1")
    reviewed(world, hit, "A2")

    assert set(world.market.settled) == {"3A2"}
    (held,), _ = world.room.decisions.page(None, None, 25)
    assert (held.submission.assignment, held.submission.home) == ("3A1", reservation)


def test_several_decided_at_once__are_each_carried_out(world: World) -> None:
    hit = open_pool(world, review="hold")
    reviewed(world, hit, "A1", "A2", "A3")
    asked = len(world.starter.started)

    done = world.room.decisions.decide_all(["3A1", "3A2", "3A1"], "approve", "")
    started = world.starter.started[asked:]
    world.room.review.run()

    assert (done.decided, done.refused) == (("3A1", "3A2"), ())
    assert started == [("review", {"hit": hit})]
    assert world.market.settled == {"3A1": SeatState.PAID, "3A2": SeatState.PAID}
    (left,), _ = world.room.decisions.page(None, None, 25)
    assert left.submission.assignment == "3A3"


def test_held_work__comes_by_pages_of_one_protohit(world: World) -> None:
    hit = open_pool(world, review="hold")
    reviewed(world, hit, *(f"A{n}" for n in range(5)))
    first, cursor = world.room.decisions.page("Dashboard", None, 3)
    rest, end = world.room.decisions.page("Dashboard", cursor, 3)

    assert [h.submission.worker for h in first + rest] == ["A0", "A1", "A2", "A3", "A4"]
    assert end is None
    assert world.room.decisions.page("Other", None, 3) == ([], None)


def test_bonus_of_the_requesters__is_paid_once_for_its_key(world: World) -> None:
    hit = open_pool(world, wait_pay=0, quick_bonus=0)
    reviewed(world, hit, "A1")
    errands = world.room.errands
    given = ("sandbox", "A1", "3A1", 50, "Beautifully done")
    first = errands.reward(*given, "key 1")
    assert errands.reward(*given, "key 1") == first
    world.room.review.pay()
    errands.reward(*given, "key 2")
    world.room.review.pay()
    world.room.review.pay()

    assert [b.cents for b in world.market.bonuses] == [50, 50]
    assert world.market.bonuses[0].reason.startswith("Beautifully done. Reference ")
    assert all_totals().bonus == 100
    assert errands.state(first).state is PaymentState.PAID  # type: ignore[comparison-overlap]


def test_bonus_beyond_the_cap__stays_owed_until_the_hour_allows_it(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world, wait_pay=0, quick_bonus=0, max_spend_per_hour=2)
    reviewed(world, hit, "A1")
    for n in range(2):
        world.room.errands.reward("sandbox", "A1", "3A1", 100, "Thanks.", f"key {n}")
        world.room.review.pay()
    (owed,) = [p for p in DynamoPayments().open("Dashboard") if p.cents == 100]
    assert owed.why == "the cap on spending is reached"
    assert len(world.market.bonuses) == 1

    clock.advance(3601)
    world.room.review.pay()

    assert len(world.market.bonuses) == 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("of", ["write", "call"])
def test_bonus_of_the_requesters__dying_anywhere__is_paid_once(
    world: World, clock: FakeClock, of: str, after: bool
) -> None:
    hit = open_pool(world, wait_pay=0, quick_bonus=0, max_spend_per_hour=1000,
                    max_spend_per_day=1000)  # fmt: skip
    reviewed(world, hit, "A1")
    for paid, death in enumerate(deaths(of, after), 1):
        world.room.errands.reward("sandbox", "A1", "3A1", 10, "Thanks.", f"key {death.nth}")
        if not death.strikes(world, world.room.review.pay):
            break
        clock.advance(90_000)
        world.market.tokens.clear()
        world.room.review.pay()
        assert len(world.market.bonuses) == paid
        assert all_totals().bonus == 10 * paid


def test_blocks_and_messages__are_carried_out__and_again_where_the_market_was_away(
    world: World,
) -> None:
    from chalicelib.retainer.domain.errands import Errand, ErrandKind

    errands = world.room.errands
    world.market.is_away = True
    asked = errands.ask(ErrandKind.BLOCK, "sandbox", ["A1"], "", "Spam.")
    errands.ask(ErrandKind.MESSAGE, "sandbox", ["A2"], "Hello", "We start at nine.")
    assert errands.run() == 0
    assert ("review", {"errands": True}) in world.starter.started

    world.market.is_away = False
    assert errands.run() == 2
    assert errands.run() == 0
    assert world.market.barred == {"A1"}
    assert world.market.told == [("A2", "Hello", "We start at nine.")]
    assert str(errands.state(asked).state) == "done"
    world.market.strangers = {"A8", "A9"}
    nobody = errands.ask(ErrandKind.MESSAGE, "sandbox", ["A8", "A9"], "Hello", "Come back.")
    some = errands.ask(ErrandKind.MESSAGE, "sandbox", ["A2", "A9"], "Hello", "Come back.")
    assert errands.run() == 1
    refused, done = errands.state(nobody), errands.state(some)
    assert isinstance(refused, Errand)
    assert isinstance(done, Errand)
    assert (refused.state, refused.missed) == ("refused", ("A8", "A9"))
    assert refused.why.startswith("The message reached nobody")
    assert (done.state, done.missed) == ("done", ("A9",))
    errands.ask(ErrandKind.UNBLOCK, "sandbox", ["A1"], "", "")
    errands.run()
    assert world.market.barred == set()
