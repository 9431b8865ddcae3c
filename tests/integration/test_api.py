"""The HTTPS API as clients meet it: over HTTP, through API Gateway's part, with exact answers."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.throttle import SeatThrottle
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.services.keys import Scope
from local.stack import Ports, Stack, StackOptions, running_stack
from tests.patience import PATIENCE_S

PROTO = {
    "hit_type_id": "Dashboard",
    "title": "Dashboard HIT",
    "description": "desc",
    "keywords": "keys",
    "url": "http://server/retainer/static/test.html",
    "frame_height": 1200,
    "reward": 0.05,
    "assignment_duration": 350,
    "lifetime": 2400,
    "max_assignments": 2,
    "auto_approval_delay": 5000,
    "worker_locale": "US",
    "approval_rating": 92,
}
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


@dataclass
class Answer:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        code: str = self.json["error"]["code"]
        assert set(self.json["error"]) - {"field"} == {"code", "message"}
        return code


@dataclass
class Api:
    """An application; with `key`, one that is let in where keys are in force."""

    base: str
    key: str = ""

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        named = {"x-api-key": self.key} if self.key else {}
        named |= {k.replace("_", "-"): v for k, v in headers.items()}
        request = urllib.request.Request(
            f"{self.base}/{path}", data=body, headers=named, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
                return Answer(reply.status, reply.read().decode(), dict(reply.headers.items()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), dict(error.headers.items()))

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def form(self, path: str, **fields: object) -> Answer:
        body = urllib.parse.urlencode(fields).encode()
        return self.send("POST", f"retainer/{path}", body, content_type=FORM)

    def json(self, path: str, body: object) -> Answer:
        return self.send(
            "POST", f"retainer/{path}", json.dumps(body).encode(), content_type="application/json"
        )


@pytest.fixture(scope="module", params=["1", "0"], ids=["open", "keys in force"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    variables = {"RETAINER_OPEN": request.param}
    options = StackOptions(
        ports=Ports(), speed=0, variables=variables, allowed=("http://elsewhere",)
    )
    with running_stack(options) as running:
        yield running


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    """An application's, where keys are in force."""
    app = bootstrap.get()
    is_open = app.config.retainer.open
    return "" if is_open else app.retainer.keys.make("tests", Scope.APPLICATION)


@pytest.fixture
def api(stack: Stack, key: str) -> Api:
    client = Api(stack.api, key)
    assert client.form("puttask", json=json.dumps(PROTO)).text == "Dashboard"
    return client


def made(api: Api, **fields: object) -> str:
    values = {"hitType": "Dashboard", "foreignID": 12345, "delay": 0, "numAssignments": 3}
    answer = api.form("reservation/make", **{**values, **fields})
    assert answer.status == 200, answer.text
    return answer.text


def test_every_route_of_the_reference__answers_exactly(api: Api) -> None:
    reservation = made(api)
    assert re.fullmatch("[1-9][0-9]{14}", reservation)

    for step in ("invoke", "invoke", "finish", "unfinish", "cancel"):
        answer = api.form(f"reservation/{step}", id=reservation)
        assert (answer.status, answer.text) == (200, "OK")
        assert answer.headers["Content-Type"].startswith("text/plain")
    assert api.form("reservation/finish/all", hitType="").text == "OK"
    assert api.form("reservation/finish/all").text == "OK"
    assert api.form("protohit/sandbox/get", hitType="Dashboard").text == "true"
    assert api.form("protohit/sandbox/set", hitType="Dashboard", sandbox="false").text == "OK"
    assert api.form("protohit/sandbox/get", hitType="Dashboard").text == "false"
    api.form("protohit/sandbox/set", hitType="Dashboard", sandbox="true")

    row = api.get("retainer/reservation/list", accept="application/json").json[0]
    assert row["id"] == reservation
    assert row["proto"] == {
        "id": "Dashboard",
        "hitTypeID": "Dashboard",
        "title": "Dashboard HIT",
        "url": "http://server/retainer/static/test.html",
    }
    assert row["foreignID"] == 12345
    assert (row["assignments"], row["workers"]) == (3, [])
    assert (row["invoked"], row["done"]) == (True, True)


