"""Announcing by program and by command: the documented example, its refusals, who sees what."""

from __future__ import annotations

import io
import json
import re
import urllib.error
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib import cli
from chalicelib.marketplace.domain.announced import Answer
from chalicelib.marketplace.domain.people import Credentials
from tests.integration.market import MASTER_KEY, Market

DOC = Path(__file__).resolve().parent.parent.parent / "docs" / "calling.md"


def in_days(market: Market, days: int) -> str:
    at = datetime.fromtimestamp(market.clock.now_ms() / 1000 + days * 86_400, UTC)
    return f"{at:%Y-%m-%d}T14:00"


class Requester:
    """A program that has the documented function, and keys."""

    def __init__(self, market: Market, keys: Credentials | None = None) -> None:
        self.keys = keys or market.credentials()
        code = re.findall(r"```python\n(.*?)```", DOC.read_text(), re.DOTALL)[0]
        self.example = code.replace("2026-11-24T14:00", in_days(market, 3))
        self.names: dict[str, Any] = {
            "ENDPOINT": market.url,
            "ACCESS_KEY": self.keys.access_key,
            "SECRET_KEY": self.keys.secret_key,
        }
        exec(self.example.partition("\n\n\nsession =")[0], self.names)

    def call(self, operation: str, **parameters: Any) -> Any:
        return self.names["market"](operation, **parameters)

    def refused(self, operation: str, **parameters: Any) -> tuple[str, str, str]:
        """The error's type, its code and its sentence."""
        with pytest.raises(urllib.error.HTTPError) as raised:
            self.call(operation, **parameters)
        assert raised.value.code == 400
        body = json.loads(raised.value.read())
        return body["__type"], body.get("TurkErrorCode", ""), body["Message"]


@pytest.fixture
def requester(market: Market) -> Requester:
    return Requester(market)


def say(market: Market, session_id: str, answer: Answer) -> str:
    worker = market.market.sessions.sign_in(f"w {session_id[:6]} {answer}")[1]
    market.market.attending.reply(worker, session_id, answer, 1)
    return worker.worker_id


def announced(requester: Requester, market: Market, **changes: Any) -> dict[str, Any]:
    values = {
        "Title": "Sounds",
        "StartsAt": in_days(market, 3),
        "Zone": "UTC",
        "Minutes": 40,
        "People": 12,
    }
    found: dict[str, Any] = requester.call("AnnounceSession", **{**values, **changes})["Session"]
    return found


def test_documented_example__announces_and_sees_who_comes(
    market: Market, requester: Requester
) -> None:
    exec(requester.example, requester.names)

    session = requester.names["session"]
    assert session["Title"] == "Judge short sounds, live"
    assert session["Zone"] == "Europe/Berlin"
    assert session["StartsAt"].startswith(in_days(market, 3))
    assert requester.names["coming"] == []
    coming = say(market, session["SessionId"], Answer.YES)
    maybe = say(market, session["SessionId"], Answer.MAYBE)
    found = requester.call("GetSession", SessionId=session["SessionId"])["Session"]
    assert found["YesCount"] == 1
    assert found["Replies"] == {"Yes": [coming], "Maybe": [maybe], "No": [], "BeforeMove": []}


def test_session__is_moved_and_cancelled(market: Market, requester: Requester) -> None:
    session_id = announced(requester, market)["SessionId"]
    worker = say(market, session_id, Answer.YES)

    moved = requester.call("MoveSession", SessionId=session_id, StartsAt=in_days(market, 4))
    asked = requester.call("GetSession", SessionId=session_id)["Session"]
    cancelled = requester.call("CancelSession", SessionId=session_id, Reason="Flood")["Session"]

    assert moved["Session"]["StartsAt"] == f"{in_days(market, 4)}+00:00"
    assert (asked["Replies"]["Yes"], asked["Replies"]["BeforeMove"]) == ([], [worker])
    assert (cancelled["Status"], cancelled["Reason"]) == ("Cancelled", "Flood")
    kind, code, _ = requester.refused(
        "MoveSession", SessionId=session_id, StartsAt=in_days(market, 5)
    )
    assert (kind, code) == ("RequestError", "RetainerMarketplace.InvalidSessionState")


def test_requesters__are_kept_apart(market: Market, requester: Requester) -> None:
    session_id = announced(requester, market)["SessionId"]
    other = Requester(market)

    for operation, more in (
        ("GetSession", {}),
        ("CancelSession", {}),
        ("MoveSession", {"StartsAt": in_days(market, 5)}),
    ):
        kind, code, _ = other.refused(operation, SessionId=session_id, **more)
        assert (kind, code) == ("RequestError", "RetainerMarketplace.SessionDoesNotExist")
    assert other.call("ListSessions")["Sessions"] == []


