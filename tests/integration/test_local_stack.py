"""The stack as a whole, around a toy app: parts, addresses, failures, what is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.__main__ import watch
from local.environment import write_env_files
from local.http_server import HttpServer, Reply, is_answering
from local.stack import Ports, StackFailed, StackOptions, running_stack
from tests.patience import PATIENCE_S
from tests.toy import toy_app


def ask_engine(endpoint: str) -> list[str]:
    """Make a table, so that the engine writes, and list what there is."""
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=endpoint)
    client.create_table(
        TableName="made",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return list(client.list_tables()["TableNames"])


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return bytes(answer.read())


def test_all_parts__are_up__and_gone_afterwards() -> None:
    app, seen = toy_app()
    before = dict(os.environ)

    with running_stack(StackOptions(app=app, speed=60_000)) as stack:
        echoed = json.loads(get(stack.api + "/echo"))
        assert echoed["requestContext"]["path"] == "/api/echo"
        assert get(stack.mturk + "/") == b"foo"
        config = get(stack.desk + "/config.js").decode()
        assert stack.api in config
        assert stack.wait in config
        assert os.environ["RETAINER_SEAT_SECRET"]
        client = boto3.client("lambda", region_name="us-east-1")
        answer = client.invoke(FunctionName="retainer-local-flaky", Payload=b"{}")
        assert json.load(answer["Payload"]) == {"left": True}
        client.close()
        assert stack.run_function("flaky") == {"left": True}
        assert seen["done"].wait(PATIENCE_S)
        assert stack.failure() is None
        port = stack._api_server.port

    assert not is_answering(port)
    assert stack.engine is not None
    assert not is_answering(stack.engine.port, stack.engine.host)
    assert dict(os.environ) == before
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("lambda", "schedule"))]


def test_call_under_way__ends_before_what_it_uses_is_gone() -> None:
    app, _ = toy_app()
    under_way, api_gone = threading.Event(), threading.Event()
    engine_there: list[bool] = []

    @app.route("/slow")
    def slow() -> Any:
        under_way.set()
        api_gone.wait(PATIENCE_S)
        assert stack.engine is not None
        engine_there.append(is_answering(stack.engine.port, stack.engine.host))
        return {}

    def watch_api(port: int) -> None:
        while is_answering(port):
            pass
        api_gone.set()

    def ask() -> None:
        with suppress(OSError):  # the answer may be cut off
            get(stack.api + "/slow")

    with running_stack(StackOptions(app=app, speed=0)) as stack:
        port = stack._api_server.port
        threads = [threading.Thread(target=ask), threading.Thread(target=watch_api, args=[port])]
        for thread in threads:
            thread.start()
        assert under_way.wait(PATIENCE_S)

    assert engine_there == [True]
    for thread in threads:
        thread.join(PATIENCE_S)


def test_api__goes_down_and_comes_back() -> None:
    with running_stack(StackOptions(app=toy_app()[0], speed=0)) as stack:
        get(stack.api + "/echo")
        stack.stop_api()
        with pytest.raises(urllib.error.URLError):
            get(stack.api + "/echo")
        assert get(stack.mturk + "/") == b"foo"
        stack.start_api()
        get(stack.api + "/echo")


def test_taken_port__gives_a_notice_and_another(tmp_path: Path) -> None:
    other = HttpServer("other", lambda _: Reply(200))
    other.start()
    notices: list[str] = []

    with running_stack(
        StackOptions(app=toy_app()[0], speed=0, ports=Ports(api=other.port), notice=notices.append)
    ) as stack:
        assert get(stack.api + "/echo")
        assert f"port {other.port} is taken" in notices[0]
    other.stop()


def test_dead_engine__is_noticed(tmp_path: Path) -> None:
    options = StackOptions(app=toy_app()[0], speed=0, state=tmp_path / "state")
    with running_stack(options) as stack:
        assert stack.engine is not None
        os.kill(stack.engine.pid, 9)
        with pytest.raises(StackFailed, match="engine has stopped"):
            watch(stack, threading.Event(), every_s=0.05)


def test_state__is_nobody_elses_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    made = {"seat_secret": "s" * 40, "master_key": "m" * 40}
    (folder / "secrets.json").write_text(json.dumps(made))
    (folder / "dynamodb.sqlite").touch(0o644)
    before = os.umask(0o022)
    try:
        for state in (folder, tmp_path / "made"):
            with running_stack(StackOptions(app=toy_app()[0], speed=0, state=state)) as stack:
                ask_engine(stack.dynamodb)
                kept = {path.name: path for path in state.iterdir()}
                assert {
                    "dynamodb.sqlite",
                    "secrets.json",
                    "env",
                    "service.env",
                    "mail",
                } <= kept.keys()
                readable = {name for name, path in kept.items() if path.stat().st_mode & 0o077}
                assert state.stat().st_mode & 0o777 == 0o700
            assert readable <= {"lock", "engine.pid", "room.probe"}
    finally:
        os.umask(before)


def test_requesters_variables__leave_a_shells_own_way_out_as_it_is(tmp_path: Path) -> None:
    variables = {"AWS_ACCESS_KEY_ID": "RK", "RETAINER_SEAT_SECRET": "private", "NO_PROXY": "x"}
    write_env_files(tmp_path, variables)

    shell = '. "$1/env"; echo "$NO_PROXY $AWS_ACCESS_KEY_ID $RETAINER_SEAT_SECRET"'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", str(tmp_path)],
        env={"NO_PROXY": "lab.example"},
        capture_output=True,
        text=True,
    )

    assert done.stdout == "lab.example,127.0.0.1,localhost RK \n"


def test_state__is_kept_in_its_folder__and_used_once_at_a_time(tmp_path: Path) -> None:
    options = StackOptions(app=toy_app()[0], speed=0, state=tmp_path / "state")
    with running_stack(options):
        secret = os.environ["RETAINER_SEAT_SECRET"]
        with pytest.raises(StackFailed, match="another stack"), running_stack(options):
            pass
        service = (tmp_path / "state" / "service.env").read_text()
        assert f"export RETAINER_SEAT_SECRET={secret}" in service

    with running_stack(options):
        assert os.environ["RETAINER_SEAT_SECRET"] == secret
