"""Backup and restore: a service's tables to files, and a service that goes on from them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.kit.config import Config
from chalicelib.retainer.services.keys import Scope
from chalicelib.retainer.services.sizing import LEASE, LEASE_MS
from examples.poll.retainer_client import Retainer
from local.crowd import Crowd, CrowdOptions
from local.environment import environ
from local.stack import Ports, Stack, StackOptions, running_stack
from operate.backup import load
from operate.backup.items import from_line, to_line
from operate.backup.tables import Tables
from operate.migrate.schema import is_schema
from operate.stages import ROOT
from operate.target import Refused
from tests.integration.operating import asked, retainer
from tests.patience import until

SECRETS = {
    "RETAINER_SEAT_SECRET": "the seat secret of a test, of 32 characters and more",
    "MARKETPLACE_MASTER_KEY": "the master key of a test, of 32 characters and more",
}


@dataclass
class Lived:
    """A service that has done its job, gone now: its variables, and what a client knows of it."""

    env: dict[str, str]
    folder: Path
    reservation: str
    key: str
    answers: list[Any]


def stack_on(prefix: str) -> Any:
    variables = {**SECRETS, "RETAINER_TABLE_PREFIX": prefix}
    return running_stack(StackOptions(ports=Ports(), speed=0, variables=variables))


def do_the_job(stack: Stack, client: Retainer) -> tuple[str, list[Any]]:
    reservation = client.make("Poll", people=2, payload="left or right?")
    stack.run_function("size_pools")
    crowd = Crowd(stack.api, CrowdOptions(size=3, acknowledge_s=0.1, think_s=0.1))
    crowd.start()
    try:
        until(lambda: client.pool("Poll")["waiting"] >= 2, "two waiters")
        client.invoke(reservation)
        until(lambda: len(submitted(client, reservation)) == 2, "the answers")
    finally:
        crowd.stop()
    stack.run_function("review")
    return reservation, submitted(client, reservation)


@pytest.fixture(scope="module")
def lived(dynamo_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with environ({"DYNAMODB_ENDPOINT": dynamo_endpoint}), stack_on("kept-") as stack:
        client = Retainer(stack.api)
        client.puttask(
            hit_type_id="Poll",
            title="Which one?",
            description="Wait, then choose.",
            url=f"{stack.wait}/index.html",
            reward=0.05,
        )
        reservation, answers = do_the_job(stack, client)
        key = bootstrap.get().retainer.keys.make("application", Scope.APPLICATION)
        folder = tmp_path_factory.mktemp("backup") / "copy"
        # A run of the sizing is at work at that moment.
        app = bootstrap.get()
        notes, now_ms = app.retainer.notes, app.clock.now_ms
        until(lambda: notes.take_lease(LEASE, "then", now_ms(), LEASE_MS), "the lease")
        asked("backup", str(folder))
        yield Lived(dict(os.environ), folder, reservation, key, answers)


def test_restored_service__goes_on_where_the_old_one_was(lived: Lived, table_prefix: str) -> None:
    done = asked("restore", str(lived.folder), "--table-prefix", table_prefix)
    assert done["tables"] == asked("backup", str(lived.folder), "--verify")["tables"]
    assert done["items"] > 20

    with stack_on(table_prefix) as stack:
        client = Retainer(stack.api)
        assert bootstrap.get().config.table_prefix == table_prefix
        assert submitted(client, lived.reservation) == lived.answers
        assert bootstrap.get().retainer.keys.check(lived.key, Scope.APPLICATION).name
        spent = asked("costs")["spent"]["work"]
        _, answers = do_the_job(stack, client)
        assert len(answers) == 2
        # The account at the marketplace, its money and its keys came along.
        assert float(asked("costs")["spent"]["work"]) == float(spent) + 0.10


def test_tables_of_another_prefix__are_backed_up_like_the_service_s_own(
    lived: Lived, tmp_path: Path, table_prefix: str
) -> None:
    other, folder = ("--table-prefix", table_prefix), tmp_path / "copy"
    none = retainer("backup", str(folder), *other)
    assert (none.code, f"no tables {table_prefix}" in none.err) == (1, True)
    assert not folder.exists()
    asked("restore", str(lived.folder), *other)
    tables = Tables(Config.from_env(lived.env), table_prefix)
    tables.client.delete_table(TableName=f"{table_prefix}people")

    backup = retainer(*other, "backup", str(folder))

    assert (backup.code, "people: NOT THERE" in backup.err) == (0, True)
    copied, first = (json.loads((f / "manifest.json").read_text()) for f in (folder, lived.folder))
    assert copied["table_prefix"] == table_prefix
    # A lease that was held at the backup is over in what is restored.
    told, wanted = (
        {name: t["digest"] for name, t in there["tables"].items() if name != "notes"}
        for there in (copied, first)
    )
    assert told == {name: digest for name, digest in wanted.items() if name != "people"}
    # An unfinished one of other tables is not gone on with.
    unfinished = {**copied, "finished_ms": None}
    (folder / "manifest.json").write_text(json.dumps(unfinished))
    assert f"unfinished backup of {table_prefix}" in retainer("backup", str(folder)).err
    assert asked("backup", str(folder), *other)["items"] > 20


@pytest.mark.parametrize("prefix", ["", "kept*", "two words"])
def test_prefix_that_no_table_can_have__is_named(lived: Lived, prefix: str) -> None:
    refused = retainer("--table-prefix", prefix, "protohit", "list")

    assert (refused.code, "--table-prefix must be" in refused.err) == (1, True)


def test_other_tables__are_looked_at_by_every_command_but_those_of_the_stage(
    lived: Lived, table_prefix: str
) -> None:
    other = ("--table-prefix", table_prefix)
    asked("restore", str(lived.folder), *other)
    asked(*other, "stop", "Poll")

    assert asked("protohit", "show", "Poll", *other)["stopped"] is True
    assert asked("protohit", "show", "Poll")["stopped"] is False
    refused = retainer("--stage", "dev", "state", "make", *other)
    assert (refused.code, "leave --table-prefix out" in refused.err) == (1, True)


def test_hits_of_tables_that_no_function_works_on__are_taken_back_all_the_same(
    lived: Lived, table_prefix: str
) -> None:
    """In processes of their own: in one, all functions would work on the tables named last."""
    asked("protohit", "list")

    def other(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "operate", "--json", "--table-prefix", table_prefix]
        env = {**lived.env, "PYTHONPATH": str(ROOT)}
        return subprocess.run([*command, *words], env=env, capture_output=True, text=True)

    assert other("restore", str(lived.folder)).returncode == 0
    assert json.loads(other("hits", "list", "--state", "out").stdout)
    running = other("hits", "expire-all", "--yes")
    first = f"retainer stop --table-prefix {table_prefix} first"
    assert (running.returncode, first in running.stderr) == (1, True)
    assert other("stop").returncode == 0

    assert other("hits", "expire-all", "--yes").returncode == 0

    assert json.loads(other("hits", "list", "--state", "out").stdout) == []


def test_backup__is_private_and_says_what_it_holds(lived: Lived) -> None:
    manifest = json.loads((lived.folder / "manifest.json").read_text())

    assert (manifest["stage"], manifest["table_prefix"]) == ("local", "kept-")
    assert manifest["tables"]["reservations"]["items"] >= 1
    names = {table["AttributeName"] for table in manifest["tables"]["seats"]["definition"]["keys"]}
    assert names
    for file in lived.folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    everything = "".join(file.read_text() for file in lived.folder.iterdir())
    assert not any(secret in everything for secret in SECRETS.values())


def test_existing_backup__is_not_overwritten_unless_told(lived: Lived, tmp_path: Path) -> None:
    refused = retainer("backup", str(lived.folder))
    assert (refused.code, "--overwrite" in refused.err) == (1, True)
    (tmp_path / "letters.txt").write_text("mine")
    assert "not empty" in retainer("backup", str(tmp_path)).err
    assert retainer("backup", str(tmp_path / "none"), "--verify").code == 1

    other = tmp_path / "other"
    asked("backup", str(other))
    assert asked("backup", str(other), "--overwrite")["items"] > 20


def test_interrupted_backup__goes_on_with_what_is_missing(lived: Lived, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    before = asked("backup", str(folder))
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    # As it was when the machine died: some tables written, one half.
    for name in ("seats", "ledgers"):
        del manifest["tables"][name]
    path.write_text(json.dumps({**manifest, "finished_ms": None}))
    (folder / "seats.jsonl").unlink()
    (folder / "seats.part").write_text('{"half')
    assert "not finished" in retainer("backup", str(folder), "--verify").err

    again = retainer("backup", str(folder))

    assert again.code == 0, again.err
    assert "reservations: written before" in again.err
    assert asked("backup", str(folder), "--verify") == before


@pytest.mark.parametrize("harm", ["cut", "changed", "gone", "swapped"])
def test_damaged_backup__is_noticed_and_not_restored(
    lived: Lived, harm: str, tmp_path: Path, table_prefix: str
) -> None:
    folder = tmp_path / "copy"
    asked("backup", str(folder))
    file = folder / "seats.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    if harm == "cut":
        file.write_bytes(b"".join(lines)[:-20])
    elif harm == "changed":
        file.write_bytes(b"".join(lines).replace(b'"N":"1', b'"N":"2', 1))
    elif harm == "gone":
        file.unlink()
    else:
        file.write_bytes(b"".join(reversed(lines)))

    checked = retainer("backup", str(folder), "--verify")
    assert (checked.code, "seats" in checked.err) == (1, True)
    assert retainer("restore", str(folder), "--table-prefix", table_prefix).code == 1
    tables = Tables(Config.from_env(lived.env), table_prefix)
    there = tables.client.list_tables(ExclusiveStartTableName=table_prefix, Limit=1)
    assert not [name for name in there["TableNames"] if name.startswith(table_prefix)]


def test_full_tables__are_kept_unless_told(lived: Lived, table_prefix: str) -> None:
    into = ("restore", str(lived.folder), "--table-prefix", table_prefix)
    done = asked(*into)
    tables = Tables(Config.from_env(lived.env), table_prefix)
    extra = {**next(iter(tables.items("reservations"))), "id": {"S": "stranger"}}
    tables.put("reservations", [extra])

    refused = retainer(*into)
    assert (refused.code, f"{table_prefix}reservations" in refused.err) == (1, True)
    assert sum(1 for _ in tables.items("reservations")) == done["tables"]["reservations"] + 1

    assert asked(*into, "--overwrite") == done
    assert sum(1 for _ in tables.items("reservations")) == done["tables"]["reservations"]


def test_interrupted_restore__goes_on(lived: Lived, table_prefix: str) -> None:
    config = Config.from_env(lived.env)
    seen: list[str] = []

    def die_after_three(line: str) -> None:
        seen.append(line)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load.load(config, lived.folder, die_after_three, prefix=table_prefix)
    # A table that was begun, and filled by half.
    progress = lived.folder / load.PROGRESS
    state = json.loads(progress.read_text())
    (name,) = state
    state[name]["reservations"] = "begun"
    progress.write_text(json.dumps(state))
    tables = Tables(config, table_prefix)
    tables.put("reservations", [next(iter(Tables(config).items("reservations")))])

    assert asked("restore", str(lived.folder), "--table-prefix", table_prefix)["items"] > 20


def test_other_secrets__are_refused_unless_told(
    lived: Lived, table_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETPLACE_MASTER_KEY", "another master key, of 32 characters and more")
    into = ("restore", str(lived.folder), "--table-prefix", table_prefix)

    refused = retainer(*into)
    assert (refused.code, "master-key" in refused.err) == (1, True)
    assert asked(*into, "--other-secrets")["items"] > 20


def test_table_that_somebody_writes_to__is_not_called_restored(
    lived: Lived, table_prefix: str
) -> None:
    config = Config.from_env(lived.env)
    tables = Tables(config, table_prefix)
    stranger = {**next(iter(Tables(config).items("reservations"))), "id": {"S": "stranger"}}

    def write_meanwhile(line: str) -> None:
        # The tables are filled one after another.
        tables.put("reservations", [stranger])

    with pytest.raises(Refused, match="is a service working on it"):
        load.load(config, lived.folder, write_meanwhile, prefix=table_prefix)


def test_backup_of_another_version__is_migrated_or_refused(
    lived: Lived, tmp_path: Path, table_prefix: str
) -> None:
    tables = Tables(Config.from_env(lived.env))
    (row,) = [item for item in tables.items("notes") if is_schema(item)]
    payments = list(tables.items("payments"))
    later = {**row, "number": {"N": "99"}, "serves": {"N": "98"}}
    into = ("--table-prefix", table_prefix)
    try:
        tables.put("notes", [later])
        asked("backup", str(tmp_path / "later"))
        tables.put("notes", [{**row, "number": {"N": "0"}}])
        tables.put("payments", [without(payment, "since") for payment in payments])
        asked("backup", str(tmp_path / "before"))
    finally:
        tables.put("notes", [row])
        tables.put("payments", payments)

    refused = retainer("restore", str(tmp_path / "later"), *into)
    assert (refused.code, "version 98 or later" in refused.err) == (1, True)
    assert asked("restore", str(tmp_path / "before"), *into)["items"] > 20
    restored = Tables(tables.config, table_prefix)
    assert {item["id"]["S"] for item in restored.items("payments") if "since" in item} == {
        payment["id"]["S"] for payment in payments
    }


def without(item: Any, name: str) -> Any:
    return {key: value for key, value in item.items() if key != name}


def test_wire_form__survives_in_every_kind() -> None:
    item = {
        "b": {"B": b"\x00\xff"}, "bs": {"BS": [b"b", b"a"]}, "ss": {"SS": ["y", "x"]},
        "ns": {"NS": ["2", "1"]}, "n": {"N": "1.50"}, "nul": {"NULL": True}, "t": {"BOOL": False},
        "l": {"L": [{"B": b"x"}, {"M": {"deep": {"B": b"\n"}}}]}, "s": {"S": "ä\n\u2028"},
    }  # fmt: skip

    line = to_line(item)

    assert len(line.splitlines()) == 1
    back = from_line(line)
    assert back["b"] == item["b"]
    assert back["l"] == item["l"]
    assert back["s"] == item["s"]
    assert to_line(back) == line
    assert to_line({**item, "ss": {"SS": ["x", "y"]}}) == line


def submitted(client: Retainer, reservation: str) -> list[Any]:
    slots = client.results(reservation)["slots"]
    return [slot["answers"] for slot in slots if slot["submitted"]]
