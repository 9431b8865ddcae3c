"""No input of any route or operation costs more processor time than its size explains.

What is measured is the thread that answers: reading, checking and refusing. The routes are those of
the app's own table and what each takes is asked of it in every part, so that a new route, and a
field that is new to `route_requests.py`, are grown, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from xml.sax.saxutils import escape
from zlib import crc32

import pytest

from tests.cost import once, processor_seconds
from tests.integration.grown import HEAD_MOST, JSONS, TEXTS, Grown, grown
from tests.integration.route_requests import Route, requests_of
from tests.integration.route_service import Service, routes, running_service
from tests.integration.signed_calls import Caller
from tests.question_documents import form, free_text, hit, question
from tests.question_documents import text as question_text
from tests.size import FULL, sized

SIZES = (32_000, 128_000, 512_000) if FULL else (64_000,)

SHARE = sized(7, 1)
"""One case of so many is tried, by the route's and the case's name; all of them at full length. A
reader that many routes share is met by many of them."""

FIXED_S = 0.1
"""What an answer costs however small the request is, on a slow machine: most need a tenth. Of the
few that reckon for longer it is three times what they need for a request that is right."""

PER_BYTE_S = 1.5e-6
"""Reading costs about a tenth of this. A reader that looks at all that was before for each byte
takes 2 s for 64 KB at a nanosecond a look, where 0.2 s are allowed."""


@pytest.fixture(scope="module")
def service(dynamo_endpoint: str) -> Iterator[Service]:
    with running_service(dynamo_endpoint) as service:
        yield service


@pytest.mark.parametrize("route", routes(), ids=" ".join)
def test_processor_time__is_bounded_by_the_size_of_each_input(
    service: Service, route: Route
) -> None:
    request = requests_of(service.there)[route]
    right = Grown("right", len(request.body), request)
    fixed_s = max(FIXED_S, 3 * processor_seconds(sending(service, route[0], right)))
    for size in SIZES:
        for case in grown(route[1], request, size):
            if crc32(f"{route} {case.what}".encode()) % SHARE:
                continue
            call = sending(service, route[0], case)
            most = fixed_s + PER_BYTE_S * case.size
            assert costs_at_most(call, most), f"{case.what}, {case.size} bytes"


HEADERS = ("authorization", "x-amz-date", "x-amz-target", "content-type", "host")


@pytest.mark.parametrize("name", HEADERS)
def test_header_of_the_marketplaces_endpoint__costs_what_its_size_explains(
    service: Service, name: str
) -> None:
    caller = Caller(service.market, service.market.credentials())
    signed = caller.headers("MTurkRequesterServiceV20170117.GetAccountBalance", b"{}")
    for shape, text in TEXTS.items():
        for value in (text(HEAD_MOST), f"{signed[name]},{text(HEAD_MOST)}"):
            headers = {**signed, name: value}
            call = partial(caller.send, headers, b"{}")
            assert costs_at_most(call, FIXED_S + PER_BYTE_S * HEAD_MOST), shape


@pytest.mark.parametrize("shape", [*JSONS, *TEXTS])
def test_signed_call__costs_what_its_size_explains(service: Service, shape: str) -> None:
    """Of an account, which an operator makes: its documents and patterns, too."""
    caller = Caller(service.market, service.market.credentials())
    make = JSONS.get(shape) or TEXTS[shape]
    for size in SIZES:
        text = make(size)
        for body in (
            text,
            json.dumps({"Keywords": text, "Question": text, "Title": text[:100]}),
            json.dumps(hit("A task", in_form(text[: size // 8]))),
        ):
            target = "MTurkRequesterServiceV20170117.CreateHIT"
            raw = body.encode()
            call = partial(caller.call, target, raw)
            assert costs_at_most(call, FIXED_S + PER_BYTE_S * len(raw)), f"{shape}, {len(raw)}"


def in_form(text: str) -> str:
    """A question, its default answer and its pattern's rule, all of a text."""
    safe = escape(text)
    rule = f'<AnswerFormatRegex regex="{escape(text[:500], {chr(34): "&quot;"})}"/>'
    return form(question("a", question_text(safe), free_text(rule, default=safe)))


def sending(service: Service, method: str, case: Grown) -> Callable[[], None]:
    def call() -> None:
        request = case.request
        # Nothing waits for a seat's or an address's turn.
        service.clock.advance(60)
        service.site.call(method, request.path, request.headers | case.headers, request.body)

    return call


def costs_at_most(call: Callable[[], object], most: float) -> bool:
    # Once is enough for nearly all; what looks slow is looked at again, what is hopeless is not.
    first = once(call)
    return first <= most or (first < 5 * most and processor_seconds(call) <= most)
