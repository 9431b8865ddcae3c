"""The one command line, on a service that runs: what an operator looks at, changes and stops."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib import bootstrap
from chalicelib.kit.spreadsheets import BOM
from chalicelib.retainer.services.reservations import Asked
from local.crowd import Crowd, CrowdOptions
from local.stack import Ports, Stack, StackOptions, running_stack
from tests.integration.operating import asked, retainer
from tests.integration.world import PROTO
from tests.patience import until

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = ("protohit", "stop", "reservations", "hits", "review", "workers", "costs", "keys")


@pytest.fixture(scope="module")
def whole() -> Iterator[Stack]:
    with running_stack(StackOptions(ports=Ports(), speed=0)) as running:
        yield running


@pytest.fixture
def stack(whole: Stack) -> Iterator[Stack]:
    """One for all tests; each leaves nothing out that the next one's crowd could take."""
    yield whole
    bootstrap.get().retainer.reservations.finish_all(None)
    bootstrap.get().retainer.reservations.set_stopped(None, True)
    whole.run_function("size_pools")


def put(folder: Path, **fields: Any) -> str:
    file = folder / "proto.json"
    file.write_text(json.dumps({**PROTO, **fields}))
    return str(asked("protohit", "put", str(file))["hitType"])


def test_protohits__are_put_shown_stopped_and_started(stack: Stack, tmp_path: Path) -> None:
    assert put(tmp_path, hit_type_id="Bench", title="Which bench?") == "Bench"
    assert put(tmp_path, hit_type_id="Lamp") == "Lamp"

    text = retainer("protohit", "list", "--search", "bench").out.splitlines()
    assert [line.split()[0] for line in text] == ["id", "Bench"]
    assert asked("protohit", "show", "Bench")["spec"]["title"] == "Which bench?"
    assert asked("stop", "Bench")["hitTypes"] == ["Bench"]
    stopped = {p["id"]: p["stopped"] for p in asked("protohit", "list")}
    assert (stopped["Bench"], stopped["Lamp"]) == (True, False)
    assert set(asked("stop")["hitTypes"]) >= {"Bench", "Lamp"}
    assert "Lamp" in retainer("start").out
    assert asked("protohit", "sandbox", "Lamp", "off")["market"] == "production"
    assert asked("protohit", "sandbox", "Lamp") == {"hitType": "Lamp", "market": "production"}
    asked("protohit", "stop", "Bench")
    assert asked("protohit", "archive", "Bench")["archived"]
    assert [p["id"] for p in asked("protohit", "list", "--state", "archived")] == ["Bench"]


def test_protohit_put__says_what_is_wrong_and_changes_nothing(stack: Stack, tmp_path: Path) -> None:
    put(tmp_path, hit_type_id="Kept")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({**PROTO, "hit_type_id": "Kept", "reward": -1, "titel": "x"}))

    checked = retainer("--json", "protohit", "put", "--check", str(wrong))
    assert (checked.code, set(checked.json["errors"])) == (1, {"reward", "titel"})
    refused = retainer("protohit", "put", str(wrong))
    assert (refused.code, refused.out) == (1, "")
    assert "titel" in refused.err
    assert asked("protohit", "show", "Kept")["spec"]["reward"] == PROTO["reward"]
    assert "cannot be read" in retainer("protohit", "put", str(tmp_path / "none.json")).err
    assert retainer("protohit", "show", "Nothing").code == 1
    assert retainer("protohit", "showw", "Kept").code == 2


def test_reservations__are_found_and_finished(stack: Stack, tmp_path: Path) -> None:
    name = put(tmp_path, hit_type_id="Found")
    room = bootstrap.get().retainer
    made = [room.reservations.make(Asked(name, f"shop {n}", 3600, 1)) for n in range(3)]

    listed = asked("reservations", "list", "--hit-type", "Found", "--most", "2")
    assert [row["id"] for row in listed] == [made[2], made[1]]
    assert asked("reservations", "show", made[0])["foreignID"] == "shop 0"
    assert asked("reservations", "finish", made[0])["done"]
    assert asked("reservations", "finish", made[1], "--cancel")["cancelled"]
    states = {s: asked("reservations", "list", "--hit-type", "Found", "--state", s)
              for s in ("done", "cancelled", "reserved")}  # fmt: skip
    assert {s: [r["id"] for r in rows] for s, rows in states.items()} == {
        "done": [made[0]], "cancelled": [made[1]], "reserved": [made[2]],
    }  # fmt: skip
    assert retainer("reservations", "finish", "nothing").code == 1


