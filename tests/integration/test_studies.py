"""Results by pseudonym, deleting a worker's data, and the time for which data is kept."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config, ConfigError
from chalicelib.retainer.domain.errands import ErrandKind
from chalicelib.retainer.domain.errors import BadInput, Conflict, NotFound
from chalicelib.retainer.domain.payments import PaymentState
from chalicelib.retainer.domain.pseudonyms import Pseudonyms
from chalicelib.retainer.services import exports
from chalicelib.retainer.services.clearing import HELD, HERE, IN_WORK, OWED, UNRECKONED
from chalicelib.retainer.services.exports import Row, Wanted
from chalicelib.retainer.services.people import StayState
from chalicelib.retainer.store.pay_tables import Errands, Payments
from chalicelib.retainer.store.tables import MODELS
from tests.integration.paying import all_payments, all_totals, deaths
from tests.integration.studying import arrived, handed_in, posted, took_part
from tests.integration.world import World
from tests.size import sized

DAY_S = 86_400


def exported(world: World, cursor: str | None = None, limit: int = 50, **more: Any) -> list[Row]:
    wanted = Wanted(
        **{"hit_type": "Dashboard", "first_ms": 0, "until_ms": None, "study": "s", "raw": False}
        | more
    )
    rows: list[Row] = []
    while True:
        page, cursor = world.room.exports.page(wanted, cursor, limit)
        rows += page
        if cursor is None:
            return rows


def settled(world: World) -> None:
    """Let the HITs end and be reviewed for the last time, and the waits be reckoned up."""
    for reservation, _ in world.room.reservations.page(None, None, 100)[0]:
        world.room.reservations.finish(reservation.id)
    for out in world.market.hits_out:
        out.held = 0
        world.market.close(out.hit)
    for _ in range(2):
        world.clock.advance(3600)  # type: ignore[attr-defined]
        world.room.sizing.run()
        world.room.review.run()


def everything(world: World) -> str:
    """All that is stored, as text."""
    return "\n".join(str(row.attribute_values) for model in MODELS for row in model.scan())


# ---- Pseudonyms and exports ----------------------------------------------------


def test_pseudonyms__are_the_same_in_a_study__and_others_elsewhere_or_under_another_secret() -> (
    None
):
    names = Pseudonyms("one secret")

    assert names.of("A1", "s") == names.of("A1", "s")
    assert (
        len({names.of("A1", "s"), names.of("A2", "s"), names.of("A1", "t"), names.mark("A1"),
             Pseudonyms("another").of("A1", "s")}) == 5
    )  # fmt: skip
    assert "A1" not in names.of("A1", "s")


def test_export__names_nobody__unless_it_is_asked_to(world: World) -> None:
    hit = posted(world, wait_pay=0.06)
    took_part(world, hit, "A1", colour="green")
    took_part(world, hit, "A2", colour="red")

    rows = exported(world)
    raw = exported(world, raw=True)

    assert "A1" not in repr([(r.worker, r.assignment, r.submission and r.submission.answers)
                             for r in rows])  # fmt: skip
    assert len({r.worker for r in rows}) == 2
    assert {r.worker for r in raw} == {"A1", "A2"}
    assert all(r.claim.ack_ms and r.submission and r.submission.waited_ms is not None
               for r in rows)  # fmt: skip
    assert {r.pay.paid_cents for r in rows if r.pay} == {5}
    assert {r.worker for r in exported(world, study="t")}.isdisjoint(r.worker for r in rows)


def test_export__gives_every_row_once__in_pages_of_any_size(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit = posted(world)
    seats = [arrived(world, hit, f"A{n}") for n in range(4)]
    world.invoked(4)
    for seat in seats:
        world.poll(seat)
        world.working(seat, ack=True)
        handed_in(world, seat, text="x" * 100)
    for n in range(3):
        took_part(world, hit, f"B{n}", text="y" * 100)
    world.room.review.run()
    expected = [(r.reservation, r.worker) for r in exported(world)]
    assert len(expected) == 7

    for size, limit in ((exports.SIZE_MOST, 1), (exports.SIZE_MOST, 2), (150, 50), (250, 2)):
        monkeypatch.setattr(exports, "SIZE_MOST", size)
        assert [(r.reservation, r.worker) for r in exported(world, limit=limit)] == expected


def test_export__keeps_to_its_days(world: World, clock: FakeClock) -> None:
    hit = posted(world)
    took_part(world, hit, "A1")
    clock.advance(DAY_S)
    between = clock.now_ms() - DAY_S * 500
    hit = posted(world)
    took_part(world, hit, "A2")

    assert [r.worker for r in exported(world, raw=True, first_ms=between)] == ["A2"]
    assert [r.worker for r in exported(world, raw=True, until_ms=between)] == ["A1"]
    with pytest.raises(NotFound):
        exported(world, hit_type="Nobody")
    with pytest.raises(BadInput):
        exported(world, cursor="nonsense")


# ---- Deleting a worker's data ---------------------------------------------------


def test_deleting__leaves_no_trace_of_the_worker__and_every_cent_on_record(world: World) -> None:
    hit = posted(world, wait_pay=0.60)
    seat = took_part(world, hit, "WORKERONE", colour="UNIQUEANSWER")
    took_part(world, hit, "A2", colour="red")
    world.room.errands.ask(ErrandKind.MESSAGE, "sandbox", ["WORKERONE", "A2"], "s", "t")
    world.room.errands.ask(ErrandKind.MESSAGE, "sandbox", ["WORKERONE"], "s", "ONLYTHEM")
    world.room.errands.reward("sandbox", "WORKERONE", seat.assignment, 7, "Dear X.", "k")
    world.room.errands.run()
    settled(world)
    totals, count = all_totals(), len(all_payments())

    outlook = world.room.erasure.outlook("WORKERONE")
    assert (outlook.stays, outlook.answers, outlook.hindrances) == (1, 1, ())
    assert outlook.payments == sum(p.worker == "WORKERONE" for p in all_payments())
    world.room.erasure.ask("WORKERONE", "WORKERONE")
    assert world.starter.started[-1] == ("review", {"erase": True})
    assert world.room.erasure.run() == 1

    left = everything(world)
    for trace in ("WORKERONE", "UNIQUEANSWER", "ONLYTHEM", "Dear X."):
        assert trace not in left
    assert (all_totals(), len(all_payments())) == (totals, count)
    assert {p.state for p in all_payments()} == {PaymentState.PAID}
    # The others are as they were, and the call's slot is still counted.
    assert {r.worker for r in exported(world, raw=True)} == {"deleted", "A2"}
    assert Errands.count() == 1
    with pytest.raises(NotFound):
        world.room.erasure.outlook("WORKERONE")


def test_deleted__means_kept_out_all_the_same(world: World) -> None:
    first = posted(world, "First")
    took_part(world, first, "A1")
    settled(world)
    world.room.erasure.ask("A1", "A1")
    world.room.erasure.run()

    assert arrived(world, posted(world, "Second", exclude=["First"]), "A1").excluded
    assert not arrived(world, posted(world, "Third", exclude=["First"]), "A2").excluded


def test_a_review_afterwards__pays_nothing_twice(world: World) -> None:
    hit = posted(world)
    took_part(world, hit, "A1")
    settled(world)
    world.room.erasure.ask("A1", "A1")
    world.room.erasure.run()
    before = (all_totals(), len(all_payments()))

    world.room.review.run_hint(hit, None)
    world.room.review.run()

    assert (all_totals(), len(all_payments())) == before


def test_deleting__is_refused_while_something_is_to_be_finished(
    world: World, clock: FakeClock
) -> None:
    hit = posted(world, wait_pay=0.60, review="hold")
    seat = arrived(world, hit, "A1")
    for _ in range(4):
        clock.advance(15)
        world.poll(seat)
    erasure = world.room.erasure

    def hindrances() -> set[str]:
        with pytest.raises(Conflict) as refused:
            erasure.ask("A1", "A1")
        assert refused.value.code == "not_yet"
        found = set(erasure.outlook("A1").hindrances)
        assert all(text in refused.value.message for text in found)
        return found

    assert hindrances() == {HERE, IN_WORK}
    clock.advance(60)
    assert hindrances() == {UNRECKONED, IN_WORK}
    handed_in(world, seat)
    world.room.review.run()
    assert hindrances() == {IN_WORK, OWED, HELD}
    world.market.is_broke = True
    world.room.decisions.decide(seat.assignment, "approve", "")
    world.room.review.run()
    settled(world)
    assert hindrances() == {OWED}
    world.market.is_broke = False
    world.room.review.pay()

    with pytest.raises(BadInput):
        erasure.ask("A1", "A2")
    erasure.ask("A1", "A1")
    assert erasure.run() == 1


def test_whoever_comes_back_before_it_is_done__is_left_until_they_have_gone(
    world: World, clock: FakeClock
) -> None:
    took_part(world, posted(world), "A1")
    settled(world)
    world.room.erasure.ask("A1", "A1")
    hit = posted(world)
    seat = arrived(world, hit, "A1", "3AGAIN")

    assert world.room.erasure.run() == 0
    assert world.now_of(seat).closed is None
    handed_in(world, seat)
    world.room.review.run()
    settled(world)
    assert world.room.erasure.run() == 1
    assert "'A1'" not in everything(world)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_any_write__is_made_good_by_the_next_run(world: World, after: bool) -> None:
    nth = 0
    for death in deaths("write", after):
        nth += 1
        worker = f"W{nth}"
        hit = posted(world, wait_pay=0.60)
        seat = took_part(world, hit, worker, colour="green")
        world.room.errands.ask(ErrandKind.BLOCK, "sandbox", [worker], "", "r")
        world.room.errands.reward("sandbox", worker, seat.assignment, 7, "Good.", worker)
        world.room.errands.run()
        settled(world)
        world.room.erasure.ask(worker, worker)
        totals, count = all_totals(), len(all_payments())

        struck = death.strikes(world, world.room.erasure.run)
        world.room.erasure.run()

        assert f"'{worker}'" not in everything(world)
        assert (all_totals(), len(all_payments())) == (totals, count)
        if not struck:
            break

    assert nth > sized(4, 8)


# ---- Retention -------------------------------------------------------------------


def test_what_is_too_old__is_cleared_away__and_what_is_owed_is_not(
    world: World, clock: FakeClock
) -> None:
    hit = posted(world, keep_days=30, wait_pay=0.60)
    took_part(world, hit, "OLDWORKER", colour="OLDANSWER")
    owed = arrived(world, hit, "OWEDWORKER")
    for _ in range(4):
        clock.advance(15)
        world.poll(owed)
    world.market.is_broke = True
    handed_in(world, owed)
    world.room.review.run()
    settled(world)
    clock.advance(29 * DAY_S)
    assert world.room.retention.run() == 0
    young = took_part(world, posted(world, keep_days=30), "YOUNGWORKER")

    clock.advance(2 * DAY_S)
    assert world.room.retention.run() == 1

    left = everything(world)
    assert "OLDWORKER" not in left
    assert "OLDANSWER" not in left
    assert "OWEDWORKER" in left
    assert world.room.people.of_worker("YOUNGWORKER", None, 9)[0][0].state is StayState.APPROVED
    assert young.worker in left
    assert all_totals().work == 15
    assert any(p.worker.startswith("~") for p in all_payments())

    world.market.is_broke = False
    world.room.review.pay()
    assert world.room.retention.run() == 1
    assert "OWEDWORKER" not in everything(world)
    assert {p.state for p in all_payments()} == {PaymentState.PAID}
    assert Payments.count() > 3


def test_what_was_written_to_somebody_who_never_came__is_cleared_away_too(
    world: World, clock: FakeClock
) -> None:
    world.room.errands.ask(ErrandKind.MESSAGE, "sandbox", ["STRANGER", "A2"], "s", "t")
    world.room.errands.run()
    clock.advance(119 * DAY_S)
    world.room.retention.run()
    assert world.room.people.asked_about("STRANGER", None, 9)[0]

    clock.advance(DAY_S + 1)
    world.room.retention.run()

    assert "STRANGER" not in everything(world)


def test_export__gives_out_nothing_that_is_to_be_cleared(world: World, clock: FakeClock) -> None:
    took_part(world, posted(world, keep_days=10), "A1")
    clock.advance(11 * DAY_S)

    assert exported(world) == []


def test_configured_time__holds_where_a_protohit_says_nothing(
    dynamo_endpoint: str, table_prefix: str, clock: FakeClock
) -> None:
    world = World.on(dynamo_endpoint, table_prefix, clock, RETAINER_RETENTION_DAYS="5")
    took_part(world, posted(world), "A1")
    settled(world)
    clock.advance(4 * DAY_S)
    assert world.room.retention.run() == 0

    clock.advance(DAY_S)

    assert world.room.retention.run() == 1
    for days in ("0", "121", "x"):
        with pytest.raises(ConfigError, match="RETAINER_RETENTION_DAYS"):
            Config.from_env({"RETAINER_RETENTION_DAYS": days})
