"""The admin scope, and API keys over HTTP: listed, made, revoked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import bootstrap
from chalicelib.retainer import api
from chalicelib.retainer.services.keys import Scope
from local.stack import Ports, StackOptions, running_stack
from tests.integration.test_api import Answer, Api

_FILES = sorted(Path(next(iter(api.__path__))).glob("*_routes.py"))
ADMIN_ROUTES = [
    (method, path)
    for text in (file.read_text() for file in _FILES)
    if "routes_of(bp, Scope.ADMIN)" in text
    for path, method in re.findall(r'@_route\("/retainer/([^"]+)", "(GET|POST)"', text)
]


class Console:
    """Calls with a key, as the console makes them."""

    def __init__(self, api: Api, key: str) -> None:
        self._api = api
        self._key = key

    def get(self, path: str) -> Answer:
        return self._api.get(f"retainer/{path}", x_api_key=self._key)

    def post(self, path: str, **body: object) -> Answer:
        text = json.dumps(body).encode()
        return self._api.send(
            "POST", f"retainer/{path}", text, content_type="application/json", x_api_key=self._key
        )


@pytest.fixture(scope="module")
def closed() -> Iterator[Api]:
    with running_stack(StackOptions(ports=Ports(), speed=0, variables={"RETAINER_OPEN": "0"})) as s:
        yield Api(s.api)


@pytest.fixture(scope="module")
def admin(closed: Api) -> Console:
    return Console(closed, bootstrap.get().retainer.keys.make("the operator", Scope.ADMIN))


@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
def test_admin_routes__refuse_who_has_no_admin_key(closed: Api, method: str, path: str) -> None:
    keys = bootstrap.get().retainer.keys
    name = f"program of {method} {path}"
    program = keys.make(name, Scope.APPLICATION)
    body = b"" if method == "POST" else None

    without = closed.send(method, f"retainer/{path}", body)
    too_narrow = closed.send(method, f"retainer/{path}", body, x_api_key=program)

    assert (without.status, without.code) == (401, "key_needed")
    assert (too_narrow.status, too_narrow.code) == (403, "wrong_scope")


def test_admin_routes__are_found() -> None:
    assert {("GET", "keys"), ("POST", "protohit/archive"), ("POST", "hit/expire")} <= set(
        ADMIN_ROUTES
    )


def test_admin__says_whose_key_it_is(admin: Console) -> None:
    about = admin.get("admin").json

    assert about["key"] == {"name": "the operator", "scope": "admin"}
    assert about["open"] is False
    assert about["markets"] == ["production", "sandbox"]


def test_key__made_over_http_opens_the_service_until_it_is_revoked(
    closed: Api, admin: Console
) -> None:
    made = admin.post("keys", name="night watch", scope="application")
    assert made.status == 201
    program = Console(closed, made.json["key"])
    assert program.get("protohit/list").status == 200

    (row,) = admin.get("keys?q=NIGHT").json
    assert (row["name"], row["scope"], row["revoked"], row["yours"]) == (
        "night watch", "application", False, False,
    )  # fmt: skip
    assert row["lastUsed"]
    assert made.json["key"] not in admin.get("keys").text

    assert admin.post("keys/revoke", name="night watch").text == "OK"
    assert program.get("protohit/list").code == "bad_key"
    assert admin.post("keys/revoke", name="night watch").code == "unknown_key"
    assert [k["name"] for k in admin.get("keys?q=night&state=active").json] == []
    assert [k["name"] for k in admin.get("keys?q=night&state=revoked").json] == ["night watch"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "missing_field", "name"),
        ({"name": "  "}, "out_of_range", "name"),
        ({"name": "a\u0000b"}, "out_of_range", "name"),
        ({"name": "x" * 101}, "out_of_range", "name"),
        ({"name": "the operator"}, "name_taken", "name"),
        ({"name": "other", "scope": "root"}, "out_of_range", "scope"),
    ],
)
def test_key__is_not_made_of_bad_input(
    admin: Console, body: dict[str, str], code: str, field: str
) -> None:
    answer = admin.post("keys", **body)

    assert (answer.status, answer.code, answer.json["error"]["field"]) == (400, code, field)


def test_own_key__is_revoked_only_where_that_is_said(closed: Api, admin: Console) -> None:
    other = Console(closed, admin.post("keys", name="second", scope="admin").json["key"])

    refused = other.post("keys/revoke", name="second")
    assert (refused.status, refused.code) == (409, "own_key")
    assert other.post("keys/revoke", name="second", own=True).text == "OK"
    assert other.get("admin").code == "bad_key"


def test_keys__page_to_their_end(admin: Console) -> None:
    for number in range(5):
        admin.post("keys", name=f"page {number}")

    seen: list[str] = []
    cursor = ""
    while True:
        answer = admin.get(f"keys?q=page&limit=2&cursor={cursor}")
        seen += [row["name"] for row in answer.json]
        cursor = answer.headers.get("x-next-cursor", "")
        if not cursor:
            break
    assert seen == [f"page {number}" for number in range(5)]