def test_hits__are_expired_and_deleted__after_saying_what_that_means(
    stack: Stack, tmp_path: Path
) -> None:
    name = put(tmp_path, hit_type_id="Out", url=f"{stack.wait}/index.html")
    reservation = bootstrap.get().retainer.reservations.make(Asked(name, 1, 0, 1))
    stack.run_function("size_pools")
    crowd = Crowd(stack.api, CrowdOptions(size=1, acknowledge_s=0.1, think_s=0.1))
    crowd.start()
    try:
        until(lambda: waiting(name) == 1, "who waits")
        assert len(asked("workers", "list")) == 1
        stack.run_function("size_pools")
        only_said = retainer("hits", "expire-all")
        assert only_said.code == 1
        assert "1 workers in them" in only_said.err
        assert "Posting goes on for" in only_said.err
        assert asked("hits", "list", "--state", "out")
        bootstrap.get().retainer.reservations.invoke(reservation)
        until(lambda: submitted(reservation), "the answers")
    finally:
        crowd.stop()
    stack.run_function("review")
    asked("stop", "Out")
    asked("hits", "expire-all", "--yes", "--hit-type", "Out")
    stack.run_function("size_pools")
    # A run that is at it already does in the end what this one was asked for.
    out = ("hits", "list", "--state", "out", "--hit-type", "Out")
    until(lambda: not asked(*out), "the end of what is out")
    stack.run_function("review")
    # One, and on a slow machine another, posted while nobody waited.
    listed = asked("hits", "list", "--hit-type", "Out")
    hits = [row["hit"] for row in listed]
    assert {row["stage"] for row in listed} == {"settled"}

    assert "deleted at the market" in retainer("hits", "delete-all").err
    assert "Reviewable" in {at_market(hit) for hit in hits}
    deleted = asked("hits", "delete-all", "--yes", "--hit-type", "Out")

    assert (deleted["deleted"], deleted["left"]) == (len(hits), 0)
    assert {at_market(hit) for hit in hits} == {"Disposed"}
    assert [row["hit"] for row in asked("hits", "list", "--hit-type", "Out")] == hits
    assert asked("hits", "delete-all", "--yes", "--hit-type", "Out")["deleted"] == 0
    answered = asked("reservations", "show", reservation)["slots"][0]
    check_worker_and_costs(answered["worker"], answered["assignment"])


def check_worker_and_costs(worker: str, assignment: str) -> None:
    assert asked("workers", "show", worker)["submitted"] == 1
    bonus = ("workers", "bonus", worker, assignment, "0.50", "--reason", "quick", "--market",
             "production")  # fmt: skip
    given = asked(*bonus, "--key", "first")["id"]
    assert asked(*bonus, "--key", "first")["id"] == given
    assert asked("workers", "asked", given)["amount"] == "0.50"
    assert retainer(*bonus[:4], "a lot", *bonus[5:], "--key", "x").code == 1
    told = asked("workers", "message", worker, "--subject", "Thanks", "--text", "Well done.",
                 "--market", "production")  # fmt: skip
    assert asked("workers", "asked", told["id"])["kind"] == "message"
    lost = retainer("--json", "workers", "message", "ANOBODY", "--subject", "Hello", "--text",
                    "Come.", "--market", "production")  # fmt: skip
    assert (lost.code, lost.json["state"]) == (1, "refused")
    for word, more in (("block", ("--reason", "spam")), ("unblock", ())):
        assert asked("workers", word, worker, *more, "--market", "production")["id"]
    kinds = [one["kind"] for one in asked("workers", "show", worker)["asked"]]
    assert sorted(kinds) == ["block", "bonus", "message", "unblock"]

    spent = asked("costs", "--hit-type", "Out")["spent"]
    rows = list(csv.DictReader(io.StringIO(retainer("costs", "--csv").out.removeprefix(BOM))))
    assert spent["work"] == "0.05"
    assert [row["work"] for row in rows if row["hitType"] == "Out"] == ["0.05"]
    assert "Out" in retainer("costs").out


