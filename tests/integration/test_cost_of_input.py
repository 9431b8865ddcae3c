"""No input of any route costs more processor time than its size explains.

What is measured is the thread that answers: reading, checking and refusing. The routes are those of
the app's own table and what each takes is asked of it in every part, so that a new route, and a
field that is new to `route_requests.py`, are grown, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

import pytest

from tests.cost import once, processor_seconds
from tests.integration.grown import Grown, grown
from tests.integration.route_requests import Route, requests_of
from tests.integration.route_service import Service, routes, running_service
from tests.size import FULL, sized

SIZES = tuple(2**n * 1000 for n in range(5, 11)) if FULL else (64_000,)

SHARE = sized(7, 1)
"""One case of so many is tried, by the route's and the case's name; all of them at full length. A
reader that many routes share is met by many of them."""

FIXED_S = 0.1
"""What an answer costs however small the request is, on a slow machine."""

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
    for size in SIZES:
        for case in grown(route[1], request, size):
            if crc32(f"{route} {case.what}".encode()) % SHARE:
                continue
            assert is_bounded(service, route[0], case), f"{case.what}, {case.size} bytes"


def is_bounded(service: Service, method: str, case: Grown) -> bool:
    def call() -> None:
        request = case.request
        # Nothing waits for a seat's or an address's turn.
        service.clock.advance(60)
        service.site.call(method, request.path, request.headers | case.headers, request.body)

    most = FIXED_S + PER_BYTE_S * case.size
    # Once is enough for nearly all; what looks slow is looked at again, what is hopeless is not.
    first = once(call)
    return first <= most or (first < 5 * most and processor_seconds(call) <= most)
