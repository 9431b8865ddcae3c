"""The command line before it does anything: what it understands, and what it says if not."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from local.environment import write_env_files
from operate import local_stack
from operate.answers import table
from operate.command_line import build_parser
from tests.integration.operating import retainer


@pytest.mark.parametrize(
    ("words", "says", "usage"),
    [
        ("protohitz list", "did you mean 'protohit'?", "retainer [-h]"),
        ("market invitation lst", "did you mean 'list'?", "retainer market invitations [-h]"),
        ("market accounts create X", "did you mean 'make'?", "retainer market accounts [-h]"),
        ("market sessions make", "did you mean 'announce'?", "retainer market sessions [-h]"),
        (
            "market invitations make --name X",
            "--name is not understood: give it without --name",
            "retainer market invitations make [-h]",
        ),
        ("costs --cvs", "did you mean --csv?", "retainer costs [-h]"),
        ("protohit sandbox Photos of", "did you mean 'off'?", "retainer protohit sandbox [-h]"),
    ],
)
def test_mistake__names_what_was_meant_and_shows_its_own_usage(
    words: str, says: str, usage: str
) -> None:
    ran = retainer(*words.split())

    assert ran.code == 2
    assert says in ran.err
    assert ran.err.startswith(f"usage: {usage}")


@pytest.mark.parametrize("words", ["protohits list", "reservation list", "market worker list"])
def test_subject__may_be_one_or_many(words: str) -> None:
    assert build_parser().parse_args(words.split()).run


def test_nothing__is_answered_with_the_help() -> None:
    whole, market = retainer(), retainer("market")

    assert (whole.code, whole.err) == (0, "")
    assert "reservations" in whole.out
    assert market.code == 2
    assert "links that let workers in" in market.err or "invitations" in market.err


def test_times__are_readable_and_ids_stay_as_they_are() -> None:
    at = 1_764_590_400_000

    line = table([{"startTime": at, "foreignID": at, "count": 3}], ()).splitlines()[1]

    assert line.split()[0].startswith("2025-12-0")
    assert line.split()[-2:] == [str(at), "3"]


def test_local_stack__is_found_while_it_runs(tmp_path: Path) -> None:
    for name in ("demo", "stack"):
        (tmp_path / name).mkdir()
        write_env_files(tmp_path / name, {"RETAINER_SEAT_SECRET": "it's one", "A": name})
        (tmp_path / name / "lock").touch()

    with (tmp_path / "demo" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = local_stack.running(tmp_path)

    assert found == {"demo": {"RETAINER_SEAT_SECRET": "it's one", "A": "demo"}}
    assert local_stack.running(tmp_path) == {}


def test_doctor_without_a_service__says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_stack, "STATES", Path(os.devnull))
    monkeypatch.delenv("RETAINER_SEAT_SECRET", raising=False)

    ran = retainer("doctor")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("No local stack runs") == 1