def test_list_as_the_original_sent_it__is_text_for_its_page_to_parse(api: Api) -> None:
    evil = '<script>alert("]")</script>'
    reservation = made(api, foreignID=evil, payload=evil)
    made(api)
    api.form("reservation/invoke", id=reservation)

    answer = api.get("retainer/reservation/list?limit=2", accept="*/*")

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<" not in answer.text
    plain, row = answer.json
    assert row == {
        "id": int(reservation),
        "proto": {
            "id": "Dashboard", "hitTypeID": "Dashboard", "title": "Dashboard HIT",
            "url": "http://server/retainer/static/test.html",
        },
        "foreignID": evil, "payload": evil, "startTime": row["startTime"],
        "assignments": 3, "workers": 0, "invoked": True, "done": False,
    }  # fmt: skip
    assert (plain["payload"], plain["invoked"]) == ("", False)
    for more in ("v=1", "slots=1"):
        ours = api.get(f"retainer/reservation/list?limit=1&{more}", accept="*/*")
        assert ours.headers["Content-Type"] == "application/json"
        assert ours.json[0]["workers"] == []


def test_json_bodies__do_the_same(api: Api) -> None:
    assert api.json("puttask", {"json": PROTO}).text == "Dashboard"
    assert api.json("puttask", PROTO).text == "Dashboard"
    reservation = api.json(
        "reservation/make",
        {"hitType": "Dashboard", "foreignID": "00abc", "delay": 0, "numAssignments": 1},
    ).text
    assert api.json("reservation/invoke", {"id": reservation, "foreignID": "77"}).text == "OK"

    assert api.get("retainer/reservation/list").json[0]["foreignID"] == "77"


def test_deprecated_putwork__still_works_and_says_so(api: Api) -> None:
    answer = api.form("putwork", hitType="Dashboard", foreignID=9)

    assert answer.headers["Deprecation"] == "true"
    assert api.form("putwork/done", id=answer.text).text == "OK"


def test_pool__tells_what_to_expect(api: Api) -> None:
    pool = api.get("retainer/pool?hitType=Dashboard").json

    assert pool["waiting"] == 0
    assert pool["cost"] == {
        "reward": "0.05", "fee": "0.01", "perWorker": "0.06", "payAtMost": "0.00",
    }  # fmt: skip


def test_results__answer_at_once_without_since_and_wait_with_it(api: Api) -> None:
    reservation = made(api)
    first = api.get(f"retainer/reservation/results?id={reservation}").json
    assert first["slots"] == []

    again = api.get(
        f"retainer/reservation/results?id={reservation}&since={first['version']}&wait=1"
    ).json
    assert again["version"] == first["version"]
    assert again["now"] - first["now"] >= 1000


def test_gettask__is_always_json_for_a_well_formed_id(api: Api) -> None:
    answer = api.get("retainer/gettask/assignment/3NOBODYKNOWSTHIS")

    assert (answer.status, answer.json["start"], answer.json["known"]) == (200, False, False)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


BAD_MAKES: list[tuple[dict[str, object], str]] = [
    ({"hitType": "nothing"}, "unknown_hit_type"),
    ({"hitType": ""}, "missing_field"),
    ({"foreignID": ""}, "missing_field"),
    ({"numAssignments": 0}, "out_of_range"),
    ({"numAssignments": 101}, "out_of_range"),
    ({"numAssignments": "three"}, "wrong_type"),
    ({"numAssignments": "1.5"}, "wrong_type"),
    ({"numAssignments": "١"}, "wrong_type"),
    ({"delay": -1}, "out_of_range"),
    ({"delay": ""}, "missing_field"),
    ({"spare": 100}, "out_of_range"),
    ({"numAssignments": 99, "spare": 2}, "out_of_range"),
    ({"distinct": "maybe"}, "wrong_type"),
    ({"foreignID": "x" * 257}, "out_of_range"),
    ({"hitType": "x" * 2000}, "out_of_range"),
]


