"""Tables of an earlier version: brought to this one's form, by whoever, however often."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import boto3
import pytest

from chalicelib.kit.config import Config
from chalicelib.retainer.domain.payments import Kind, Payment
from chalicelib.retainer.store.pay_tables import Payments
from chalicelib.retainer.store.tables import Notes
from local.stack import Ports, Stack, StackOptions, running_stack
from operate.backup.tables import Tables
from operate.doctor import service
from operate.doctor.findings import Finding
from operate.migrate import run, schema
from operate.migrate.migrations import MIGRATIONS, WANTED, Migration, list_payments
from operate.migrate.rows import Rows
from operate.migrate.schema import Schema
from operate.target import Refused, Target
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.operating import asked, retainer
from tests.integration.world import SECRET, World

MANY = 3


def tables_of(world: World) -> Tables:
    variables = {
        "RETAINER_SEAT_SECRET": SECRET,
        "DYNAMODB_ENDPOINT": world.dynamo.endpoint or "",
        "RETAINER_TABLE_PREFIX": world.dynamo.table_prefix,
        "MARKETPLACE_ENABLED": "0",
    }
    return Tables(Config.from_env(variables))


def quiet(line: str) -> None:
    pass


def owe(world: World, number: int) -> Payment:
    payment = Payment(
        f"pay#A{number}#W{number}#1", Kind.BONUS, "Dashboard", "sandbox", f"W{number}",
        f"A{number}", "3HIT", world.clock.now_ms() + number, wait_cents=3,
    )  # fmt: skip
    return world.payments.owe(payment)


def owe_as_before(world: World, number: int) -> None:
    """As a version wrote it that listed no payments."""
    Payments(owe(world, number).id).update([Payments.since.remove()])


@pytest.fixture
def before(world: World) -> World:
    """A service of the version before, with payments."""
    for number in range(MANY):
        owe_as_before(world, number)
    assert listed(world) == []
    return world


def listed(world: World) -> list[str]:
    return [payment.worker for _, payment in world.payments.page("Dashboard", None, 100)]


def test_payments_of_before__are_listed_after_migrating(before: World) -> None:
    owe(before, MANY)

    done = run.migrate(tables_of(before), quiet)

    assert (done.before, done.now, done.steps[0].rows) == (0, WANTED, MANY)
    assert listed(before) == [f"W{n}" for n in reversed(range(MANY + 1))]
    # In the place that they would have had all along.
    assert before.payments.page("Dashboard", None, 1)[0][0] > "0"
    assert Payments.get("pay#A0#W0#1").since == f"{before.clock.now_ms():013d}#pay#A0#W0#1"


def test_dry_run__says_what_there_is_to_do_and_does_nothing(before: World) -> None:
    tables = tables_of(before)

    done = run.migrate(tables, quiet, dry_run=True)

    assert (done.now, done.wanted, done.steps[0].rows) == (0, WANTED, MANY)
    assert listed(before) == []
    assert schema.read(tables) == Schema()


@pytest.mark.parametrize("after", [False, True])
def test_migration__killed_at_any_write__goes_on(after: bool, world: World) -> None:
    deaths, tables = 0, tables_of(world)
    for nth in range(1, MANY + WANTED + 2):
        Notes(schema.NAME).delete()
        for number in range(MANY):
            Payments(f"pay#A{number}#W{number}#1").delete()
        for number in range(MANY):
            owe_as_before(world, number)
        try:
            with session_of(tables.dynamo, lambda real, nth=nth: KillAt(real, nth, after)):
                run.migrate(tables, quiet)
        except Killed:
            deaths += 1
        # What was written is whole: a version is recorded when nothing is left to do.
        if schema.read(tables).number == WANTED:
            assert len(listed(world)) == MANY

        assert run.migrate(tables, quiet).now == WANTED
        assert len(listed(world)) == MANY
    # Each row, and each version.
    assert deaths == MANY + WANTED


def test_rows_that_an_old_function_still_writes__are_taken_by_the_next_pass(before: World) -> None:
    late = iter([MANY])

    def with_a_late_writer(rows: Rows) -> None:
        list_payments(rows)
        for number in late:
            owe_as_before(before, number)

    migration = Migration(1, "with a late writer", with_a_late_writer, 0)
    done = run.migrate(tables_of(before), quiet, migrations=[migration])
    assert (done.steps[0].rows, len(listed(before))) == (MANY + 1, MANY + 1)

    # And what it wrote after the last pass, by the next run.
    owe_as_before(before, MANY + 1)
    done = run.migrate(tables_of(before), quiet)
    assert (done.before, done.steps[0].rows, len(listed(before))) == (1, 1, MANY + 2)


def test_old_version_that_goes_on_writing__is_named(before: World) -> None:
    numbers = iter(range(MANY, 1000))

    def with_an_old_version(rows: Rows) -> None:
        list_payments(rows)
        owe_as_before(before, next(numbers))

    migration = Migration(1, "with an old version", with_an_old_version, 0)
    with pytest.raises(Refused, match="earlier version still deployed"):
        run.migrate(tables_of(before), quiet, migrations=[migration])
    assert schema.read(tables_of(before)).number == 0


def test_row_that_goes_or_changes_meanwhile__is_left_as_it_is(before: World) -> None:
    rows = Rows(tables_of(before))
    found = list(rows.lacking("payments", "since"))
    gone, moved = found[:2]
    Payments(gone["id"]["S"]).delete()
    Payments(moved["id"]["S"]).update([Payments.owed.set(1)])

    for row in found[:2]:
        rows.add("payments", row, {"since": {"S": "of before"}}, made_of=("owed",))

    assert (rows.found, rows.changed) == (2, 0)
    assert Payments.count(gone["id"]["S"]) == 0
    assert Payments.get(moved["id"]["S"]).since is None


def test_two_who_migrate_at_once__do_it_once(world: World) -> None:
    for number in range(40):
        owe_as_before(world, number)
    done: list[run.Outcome] = []
    threads = [
        threading.Thread(target=lambda: done.append(run.migrate(tables_of(world), quiet)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(one.steps[0].rows for one in done) == 40
    assert {one.now for one in done} == {WANTED}
    assert len(listed(world)) == 40


def test_migrations__are_numbered_and_spare_the_version_before() -> None:
    assert [one.number for one in MIGRATIONS] == list(range(1, WANTED + 1))
    for one in MIGRATIONS:
        # Going back by one version needs code that still works with the tables.
        assert one.serves < one.number


def test_tables_of_a_later_version__are_refused_if_they_have_lost_something(world: World) -> None:
    tables = tables_of(world)
    run.migrate(tables, quiet)
    later = Schema(WANTED + 1, serves=WANTED)
    assert schema.write(tables, later)
    # Of one version later, as after going back: this code still works with them.
    assert run.migrate(tables, quiet).now == WANTED + 1

    assert schema.write(tables, Schema(WANTED + 2, serves=WANTED + 1))
    with pytest.raises(Refused, match=f"take code of version {WANTED + 1}"):
        run.migrate(tables, quiet)
    assert not schema.write(tables, later), "a version never goes back"


# ---- As an operator meets it -----------------------------------------------------------------


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(StackOptions(ports=Ports(), speed=0)) as running:
        yield running


def test_local_stack__has_migrated_its_state_at_its_start(stack: Stack) -> None:
    done = asked("migrate")

    assert (done["before"], done["now"], done["wanted"]) == (WANTED, WANTED, WANTED)
    assert "as this code wants" in retainer("migrate").out


def test_doctor__tells_of_old_and_of_too_new_tables(stack: Stack) -> None:
    notes = boto3.resource("dynamodb", endpoint_url=stack.dynamodb, region_name="us-east-1")
    row = notes.Table("retainer-notes")
    try:
        row.delete_item(Key={"name": "schema"})
        assert f"of version 0, this code wants {WANTED}" in told().what
        assert told().mend == "retainer migrate"
        assert retainer("migrate", "--dry-run").out.startswith("the tables are of version 0")
        assert asked("migrate")["now"] == WANTED
        assert told().ok

        row.put_item(Item={"name": "schema", "number": 99, "serves": 98})
        assert "does not work with them" in told().what
        refused = retainer("migrate")
        assert (refused.code, "version 98" in refused.err) == (1, True)
    finally:
        row.put_item(Item={"name": "schema", "number": WANTED, "serves": 0})


def told() -> Finding:
    """What the doctor says of the tables' version."""
    (found,) = service.schema(Target(None))
    return found
