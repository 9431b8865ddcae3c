"""The marketplace alone, as a process; its printed lines are pasted into fresh terminals."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.http_server import HttpServer, Reply, free_port, is_answering
from tests.integration.marketplace_process import Running, marketplace, paste


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with marketplace(tmp_path_factory.mktemp("alone")) as started:
        yield started


@pytest.mark.parametrize("what", ["boto3", "AWS CLI", "JavaScript SDK"])
def test_three_lines__post_a_hit(running: Running, tmp_path: Path, what: str) -> None:
    command, lines = running.lines_for(what)

    shown = paste(tmp_path, command, lines)

    hits = paste(
        tmp_path,
        ["sh"],
        running.lines_for("AWS CLI")[1].splitlines()[0]
        + "\n.venv/bin/aws mturk list-hits --output text"
        + " --query 'HITs[].[HITId,HITStatus,Title]'\n",
    )
    posted = [line.split("\t") for line in hits.splitlines()]
    assert any(
        hit_id in shown and (status, title) == ("Assignable", "Is this message friendly?")
        for hit_id, status, title in posted
    ), (shown, hits)


def test_it_is_alone(running: Running) -> None:
    site = running.value("worker site").removesuffix("work/")
    with urllib.request.urlopen(f"{site}config.js") as answer:
        api = answer.read().decode().split('"api": "')[1].split('"')[0]
    with urllib.request.urlopen(f"{api}/market/entry") as answer:
        assert answer.status == 200

    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{api}/retainer/protohit/list")

    assert refusal.value.code in {401, 403}
    refusal.value.close()


def test_ctrl_c__leaves_nothing_behind__and_the_next_start_has_the_same_keys(
    tmp_path: Path,
) -> None:
    with marketplace(tmp_path) as first:
        first.process.send_signal(signal.SIGINT)
        rest, _ = first.process.communicate()
        assert first.process.returncode in {0, 130}, rest
        assert "Traceback" not in rest, rest
        assert not [port for port in first.ports() if is_answering(port)]

    with marketplace(tmp_path) as second:
        for label in ("access key", "secret key"):
            assert second.value(label) == first.value(label)
        assert second.value("invitation").rpartition("/")[2] not in first.said, "a fresh link"
        os.kill(int((tmp_path / "state" / "engine.pid").read_text()), signal.SIGKILL)
        rest, _ = second.process.communicate()
    assert second.process.returncode == 1
    assert "the DynamoDB engine has stopped" in rest


def test_taken_port__is_told__and_the_lines_lead_to_the_other(tmp_path: Path) -> None:
    port = free_port()
    taken = HttpServer("other", lambda _: Reply(200), port + 1)
    taken.start()
    try:
        with marketplace(tmp_path, port=port) as running:
            assert f"port {port + 1} is taken" in running.said
            assert not running.value("endpoint").endswith(f":{port + 1}")
            command, lines = running.lines_for("boto3")
            assert "10000.00" not in lines
            assert paste(tmp_path, command, lines)
    finally:
        taken.stop()


def test_state_folder_that_cannot_be_used__is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")

    with marketplace(tmp_path) as running:
        running.process.wait()

    assert running.process.returncode == 1
    assert "cannot write to the state folder" in running.said