@pytest.mark.parametrize(("change", "code"), BAD_MAKES)
def test_bad_make__is_refused_with_a_code_and_a_sentence(
    api: Api, change: dict[str, object], code: str
) -> None:
    before = len(api.get("retainer/reservation/list?limit=100").json)
    values = {"hitType": "Dashboard", "foreignID": 1, "delay": 0, "numAssignments": 1}

    answer = api.form("reservation/make", **{**values, **change})

    assert answer.status == (404 if code == "unknown_hit_type" else 400)
    assert answer.code == code
    assert answer.json["error"]["message"].endswith(".")
    assert len(api.get("retainer/reservation/list?limit=100").json) == before


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"id=a&id=b", FORM, 400, "repeated_field"),
        (b"[1, 2]", "application/json", 400, "bad_json"),
        (b'"id"', "application/json", 400, "bad_json"),
        (b"{", "application/json", 400, "bad_json"),
        (b'{"id": NaN}', "application/json", 400, "bad_json"),
        (b'{"id": 1, "id": 2}', "application/json", 400, "repeated_field"),
        # API Gateway hands text on, with what is no UTF-8 replaced.
        (b"\xff\xfe", FORM, 400, "bad_body"),
        (b"", FORM, 400, "missing_field"),
        (b"id=" + b"x" * 70_000, FORM, 413, "too_large"),
        (b"id=1", "application/xml", 415, "unsupported_media_type"),
        (b"id=" + b"x" * 2000, FORM, 400, "out_of_range"),
        (b"id=../../etc", FORM, 400, "malformed_id"),
        (b"id=123456789012345", FORM, 404, "unknown_reservation"),
        (b"id=01KAJ7H3V20123456789ABCDEFGHJK", FORM, 404, "unknown_reservation"),
        (b'{"id": {}}', "application/json", 400, "wrong_type"),
        (b'{"id": 1e400}', "application/json", 400, "bad_json"),
        (b'{"id": "\\ud800"}', "application/json", 400, "bad_json"),
        (b'{"apiKey": "\\ud800", "id": "x"}', "application/json", 400, "bad_json"),
        (b"[" * 60_000, "application/json", 400, "bad_json"),
        (b'{"id": ' + b"9" * 5000 + b"}", "application/json", 400, "bad_json"),
    ],
)
def test_bad_body__is_refused_in_json(
    api: Api, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = api.send("POST", "retainer/reservation/invoke", body, content_type=kind)

    assert (answer.status, answer.code) == (status, code)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("given", "code"),
    [(True, "wrong_type"), ([1], "wrong_type"), (2**53, "out_of_range"), (None, "missing_field")],
)
def test_foreign_id__that_pages_could_not_give_back__is_refused(
    api: Api, given: object, code: str
) -> None:
    body = {"hitType": "Dashboard", "foreignID": given, "delay": 0, "numAssignments": 1}

    answer = api.json("reservation/make", body)

    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize("given", [0, -7, 1.5, 2**53 - 1, "", "007", "x\u0000y", "é" * 256])
def test_foreign_id__comes_back_as_it_was_given__in_json(api: Api, given: object) -> None:
    body = {"hitType": "Dashboard", "foreignID": given or "0", "delay": 0, "numAssignments": 1}

    assert api.json("reservation/make", body).status == 200

    assert api.get("retainer/reservation/list?limit=1").json[0]["foreignID"] == (given or "0")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "javascript:alert(1)"}, "bad_url"),
        ({"url": "http://example.org:99999/"}, "bad_url"),
        ({"url": "http://example.org/?a=1&%61ssignmentId=OLD"}, "bad_url"),
        ({"url": "http://example.org/?hitId"}, "bad_url"),
        ({"reward": "1e999999"}, "wrong_type"),
        ({"reward": "1_0"}, "wrong_type"),
        ({"reward": "٥"}, "wrong_type"),
        ({"title": "a\u0000b"}, "out_of_range"),
        ({"reward": -1}, "out_of_range"),
        ({"title": None}, "missing_field"),
        ({"nonsense": 1}, "unknown_field"),
    ],
)
def test_bad_protohit__is_refused(api: Api, change: dict[str, object], code: str) -> None:
    answer = api.form("puttask", json=json.dumps({**PROTO, **change}))

    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "5", "{", '{"a": 1, "a": 2}'])
