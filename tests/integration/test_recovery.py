"""A recovery rehearsed: all tables as of one second, a service that goes on with them, and back.

The engine keeps no earlier moments; `recovering.Snapshots` does. All else is as it is.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore import handlers
from botocore.model import OperationModel

from chalicelib import bootstrap
from chalicelib.kit import logs
from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from chalicelib.retainer.services.keys import Scope
from chalicelib.retainer.services.sizing import LEASE, LEASE_MS
from examples.poll.retainer_client import Retainer
from local.environment import FUNCTION_PREFIX, environ
from local.stack import Stack
from operate import policies
from operate.backup.items import to_line
from operate.backup.tables import Tables
from operate.iam import Need, needs_of
from operate.recover import run
from operate.recover.comparison import compare
from operate.recover.moment import written
from operate.recover.run import Recovered, Recovery, recover, source_of
from operate.recover.switching import switch
from operate.stages import ROOT, Stage
from operate.target import Refused
from tests.integration.operating import asked, retainer
from tests.integration.recovering import Snapshots
from tests.integration.test_backup import do_the_job, stack_on, submitted
from tests.patience import until

BEFORE = "before-"


@dataclass
class Service:
    """One that went on for a while after the moment that is gone back to, and is stopped now."""

    env: dict[str, str]
    then: Snapshots
    known: str
    answers: list[Any]
    unknown: str
    key: str

    @property
    def config(self) -> Config:
        return Config.from_env(self.env)

    def recover(self, prefix: str, then: Snapshots | None = None, **more: Any) -> Recovered:
        then = then or self.then
        recovery = Recovery(self.config, BEFORE, prefix, protect=True)
        return recover(recovery, more.pop("to", then.at), then, FakeClock(), print, **more)

    def snapshots(self, **changes: Any) -> Snapshots:
        """The same moment, and nothing restored from it yet."""
        fresh = {"copies": {}, "finished": {}, "_looked": {}, "refused": 0, "most_under_way": 0}
        return replace(self.then, sources=dict(self.then.sources), **fresh, **changes)


@pytest.fixture(scope="module")
def service(dynamo_endpoint: str) -> Iterator[Service]:
    with environ({"DYNAMODB_ENDPOINT": dynamo_endpoint}), stack_on(BEFORE) as stack:
        client = Retainer(stack.api)
        put_poll(client, stack)
        known, answers = do_the_job(stack, client)
        keys = bootstrap.get().retainer.keys
        key = keys.make("lost", Scope.APPLICATION)
        # A run of the sizing is at work at that moment.
        app = bootstrap.get()
        notes, now_ms = app.retainer.notes, app.clock.now_ms
        until(lambda: notes.take_lease(LEASE, "then", now_ms(), LEASE_MS), "the lease")
        then = Snapshots.of(Tables(Config.from_env(os.environ)))
        notes.free_lease(LEASE, "then")
        # What is undone later: work and pay, a key that is void.
        unknown, _ = do_the_job(stack, client)
        keys.revoke("lost")
        yield Service(dict(os.environ), then, known, answers, unknown, key)


def put_poll(client: Retainer, stack: Stack) -> None:
    client.puttask(
        hit_type_id="Poll",
        title="Which one?",
        description="Wait, then choose.",
        url=f"{stack.wait}/index.html",
        reward=0.05,
    )


def lines(tables: Tables) -> dict[str, set[bytes]]:
    return {d.name: {to_line(i) for i in tables.items(d.name)} for d in tables.definitions()}


@pytest.fixture
def clone(tmp_path: Path) -> Stage:
    """The stage dev of a clone, on the tables of the service."""
    shutil.copytree(ROOT / ".chalice" / "policies", tmp_path / ".chalice" / "policies")
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    config["stages"]["dev"]["environment_variables"]["RETAINER_TABLE_PREFIX"] = BEFORE
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(config))
    stage = Stage.named("dev", tmp_path)
    policies.write_all(stage, tmp_path)
    return stage


class Calls:
    """What each function asks of tables, while this is entered; by policies it is judged after."""

    def __init__(self) -> None:
        self.needs: set[tuple[str, Need]] = set()

    def __enter__(self) -> Calls:
        self._handler = ("provide-client-params.dynamodb.*", self._note)
        handlers.BUILTIN_HANDLERS.append(self._handler)
        return self

    def __exit__(self, *_: object) -> None:
        handlers.BUILTIN_HANDLERS.remove(self._handler)

    def _note(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        name = logs.current().get("function")
        if isinstance(name, str):
            short = name.removeprefix(FUNCTION_PREFIX).lstrip("-") or "api_handler"
            self.needs |= {(short, need) for need in needs_of("dynamodb", model.name, params)}

    def allowed_by(self, documents: dict[str, Any]) -> set[tuple[str, Need]]:
        return {(f, need) for f, need in self.needs if allows(documents[f], need)}


def written_policies(stage: Stage) -> dict[str, Any]:
    folder = stage.root / policies.FOLDER / stage.name
    return {path.stem: json.loads(path.read_text()) for path in folder.iterdir()}


def allows(document: dict[str, Any], need: Need) -> bool:
    wanted = f"arn:aws:dynamodb:*:*:{need.resource}"
    return any(
        need.action in statement["Action"] and wanted in statement["Resource"]
        for statement in document["Statement"]
    )


def tokens_out() -> set[str]:
    return {hit["token"] for hit in asked("hits", "list", "--state", "out")}


def test_service__goes_on_from_an_earlier_moment_under_its_own_policies_and_back(
    service: Service, clone: Stage, table_prefix: str
) -> None:
    before, old = lines(Tables(service.config)), written_policies(clone)

    done = service.recover(table_prefix)
    after = switch(clone, table_prefix, service.config, service.then, FakeClock(), print)

    assert (after.table_prefix, Stage.named("dev", clone.root).table_prefix) == (table_prefix,) * 2
    policies.check_files(after)
    new = written_policies(after)
    with Calls() as calls, stack_on(after.table_prefix) as stack:
        client = Retainer(stack.api)
        assert submitted(client, service.known) == service.answers
        with pytest.raises(Exception, match="unknown_reservation"):
            client.results(service.unknown)
        # Nothing is posted before somebody has looked; what was out at that moment may still be.
        out = tokens_out()
        client.make("Poll", people=1)
        stack.run_function("size_pools")
        assert tokens_out() <= out
        assert asked("protohit", "show", "Poll")["stopped"] is True
        asked("start", "Poll")
        spent = float(asked("costs")["spent"]["work"])
        _, answers = do_the_job(stack, client)
        assert len(answers) == 2
        assert float(asked("costs")["spent"]["work"]) == pytest.approx(spent + 0.10)
    again = Tables(service.config, table_prefix)
    assert compare(Tables(service.config), again).wrong == []
    # Nothing that the functions asked is another table's than the new policies name.
    assert {function for function, _ in calls.needs} >= {"api_handler", "size_pools", "review"}
    assert calls.allowed_by(old) == set()
    assert calls.needs - calls.allowed_by(new) == set()
    assert lines(Tables(service.config)) == before

    back = switch(after, BEFORE, service.config, service.then, FakeClock(), print)

    assert back.table_prefix == BEFORE
    policies.check_files(back)
    assert written_policies(back) == old
    assert done.prefix == table_prefix


def test_comparison__says_what_is_undone_and_counts_both(
    service: Service, table_prefix: str
) -> None:
    found = service.recover(table_prefix).comparison

    counts = {count.table: count for count in found.counts}
    assert counts["ledgers"].now == counts["ledgers"].recovered + 1
    assert found.wrong == []
    said = "\n".join(found.undone)
    assert "payments, $0.10 in all, were sent at the market sandbox since" in said
    assert "looked up there before" in said
    assert "revoked since, valid again (keys): lost" in said


@pytest.mark.parametrize("harm", ["a total", "an account"])
def test_books_that_do_not_agree__are_said_to_be_wrong(
    service: Service, table_prefix: str, harm: str
) -> None:
    then = service.snapshots()
    kept = {name: [dict(item) for item in items] for name, items in then.kept.items()}
    if harm == "a total":
        kept["totals"] = []
    else:
        kept["market-requesters"][0]["spent_cents"] = {"N": "1"}
    then.kept = kept

    wrong = service.recover(table_prefix, then).comparison.wrong

    assert len(wrong) == 1
    assert ("day's total to $0.00" if harm == "a total" else "its ledger says") in wrong[0]


def test_restores__are_no_more_at_once_than_the_database_takes(
    service: Service, table_prefix: str
) -> None:
    then = service.snapshots(at_once=7)

    service.recover(table_prefix, then)

    assert then.most_under_way == 7
    assert then.refused > 0
    assert len(then.copies) == len(then.kept)
    assert all(then.finished.values())


class Stopped(Exception):
    pass


@dataclass
class Stop:
    """Listens to so many lines."""

    after: int

    def __call__(self, _: str) -> None:
        if not self.after:
            raise Stopped
        self.after -= 1


def test_recovery_that_is_interrupted_anywhere__goes_on(
    service: Service, table_prefix: str
) -> None:
    then = service.snapshots(at_once=20)
    recovery = Recovery(service.config, BEFORE, table_prefix, protect=True)
    done, stops = None, 0
    while done is None:
        # In each run some lines later than in the one before.
        stop = Stop(after=2 + 7 * stops)
        try:
            done = recover(recovery, then.at, then, FakeClock(), stop)
        except Stopped:
            stops += 1

    assert stops > 5
    assert {c.table: c.recovered for c in done.comparison.counts} == {
        name: len(items) + (name == "notes") for name, items in then.kept.items()
    }
    assert len(then.finished) == len(then.kept)
    assert source_of(table_prefix, then) == BEFORE


def test_what_was_started_again__stays_so_when_the_recovery_is_run_again(
    service: Service, table_prefix: str
) -> None:
    then = service.snapshots()
    service.recover(table_prefix, then)
    asked("start", "Poll", "--table-prefix", table_prefix)

    service.recover(table_prefix, then)

    assert asked("protohit", "show", "Poll", "--table-prefix", table_prefix)["stopped"] is False


def test_tables_that_were_recovered_before__are_stopped_once_more(
    service: Service, table_prefix: str
) -> None:
    then = service.snapshots()
    earlier = {
        "name": {"S": "recovered"}, "until": {"N": "1"}, "holder": {"S": "earlier-"},
        "asked": {"SS": ["Gone"]},
    }  # fmt: skip
    then.kept = {**then.kept, "notes": [*then.kept["notes"], earlier]}

    service.recover(table_prefix, then)

    assert asked("protohit", "show", "Poll", "--table-prefix", table_prefix)["stopped"] is True
    (note,) = [
        row
        for row in Tables(service.config, table_prefix).items("notes")
        if row["name"] == earlier["name"]
    ]
    assert int(note["until"]["N"]) > FakeClock().now_ms()
    assert note["asked"] == {"SS": ["Poll"]}


def refuses(service: Service, then: Snapshots, prefix: str, match: str, **more: Any) -> None:
    with pytest.raises(Refused, match=match):
        service.recover(prefix, then, **more)
    assert then.copies == {}
    there = Tables(service.config, prefix).there()
    assert there == set()


def test_moment_that_one_table_cannot_be_taken_to__begins_nothing(
    service: Service, table_prefix: str
) -> None:
    then = service.snapshots()
    seats = f"{BEFORE}seats"
    whole = then.sources[seats]
    hour = timedelta(hours=1)

    then.sources[seats] = replace(whole, earliest=then.at + hour)
    refuses(service, then, table_prefix, f"seats goes back to {written(then.at + hour)} only")
    then.sources[seats] = replace(whole, latest=then.at - hour)
    refuses(service, then, table_prefix, f"restored up to {written(then.at - hour)} by now")
    recovery = Recovery(service.config, BEFORE, table_prefix, protect=True)
    assert run.latest(recovery, then) == then.at - hour
    then.sources[seats] = replace(whole, earliest=None, latest=None)
    refuses(service, then, table_prefix, "seats is not kept for point-in-time recovery")


def test_table_that_is_gone_or_was_made_again__is_named_with_its_copy(
    service: Service, table_prefix: str
) -> None:
    then = service.snapshots()
    seats = f"{BEFORE}seats"
    whole = then.sources.pop(seats)

    refuses(service, then, table_prefix, "seats is gone, and no copy of it was kept")
    then.deleted[seats] = "arn:copy"
    refuses(service, then, table_prefix, r"seats is gone; a copy was kept .*arn:copy")
    then.sources[seats] = replace(whole, made=then.at + timedelta(minutes=1))
    refuses(service, then, table_prefix, r"seats was made again at .*arn:copy")


def test_tables_that_were_recovered_before__lead_to_those_before(
    service: Service, table_prefix: str
) -> None:
    then = service.snapshots()
    for name, whole in list(then.sources.items()):
        short = name.removeprefix(BEFORE)
        made = then.at + timedelta(hours=1)
        then.sources[name] = replace(whole, made=made, earliest=made, copied_from=f"older-{short}")

    refuses(service, then, table_prefix, "was itself restored, .*--from older-")


def test_table_that_did_not_exist_then__is_made_empty(service: Service, table_prefix: str) -> None:
    then = service.snapshots()
    people = f"{BEFORE}people"
    then.sources[people] = replace(then.sources[people], made=then.at + timedelta(minutes=1))

    for _ in range(2):
        found = service.recover(table_prefix, then).comparison

    assert {c.table: c.recovered for c in found.counts}["people"] == 0
    assert f"{table_prefix}people" not in then.copies


def test_tables_of_another_moment_or_another_service__are_not_gone_on_with(
    service: Service, table_prefix: str
) -> None:
    then = service.snapshots()
    service.recover(table_prefix, then)

    with pytest.raises(Refused, match=f"is as of {written(then.at)}: say --to {written(then.at)}"):
        service.recover(table_prefix, then, to=then.at - timedelta(seconds=1))
    other = Recovery(service.config, "other-", table_prefix, protect=True)
    with pytest.raises(Refused, match=r"is a copy of before-.*, not of other-"):
        recover(other, then.at, then, FakeClock(), print)
    # Made by somebody, and restored from nothing.
    made = Recovery(service.config, BEFORE, BEFORE, protect=True)
    with pytest.raises(Refused, match=r"before-.* was not restored; take another --prefix"):
        recover(made, then.at, service.snapshots(), FakeClock(), print)


def test_switch__is_refused_to_tables_that_cannot_be_used(
    service: Service, clone: Stage, table_prefix: str
) -> None:
    then = service.snapshots()

    def switched(prefix: str) -> Stage:
        return switch(clone, prefix, service.config, then, FakeClock(), print)

    with pytest.raises(Refused, match=f"not there: {table_prefix}"):
        switched(table_prefix)
    with pytest.raises(Refused, match="are the tables of the stage prod"):
        switched("retainer-prod-")
    service.recover(table_prefix, then)
    tables = Tables(service.config, table_prefix)
    (row,) = [i for i in tables.items("notes") if i["name"]["S"] == "schema"]
    tables.put("notes", [{**row, "number": {"N": "0"}}])
    with pytest.raises(Refused, match=r"are of version 0, .* migrate --table-prefix"):
        switched(table_prefix)
    assert Stage.named("dev", clone.root).table_prefix == BEFORE


def test_local_stack__has_no_earlier_moments_and_says_so(service: Service) -> None:
    refused = retainer("recover", "--to", "10m ago")

    assert (refused.code, "give --stage" in refused.err) == (1, True)