@pytest.mark.parametrize("operation", ["GetSession", "MoveSession", "CancelSession"])
@pytest.mark.parametrize("session_id", ["", "A" * 2_049, "a/b", "é"])
def test_session__by_what_is_no_id__is_refused(
    market: Market, requester: Requester, operation: str, session_id: str
) -> None:
    more = {"StartsAt": in_days(market, 5)} if operation == "MoveSession" else {}

    kind, _, message = requester.refused(operation, SessionId=session_id, **more)

    assert (kind, "SessionId" in message) == ("ParameterValidationError", True)


def test_list__goes_page_by_page(market: Market, requester: Requester) -> None:
    made = []
    for number in range(5):
        made.append(announced(requester, market, Title=f"Number {number}")["SessionId"])
        market.clock.advance(1)

    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = requester.call("ListSessions", MaxResults=2, **token)
        found += [s["SessionId"] for s in page["Sessions"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert found == made[::-1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Title": None}, "Required parameters include Title"),
        ({"People": "12"}, "People"),
        ({"Minutes": True}, "Minutes"),
        ({"Zone": "Mars"}, "no time zone"),
        ({"StartsAt": "2020-01-01T10:00"}, "in the future"),
        ({"Colour": "red"}, "Colour is no parameter"),
        ({"QualificationRequirements": [{"Comparator": "Exists"}]}, "QualificationTypeId"),
        ({"QualificationRequirements": ["x"]}, "QualificationRequirements"),
    ],
)
def test_bad_announcement__is_refused_with_a_sentence(
    market: Market, requester: Requester, changes: dict[str, Any], said: str
) -> None:
    values = {
        "Title": "Sounds",
        "StartsAt": in_days(market, 3),
        "Zone": "UTC",
        "Minutes": 40,
        "People": 12,
    }
    kind, _, message = requester.refused("AnnounceSession", **{**values, **changes})

    assert kind == "ParameterValidationError"
    assert said in message


def test_unsigned_and_unknown__are_refused(market: Market, requester: Requester) -> None:
    requester.names["SECRET_KEY"] = "another"
    with pytest.raises(urllib.error.HTTPError) as raised:
        requester.call("ListSessions")
    assert json.loads(raised.value.read())["__type"] == "InvalidSignatureException"
    with pytest.raises(urllib.error.HTTPError) as raised:
        Requester(market).call("DeleteEverything")
    assert json.loads(raised.value.read())["__type"] == "UnknownOperationException"


@pytest.fixture
def run(market: Market, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DYNAMODB_ENDPOINT", str(market.dynamo.endpoint))
    monkeypatch.setenv("RETAINER_TABLE_PREFIX", market.dynamo.table_prefix)
    monkeypatch.setenv("MARKETPLACE_MASTER_KEY", MASTER_KEY)

    def command(*words: str) -> tuple[int, Any]:
        out = io.StringIO()
        status = cli.main(["market", *words], out)
        return status, json.loads(out.getvalue()) if out.getvalue() else None

    return command


def test_commands__announce_show_move_and_cancel(market: Market, run: Any) -> None:
    account = market.credentials("Sound lab").account_id
    by_name = ("--account", "Sound lab")
    words = ("--starts", in_days(market, 3), "--zone", "Europe/Berlin", "--minutes", "40")

    status, made = run("sessions", "announce", "Sounds", *words, "--people", "12", *by_name)
    worker = say(market, made["SessionId"], Answer.YES)
    _, shown = run("sessions", "show", made["SessionId"], "--account", account)
    _, listed = run("sessions", "list", *by_name)
    _, moved = run("sessions", "move", made["SessionId"], "--starts", in_days(market, 4), *by_name)
    _, cancelled = run("sessions", "cancel", made["SessionId"], "--reason", "Flood", *by_name)

    assert (status, made["YesCount"]) == (0, 0)
    assert shown["Replies"]["Yes"] == [worker]
    assert [s["SessionId"] for s in listed] == [made["SessionId"]]
    assert moved["StartsAt"].startswith(in_days(market, 4))
    assert (cancelled["Status"], cancelled["Reason"]) == ("Cancelled", "Flood")


def test_commands__are_refused_with_a_sentence(
    market: Market, run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--starts", "2020-01-01T10:00", "--zone", "UTC", "--minutes", "40", "--people", "3")
    name = market.credentials().account_id

    assert run("sessions", "announce", "Sounds", *words, "--account", name) == (1, None)
    assert run("sessions", "show", "3NONE", "--account", name) == (1, None)
    assert run("sessions", "list", "--account", "nobody") == (1, None)
    assert run("calls", "show", "ANOBODY") == (1, None)
    said = capsys.readouterr().err
    assert "in the future" in said
    assert "3NONE does not exist" in said
    assert "no requester 'nobody'" in said
    assert "There is no worker 'ANOBODY'." in said


def test_operator__sees_an_address_and_ends_mail_to_it(market: Market, run: Any) -> None:
    worker = market.market.sessions.sign_in("Ada")[1]
    _, before = run("calls", "show", worker.worker_id)
    nobody = run("calls", "bounced", "nobody@example.org")

    assert (before["address"], before["choices"]) == (None, [])
    assert nobody == (1, None)
