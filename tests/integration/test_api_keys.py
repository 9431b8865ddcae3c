"""The HTTPS API where keys are needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib import bootstrap
from chalicelib.retainer.domain.ports import ApiKey
from chalicelib.retainer.services.keys import Scope, digest_of
from local.stack import Ports, StackOptions, running_stack
from tests.integration.test_api import PROTO, Api

APPLICATION_ROUTES = [
    ("GET", "reservation/list"), ("GET", "reservation/results"), ("GET", "pool"),
    ("GET", "protohit/list"), ("POST", "puttask"), ("POST", "putwork"), ("POST", "putwork/done"),
    ("POST", "reservation/make"), ("POST", "reservation/invoke"), ("POST", "reservation/cancel"),
    ("POST", "reservation/finish"), ("POST", "reservation/unfinish"),
    ("POST", "reservation/finish/all"), ("POST", "protohit/sandbox/get"),
    ("POST", "protohit/sandbox/set"),
]  # fmt: skip

ADMIN_ROUTES = [
    ("GET", "assignment/list"), ("GET", "worker/list"), ("GET", "worker"),
    ("GET", "worker/errand/list"), ("GET", "payment/list"), ("GET", "export"),
    ("GET", "worker/erasure"), ("POST", "worker/erase"),
]  # fmt: skip


@pytest.fixture(scope="module")
def closed() -> Iterator[Api]:
    with running_stack(StackOptions(ports=Ports(), speed=0, variables={"RETAINER_OPEN": "0"})) as s:
        yield Api(s.api)


@pytest.mark.parametrize(("method", "path"), APPLICATION_ROUTES)
def test_closed_service__refuses_whoever_has_no_key(closed: Api, method: str, path: str) -> None:
    answer = closed.send(method, f"retainer/{path}", b"" if method == "POST" else None)

    assert (answer.status, answer.code) == (401, "key_needed")


@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
def test_routes_about_people__need_the_admin_scope(closed: Api, method: str, path: str) -> None:
    keys = bootstrap.get().retainer.keys
    answers = []
    for scope in (Scope.APPLICATION, Scope.ADMIN):
        key = keys.make(f"{scope} for {path}", scope)
        body = b"" if method == "POST" else None
        answers.append(closed.send(method, f"retainer/{path}", body, x_api_key=key))
    without = closed.send(method, f"retainer/{path}", b"" if method == "POST" else None)

    assert (without.status, without.code) == (401, "key_needed")
    assert (answers[0].status, answers[0].code) == (403, "wrong_scope")
    assert answers[1].status in {200, 400, 404}


def test_key_in_an_address__is_refused__unless_the_originals_programs_need_it(
    closed: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = bootstrap.get().retainer
    key = room.keys.make("of the original", Scope.APPLICATION)
    given = [("GET", "protohit/list", None), ("POST", "reservation/make", b"hitType=x")]
    answers = [closed.send(how, f"retainer/{p}?apiKey={key}", b) for how, p, b in given]

    assert [(a.status, a.code) for a in answers] == [(400, "key_in_address")] * 2
    assert "x-api-key" in answers[0].json["error"]["message"]
    assert key not in answers[0].text

    monkeypatch.setattr(room, "config", replace(room.config, keys_in_addresses=True))
    assert closed.get(f"retainer/protohit/list?apiKey={key}").status == 200


def test_keys__open_the_closed_service_until_they_are_revoked(closed: Api) -> None:
    keys = bootstrap.get().retainer.keys
    key = keys.make("poll", Scope.APPLICATION)

    assert closed.get("retainer/protohit/list", x_api_key=key).status == 200
    assert closed.form("puttask", json=json.dumps(PROTO), apiKey=key).text == "Dashboard"
    assert closed.get("retainer/protohit/list", x_api_key=f"{key}x").code == "bad_key"
    listed = [k for k in keys.list() if k.name == "poll"]
    assert [(k.name, k.scope, bool(k.last_used_day)) for k in listed] == [
        ("poll", "application", True)
    ]
    assert key not in repr(listed)

    odd = ApiKey(digest_of("rk_odd"), "odd", "readonly", 0)
    keys._keys.put(odd)
    assert closed.get("retainer/protohit/list", x_api_key="rk_odd").code == "wrong_scope"

    assert keys.revoke("poll")
    assert closed.get("retainer/protohit/list", x_api_key=key).code == "bad_key"
    # The worker's routes stay open.
    assert closed.get("retainer/gettask/assignment/3A").status == 200