def test_held_work__is_listed_and_decided_on(stack: Stack, tmp_path: Path) -> None:
    name = put(tmp_path, hit_type_id="Held", url=f"{stack.wait}/index.html", review="hold")
    reservations = bootstrap.get().retainer.reservations
    reservation = reservations.make(Asked(name, 1, 0, 2))
    stack.run_function("size_pools")
    crowd = Crowd(stack.api, CrowdOptions(size=2, acknowledge_s=0.1, think_s=0.1))
    crowd.start()
    try:
        until(lambda: waiting(name) == 2, "who waits")
        reservations.invoke(reservation)
        until(lambda: submitted(reservation, 2), "the answers")
    finally:
        crowd.stop()
    stack.run_function("review")

    held = [row["assignment"] for row in asked("review", "list", "--hit-type", "Held")]
    assert len(held) == 2
    assert retainer("review", "reject", held[0]).code == 2
    asked("review", "approve", held[0])
    asked("review", "reject", held[1], "--reason", "not an answer")
    other = retainer("--json", "review", "approve", held[1], "none")
    assert (other.code, len(other.json["refused"])) == (1, 2)
    stack.run_function("review")
    slots = asked("reservations", "show", reservation)["slots"]
    assert {s["assignment"]: s["status"] for s in slots} == {
        held[0]: "Approved", held[1]: "Rejected",
    }  # fmt: skip


def test_keys_and_market__are_mounted(stack: Stack) -> None:
    made = asked("keys", "make", "poll")

    assert made["key"].startswith("rk_")
    assert "poll" in retainer("keys", "list").out
    assert asked("keys", "revoke", "poll")["revoked"]
    assert retainer("keys", "revoke", "poll").code == 1
    accounts = asked("market", "accounts", "list")
    assert retainer("market", "accounts", "list").out.splitlines()[0].split()[0] == "account"
    assert [account["name"] for account in accounts] == ["demo"]
    assert retainer("market", "accounts", "show", "nobody").code == 1


def test_program__runs_from_anywhere__and_needs_to_be_told_where(
    stack: Stack, tmp_path: Path
) -> None:
    command = [str(ROOT / "retainer"), "--json", "protohit", "list"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), list)

    bare = {k: v for k, v in os.environ.items() if not k.startswith(("RETAINER_", "MARKETPLACE_"))}
    lost = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=bare)
    assert (lost.returncode, lost.stdout) == (1, "")
    assert "--stage" in lost.stderr
    assert len(lost.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command__has_help(name: str) -> None:
    assert "usage: retainer" in retainer(name, "--help").out


def test_completion__knows_commands_options_and_choices() -> None:
    script = retainer("completion", "bash").out

    assert complete(script, "retainer pro") == ["protohit"]
    assert "expire-all" in complete(script, "retainer hits ")
    assert complete(script, "retainer --stage dev hits expire") == ["expire", "expire-all"]
    assert complete(script, "retainer --stage ") == ["dev", "prod"]
    assert complete(script, "retainer hits delete-all --y") == ["--yes"]
    assert complete(script, "retainer protohit sandbox o") == ["on", "off"]
    assert "bashcompinit" in retainer("completion", "zsh").out


def complete(script: str, line: str) -> list[str]:
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    ask = f"\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _retainer\n"
    shown = 'printf "%s\\n" "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash"], input=script + ask + shown, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def at_market(hit: str) -> str:
    # A session of its own: the process's first one keeps the keys of an earlier stack.
    client = boto3.Session().client("mturk", region_name="us-east-1")
    try:
        return str(client.get_hit(HITId=hit)["HIT"]["HITStatus"])
    finally:
        client.close()


def waiting(name: str) -> int:
    return bootstrap.get().retainer.pools.state(name).occupancy.waiting


def submitted(reservation: str, count: int = 1) -> bool:
    slots = bootstrap.get().retainer.results.read(reservation, None, 0).slots
    return sum(slot.submitted is not None for slot in slots) == count
