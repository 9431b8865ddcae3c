"""Wrong requests to every route, keys in force: answers are documented, refusals wrote nothing.

`FUZZ_SEED` repeats a run: what fails says its seed and the request's number.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from chalicelib.retainer.services.keys import Scope
from tests.integration.fuzzing import (
    SEED,
    Database,
    Refusals,
    length_s,
    mangled,
    odd,
    odd_text,
)
from tests.integration.route_requests import FORM, Request, Route, requests_of
from tests.integration.route_service import Service, running_service
from tests.integration.worker_site import Answer

LEAST = 400
DOCUMENTED = {200, 201, 202, 302, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429}
KINDS = (FORM, "application/json", "text/plain", "multipart/form-data; boundary=x", "", "image/png")


@dataclass
class Asked:
    route: Route
    request: Request
    headers: dict[str, str]

    @property
    def in_short(self) -> str:
        headers = {k: v[:80] for k, v in self.headers.items()}
        return f"{self.route} {self.request.path[:300]!r} {self.request.body[:300]!r} {headers}"


@pytest.fixture(scope="module")
def service(dynamo_endpoint: str) -> Iterator[Service]:
    with running_service(dynamo_endpoint, is_open=False) as service:
        yield service


def test_wrong_requests__are_answered_as_documented__and_write_nothing(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    rng = random.Random(SEED)
    keys = service.world.room.keys
    held = ("", "wrong", keys.make("f", Scope.ADMIN), keys.make("g", Scope.APPLICATION))
    known = requests_of(service.there)
    database = Database(service.places)
    seen: Counter[int] = Counter()
    ends = time.monotonic() + length_s()
    number = 0
    with database.watched():
        refusals = Refusals(database)
        while number < LEAST or time.monotonic() < ends:
            number += 1
            service.clock.advance(rng.choice((0, 1, 60)))
            asked = changed(rng, known, held)
            where = f"FUZZ_SEED={SEED}, request {number}: {asked.in_short}"
            writes = database.writes
            answer = service.site.call(
                asked.route[0], asked.request.path, asked.headers, asked.request.body
            )
            seen[answer.status] += 1
            check(answer, where)
            changes = refusals.after(writes, answer.status >= 400)
            assert changes == [], "\n".join([f"{answer.status} {answer.body}", where, *changes])
    assert caplog.records == []
    print(f"{number} requests, seed {SEED}: {dict(sorted(seen.items()))}")
    # It is no test of refusals if nothing ever passes, and none of input if all do.
    assert seen[200] > number / 50
    assert sum(n for status, n in seen.items() if status >= 400) > number / 3


def check(answer: Answer, where: str) -> None:
    assert answer.status in DOCUMENTED, f"{answer.status} {answer.body[:300]}\n{where}"
    if answer.status < 400:
        return
    # Chalice's own server, which stands in for API Gateway here, names no kind for its refusals.
    kind = answer.headers.get("content-type", "application/json")
    if kind.startswith("application/json"):
        told = json.loads(answer.body)
        # API Gateway's and Chalice's own have a form of theirs.
        assert "error" in told or {"Code", "Message"} <= told.keys() or "message" in told, where
    else:
        assert kind.startswith(("text/html", "text/plain")), where


def changed(rng: random.Random, known: dict[Route, Request], held: tuple[str, ...]) -> Asked:
    """A request that is right but for one, two or three things."""
    route = rng.choice(list(known))
    request = known[route]
    headers = request.headers
    if key := rng.choice(held):
        headers["x-api-key"] = key
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        match rng.randrange(7):
            case 0:
                request = replace(request, path=other_path(rng, route[1], request.path))
            case 1:
                request = replace(request, path=other_query(rng, request.path))
            case 2 | 3 | 4 if request.body:
                request = replace(request, body=other_body(rng, request))
            case 5:
                headers[rng.choice(("content-type", "x-worker-session", "x-api-key"))] = rng.choice(
                    (rng.choice(KINDS), header_text(rng), "")
                )
            case _:
                request = replace(request, body=odd_text(rng).encode("utf-8", "surrogatepass"))
    return Asked(route, request, headers)


def other_path(rng: random.Random, template: str, given: str) -> str:
    path, mark, query = given.partition("?")
    parts = path.split("/")
    places = [at for at, part in enumerate(template.split("/")) if part.startswith("{")]
    if not places:
        return given
    at = rng.choice(places)
    text = rng.choice((odd_text(rng), mangled(rng, parts[at]))) or "-"
    parts[at] = quote(text[:2000].encode("utf-8", "replace"), safe="")
    return "/".join(parts) + mark + query


def other_query(rng: random.Random, given: str) -> str:
    path, _, query = given.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    return f"{path}?{urlencode(other_pairs(rng, pairs), errors='replace')}"


def other_pairs(rng: random.Random, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    pairs = list(pairs)
    at = rng.randrange(len(pairs)) if pairs else -1
    match rng.randrange(4) if pairs else 3:
        case 0:
            pairs[at] = (pairs[at][0], odd_text(rng))
        case 1:
            pairs[at] = (pairs[at][0], mangled(rng, pairs[at][1]))
        case 2:
            del pairs[at]
        case _:
            pairs.append((rng.choice(("x", "id", "hitType", "cursor", "limit", "since", "apiKey",
                                      "seat", "wait", "key", "delay")), odd_text(rng)))  # fmt: skip
    return pairs


def other_body(rng: random.Random, request: Request) -> bytes:
    if rng.randrange(8) == 0:
        return mangled(rng, request.body.decode("utf-8", "replace")).encode()
    if request.kind == FORM:
        text = request.body.decode("utf-8", "replace")
        pairs = other_pairs(rng, parse_qsl(text, keep_blank_values=True))
        return urlencode([inner(rng, *pair) for pair in pairs], errors="replace").encode()
    fields = object_of(request.body)
    if fields is None:
        return mangled(rng, request.body.decode("utf-8", "replace")).encode()
    name = rng.choice([*fields, "extra"])
    if rng.randrange(5) == 0:
        fields.pop(name, None)
    else:
        fields[name] = odd(rng)
    return json.dumps(fields).encode("utf-8", "surrogatepass")


def object_of(text: str | bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def inner(rng: random.Random, name: str, value: str) -> tuple[str, str]:
    """A field that holds an object is changed inside, most of the time."""
    fields = object_of(value)
    if fields is None or rng.randrange(3) == 0:
        return name, value
    fields[rng.choice([*fields, "page", "market", "ready_for", "verifiedOnly"])] = odd(rng)
    return name, json.dumps(fields)


def header_text(rng: random.Random) -> str:
    return "".join(c for c in odd_text(rng)[:500] if c.isprintable() and ord(c) < 256)