def test_puttask__of_what_is_no_json_object__is_refused(api: Api, text: str) -> None:
    assert api.form("puttask", json=text).status == 400


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("ping/worker/A1/assignment/ASSIGNMENT_ID_NOT_AVAILABLE/hit/3H/event/waiting", 400,
         "preview"),
        ("ping/worker/A1/assignment/3A/hit/3NEVER/event/waiting", 404, "unknown_hit"),
        ("ping/worker/A1/assignment/3A/hit/3NEVER/event/working", 404, "unknown_seat"),
        ("ping/worker/A1/assignment/3A/hit/3H/event/dancing", 400, "bad_event"),
        ("ping/worker/A%201/assignment/3A/hit/3H/event/waiting", 400, "malformed_id"),
        (f"ping/worker/{'A' * 2000}/assignment/3A/hit/3H/event/waiting", 400, "malformed_id"),
        (f"gettask/assignment/{'3' * 2000}", 400, "malformed_id"),
        ("gettask/assignment/3A%2F..", 400, "malformed_id"),
        ("gettask/assignment/3A?seat=forged.key", 403, "bad_seat_key"),
        ("gettask/assignment/3A?seat=a&seat=b", 400, "repeated_field"),
        ("reservation/results?id=unknown", 400, "malformed_id"),
        ("reservation/results?id=01KAJ7H3V20123456789ABCDEFGHJK", 404, "unknown_reservation"),
        ("pool?hitType=a%2Fb", 400, "malformed_id"),
        ("reservation/results?id=x&wait=21", 400, "out_of_range"),
        ("reservation/list?limit=0", 400, "out_of_range"),
        ("reservation/list?cursor=x", 400, "bad_cursor"),
        ("reservation/list?hitType=nothing", 404, "unknown_hit_type"),
        ("pool", 400, "missing_field"),
    ],
)  # fmt: skip
def test_bad_get__is_refused_in_json_with_cors(api: Api, path: str, status: int, code: str) -> None:
    answer = api.get(f"retainer/{path}")

    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path", "named", "field"),
    [
        ("reservation/results?id=123456789012345", "123456789012345", "id"),
        ("pool?hitType=Dashbord", "'Dashbord'", "hitType"),
        ("reservation/list?hitType=Dashbord", "'Dashbord'", "hitType"),
    ],
)
def test_id_that_nothing_has__is_named_with_its_field(
    api: Api, path: str, named: str, field: str
) -> None:
    error = api.get(f"retainer/{path}").json["error"]

    assert named in error["message"]
    assert error["field"] == field


@pytest.mark.parametrize(
    ("method", "path", "fields", "said"),
    [
        ("POST", "reservation/make", {"numAssignmets": 1}, "Did you mean numAssignments?"),
        ("POST", "reservation/make", {"autoinvoke": 1}, "Did you mean autoInvoke?"),
        ("POST", "reservation/make", {"dinstinct": 0}, "Did you mean distinct?"),
        ("POST", "reservation/finish", {"zzz": 1}, "It takes id."),
        ("GET", "reservation/results", {"wiat": 1}, "Did you mean wait?"),
        ("GET", "protohit/list", {"q": 1}, "takes no parameter 'q'"),
    ],
)
def test_parameter_that_a_route_does_not_take__is_refused_with_the_nearest(
    api: Api, method: str, path: str, fields: dict[str, object], said: str
) -> None:
    if method == "POST":
        answer = api.form(path, **fields)
    else:
        answer = api.get(f"retainer/{path}?{urllib.parse.urlencode(fields)}")

    assert (answer.status, answer.code) == (400, "unknown_parameter")
    assert said in answer.json["error"]["message"]
    assert answer.json["error"]["field"] in fields


@pytest.mark.parametrize(
    ("body", "kind", "payload"),
    [
        (b"payload=Gr%FC%DFe", FORM.replace("UTF-8", "iso-8859-1"), "Grüße"),
        (b"payload=Gr%C3%BC%C3%9Fe", FORM, "Grüße"),
        (b"payload=%EF%BF%BD", FORM, "\ufffd"),
        (b"payload=Gr%FC%DFe", FORM, None),
        (b"payload=Gr\xfc\xdfe", FORM, None),
        (b"payload=x", FORM.replace("UTF-8", "rot13"), None),
    ],
)
def test_payload__comes_as_it_was_meant_or_is_refused(
    api: Api, body: bytes, kind: str, payload: str | None
) -> None:
    usual = b"hitType=Dashboard&foreignID=1&delay=0&numAssignments=1&"

    answer = api.send("POST", "retainer/reservation/make", usual + body, content_type=kind)

    if payload is None:
        assert (answer.status, answer.code) == (400, "bad_body")
    else:
        assert answer.status == 200, answer.text
        listed = api.get("retainer/reservation/list?limit=1&v=1").json
        assert listed[0]["payload"] == payload


def test_number_that_is_too_long_to_be_one__is_refused(api: Api) -> None:
    values = {"hitType": "Dashboard", "foreignID": 1, "delay": 0, "numAssignments": 1}

    answer = api.json("reservation/make", {**values, "probability": 10**400})

    assert (answer.status, answer.code) == (400, "wrong_type")


def test_parameters_that_clients_add__pass__and_pages_may_say_anything(api: Api, key: str) -> None:
    more = {"_": "1764590000000", "callback": "jQuery1"}

    assert made(api, **more, **({"apiKey": key} if key else {})).isdecimal()
    assert api.form("puttask", json=json.dumps(PROTO), **more).text == "Dashboard"
    assert api.json("puttask", {**PROTO, **more}).text == "Dashboard"
    assert api.get("retainer/protohit/list?_=1").status == 200
    assert api.form("gettask/assignment/3UNKNOWN", nonsense=1).status == 200


def test_field_of_a_protohit_that_is_mistyped__is_refused_with_the_nearest(api: Api) -> None:
    answer = api.form("puttask", json=json.dumps({**PROTO, "max_assigments": 3}))

    assert answer.code == "unknown_field"
    assert "Did you mean max_assignments?" in answer.json["error"]["message"]


def test_framework_refusals__have_cors_and_echo_nothing(api: Api) -> None:
    path = "retainer/ping/worker/A1/assignment/3A/hit/3H/event/waiting"
    answer = api.send("POST", path, b"<x/>", content_type="application/x-evil")

    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert "evil" not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path", ["gettask/assignment/3UNKNOWN", "reservation/list", "protohit/list"]
)
@pytest.mark.parametrize("kind", [FORM, "application/xml", "nonsense"])
def test_get__is_answered__whatever_kind_of_body_it_says_it_has(
    api: Api, path: str, kind: str
) -> None:
    assert api.get(f"retainer/{path}", content_type=kind).status == 200


@pytest.fixture
def no_time_passes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """For whoever asks too often: on a slow machine that would not be too often."""
    monkeypatch.setattr(bootstrap.get().retainer, "throttle", SeatThrottle(FakeClock()))


@pytest.mark.usefixtures("no_time_passes")
def test_page_that_floods__is_slowed_down(api: Api) -> None:
    answers = [api.get("retainer/gettask/assignment/3FLOODS") for _ in range(30)]

    slowed = [a for a in answers if a.status == 429]
    assert slowed
    assert slowed[0].code == "slow_down"
    assert slowed[0].headers["Retry-After"] == "1"
    assert slowed[0].headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.usefixtures("no_time_passes")
def test_stranger_who_floods_with_an_assignments_id__leaves_its_page_alone(api: Api) -> None:
    room = bootstrap.get().retainer
    now = room.clock.now_ms()
    key = room.seating.key_of(Seat("Dashboard", "3MINE", 1, "A1", "3H", now, now, now))

    def poll(**form: str) -> int:
        return api.form("gettask/assignment/3MINE", **form).status

    # What only looks like a key is no way around it, and takes nothing from who has it.
    assert [poll() for _ in range(30)][-1] == 429
    assert [poll(seat=f"{key}x") for _ in range(30)][-1] == 429
    assert poll(seat=key) == 200


def test_preflight__lets_other_origins_send_keys(api: Api) -> None:
    answer = api.send(
        "OPTIONS", "retainer/reservation/make", origin="http://elsewhere",
        access_control_request_method="POST", access_control_request_headers="x-api-key",
    )  # fmt: skip

    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"].lower()


def test_wrong_key__is_noticed_even_where_none_is_needed(api: Api) -> None:
    assert api.get("retainer/protohit/list", x_api_key="wrong").code == "bad_key"


def test_list_of_large_payloads__comes_in_pages_that_lambda_can_answer_with(api: Api) -> None:
    mine = {made(api, payload="\x01" * 20_000) for _ in range(60)}

    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        answer = api.get(f"retainer/reservation/list?limit=100&v=1&cursor={cursor}")
        assert answer.status == 200
        seen += [row["id"] for row in answer.json]
        cursor = answer.headers.get("x-next-cursor", "")
        if mine <= set(seen):
            break

    assert mine <= set(seen)
    assert len(seen) == len(set(seen))
